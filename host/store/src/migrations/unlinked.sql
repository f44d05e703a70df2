-- The account that is not that of the identity.
ALTER TABLE unlinked ADD COLUMN account INTEGER REFERENCES account (id);
