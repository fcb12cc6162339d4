//! What a GB over a pool's quota costs.

use std::collections::BTreeMap;

use super::usage::{GB, PoolId};

/// Dollars per GB over the global pool's quota, while the API's price list was never reached.
const NEVER_ASKED: f64 = 0.005;
/// Dollars per GB of a Linode in a distributed region, likewise: the list's `distributed_network_transfer` of August 2026.
const DISTRIBUTED_NEVER_ASKED: f64 = 0.01;
/// What stands for those Linodes' price where prices are stored by pool.
const DISTRIBUTED: &str = "distributed";

/// Dollars per GB, from `GET /network-transfer/prices`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Prices {
    by_pool: BTreeMap<PoolId, f64>,
    distributed: Option<f64>,
}

impl Prices {
    /// Prices of a GB over quota by pool, and of one that a Linode in a distributed region sends. What is no price is left
    /// out.
    pub fn new(by_pool: impl IntoIterator<Item = (PoolId, f64)>, distributed: Option<f64>) -> Prices {
        let is_price = |price: &f64| price.is_finite() && *price >= 0.0;
        Prices {
            by_pool: by_pool.into_iter().filter(|(_, price)| is_price(price)).collect(),
            distributed: distributed.filter(is_price),
        }
    }

    /// All of them with the names that they are stored by: a pool's, or `distributed`.
    pub fn stored(&self) -> impl Iterator<Item = (String, f64)> + '_ {
        let distributed = self.distributed.map(|price| (DISTRIBUTED.to_owned(), price));
        self.by_pool.iter().map(|(pool, price)| (pool.to_string(), *price)).chain(distributed)
    }

    /// Those that were stored by these names; a name that is not known is left out.
    pub fn from_stored(stored: impl IntoIterator<Item = (String, f64)>) -> Prices {
        let (distributed, pools): (Vec<_>, Vec<_>) =
            stored.into_iter().partition(|(name, _)| name == DISTRIBUTED);
        let pools = pools.into_iter().filter_map(|(name, price)| Some((name.parse().ok()?, price)));
        Prices::new(pools, distributed.first().map(|(_, price)| *price))
    }

    /// Dollars per GB over quota, by pool.
    pub fn by_pool(&self) -> &BTreeMap<PoolId, f64> {
        &self.by_pool
    }

    /// What `bytes` cost that a Linode in a distributed region sent.
    pub fn metered(&self, bytes: u64) -> f64 {
        bytes as f64 / GB as f64 * self.distributed.unwrap_or(DISTRIBUTED_NEVER_ASKED)
    }

    /// What `bytes` over the quota of `pool` cost. A region that has no price of its own costs what the global pool
    /// does. `None` for a Linode: it is its account's pool that is billed.
    pub fn cost(&self, pool: &PoolId, bytes: u64) -> Option<f64> {
        if matches!(pool, PoolId::Linode(_)) {
            return None;
        }
        let price = self.by_pool.get(pool).or_else(|| self.by_pool.get(&PoolId::Global)).copied();
        Some(bytes as f64 / GB as f64 * price.unwrap_or(NEVER_ASKED))
    }
}

/// Whole cents, rounded.
pub fn cents(usd: f64) -> u64 {
    (usd * 100.0).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_has_its_own_or_the_global_price() {
        let pool = |text: &str| text.parse::<PoolId>().unwrap();
        let hundred = |prices: &Prices, text: &str| prices.cost(&pool(text), 100 * GB);
        let told = Prices::new([(pool("global"), 0.006), (pool("region:id-cgk"), 0.015)], None);
        for (prices, global, jakarta, newark) in [(Prices::default(), 0.5, 0.5, 0.5), (told, 0.6, 1.5, 0.6)] {
            assert_eq!(hundred(&prices, "global"), Some(global));
            assert_eq!(hundred(&prices, "region:id-cgk"), Some(jakarta));
            assert_eq!(hundred(&prices, "region:us-east"), Some(newark));
            assert_eq!(hundred(&prices, "linode:1"), None);
        }
    }

    #[test]
    fn what_is_no_price_is_left_out() {
        for wrong in [-0.005, f64::NAN, f64::INFINITY] {
            assert_eq!(Prices::new([(PoolId::Global, wrong)], Some(wrong)), Prices::default());
        }
    }

    #[test]
    fn a_distributed_linode_has_a_price_of_its_own() {
        assert_eq!(Prices::default().metered(50 * GB), 0.5);
        assert_eq!(Prices::new([], Some(0.02)).metered(50 * GB), 1.0);
    }

    #[test]
    fn prices_come_back_by_the_names_they_are_stored_by() {
        let prices =
            Prices::new([(PoolId::Global, 0.006), (PoolId::Region("id-cgk".into()), 0.015)], Some(0.01));
        let stored: Vec<_> = prices.stored().collect();
        let names: Vec<_> = stored.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["global", "region:id-cgk", "distributed"]);
        let unknown = [("of a later version".to_owned(), 1.0)];
        assert_eq!(Prices::from_stored(stored.into_iter().chain(unknown)), prices);
    }
}
