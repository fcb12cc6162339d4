-- A file that version 0.1.0 wrote, as sqlite3's .dump prints it; its schema is version 2.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE alerts (
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    pool TEXT NOT NULL,
    month TEXT NOT NULL,
    value TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (account, kind, pool, month, value)
) STRICT, WITHOUT ROWID;
INSERT INTO "alerts" VALUES('acme','threshold','global','2026-11','80',1796006219);
INSERT INTO "alerts" VALUES('acme','threshold','region:id-cgk','2026-11','100',1796006219);
INSERT INTO "alerts" VALUES('acme','threshold','region:id-cgk','2026-11','80',1796006219);
INSERT INTO "alerts" VALUES('acme','threshold','region:id-cgk','2026-11','90',1796006219);
CREATE TABLE entries (
    account TEXT NOT NULL PRIMARY KEY,
    memory TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "entries" VALUES('acme','{"name":"Acme","reading":{"at":"2026-11-30T02:38:59.404244072Z","watch":"global","usage":{"pool":{"used":834000000000,"quota":1000000000000,"billable":0},"regions":[["id-cgk",{"used":11000000000,"quota":10000000000,"billable":1000000000}]]}},"failed":null,"pools":{"global":{"month":"2026-11","quota_at_start":1000000000000,"last_used":834000000000,"before":null,"settled":true},"region:id-cgk":{"month":"2026-11","quota_at_start":10000000000,"last_used":11000000000,"before":null,"settled":true}},"token":{"label":"tray","scopes":["account:read_only","linodes:read_only"],"expires_at":null},"token_id":"c8e49364e20a905b","looked_up_at":"2026-11-30T02:36:59.880400755Z","muted_until":null,"linode":null}');
CREATE TABLE ids (
    account TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO "ids" VALUES('acme');
CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "meta" VALUES('salt','1cb3b27c73918806f74ee77ddfccbdda');
CREATE TABLE prices (
    pool TEXT NOT NULL PRIMARY KEY,
    usd_per_gb REAL NOT NULL,
    kept_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "prices" VALUES('global',0.005,1796006219);
INSERT INTO "prices" VALUES('region:id-cgk',0.015,1796006219);
CREATE TABLE regions (
    id TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "regions" VALUES('id-cgk','Jakarta, ID');
CREATE TABLE samples (
    account TEXT NOT NULL,
    pool TEXT NOT NULL,
    at INTEGER NOT NULL,
    used INTEGER NOT NULL,
    quota INTEGER NOT NULL,
    billable INTEGER NOT NULL,
    PRIMARY KEY (account, pool, at)
) STRICT, WITHOUT ROWID;
INSERT INTO "samples" VALUES('acme','global',1796006219,830000000000,1000000000000,0);
INSERT INTO "samples" VALUES('acme','global',1796006279,832000000000,1000000000000,0);
INSERT INTO "samples" VALUES('acme','global',1796006339,834000000000,1000000000000,0);
INSERT INTO "samples" VALUES('acme','region:id-cgk',1796006219,11000000000,10000000000,1000000000);
INSERT INTO "samples" VALUES('acme','region:id-cgk',1796006279,11000000000,10000000000,1000000000);
INSERT INTO "samples" VALUES('acme','region:id-cgk',1796006339,11000000000,10000000000,1000000000);
COMMIT;
PRAGMA application_id = 1282294391;
PRAGMA user_version = 2;
