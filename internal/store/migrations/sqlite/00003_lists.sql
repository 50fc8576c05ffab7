-- +goose Up
-- The versions of the tables and calendars that decided beside the file, as JSON.
ALTER TABLE configs ADD COLUMN lists TEXT NOT NULL DEFAULT '';
