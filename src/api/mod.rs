//! The client of the Linode API, which returns the domain's types and failures.
//!
//! [`Client`] sends requests, `types` and `prices` parse successful bodies, [`failure`] classifies other
//! responses, and `error` explains missing ones.

mod client;
mod consumers;
mod error;
pub mod failure;
mod prices;
pub mod proxy;
pub mod simulated;
mod types;

pub use client::Client;
pub use consumers::{RequestBudget, consumers, top};
pub use error::ClientError;
pub use types::Identity;

use crate::domain::usage::{ACCOUNT_SCOPE, LINODES_SCOPE};

/// The scope of the endpoints below `/object-storage`.
const OBJECT_STORAGE_SCOPE: &str = "object_storage:read_only";
