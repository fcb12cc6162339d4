//! Systems that always have all of it.

use crate::cli::doctor::{Finding, UNLOCK};
use crate::cli::session;
use crate::domain::config::Account;
use crate::storage::keyring::Keyring;

/// The system's own tray, notifications and keyring. With `unlock`, the keyring may ask the user first.
pub async fn look(keyring: &Keyring, accounts: &[&Account], unlock: bool) -> Vec<Finding> {
    let good = |check| Finding::good(check, "the system's own");
    let mut findings = vec![good("tray"), good("notifications")];
    let ids = session::in_keyring(accounts.iter().copied());
    findings.push(match keyring.unlock(if unlock { &ids } else { &[] }).await {
        Ok(()) => good("keyring"),
        Err(error) => Finding::wrong("keyring", error.to_string(), UNLOCK),
    });
    findings
}
