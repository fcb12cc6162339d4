-- Times are seconds since 1970 in UTC, transfer is in bytes (1 GB is 10^9).

-- One row a poll and pool. `pool` is "global", "region:ID" or "linode:NUMBER".
CREATE TABLE samples (
    account TEXT NOT NULL,
    pool TEXT NOT NULL,
    at INTEGER NOT NULL,
    used INTEGER NOT NULL,
    quota INTEGER NOT NULL,
    billable INTEGER NOT NULL,
    PRIMARY KEY (account, pool, at)
) STRICT, WITHOUT ROWID;

-- The last figures, failure and token facts of each entry, as JSON. Never a token.
CREATE TABLE entries (
    account TEXT NOT NULL PRIMARY KEY,
    memory TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The alerts that were given. `kind` is "threshold" (`value`: percent), "token_invalid" (`value`: a salted
-- fingerprint of the token) or "token_expiry" (`value`: that, a slash, and the days ahead). The last two are once a
-- token: account, pool and month are empty.
CREATE TABLE alerts (
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    pool TEXT NOT NULL,
    month TEXT NOT NULL,
    value TEXT NOT NULL,
    given_at INTEGER NOT NULL,
    PRIMARY KEY (account, kind, pool, month, value)
) STRICT, WITHOUT ROWID;

-- The names of regions.
CREATE TABLE regions (
    id TEXT NOT NULL PRIMARY KEY,
    label TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every id that an entry has or had.
CREATE TABLE ids (
    account TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- salt: of the token fingerprints. muted_until: RFC 3339. removed:ID: the entry is no longer configured. forgotten:ID: its
-- samples are to be gone. linode_account:ID: which Linode account its token is for, as Akamai's id of that.
CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
