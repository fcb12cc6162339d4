//! What a GB over a pool's quota costs.

use std::collections::BTreeMap;

use super::usage::{GB, PoolId};

/// Dollars a GB over the global pool's quota, while the API's price list was never reached.
const NEVER_ASKED: f64 = 0.005;

/// Dollars a GB over quota, by `GET /network-transfer/prices`.
#[derive(Debug, Clone, PartialEq)]
pub struct Prices {
    /// Of the global pool, and of regions that have no price of their own.
    pub global: f64,
    /// Of regions, by id.
    pub regions: BTreeMap<String, f64>,
}

impl Default for Prices {
    fn default() -> Self {
        Prices { global: NEVER_ASKED, regions: BTreeMap::new() }
    }
}

impl Prices {
    /// What `bytes` over the quota of `pool` cost. `None` for a Linode: it is its account's pool that is billed.
    pub fn of(&self, pool: &PoolId, bytes: u64) -> Option<f64> {
        let price = match pool {
            PoolId::Global => self.global,
            PoolId::Region(id) => self.regions.get(id).copied().unwrap_or(self.global),
            PoolId::Linode(_) => return None,
        };
        Some(bytes as f64 / GB as f64 * price)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_its_own_price_or_the_global_one_and_a_linode_none() {
        let prices = Prices { regions: BTreeMap::from([("id-cgk".to_owned(), 0.015)]), ..Prices::default() };
        let hundred = |pool: &str| prices.of(&pool.parse().unwrap(), 100 * GB);
        assert_eq!(hundred("global"), Some(0.5));
        assert_eq!(hundred("region:id-cgk"), Some(1.5));
        assert_eq!(hundred("region:us-east"), Some(0.5));
        assert_eq!(hundred("linode:1"), None);
    }
}
