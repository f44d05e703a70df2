-- What policies were shown and said lately, so that another version can be asked the same: of each
-- resource the last ones.
CREATE TABLE recorded_proposal (
    resource  TEXT    NOT NULL,
    number    INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    account   INTEGER NOT NULL,
    body      TEXT    NOT NULL,
    PRIMARY KEY (resource, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX recorded_proposal_of_account ON recorded_proposal (account);

-- Versions of components that are, or were, tried before everybody gets them.
CREATE TABLE canary (
    id        INTEGER NOT NULL PRIMARY KEY,
    component TEXT    NOT NULL,
    stands    INTEGER NOT NULL,
    body      TEXT    NOT NULL
) STRICT;
CREATE INDEX canary_of_component ON canary (component, id);
CREATE UNIQUE INDEX canary_that_stands ON canary (component) WHERE stands = 1;

-- In what a candidate said something else than the active version: of each canary the last ones.
CREATE TABLE canary_finding (
    canary   INTEGER NOT NULL REFERENCES canary (id),
    number   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    -- The identity, or the account where nobody knows whose it is.
    subject  TEXT    NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (canary, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX canary_finding_of_subject ON canary_finding (subject);
