//! What a GB over a pool's quota costs.

use std::collections::BTreeMap;

use super::usage::{GB, PoolId};

/// Dollars a GB over the global pool's quota, while the API's price list was never reached.
const NEVER_ASKED: f64 = 0.005;

/// Dollars a GB over quota, by pool, as `GET /network-transfer/prices` tells them.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Prices(BTreeMap<PoolId, f64>);

impl Prices {
    /// These prices; those that are none are left out.
    pub fn new(by_pool: impl IntoIterator<Item = (PoolId, f64)>) -> Prices {
        Prices(by_pool.into_iter().filter(|(_, price)| price.is_finite() && *price >= 0.0).collect())
    }

    /// Dollars a GB, by pool.
    pub fn by_pool(&self) -> &BTreeMap<PoolId, f64> {
        &self.0
    }

    /// What `bytes` over the quota of `pool` cost. A region that has no price of its own costs what the global pool
    /// does. `None` for a Linode: it is its account's pool that is billed.
    pub fn of(&self, pool: &PoolId, bytes: u64) -> Option<f64> {
        if matches!(pool, PoolId::Linode(_)) {
            return None;
        }
        let price = self.0.get(pool).or_else(|| self.0.get(&PoolId::Global)).copied();
        Some(bytes as f64 / GB as f64 * price.unwrap_or(NEVER_ASKED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_its_own_price_or_the_global_one_and_a_linode_none() {
        let pool = |text: &str| text.parse::<PoolId>().unwrap();
        let hundred = |prices: &Prices, text: &str| prices.of(&pool(text), 100 * GB);
        let told = Prices::new([(pool("global"), 0.006), (pool("region:id-cgk"), 0.015)]);
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
            assert_eq!(Prices::new([(PoolId::Global, wrong)]), Prices::default());
        }
    }
}
