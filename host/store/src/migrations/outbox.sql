-- What people outside are told, once for each recipient.
CREATE TABLE notification (
    id       INTEGER NOT NULL PRIMARY KEY,
    sink     TEXT    NOT NULL,
    -- Empty where the sink has only one.
    recipient TEXT NOT NULL,
    resource TEXT    NOT NULL,
    -- What is told only once; NULL for what can happen again.
    occasion TEXT,
    state    TEXT    NOT NULL,
    next_try INTEGER NOT NULL,
    body     TEXT    NOT NULL
) STRICT;
CREATE UNIQUE INDEX notification_of_occasion ON notification (occasion, sink, recipient)
    WHERE occasion IS NOT NULL;
CREATE INDEX notification_waiting ON notification (sink, next_try, id) WHERE state = 'waiting';
CREATE INDEX notification_of_state ON notification (state, id);
