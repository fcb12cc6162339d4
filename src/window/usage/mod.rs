//! The usage page: one card per account.

mod arrangement;
mod breakdown;
mod history;
mod model;
mod top;
mod view;

pub use arrangement::Arrangement;
pub use history::Histories;
pub use model::{Card, cards};
pub use top::{TopAction, Tops};
pub use view::{UsageAction, show};
