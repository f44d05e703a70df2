-- Whether somebody wants something of the account that has the name, or it is somebody's: else the
-- row under it is one that nobody asked for.
ALTER TABLE account_name ADD COLUMN asked_for INTEGER NOT NULL DEFAULT 1;

-- Requests that have to be done once more, because the account that answered them turned out to be
-- somebody else's.
CREATE TABLE request_again (
    resource TEXT NOT NULL,
    identity TEXT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (resource, identity)
) STRICT, WITHOUT ROWID;
