-- Signatures of components that were uploaded, and of the reports about them, that were found to hold.
CREATE TABLE upload_signature (
    upload TEXT    NOT NULL REFERENCES upload (digest) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    body   TEXT    NOT NULL,
    PRIMARY KEY (upload, number)
) STRICT, WITHOUT ROWID;
