//! The configuration file: reading it strictly, and changing it without disturbing what the user wrote.
//!
//! - [`load`] and [`parse`] read: every setting that is not understood is refused, with its line and column.
//! - [`edit`] changes: under a lock, on the newest content, by cutting and pasting text, so that whatever is not
//!   changed stays byte for byte; the result is read again before it takes the old file's place.

mod draft;
mod edit;
mod file;
mod layout;
mod problem;
mod read;
mod splice;
mod values;

pub use draft::{AccountField, Draft, Setting};
pub use edit::{EditError, changeable, edit};
pub use file::{API_URL_VARIABLE, ConfigError, load, load_in_force, load_with, tighten};
pub use problem::{Fault, Problem};
pub use read::parse;
