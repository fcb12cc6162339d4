//! What was used of a transfer pool, exactly.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Bytes in one GB as Linode counts them.
pub const GB: u64 = 1_000_000_000;

/// Bytes as GB to a tenth, rounded: an estimate is no more exact than that.
pub fn gb_to_a_tenth(bytes: u64) -> f64 {
    let tenths = bytes / (GB / 10) + u64::from(bytes % (GB / 10) >= GB / 20);
    tenths as f64 / 10.0
}

/// Which pool a figure belongs to; also what an account watches (`watch` in the configuration).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum PoolId {
    /// The account's global pool.
    #[default]
    Global,
    /// The pool of one region that is billed apart from the global one, by the region's id (`id-cgk`).
    Region(String),
    /// The transfer of one Linode, by its id.
    Linode(u64),
}

impl PoolId {
    /// Where the API gives this pool's figures. Accounts with the same token and endpoint share a request.
    pub fn endpoint(&self) -> Endpoint {
        match self {
            PoolId::Global | PoolId::Region(_) => Endpoint::Account,
            PoolId::Linode(id) => Endpoint::Linode(*id),
        }
    }
}

impl fmt::Display for PoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PoolId::Global => f.write_str("global"),
            PoolId::Region(id) => write!(f, "region:{id}"),
            PoolId::Linode(id) => write!(f, "linode:{id}"),
        }
    }
}

impl From<PoolId> for String {
    fn from(pool: PoolId) -> String {
        pool.to_string()
    }
}

/// `watch` was none of the forms it may have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a pool to watch; allowed are \"global\", \"region:ID\" and \"linode:NUMBER\"")]
pub struct InvalidPoolId(pub String);

impl FromStr for PoolId {
    type Err = InvalidPoolId;

    fn from_str(text: &str) -> Result<Self, InvalidPoolId> {
        let wrong = || InvalidPoolId(text.to_owned());
        if text == "global" {
            return Ok(PoolId::Global);
        }
        match text.split_once(':') {
            Some(("region", id)) if is_region_id(id) => Ok(PoolId::Region(id.to_owned())),
            Some(("linode", id)) if id.bytes().all(|b| b.is_ascii_digit()) => {
                id.parse().map(PoolId::Linode).map_err(|_| wrong())
            }
            _ => Err(wrong()),
        }
    }
}

impl TryFrom<String> for PoolId {
    type Error = InvalidPoolId;

    fn try_from(text: String) -> Result<Self, InvalidPoolId> {
        text.parse()
    }
}

fn is_region_id(id: &str) -> bool {
    !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

/// The scope of the account endpoints except `/profile`.
pub const ACCOUNT_SCOPE: &str = "account:read_only";
/// The scope of the endpoints below `/linode/instances`.
pub const LINODES_SCOPE: &str = "linodes:read_only";

/// One request of the API that gives transfer figures.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// `GET /account/transfer`; needs `account:read_only`.
    Account,
    /// `GET /linode/instances/{id}/transfer`; needs `linodes:read_only`.
    Linode(u64),
}

impl Endpoint {
    /// The scope that a token needs for it.
    pub fn scope(&self) -> &'static str {
        match self {
            Endpoint::Account => ACCOUNT_SCOPE,
            Endpoint::Linode(_) => LINODES_SCOPE,
        }
    }
}

/// The figures of one pool, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Pool {
    /// Transfer used since the month began.
    pub used: u64,
    /// Transfer that the month's price includes, prorated by the API.
    pub quota: u64,
    /// Transfer that will be billed, as the API computes it.
    pub billable: u64,
    /// There is no pool: every GB is billed, from the first one. So it is for a Linode in a distributed region, whose
    /// `quota` is 0 then.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub metered: bool,
}

impl Pool {
    /// A pool whose figures are whole GB.
    pub fn from_gb(used: u64, quota: u64, billable: u64) -> Pool {
        let bytes = |gb: u64| gb.saturating_mul(GB);
        Pool { used: bytes(used), quota: bytes(quota), billable: bytes(billable), metered: false }
    }

    /// How much is used. `None` where there is no pool and nothing was used.
    pub fn share(&self) -> Option<Share> {
        match (self.used, self.quota) {
            _ if self.metered => Some(Share::Metered),
            (0, 0) => None,
            (_, 0) => Some(Share::WithoutQuota),
            (used, quota) => Some(Share::OfQuota { used, quota }),
        }
    }

    /// Used percent of the quota; `None` where the quota is 0.
    pub fn percent(&self) -> Option<Percent> {
        (self.quota > 0).then_some(Percent { used: self.used, quota: self.quota })
    }

