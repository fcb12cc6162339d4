//! The configuration file: strict parsing, and edits that keep the user's comments and formatting.
//!
//! - [`load`] and [`parse()`] read: an unknown or invalid setting is an error with its line and column.
//! - [`edit()`] changes the parsed document under a lock, so that comments, order and blank lines stay. The
//!   result is parsed again before it replaces the file.

mod edit;
mod editor;
mod error;
mod file;
mod layout;
mod parse;
mod patch;

pub use edit::{changeable, edit};
pub use editor::{ConfigEditor, copy_name};
pub use error::{ConfigError, EditError, ParseError, ParseErrorKind};
pub use file::{API_URL_VARIABLE, load, load_with, load_with_env, tighten};
pub use parse::parse;
pub use patch::{Patch, check};
