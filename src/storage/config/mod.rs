//! The configuration file: reading it strictly, and changing it without disturbing what the user wrote.
//!
//! - [`load`] and [`parse`] read: every setting that is not understood is refused, with its line and column.
//! - [`edit`] changes: under a lock, on the newest content, in the parsed document, so that comments, order and blank
//!   lines stay; the result is read again before it takes the old file's place.

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
