//! Linode Bandwidth: how much of their network transfer one's Linode (Akamai) accounts have used, in the system tray.
//!
//! Events go into [`domain::state::update`], and effects come out; everything else is a thin shell around that.
//!
//! - [`domain`]: pools, months, levels, alerts, the schedule, and every sentence. No I/O, no clock.
//! - [`api`]: the Linode API's answers as the domain's values and failures, and a simulated API for the demo.
//! - [`storage`]: the configuration file, the keyring, the history file.
//! - [`app`]: what runs for long. The poller holds the state, asks the API and carries the effects out; tray, exporter and
//!   demo are frontends of it; commands, the window and the icons of other sessions reach it over a local socket.
//! - [`tray`] and [`notifications`]: what they show is data before it is pixels.
//! - `window`: the pages, each as a model and its view; in the second program, with the feature of that name.
//! - [`metrics`]: a snapshot in the format of Prometheus.
//! - [`platform`]: start at login, system events, subprocesses: one file per operating system under one name.
//! - [`cli`]: what can be typed, and one file per command.

pub mod api;
pub mod app;
pub mod cli;
pub mod domain;
pub mod metrics;
pub mod notifications;
pub mod platform;
pub mod storage;
pub mod tray;
#[cfg(feature = "window")]
pub mod window;
pub mod window_request;
