-- A file of version 1, as sqlite3's .dump writes it.
PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE samples (
    account TEXT NOT NULL,
    pool TEXT NOT NULL,
    at INTEGER NOT NULL,
    used INTEGER NOT NULL,
    quota INTEGER NOT NULL,
    billable INTEGER NOT NULL,
    PRIMARY KEY (account, pool, at)
) STRICT, WITHOUT ROWID;
INSERT INTO samples VALUES('acme','global',1795000200,829000000000,1000000000000,0);
INSERT INTO samples VALUES('acme','global',1795000500,830000000000,1000000000000,0);
INSERT INTO samples VALUES('acme','region:id-cgk',1795000500,1000000000,10000000000,0);
CREATE TABLE entries (
    account TEXT NOT NULL PRIMARY KEY,
    memory TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO entries VALUES('acme','{"name":"Acme","reading":{"at":"2026-11-18T11:15:00Z","watch":"global","usage":{"pool":{"used":830000000000,"quota":1000000000000,"billable":0},"regions":[["id-cgk",{"used":1000000000,"quota":10000000000,"billable":0}]]}}}');
CREATE TABLE alerts (
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    pool TEXT NOT NULL,
    month TEXT NOT NULL,
    value TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (account, kind, pool, month, value)
) STRICT, WITHOUT ROWID;
INSERT INTO alerts VALUES('','token_expiry','','','f00/7',1795000500);
INSERT INTO alerts VALUES('acme','threshold','global','2026-11','80',1795000500);
CREATE TABLE regions (
    id TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO regions VALUES('id-cgk','Jakarta, ID');
CREATE TABLE ids (
    account TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO ids VALUES('acme');
INSERT INTO ids VALUES('gone');
CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES('salt','s4lt');
COMMIT;
PRAGMA application_id = 1282294391;
PRAGMA user_version = 1;
