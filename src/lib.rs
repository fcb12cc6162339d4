//! Linode Bandwidth: how much of their network transfer one's Linode (Akamai) accounts have used, in the system tray.
//!
//! What happens in the world goes into [`domain::state::update`] as an event, and what is to be done comes out as
//! effects; everything else is a thin shell around that.
//!
//! - [`domain`]: pools, months, levels, alerts, the schedule, and every sentence. No I/O, no clock.
//! - [`linode`]: the API's answers turned into the domain's values and failures.
//! - [`store`]: the configuration file, the keyring, the history file.
//! - [`poller`]: the loop that holds the state, asks the API and carries the effects out.
//! - [`hook`] and [`program`]: the user's own programs, run at alerts and for tokens.
//! - [`tray`] and [`notify`]: the desktop's faces. What they show is data before it is pixels.
//! - [`metrics`]: a snapshot for Prometheus; [`exporter`] polls without a tray and serves it.
//! - [`instance`]: one process polls: a lock on the data folder says which.
//! - [`ipc`]: the local socket by which commands, the window and the icons of other sessions reach it.
//! - [`app`]: what it does for them.
//! - [`watch`]: changes of the world that are told of, not asked for.
//! - [`process`]: what keeps secrets in this process.
//! - `glibc`: what keeps the Linux build running with an old one.
//! - [`autostart`]: start at login.
//! - [`accounts`]: what commands and window do with entries and their tokens.
//! - `window`: the pages, each as a model and its view: the second program, of the feature of that name.
//! - [`sibling`]: where the one program finds the other.
//! - [`cli`]: one file a subcommand.

pub mod accounts;
pub mod app;
pub mod autostart;
pub mod cli;
pub mod domain;
pub mod exporter;
#[cfg(all(target_os = "linux", target_env = "gnu"))]
mod glibc;
pub mod hook;
pub mod instance;
pub mod ipc;
pub mod linode;
pub mod metrics;
pub mod notify;
pub mod poller;
pub mod process;
pub mod program;
pub mod sibling;
pub mod store;
pub mod tray;
pub mod watch;
#[cfg(feature = "window")]
pub mod window;
