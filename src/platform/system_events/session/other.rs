//! Systems that end a session's programs with it.

use super::NoDisplay;
use crate::window_request::DisplayNames;

/// Never returns: the system ends the program.
pub async fn ended() {
    std::future::pending().await
}

/// There is one.
///
/// # Errors
/// None.
pub async fn try_display() -> Result<(), NoDisplay> {
    Ok(())
}

/// It is not: the system ends the program with it.
pub async fn is_gone() -> bool {
    false
}

/// There is nothing to add to the environment.
///
/// # Errors
/// None.
pub async fn display_variables() -> Result<Vec<(String, String)>, NoDisplay> {
    Ok(Vec::new())
}

/// A user has one session here, which needs no name.
pub async fn bus_id() -> Option<String> {
    None
}

/// There is one for all.
pub fn named_display() -> DisplayNames {
    DisplayNames::default()
}

/// There is one for all.
pub async fn window_display() -> DisplayNames {
    DisplayNames::default()
}
