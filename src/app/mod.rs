//! What the tray does for its window and for the menu: changes of accounts and settings, and questions to the API.

pub mod owner;
pub mod requests;
