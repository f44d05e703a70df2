-- The mark of a Provisor database ("PRVS"): a file without it is not touched.
PRAGMA application_id = 0x50525653;

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Numbers are given once and never again, whatever is removed.
CREATE TABLE sequence (
    name TEXT    NOT NULL PRIMARY KEY,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE identity (
    id         TEXT NOT NULL PRIMARY KEY,
    attributes TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    id         INTEGER NOT NULL PRIMARY KEY,
    resource   TEXT    NOT NULL,
    identity   TEXT,
    identifier TEXT    NOT NULL,
    -- The identifier in lower case of every script, which SQLite itself cannot do.
    lower_case TEXT    NOT NULL,
    assumed    INTEGER NOT NULL,
    drift      INTEGER NOT NULL,
    withheld   INTEGER NOT NULL,
    body       TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX account_of_identity ON account (resource, identity) WHERE identity IS NOT NULL;
CREATE INDEX account_of_resource ON account (resource, id);
CREATE INDEX account_with_drift ON account (resource, id) WHERE drift > 0;

-- The names under which a row of an export is this account.
CREATE TABLE account_name (
    resource TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    account  INTEGER NOT NULL REFERENCES account (id),
    -- The account's own name comes first.
    place    INTEGER NOT NULL,
    PRIMARY KEY (resource, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_name_of ON account_name (account, place);

CREATE TABLE work_case (
    id         INTEGER NOT NULL PRIMARY KEY,
    state      TEXT    NOT NULL,
    -- Rising with less urgency, so that one ascending index is the queue.
    rank       INTEGER NOT NULL,
    -- The end of time where nothing is due.
    due        INTEGER NOT NULL,
    claimed_by TEXT,
    body       TEXT    NOT NULL
) STRICT;
CREATE INDEX work_case_queue ON work_case (state, rank, due, id);

-- What a case is about. The operation itself may not be saved yet.
CREATE TABLE work_case_item (
    work_case INTEGER NOT NULL REFERENCES work_case (id),
    operation INTEGER NOT NULL,
    account   INTEGER NOT NULL REFERENCES account (id),
    resource  TEXT    NOT NULL,
    PRIMARY KEY (work_case, operation)
) STRICT, WITHOUT ROWID;
CREATE INDEX work_case_of_account ON work_case_item (account, work_case);
CREATE INDEX work_case_of_resource ON work_case_item (resource, work_case);

CREATE TABLE work_case_operator (
    work_case INTEGER NOT NULL REFERENCES work_case (id),
    operator  TEXT    NOT NULL,
    PRIMARY KEY (work_case, operator)
) STRICT, WITHOUT ROWID;

CREATE TABLE operation (
    id           INTEGER NOT NULL PRIMARY KEY,
    account      INTEGER NOT NULL REFERENCES account (id),
    resource     TEXT    NOT NULL,
    work_case    INTEGER REFERENCES work_case (id),
    kind         TEXT    NOT NULL,
    state        TEXT    NOT NULL,
    held         INTEGER NOT NULL,
    not_before   INTEGER,
    requested_at INTEGER NOT NULL,
    ended_at     INTEGER,
    body         TEXT    NOT NULL
) STRICT;
CREATE INDEX operation_of_account ON operation (account, id);
CREATE INDEX operation_of_resource ON operation (resource, id);
CREATE INDEX operation_of_case ON operation (work_case) WHERE work_case IS NOT NULL;
CREATE INDEX operation_waiting ON operation (requested_at, id) WHERE state = 'waiting' AND held = 0;
CREATE INDEX operation_under_way ON operation (resource, account) WHERE ended_at IS NULL;
CREATE INDEX operation_counted ON operation (resource, requested_at, kind);

CREATE TABLE export (
    id          INTEGER NOT NULL PRIMARY KEY,
    resource    TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    exported_at INTEGER NOT NULL,
    body        TEXT    NOT NULL
) STRICT;
CREATE INDEX export_of_resource ON export (resource, state, id);

-- What all accepted exports of a resource together say.
CREATE TABLE observed_resource (
    resource TEXT    NOT NULL PRIMARY KEY,
    -- The last export whose rows were taken in.
    export   INTEGER NOT NULL REFERENCES export (id),
    rows     INTEGER NOT NULL,
    -- The last one in which a missing row means that there is no account.
    told_by  INTEGER REFERENCES export (id)
) STRICT, WITHOUT ROWID;

-- Which rows there are; slim, since each export is compared with all of it. The row itself is
-- `observed_row.id`, without a foreign key: checking one would search this table at each removal.
CREATE TABLE observation (
    resource TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    digest   INTEGER NOT NULL,
    row      INTEGER NOT NULL,
    PRIMARY KEY (resource, key)
) STRICT, WITHOUT ROWID;

-- What a row shows, and the export that first showed it so.
CREATE TABLE observed_row (
    id         INTEGER NOT NULL PRIMARY KEY,
    export     INTEGER NOT NULL REFERENCES export (id),
    position   INTEGER NOT NULL,
    identifier TEXT    NOT NULL,
    attributes TEXT    NOT NULL
) STRICT;

-- Keys whose row could not be read lately: of their absence no later export tells than this one.
CREATE TABLE unreadable (
    resource TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    told_by  INTEGER REFERENCES export (id),
    PRIMARY KEY (resource, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE history (
    sequence    INTEGER NOT NULL PRIMARY KEY,
    at          INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    resource    TEXT    NOT NULL,
    account     INTEGER,
    operation   INTEGER,
    work_case   INTEGER,
    export      INTEGER,
    -- SHA-256 over the salt and the text, so that the text can be erased and the chain still holds.
    text_digest BLOB    NOT NULL,
    -- SHA-256 over the digest before, this record and the text's digest.
    digest      BLOB    NOT NULL
) STRICT;
CREATE INDEX history_of_account ON history (account, sequence) WHERE account IS NOT NULL;
CREATE INDEX history_of_operation ON history (operation, sequence) WHERE operation IS NOT NULL;
CREATE INDEX history_of_case ON history (work_case, sequence) WHERE work_case IS NOT NULL;
CREATE INDEX history_of_export ON history (export, sequence) WHERE export IS NOT NULL;

-- The end of the chain: without it, records cut off at the end would not be missed.
CREATE TABLE history_head (
    only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
    sequence INTEGER NOT NULL,
    digest   BLOB    NOT NULL
) STRICT;
INSERT INTO history_head VALUES (1, 0, x'');

-- What may be personal stands apart.
CREATE TABLE history_text (
    sequence INTEGER NOT NULL PRIMARY KEY REFERENCES history (sequence),
    salt     BLOB    NOT NULL,
    text     TEXT    NOT NULL
) STRICT;

CREATE TRIGGER history_is_never_changed BEFORE UPDATE ON history
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER history_is_never_removed BEFORE DELETE ON history
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER history_text_is_never_changed BEFORE UPDATE ON history_text
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;

-- The digests of rows are keyed, so that nobody can prepare two rows that look the same to us.
INSERT INTO meta VALUES ('row-key', lower(hex(randomblob(32))));
INSERT INTO meta VALUES ('installation', lower(hex(randomblob(6))));
