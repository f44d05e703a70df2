-- Whether a case is worked on in another system, so that nobody here need look at it.
ALTER TABLE work_case ADD COLUMN elsewhere INTEGER NOT NULL DEFAULT 0;

-- Cases that are worked on in another system.
CREATE TABLE ticket (
    work_case   INTEGER NOT NULL PRIMARY KEY REFERENCES work_case (id),
    system      TEXT    NOT NULL,
    resource    TEXT    NOT NULL,
    state       TEXT    NOT NULL,
    correlation TEXT    NOT NULL UNIQUE,
    -- How the system and people name it, once it is there.
    reference   TEXT,
    number      TEXT,
    -- When it is looked at next; nothing once nobody looks any more.
    look_at     INTEGER,
    attention   INTEGER NOT NULL,
    body        TEXT    NOT NULL
) STRICT;
-- Those that are yet to be made apart from those that are there: there may be many of either, and
-- whoever takes some of the one kind must not have to step over all of the other.
CREATE INDEX ticket_to_look_at ON ticket (system, (state = 'creating'), look_at, work_case)
    WHERE look_at IS NOT NULL;
CREATE INDEX ticket_of_resource ON ticket (resource, state);
CREATE INDEX ticket_by_number ON ticket (system, number) WHERE number IS NOT NULL;
CREATE INDEX ticket_by_reference ON ticket (system, reference) WHERE reference IS NOT NULL;
CREATE INDEX ticket_for_attention ON ticket (work_case) WHERE attention = 1;

-- How the systems that keep tickets are doing.
CREATE TABLE ticket_system (
    name TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;
