//! Checks of the services on the session bus.

use std::time::Duration;

use zbus::Connection;

use crate::cli::context;
use crate::cli::doctor::{Finding, UNLOCK};
use crate::cli::output::few_names;
use crate::domain::config::AccountConfig;
use crate::notifications;
use crate::platform::tray_host::{self, NoHost};
use crate::storage::keyring::{Keyring, KeyringError};

/// A service that takes longer counts as dead.
const BUS_TIMEOUT: Duration = Duration::from_secs(5);

/// Checks the session bus and its services. With `unlock`, the keyring may ask the user first.
pub async fn look(keyring: &Keyring, accounts: &[&AccountConfig], unlock: bool) -> Vec<Finding> {
    if let Err(error) = Connection::session().await {
        let hint = "start the program inside a desktop session; `status` and token_command work without one";
        return vec![Finding::fail("session bus", error.to_string(), hint)];
    }
    let keyring = self::keyring(keyring, accounts, unlock).await;
    vec![Finding::pass("session bus", "available"), tray().await, notifications().await, keyring]
}

async fn tray() -> Finding {
    match tray_host::find().await {
        Ok(()) => Finding::pass("tray", "a host shows icons"),
        Err(NoHost::NoHost(hint)) => {
            Finding::fail("tray", "no host shows icons; notifications still work", hint)
        }
        Err(NoHost::Silent) => {
            Finding::fail("tray", "the host does not answer", "restart the panel, or log out and in")
        }
        Err(NoHost::NoBus(why)) => Finding::fail("tray", why, "start the program inside a desktop session"),
    }
}

async fn notifications() -> Finding {
    let check = "notifications";
    let hint = "start your desktop's notification server, or install one such as dunst or mako";
    match tokio::time::timeout(BUS_TIMEOUT, notifications::server()).await {
        Ok(Ok(name)) => Finding::pass(check, name),
        Ok(Err(_)) => Finding::fail(check, "no notification server", hint),
        Err(_) => Finding::fail(check, "the server does not answer", hint),
    }
}

async fn keyring(keyring: &Keyring, accounts: &[&AccountConfig], unlock: bool) -> Finding {
    let check = "keyring";
    let ids = context::in_keyring(accounts.iter().copied());
    let condition = async {
        if unlock {
            keyring.prepare().await?;
            keyring.unlock(&ids).await?;
        }
        keyring.condition(&ids).await
    };
    let condition = match condition.await {
        Ok(condition) => condition,
        Err(error @ KeyringError::Unavailable(_)) => {
            let hint = "start GNOME Keyring, KWallet or KeePassXC, or get each token from a command: linode-bandwidth accounts add NAME --token-command pass show linode";
            // The error has its own advice.
            let message = error.to_string();
            let message = message.split_once("; start ").map_or(message.as_str(), |(message, _)| message);
            return Finding::fail(check, message, hint);
        }
        Err(error) => return Finding::fail(check, error.to_string(), UNLOCK),
    };
    let locked = accounts.iter().filter(|account| condition.locked.contains(&account.id));
    let locked: Vec<&str> = locked.map(|account| account.name.as_str()).collect();
    if !locked.is_empty() {
        Finding::fail(check, format!("locked for {}", few_names(&locked)), UNLOCK)
    } else if ids.is_empty() && (condition.default_locked || condition.default_missing) {
        // Storing the first token creates it, with a prompt.
        Finding::pass(check, "available; it asks for its password when the first token is stored")
    } else if condition.default_locked {
        Finding::fail(check, "locked", UNLOCK)
    } else if condition.default_missing {
        let hint = "run `linode-bandwidth doctor --unlock` to create one, or create one in the keyring's own program";
        Finding::fail(check, "available, but without a default collection to store tokens in", hint)
    } else {
        Finding::pass(check, "available and unlocked")
    }
}
