-- What a GB over quota costs in US dollars, as last heard. `pool` is "global" or "region:ID"; `kept_at` is when.
CREATE TABLE prices (
    pool TEXT NOT NULL PRIMARY KEY,
    usd_per_gb REAL NOT NULL,
    kept_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
