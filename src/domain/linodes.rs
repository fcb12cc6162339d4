//! An account's Linodes, and which of them use its pools.

use serde::{Deserialize, Serialize};

use super::usage::PoolId;

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

/// Whether `linode` counts for an account that watches `watch`: all do, but for a region's pool only those in it.
pub fn counts(linode: &Linode, watch: &PoolId) -> bool {
    match watch {
        PoolId::Region(region) => linode.region == *region,
        PoolId::Global | PoolId::Linode(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linode(label: &str, region: &str) -> Linode {
        Linode { id: 1, label: label.to_owned(), region: region.to_owned(), distributed: false }
    }

    #[test]
    fn a_regions_pool_is_used_by_its_own_linodes_alone() {
        let jakarta = PoolId::Region("id-cgk".to_owned());
        assert!(counts(&linode("a", "id-cgk"), &jakarta) && !counts(&linode("a", "us-east"), &jakarta));
        assert!(counts(&linode("a", "us-east"), &PoolId::Global));
    }
}
