//! The accounts page: the list of accounts, and the account form.

mod form;
mod form_view;
mod list;
mod token_field;

pub use form::{AccountForm, Focus, Linodes, WatchChoice};
pub use form_view::{FormAction, NAME_HINT, TOKEN_HINT, show as show_form};
pub use list::{ListAct, ListState, NextFocus, Question, neighbor, rows, show as show_list};
pub use token_field::{name_field, outcome, save_button, save_state, token_field};
