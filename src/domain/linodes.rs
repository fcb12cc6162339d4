//! An account's Linodes, and which of them use its pools.

use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::price::Prices;
use super::usage::{Percent, Pool, PoolId, Usage};

/// A Linode.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Linode {
    /// Its id, by which it is asked for and watched.
    pub id: u64,
    pub label: String,
    /// Its region's id, `us-east`; empty where the API does not say.
    pub region: String,
    /// Whether that region is a distributed one (`site_type`). Such a Linode has no transfer pool: what it sends is billed
    /// from the first GB.
    pub distributed: bool,
}

/// A Linode and what it used this month.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LinodeUsage {
    /// The Linode.
    pub linode: Linode,
    /// The pool that its transfer is taken from; `None` for one in a distributed region.
    pub pool: Option<PoolId>,
    /// Bytes used, or why that is not known.
    pub used: Result<u64, Failure>,
    /// The same in percent of the pool's quota, where that is known.
    pub percent: Option<Percent>,
    /// What a Linode without a pool costs, in dollars.
    pub usd: Option<f64>,
}

/// An account's Linodes by what they used, most first; those of which it is not known, last.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Top {
    /// The Linodes.
    pub rows: Vec<LinodeUsage>,
}

/// Whether `linode` counts for an account that watches `watch`: all do, but for a region's pool only those in it.
pub fn counts(linode: &Linode, watch: &PoolId) -> bool {
    match watch {
        PoolId::Region(region) => linode.region == *region,
        PoolId::Global | PoolId::Linode(_) => true,
    }
}

impl Top {
    /// The order of `used`: each Linode with its figures. `account` is the account's transfer, where it is known: a
    /// Linode in one of its regions is on that region's pool, any other on the global one. One in a distributed region is
    /// on none, and costs what `prices` say.
    pub fn new(used: Vec<(Linode, Result<Pool, Failure>)>, account: Option<&Usage>, prices: &Prices) -> Top {
        let row = |(linode, used): (Linode, Result<Pool, Failure>)| {
            let regions = account.map(|account| account.regions.as_slice()).unwrap_or_default();
            let region = regions.iter().find(|(id, _)| *id == linode.region);
            let (pool, quota) = match region {
                _ if linode.distributed => (None, None),
                Some((id, pool)) => (Some(PoolId::Region(id.clone())), Some(pool.quota)),
                None => (Some(PoolId::Global), account.map(|account| account.pool.quota)),
            };
            let used = used.map(|pool| pool.used);
            let known = used.as_ref().ok().copied();
            let percent = known.zip(quota);
            let percent = percent.and_then(|(used, quota)| Pool { used, quota, ..Pool::default() }.percent());
            let usd = known.filter(|_| pool.is_none()).map(|used| prices.metered(used));
            LinodeUsage { linode, pool, used, percent, usd }
        };
        let mut rows: Vec<LinodeUsage> = used.into_iter().map(row).collect();
        let figure = |row: &LinodeUsage| row.used.as_ref().ok().copied();
        rows.sort_by(|a, b| figure(b).cmp(&figure(a)).then_with(|| a.linode.label.cmp(&b.linode.label)));
        Top { rows }
    }

    /// The Linodes of which it is not known, and why.
    pub fn failed(&self) -> impl Iterator<Item = (&Linode, &Failure)> {
        self.rows.iter().filter_map(|row| Some((&row.linode, row.used.as_ref().err()?)))
    }

    /// The warning about them, if there are any.
    pub fn gaps(&self) -> Option<String> {
        let (linode, why) = self.failed().next()?;
        let (failed, all) = (self.failed().count(), self.rows.len());
        Some(format!("no figure for {failed} of {all} Linodes; {}: {why}", linode.label))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linode(label: &str, region: &str) -> Linode {
        Linode { id: 1, label: label.to_owned(), region: region.to_owned(), distributed: false }
    }

    fn timed_out() -> Failure {
        Failure::Unreachable { why: "timed out".to_owned() }
    }

    fn account() -> Usage {
        Usage {
            pool: Pool::from_gb(100, 1000, 0),
            regions: vec![("id-cgk".to_owned(), Pool::from_gb(5, 10, 0))],
        }
    }

    #[test]
    fn the_linode_that_uses_most_comes_first_and_the_unknown_last() {
        let used = vec![
            (linode("quiet", "us-east"), Ok(Pool::from_gb(0, 1000, 0))),
            (linode("lost", "us-east"), Err(timed_out())),
            (linode("b", "us-east"), Ok(Pool::from_gb(50, 1000, 0))),
            (linode("busy", "us-east"), Ok(Pool::from_gb(90, 1000, 0))),
            (linode("a", "us-east"), Ok(Pool::from_gb(50, 1000, 0))),
        ];
        let top = Top::new(used, Some(&account()), &Prices::default());
        let labels: Vec<&str> = top.rows.iter().map(|row| row.linode.label.as_str()).collect();
        assert_eq!(labels, ["busy", "a", "b", "quiet", "lost"]);
        let said = "no figure for 1 of 5 Linodes; lost: Can't reach Linode: timed out.";
        assert_eq!(top.gaps().as_deref(), Some(said));
    }

    #[test]
    fn each_linode_is_measured_by_the_pool_that_it_is_on() {
        let used = vec![
            (linode("jakarta", "id-cgk"), Ok(Pool::from_gb(4, 1000, 0))),
            (linode("newark", "us-east"), Ok(Pool::from_gb(1, 1000, 0))),
        ];
        let shown = |account: Option<&Usage>| {
            let rows = Top::new(used.clone(), account, &Prices::default()).rows.into_iter();
            rows.map(|row| (row.pool.unwrap().to_string(), row.percent.map(|p| p.to_string())))
                .collect::<Vec<_>>()
        };
        let expected = [("region:id-cgk", Some("40%")), ("global", Some("0.10%"))];
        let expected = expected.map(|(pool, percent)| (pool.to_owned(), percent.map(str::to_owned)));
        assert_eq!(shown(Some(&account())), expected);
        assert_eq!(shown(None)[0].1, None);
    }

    #[test]
    fn a_distributed_linode_is_on_no_pool_and_has_its_own_price() {
        let edge = Linode { distributed: true, ..linode("edge", "us-den-10") };
        let used = vec![(edge.clone(), Ok(Pool::from_gb(500, 1000, 0))), (edge, Err(timed_out()))];
        let rows = Top::new(used, Some(&account()), &Prices::default()).rows;
        assert_eq!((&rows[0].pool, rows[0].percent, rows[0].usd), (&None, None, Some(5.0)));
        assert_eq!((&rows[1].pool, rows[1].usd), (&None, None));
    }

    #[test]
    fn a_regions_pool_is_used_by_its_own_linodes_alone() {
        let jakarta = PoolId::Region("id-cgk".to_owned());
        assert!(counts(&linode("a", "id-cgk"), &jakarta) && !counts(&linode("a", "us-east"), &jakarta));
        assert!(counts(&linode("a", "us-east"), &PoolId::Global));
    }
}
