//! The API's answers turned into the domain's values and failures.
//!
//! [`Client`] asks; `wire` and `prices` read good bodies, [`failure`] is the table of everything else that an answer can mean, and
//! `transport` says in words why there was none.

mod client;
pub mod failure;
mod prices;
pub mod proxy;
pub mod simulated;
mod top;
mod transport;
mod wire;

pub use client::{Client, ClientError};
pub use top::top;
pub use wire::Identity;
