-- Components that were uploaded, by what they are.
CREATE TABLE upload (
    digest      TEXT    NOT NULL PRIMARY KEY,
    -- What it calls itself, once it was inspected.
    name        TEXT,
    stage       TEXT    NOT NULL,
    uploaded_at INTEGER NOT NULL,
    body        TEXT    NOT NULL
) STRICT;
CREATE INDEX upload_of_name ON upload (name, uploaded_at) WHERE name IS NOT NULL;
CREATE INDEX upload_by_time ON upload (uploaded_at);
CREATE INDEX upload_unfinished ON upload (digest) WHERE stage NOT IN ('ready', 'refused');

-- Which version of a component was in use when, and is now.
CREATE TABLE activations (
    name TEXT NOT NULL PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Rises whenever another version comes into use, so that every process notices.
INSERT INTO meta (key, value) VALUES ('component-generation', '0');
