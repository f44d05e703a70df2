-- Who did something, and for whom, moves out of the chain as the texts did before; each record names
-- the component that took part. The records are chained anew, see src/rechaining.rs.
DROP TRIGGER history_is_never_changed;
DROP TRIGGER history_is_never_removed;
DROP TRIGGER history_text_is_never_changed;
DROP INDEX history_of_account;
DROP INDEX history_of_operation;
DROP INDEX history_of_case;
DROP INDEX history_of_export;
ALTER TABLE history RENAME TO history_before;
ALTER TABLE history_text RENAME TO history_text_before;

-- Whoever did something, or for whom it was done: people, and the host itself. A name can be erased;
-- the chain covers its salted digest.
CREATE TABLE party (
    number INTEGER NOT NULL PRIMARY KEY,
    digest BLOB    NOT NULL,
    salt   BLOB,
    name   TEXT
) STRICT;
CREATE UNIQUE INDEX party_by_name ON party (name) WHERE name IS NOT NULL;

CREATE TABLE history (
    sequence    INTEGER NOT NULL PRIMARY KEY,
    at          INTEGER NOT NULL,
    actor       INTEGER NOT NULL REFERENCES party (number),
    behalf      INTEGER REFERENCES party (number),
    kind        TEXT    NOT NULL,
    resource    TEXT    NOT NULL,
    account     INTEGER,
    operation   INTEGER,
    work_case   INTEGER,
    export      INTEGER,
    -- The component that took part, and what it was shown.
    component   TEXT,
    inputs      TEXT,
    -- SHA-256 over the salt and the text, so that the text can be erased and the chain still holds.
    text_digest BLOB    NOT NULL,
    -- SHA-256 over the digest before, this record and the digests of what stands apart.
    digest      BLOB    NOT NULL
) STRICT;
CREATE INDEX history_of_account ON history (account, sequence) WHERE account IS NOT NULL;
CREATE INDEX history_of_operation ON history (operation, sequence) WHERE operation IS NOT NULL;
CREATE INDEX history_of_case ON history (work_case, sequence) WHERE work_case IS NOT NULL;
CREATE INDEX history_of_export ON history (export, sequence) WHERE export IS NOT NULL;

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
CREATE TRIGGER party_is_only_erased BEFORE UPDATE ON party
WHEN NEW.number IS NOT OLD.number OR NEW.digest IS NOT OLD.digest
  OR NEW.name IS NOT NULL OR NEW.salt IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER party_is_never_removed BEFORE DELETE ON party
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER history_text_is_never_changed BEFORE UPDATE ON history_text
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
