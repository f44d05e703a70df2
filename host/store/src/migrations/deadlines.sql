-- When something is to be done about a case that stays open.
ALTER TABLE work_case ADD COLUMN nudge_at INTEGER;
CREATE INDEX work_case_to_nudge ON work_case (nudge_at)
    WHERE state = 'open' AND nudge_at IS NOT NULL;

-- What waits to go out with others of its resource.
CREATE INDEX operation_waiting_of_resource ON operation (resource, requested_at, id)
    WHERE state = 'waiting' AND held = 0;

-- Who works in the place of whom, and for how long.
CREATE TABLE absence (
    person TEXT    NOT NULL PRIMARY KEY,
    body   TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
