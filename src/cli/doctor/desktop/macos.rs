//! Checks of what macOS decides: the application, notifications, Keychain, start at login.

use std::env;
use std::path::Path;

use crate::cli::context;
use crate::cli::doctor::{Finding, UNLOCK};
use crate::domain::config::AccountConfig;
use crate::notifications::{self, NotificationPermission};
use crate::platform::autostart::{self, Status};
use crate::storage::keyring::{self, Keyring};

/// Checks them. With `unlock`, Keychain may ask the user first.
pub async fn look(keyring: &Keyring, accounts: &[&AccountConfig], unlock: bool) -> Vec<Finding> {
    let mut findings = vec![tray(), notifications().await];
    let ids = context::in_keyring(accounts.iter().copied());
    findings.push(match keyring.unlock(if unlock { &ids } else { &[] }).await {
        Ok(()) => keychain().await,
        Err(error) => Finding::fail("keyring", error.to_string(), UNLOCK),
    });
    findings.push(start_at_login());
    findings
}

/// The application that this program is part of.
fn application(program: &Path) -> Option<&Path> {
    let application = program.parent()?.parent()?.parent()?;
    (application.extension()? == "app").then_some(application)
}

fn tray() -> Finding {
    let check = "tray";
    let program = env::current_exe().and_then(|program| program.canonicalize()).unwrap_or_default();
    match application(&program) {
        Some(application) => Finding::advise(
            check,
            format!("in the application {}", application.display()),
            "if you don't see the icon, make room in the menu bar, or allow it in System Settings, Menu Bar",
        ),
        None => Finding::warn(
            check,
            "this is not an application, so newer versions of macOS show no icon",
            "move Linode Bandwidth.app into Applications and open it; from the source, run packaging/macos/try",
        ),
    }
}

async fn notifications() -> Finding {
    let check = "notifications";
    let asked = tokio::task::spawn_blocking(notifications::permission).await;
    match asked.unwrap_or(NotificationPermission::Unavailable) {
        NotificationPermission::Granted => Finding::pass(check, "on"),
        NotificationPermission::NotAsked => Finding::advise(
            check,
            "not allowed yet",
            "start the tray and answer macOS' question; until then they have no buttons",
        ),
        NotificationPermission::Denied => Finding::warn(
            check,
            "off",
            "turn them on in System Settings, Notifications, Linode Bandwidth; a Focus only delays them",
        ),
        NotificationPermission::Unavailable => Finding::warn(
            check,
            "the older kind, which newer versions of macOS may not show",
            "they need the application, and a signature that macOS accepts",
        ),
    }
}

async fn keychain() -> Finding {
    match keyring::try_out().await {
        Ok(()) => Finding::pass("keyring", "Keychain stores and returns secrets"),
        Err(error) => Finding::fail("keyring", error.to_string(), UNLOCK),
    }
}

fn start_at_login() -> Finding {
    let check = "start at login";
    match autostart::status() {
        Ok(Status::On(program)) => Finding::advise(
            check,
            format!("on: {program}"),
            "if it does not start, allow it in System Settings, General, Login Items",
        ),
        Ok(Status::Off) => Finding::pass(check, "off"),
        Ok(Status::Broken(program)) => {
            Finding::fail(check, format!("{program} does not exist"), "run `linode-bandwidth autostart on`")
        }
        Err(error) => Finding::warn(check, error.to_string(), "log out and in"),
    }
}
