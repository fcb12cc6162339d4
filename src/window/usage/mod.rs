//! The usage page: an entry a card.

mod bar;
mod history;
mod model;
mod view;

pub use history::Histories;
pub use model::{Card, cards};
pub use view::{Act, show};
