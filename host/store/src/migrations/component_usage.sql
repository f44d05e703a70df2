-- Components that were called: the names that stand beside their digests.
CREATE TABLE called_component (
    digest  TEXT NOT NULL PRIMARY KEY,
    name    TEXT NOT NULL,
    version TEXT NOT NULL,
    world   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What calls came to and used, hour by hour. Nothing here tells of whom a call was.
CREATE TABLE component_usage (
    hour      INTEGER NOT NULL,
    component TEXT    NOT NULL REFERENCES called_component (digest),
    operation TEXT    NOT NULL,
    outcome   TEXT    NOT NULL,
    class     TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    PRIMARY KEY (hour, component, operation, outcome)
) STRICT, WITHOUT ROWID;

-- The last lines of components. A number never comes again: whoever follows goes by it.
CREATE TABLE component_line (
    id        INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at        INTEGER NOT NULL,
    component TEXT    NOT NULL REFERENCES called_component (digest),
    operation TEXT    NOT NULL,
    resource  TEXT,
    -- The greater the more it matters.
    level     INTEGER NOT NULL,
    said_by   TEXT    NOT NULL,
    -- Of the error that the call ended with.
    code      TEXT,
    text      TEXT    NOT NULL
) STRICT;
CREATE INDEX component_line_of_component ON component_line (component, (code IS NULL), id);
