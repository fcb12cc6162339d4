//! What one poll found of one pool.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::usage::Pool;

/// A pool's figures at an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sample {
    /// When the answer came, to the second.
    pub at: Timestamp,
    /// What it said.
    pub pool: Pool,
}
