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

-- Whom an account is not of, as people said: no rule says otherwise.
CREATE TABLE unlinked (
    resource TEXT NOT NULL,
    key      TEXT NOT NULL,
    identity TEXT NOT NULL,
    PRIMARY KEY (resource, key, identity)
) STRICT, WITHOUT ROWID;

-- By what the rows of a resource with rules of correlation are found.
CREATE TABLE correlation (
    resource TEXT NOT NULL,
    rule     TEXT NOT NULL,
    value    TEXT NOT NULL,
    key      TEXT NOT NULL,
    PRIMARY KEY (resource, rule, value, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX correlation_of_row ON correlation (resource, key);

-- The rules that this was made with, and the last export that is in it.
CREATE TABLE correlated_resource (
    resource TEXT    NOT NULL PRIMARY KEY,
    rules    TEXT    NOT NULL,
    export   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX observed_row_of_export ON observed_row (export);
