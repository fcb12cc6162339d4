//! The token guide: how a token is made, where it is pasted, and the tokens that there are.

mod tokens;
mod view;

pub use tokens::{Listed, Listing};
pub use view::{Act, show};
