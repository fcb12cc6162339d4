//! The settings page.

mod form;
mod view;

pub use form::{Form, follow};
pub use view::{Act, Around, show};
