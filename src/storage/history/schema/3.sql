-- What uses a pool: its Linodes, Object Storage, and the rest. `kind` is "linode", "object_storage" or "rest"; `number` is
-- the Linode's id, else 0. `region` is a Linode's.
CREATE TABLE consumers (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    pool TEXT NOT NULL,
    kind TEXT NOT NULL,
    number INTEGER NOT NULL,
    label TEXT NOT NULL,
    region TEXT NOT NULL,
    UNIQUE (account, pool, kind, number)
) STRICT;

-- Bytes used since the month began. A rest below 0 is by how much the consumers exceed the pool's figure.
CREATE TABLE consumer_samples (
    consumer INTEGER NOT NULL REFERENCES consumers (id),
    at INTEGER NOT NULL,
    used INTEGER NOT NULL,
    PRIMARY KEY (consumer, at)
) STRICT, WITHOUT ROWID;
