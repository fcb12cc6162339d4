//! The tray: what it shows is data before it is pixels or a menu.

pub mod icon;
