//! Linode Bandwidth: how much of their network transfer one's Linode (Akamai) accounts have used, in the system tray.
//!
//! What happens in the world goes into [`domain::state::update`] as an event, and what is to be done comes out as
//! effects; everything else is a thin shell around that.
//!
//! - [`domain`]: pools, months, levels, alerts, the schedule, and every sentence. No I/O, no clock.
//! - [`linode`]: the API's answers turned into the domain's values and failures.
//! - [`store`]: the configuration file, the keyring, the history file.
//! - [`tray`]: the icon in the system tray.

pub mod domain;
pub mod linode;
pub mod store;
pub mod tray;
