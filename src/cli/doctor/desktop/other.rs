//! Systems that always have a tray, notifications and a keyring.

use crate::cli::context;
use crate::cli::doctor::{Finding, UNLOCK};
use crate::domain::config::AccountConfig;
use crate::storage::keyring::Keyring;

/// Checks the keyring. With `unlock`, it may ask the user first.
pub async fn look(keyring: &Keyring, accounts: &[&AccountConfig], unlock: bool) -> Vec<Finding> {
    let pass = |check| Finding::pass(check, "the system's own");
    let mut findings = vec![pass("tray"), pass("notifications")];
    let ids = context::in_keyring(accounts.iter().copied());
    findings.push(match keyring.unlock(if unlock { &ids } else { &[] }).await {
        Ok(()) => pass("keyring"),
        Err(error) => Finding::fail("keyring", error.to_string(), UNLOCK),
    });
    findings
}
