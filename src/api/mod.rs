//! The API's responses turned into the domain's values and failures.
//!
//! [`Client`] sends the requests; `types` and `prices` parse successful bodies, [`failure`] is the table of everything else
//! that a response can mean, and `error` says why there was none.

mod client;
mod error;
pub mod failure;
mod prices;
pub mod proxy;
pub mod simulated;
mod top;
mod types;

pub use client::Client;
pub use error::ClientError;
pub use top::top;
pub use types::Identity;

/// The scope of the account's endpoints, all but `/profile`.
const ACCOUNT_SCOPE: &str = "account:read_only";
/// The scope of the endpoints below `/linode/instances`.
const LINODES_SCOPE: &str = "linodes:read_only";
