//! An account's Linodes, and which of them use its pools.

/// A Linode.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Linode {
    /// Its id, by which it is asked for and watched.
    pub id: u64,
    /// Its name.
    pub label: String,
    /// Its region's id, `us-east`; empty where the API does not say.
    pub region: String,
}