    /// How full it is, to put pools in an order.
    pub fn fullness(&self) -> Fullness {
        match self.share() {
            None | Some(Share::Metered) => Fullness::NoPool,
            Some(Share::WithoutQuota) => Fullness::WithoutQuota,
            Some(Share::OfQuota { used, quota }) => Fullness::OfQuota(Percent { used, quota }),
        }
    }

    /// Bytes left before the pool is used up.
    pub fn remaining(&self) -> u64 {
        self.quota.saturating_sub(self.used)
    }

    /// Whether at least `percent` percent of the quota are used, compared in whole bytes.
    pub fn reaches(&self, percent: u16) -> bool {
        match self.share() {
            None | Some(Share::Metered) => false,
            Some(Share::WithoutQuota) => true,
            Some(Share::OfQuota { used, quota }) => {
                u128::from(used) * 100 >= u128::from(quota) * u128::from(percent)
            }
        }
    }
}

/// How much of a pool is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Share {
    /// Some of a quota.
    OfQuota {
        /// Bytes used.
        used: u64,
        /// Bytes included, above 0.
        quota: u64,
    },
    /// Something was used although there is no quota: over it, without a percentage.
    WithoutQuota,
    /// There is no pool to be over: every GB is billed.
    Metered,
}

/// How full a pool is: what has no quota and is used comes last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fullness {
    /// Nothing can be full.
    NoPool,
    /// So much of its quota is used.
    OfQuota(Percent),
    /// Something was used although there is no quota.
    WithoutQuota,
}

/// used / quota × 100, kept as the fraction it is; never capped.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(into = "(u64, u64)", try_from = "(u64, u64)")]
pub struct Percent {
    used: u64,
    /// Above 0.
    quota: u64,
}

impl TryFrom<(u64, u64)> for Percent {
    type Error = &'static str;

    fn try_from((used, quota): (u64, u64)) -> Result<Percent, &'static str> {
        if quota == 0 { Err("a percentage of nothing") } else { Ok(Percent { used, quota }) }
    }
}

impl From<Percent> for (u64, u64) {
    fn from(Percent { used, quota }: Percent) -> (u64, u64) {
        (used, quota)
    }
}

impl Percent {
    /// Hundredths of a percent, cut.
    fn hundredths(self) -> u128 {
        u128::from(self.used) * 10_000 / u128::from(self.quota)
    }

    /// Whole percent, cut: 99.6 is 99, so that 100 means 100.
    pub fn truncated(self) -> u64 {
        u64::try_from(self.hundredths() / 100).unwrap_or(u64::MAX)
    }

    /// Percent for reports, with two decimals, rounded; but never up to the next whole one, because scripts
    /// compare this number with thresholds.
    pub fn rounded(self) -> f64 {
        let cut = self.hundredths();
        let nearest = (u128::from(self.used) * 100_000 / u128::from(self.quota) + 5) / 10;
        let hundredths = if nearest % 100 == 0 { cut } else { nearest };
        hundredths as f64 / 100.0
    }

    /// As a plain number, for drawing.
    pub fn as_f64(self) -> f64 {
        self.used as f64 / self.quota as f64 * 100.0
    }
}

/// `83%`, cut; below 1 % with two decimals (`0.60%`), but `0%` for nothing and next to nothing.
impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.hundredths() {
            0 => f.write_str("0%"),
            small @ 0..100 => write!(f, "0.{small:02}%"),
            large => write!(f, "{}%", large / 100),
        }
    }
}

/// By value: a half is a half, of whatever quota.
impl Ord for Percent {
    fn cmp(&self, other: &Self) -> Ordering {
        let product = |used: u64, quota: u64| u128::from(used) * u128::from(quota);
        product(self.used, other.quota).cmp(&product(other.used, self.quota))
    }
}

