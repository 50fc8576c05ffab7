-- +goose Up
-- Names of receivers, vendors, outputs, targets and routes, so that rows hold integers.
CREATE TABLE names (
    id   INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    name TEXT    NOT NULL,
    UNIQUE (kind, name)
);

-- Every configuration that ever decided something, unexpanded: traces are read with it.
CREATE TABLE configs (
    id   INTEGER PRIMARY KEY,
    hash TEXT    NOT NULL UNIQUE,
    at   INTEGER NOT NULL,
    body BLOB    NOT NULL
);

-- One row for each running hub. An epoch is never used again.
CREATE TABLE hubs (
    epoch INTEGER PRIMARY KEY AUTOINCREMENT,
    name  TEXT    NOT NULL,
    seen  INTEGER NOT NULL
);

-- What was received, byte for byte.
CREATE TABLE events (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    receiver INTEGER NOT NULL,
    channel  INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    meta     BLOB    NOT NULL,
    body     BLOB    NOT NULL
);

-- One row for each intake commit, holding its events first..last until they are routed.
CREATE TABLE inbox (
    id    INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid  TEXT    NOT NULL,
    first INTEGER NOT NULL,
    last  INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0
);

-- Identities of events already seen.
CREATE TABLE keys (
    key BLOB PRIMARY KEY,
    ref INTEGER NOT NULL
) WITHOUT ROWID;

-- The current revision of every lead.
CREATE TABLE leads (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    public_id TEXT    NOT NULL UNIQUE,
    receiver  INTEGER NOT NULL,
    revision  INTEGER NOT NULL,
    occurred  INTEGER NOT NULL,
    hash      BLOB    NOT NULL,
    decision  INTEGER NOT NULL,
    owner     TEXT    NOT NULL DEFAULT ''
);

-- What was decided about each event, or about each lead of it.
CREATE TABLE decisions (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    event    INTEGER NOT NULL,
    run      INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    receiver INTEGER NOT NULL,
    outcome  INTEGER NOT NULL,
    lead     INTEGER,
    revision INTEGER NOT NULL,
    config   INTEGER NOT NULL,
    route    INTEGER NOT NULL,
    note     TEXT    NOT NULL,
    trace    BLOB,
    body     BLOB,
    UNIQUE (event, run, n)
);
-- A lead's history.
CREATE INDEX decisions_lead ON decisions (lead) WHERE lead IS NOT NULL;
-- What a person has to look at (held, unmapped): rare, so it costs routing nothing.
CREATE INDEX decisions_trouble ON decisions (outcome) WHERE outcome IN (4, 7);

-- One row for each (lead, revision, output, target, run). A notice has no lead.
CREATE TABLE deliveries (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    decision INTEGER NOT NULL,
    receiver INTEGER NOT NULL,
    lead     INTEGER,
    revision INTEGER NOT NULL,
    output   INTEGER NOT NULL,
    target   INTEGER NOT NULL,
    again    INTEGER NOT NULL DEFAULT 0,
    key      BLOB    NOT NULL,
    state    INTEGER NOT NULL,
    owner    INTEGER NOT NULL DEFAULT 0,
    at       INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    began    INTEGER NOT NULL DEFAULT 0,
    done     INTEGER NOT NULL DEFAULT 0,
    tries    INTEGER NOT NULL DEFAULT 0,
    unsure   INTEGER NOT NULL DEFAULT 0,
    status   INTEGER NOT NULL DEFAULT 0,
    request  BLOB,
    remote   TEXT    NOT NULL DEFAULT '',
    note     TEXT    NOT NULL DEFAULT '',
    UNIQUE (lead, output, target, revision, again)
);
CREATE INDEX deliveries_due ON deliveries (output, due) WHERE state = 0;
CREATE INDEX deliveries_sending ON deliveries (owner) WHERE state = 1;
CREATE INDEX deliveries_decision ON deliveries (decision);
-- Those that did not simply arrive: rare, so it costs delivery nothing.
CREATE INDEX deliveries_trouble ON deliveries (state) WHERE state > 2;

-- Attempts that did not end in a delivery.
CREATE TABLE attempts (
    delivery INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    status   INTEGER NOT NULL,
    what     INTEGER NOT NULL,
    note     TEXT    NOT NULL,
    PRIMARY KEY (delivery, n)
) WITHOUT ROWID;

-- Outputs, or single targets of one, that wait for a person (target 0: the whole output).
CREATE TABLE pauses (
    output INTEGER NOT NULL,
    target INTEGER NOT NULL,
    since  INTEGER NOT NULL,
    gone   INTEGER NOT NULL,
    reason TEXT    NOT NULL,
    PRIMARY KEY (output, target)
) WITHOUT ROWID;

-- Requests that were refused. Bounded; the oldest go first.
CREATE TABLE rejects (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    at       INTEGER NOT NULL,
    receiver INTEGER NOT NULL,
    status   INTEGER NOT NULL,
    request  TEXT    NOT NULL,
    remote   TEXT    NOT NULL,
    reason   TEXT    NOT NULL,
    hint     TEXT    NOT NULL,
    size     INTEGER NOT NULL
);

-- Counters by UTC day. They move in the transactions of the rows they count.
CREATE TABLE ledger (
    day      INTEGER NOT NULL,
    receiver INTEGER NOT NULL,
    output   INTEGER NOT NULL,
    item     INTEGER NOT NULL,
    n        INTEGER NOT NULL,
    PRIMARY KEY (day, receiver, output, item)
) WITHOUT ROWID;
