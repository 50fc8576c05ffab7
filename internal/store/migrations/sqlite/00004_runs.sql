-- +goose Up
-- What a person started that takes a while: replays. The cursor is the last event
-- that is done; it moves in the transaction of what was done, so a run goes on where
-- it ended, however that was.
CREATE TABLE runs (
    id     INTEGER PRIMARY KEY AUTOINCREMENT,
    kind   INTEGER NOT NULL,
    at     INTEGER NOT NULL,
    spec   BLOB    NOT NULL,
    state  INTEGER NOT NULL,
    cursor INTEGER NOT NULL DEFAULT 0,
    counts BLOB    NOT NULL,
    ended  INTEGER NOT NULL DEFAULT 0,
    note   TEXT    NOT NULL DEFAULT ''
);
