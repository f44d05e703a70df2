-- The rows of a resource in the order of its last accepted export: of each the digest and the
-- number, 16 bytes, so that the next export is compared with it while both stream by.
CREATE TABLE listing (
    resource TEXT    NOT NULL,
    part     INTEGER NOT NULL,
    entries  BLOB    NOT NULL,
    PRIMARY KEY (resource, part)
) STRICT;

-- How many rows are listed; a listing that has not all of them is made anew.
ALTER TABLE observed_resource ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;

-- A row that is gone is known by its number and must be found by its key.
ALTER TABLE observed_row ADD COLUMN key TEXT NOT NULL DEFAULT '';
UPDATE observed_row SET key = observation.key
  FROM observation WHERE observation.row = observed_row.id;
