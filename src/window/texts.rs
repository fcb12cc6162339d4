//! Texts that several pages or tests of the window use.

/// Below the token's field after a paste from an empty clipboard.
pub const CLIPBOARD_EMPTY: &str = "There is no text in the clipboard.";
/// The account of a link or a notification no longer exists.
pub const ACCOUNT_REMOVED: &str = "That account was removed.";

/// Next to the button of a form that was not saved, with the labels of its wrong fields.
pub fn please_correct(fields: &[&str]) -> String {
    format!("Not saved. Please correct: {}", fields.join(", "))
}