impl PartialOrd for Percent {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Percent {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Percent {}

/// What one answer of the API says: the pool asked for and the regions that have pools of their own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// The global pool, or the Linode's.
    pub pool: Pool,
    /// Region id and pool, in the API's order; empty for a Linode.
    pub regions: Vec<(String, Pool)>,
}

impl Usage {
    /// The part of the answer that an account watching `pool` is about. A region that the account has nothing in is
    /// missing from the answer: an empty pool.
    pub fn for_pool(&self, pool: &PoolId) -> Usage {
        match pool {
            PoolId::Global => self.clone(),
            PoolId::Linode(_) => Usage { pool: self.pool, regions: Vec::new() },
            PoolId::Region(wanted) => {
                let pool = self.regions.iter().find(|(id, _)| id == wanted).map(|(_, pool)| *pool);
                Usage { pool: pool.unwrap_or_default(), regions: Vec::new() }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(used: u64, quota: u64) -> String {
        Pool { used, quota, ..Pool::default() }.percent().unwrap().to_string()
    }

    #[test]
    fn percent_is_cut_and_never_capped() {
        assert_eq!(shown(996, 1000), "99%");
        assert_eq!(shown(290, 1000), "29%");
        assert_eq!(shown(1000, 1000), "100%");
        assert_eq!(shown(4620, 4368), "105%");
        assert_eq!(shown(12, 2000), "0.60%");
        assert_eq!(shown(1, 2_000_000), "0%");
        assert_eq!(shown(0, 2000), "0%");
        assert_eq!(shown(u64::MAX, 1), "1844674407370955161500%");
    }

    #[test]
    fn percents_are_compared_by_value_and_exactly() {
        let of = |used, quota| Pool { used, quota, ..Pool::default() }.percent().unwrap();
        let rising = [
            of(0, 7),
            of(1, u64::MAX),
            of(1, 3),
            of(u64::MAX / 2, u64::MAX),
            of(1, 2),
            of(u64::MAX - 2, u64::MAX - 1),
            of(u64::MAX - 1, u64::MAX),
            of(1, 1),
            of(u64::MAX, 1),
        ];
        for (at, left) in rising.iter().enumerate() {
            for (other, right) in rising.iter().enumerate() {
                let order = at.cmp(&other);
                assert_eq!(
                    (left.cmp(right), left.partial_cmp(right)),
                    (order, Some(order)),
                    "{left:?} {right:?}"
                );
                assert_eq!(left == right, order.is_eq(), "{left:?} {right:?}");
            }
        }
        assert!(of(1, 2) == of(2, 4) && of(0, 1) == of(0, 9) && of(3, 3) == of(u64::MAX, u64::MAX));
        assert!(
            of(1, 2) <= of(2, 4) && of(1, 2) >= of(2, 4) && (of(1, 2) < of(2, 4)) == (of(1, 2) > of(2, 4))
        );
    }

    #[test]
    fn pools_are_put_in_an_order_by_how_full_they_are() {
        let pool = |used, quota| Pool { used, quota, ..Pool::default() };
        let metered = Pool { metered: true, ..pool(9, 0) };
        let rising = [pool(0, 0), pool(0, 1), pool(99, 100), pool(200, 100), pool(1, 0)];
        assert!(rising.is_sorted_by(|left, right| left.fullness() < right.fullness()));
        assert_eq!(metered.fullness(), pool(0, 0).fullness());
    }

    #[test]
    fn reported_percent_never_rounds_up_to_the_next_whole() {
        let of = |used, quota| Pool::from_gb(used, quota, 0).percent().unwrap().rounded();
        assert_eq!(of(4620, 4368), 105.77);
        assert_eq!(of(83, 100), 83.0);
        assert_eq!(of(99_999, 100_000), 99.99);
        assert_eq!(of(1, 3), 33.33);
        assert_eq!(of(2, 3), 66.67);
    }

    #[test]
    fn thresholds_are_compared_in_whole_bytes() {
        let pool = Pool { used: 290, quota: 1000, ..Pool::default() };
        assert!(pool.reaches(29));
        assert!(!Pool { used: 289, ..pool }.reaches(29));
    }

    #[test]
    fn use_without_a_quota_is_over_and_nothing_of_nothing_is_not() {
        assert!(Pool { used: 1, ..Pool::default() }.reaches(1000));
        assert!(!Pool::default().reaches(1));
        assert!(Pool::default().percent().is_none());
    }

    #[test]
    fn a_watch_is_read_back_as_it_is_written() {
        for text in ["global", "region:id-cgk", "linode:12345"] {
            assert_eq!(text.parse::<PoolId>().unwrap().to_string(), text);
        }
        for text in [
            "",
            "Global",
            "region:",
            "region:Ü",
            "linode:",
            "linode:-1",
            "linode:1x",
            "linode:99999999999999999999",
        ] {
            assert!(text.parse::<PoolId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_region_that_the_account_has_nothing_in_is_an_empty_pool() {
        let usage =
            Usage { pool: Pool::from_gb(1, 2, 0), regions: vec![("br-gru".into(), Pool::from_gb(3, 4, 0))] };
        assert_eq!(usage.for_pool(&PoolId::Region("br-gru".into())).pool, Pool::from_gb(3, 4, 0));
        assert_eq!(usage.for_pool(&PoolId::Region("id-cgk".into())).pool, Pool::default());
    }
}
