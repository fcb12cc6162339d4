//! The settings page.

mod form;
mod view;

pub use form::Form;
pub use view::{Act, show};
