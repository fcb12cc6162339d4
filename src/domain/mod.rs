//! What a pool, a month, a level, a token's state and an alert are, and what follows from them.
//!
//! Nothing here asks what time it is, touches a file or a network, or knows of the other folders: `now` is an
//! argument, so that a whole month fits into a test.

pub mod account;
pub mod alert;
pub mod breakdown;
pub mod config;
pub mod daily_usage;
pub mod failure;
pub mod forecast;
pub mod level;
pub mod linodes;
pub mod month;
pub mod mute;
pub mod plot;
pub mod price;
pub mod report;
pub mod sample;
pub mod schedule;
pub mod snapshot;
pub mod spike;
pub mod state;
pub mod text;
pub mod token;
pub mod top;
pub mod usage;
