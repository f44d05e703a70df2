-- Rows that nobody asked for and of which somebody knows. One that changes is another one.
CREATE TABLE acknowledged_row (
    resource TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    digest   INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (resource, key)
) STRICT, WITHOUT ROWID;
