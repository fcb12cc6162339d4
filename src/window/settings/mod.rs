//! The settings page.

mod form;
mod view;

pub use form::{SettingsForm, follow};
pub use view::{SettingsAction, SettingsContext, show};
