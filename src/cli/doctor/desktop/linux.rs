//! On the session bus.

use std::time::Duration;

use zbus::Connection;

use crate::cli::doctor::Finding;
use crate::notify;
use crate::store::keyring::{self, KeyringError};
use crate::tray::host::{self, NoHost};

/// A service that does not answer by then is taken for dead.
const PATIENCE: Duration = Duration::from_secs(5);

/// Looks at the session bus and what is on it.
pub async fn look() -> Vec<Finding> {
    if let Err(error) = Connection::session().await {
        let mend = "start the program inside a desktop session; `status` and token_command work without one";
        return vec![Finding::wrong("session bus", error.to_string(), mend)];
    }
    vec![Finding::good("session bus", "there"), tray().await, notifications().await, keyring().await]
}

async fn tray() -> Finding {
    match host::find().await {
        Ok(()) => Finding::good("tray", "a host shows icons"),
        Err(NoHost::NoHost(hint)) => {
            Finding::wrong("tray", "no host shows icons; notifications come all the same", hint)
        }
        Err(NoHost::Silent) => {
            Finding::wrong("tray", "the host does not answer", "restart the panel, or log out and in")
        }
        Err(NoHost::NoBus(why)) => Finding::wrong("tray", why, "start the program inside a desktop session"),
    }
}

async fn notifications() -> Finding {
    let check = "notifications";
    let mend = "start your desktop's notification server, or install one such as dunst or mako";
    match tokio::time::timeout(PATIENCE, notify::server()).await {
        Ok(Ok(name)) => Finding::good(check, name),
        Ok(Err(_)) => Finding::wrong(check, "no server shows them", mend),
        Err(_) => Finding::wrong(check, "the server does not answer", mend),
    }
}

async fn keyring() -> Finding {
    let check = "keyring";
    match tokio::time::timeout(PATIENCE, keyring::usable()).await {
        Ok(Ok(())) => Finding::good(check, "there and unlocked"),
        Ok(Err(KeyringError::Locked)) => {
            Finding::wrong(check, "locked", "unlock it: log in with your password, or open it in its program")
        }
        Ok(Err(error)) => {
            let mend = "start GNOME Keyring, KWallet or KeePassXC, or give each account a token_command";
            Finding::wrong(check, error.to_string(), mend)
        }
        Err(_) => Finding::wrong(check, "it does not answer", "restart it, or log out and in"),
    }
}
