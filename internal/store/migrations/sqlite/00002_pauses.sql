-- +goose Up
-- Who paused an output: the hub after an error (0), or a person (1), whose pause
-- nothing but a person or its end (until, ms; 0: none) lifts.
ALTER TABLE pauses ADD COLUMN person INTEGER NOT NULL DEFAULT 0;
ALTER TABLE pauses ADD COLUMN until  INTEGER NOT NULL DEFAULT 0;
