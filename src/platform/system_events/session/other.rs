//! Systems that end programs with their session.

use super::NoDisplay;
use crate::window_request::DisplayNames;

/// Never returns: the system ends the program.
pub async fn ended() {
    std::future::pending().await
}

/// Always succeeds.
///
/// # Errors
/// None.
pub async fn try_display() -> Result<(), NoDisplay> {
    Ok(())
}

/// Never: the system ends the program with the session.
pub async fn is_gone() -> bool {
    false
}

/// None needed.
///
/// # Errors
/// None.
pub async fn display_variables() -> Result<Vec<(String, String)>, NoDisplay> {
    Ok(Vec::new())
}

/// None: a user has only one session.
pub async fn bus_id() -> Option<String> {
    None
}

/// None: all sessions share one display.
pub fn named_display() -> DisplayNames {
    DisplayNames::default()
}

/// None: all sessions share one display.
pub async fn window_display() -> DisplayNames {
    DisplayNames::default()
}
