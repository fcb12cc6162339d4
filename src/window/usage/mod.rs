//! The usage page: an entry a card.

mod bar;
mod model;
mod view;

pub use model::{Card, cards};
pub use view::{Act, show};
