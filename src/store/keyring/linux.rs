//! The Secret Service (GNOME Keyring, KWallet, KeePassXC) on the session bus.

use std::collections::HashMap;
use std::sync::Arc;

use keyring_core::{CredentialStore, Entry};
use secrecy::zeroize::Zeroizing;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zbus::{Connection, Proxy};

use super::{KeyringError, SERVICE};
use crate::domain::config::AccountId;

const NAME: &str = "org.freedesktop.secrets";
const PATH: &str = "/org/freedesktop/secrets";
const INTERFACE: &str = "org.freedesktop.Secret.Service";

/// Opens the store.
pub(super) fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

/// The entry's secret.
pub(super) fn secret(entry: &Entry) -> keyring_core::Result<Zeroizing<String>> {
    let text = Zeroizing::new(entry.get_secret()?);
    Ok(Zeroizing::new(String::from_utf8_lossy(&text).into_owned()))
}

/// Whether the entry's token can be read without a password dialog: reading a locked one puts it up and waits for ever.
///
/// # Errors
/// `Locked`, `Missing` or `Unavailable`.
pub(super) async fn readable(id: &AccountId) -> Result<(), KeyringError> {
    let bus = Connection::session().await.map_err(|error| absent(&error))?;
    let service = Proxy::new(&bus, NAME, PATH, INTERFACE).await.map_err(|error| absent(&error))?;
    let wanted = HashMap::from([("service", SERVICE), ("username", id.as_str())]);
    let (unlocked, locked): (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) =
        service.call("SearchItems", &(wanted,)).await.map_err(|error| absent(&error))?;
    if !unlocked.is_empty() {
        return Ok(());
    }
    if !locked.is_empty() || default_is_locked(&bus, &service).await {
        return Err(KeyringError::Locked);
    }
    Err(KeyringError::Missing)
}

/// Whether the keyring can be read and written at all: it is there, has a default collection, and that is unlocked.
///
/// # Errors
/// `Locked` or `Unavailable`.
pub async fn usable() -> Result<(), KeyringError> {
    let bus = Connection::session().await.map_err(|error| absent(&error))?;
    let service = Proxy::new(&bus, NAME, PATH, INTERFACE).await.map_err(|error| absent(&error))?;
    let default: OwnedObjectPath =
        service.call("ReadAlias", &("default",)).await.map_err(|error| absent(&error))?;
    if default.as_str() == "/" {
        return Err(KeyringError::Unavailable(
            "it has no default collection; make one in its program".to_owned(),
        ));
    }
    if default_is_locked(&bus, &service).await { Err(KeyringError::Locked) } else { Ok(()) }
}

/// Whether the default collection is locked: some services find nothing in a locked one.
async fn default_is_locked(bus: &Connection, service: &Proxy<'_>) -> bool {
    let Ok(path) = service.call::<_, _, OwnedObjectPath>("ReadAlias", &("default",)).await else {
        return false;
    };
    if path.as_str() == "/" {
        return false;
    }
    let asked = bus.call_method(
        Some(NAME),
        path,
        Some("org.freedesktop.DBus.Properties"),
        "Get",
        &("org.freedesktop.Secret.Collection", "Locked"),
    );
    let Ok(answer) = asked.await else { return false };
    answer.body().deserialize::<OwnedValue>().is_ok_and(|value| value.try_into().unwrap_or(false))
}

fn absent(error: &zbus::Error) -> KeyringError {
    KeyringError::Unavailable(in_words(&error.to_string()))
}

/// What the bus said, and what brings a keyring.
pub(super) fn in_words(why: &str) -> String {
    if why.contains("ServiceUnknown") || why.contains("not provided by any") || why.contains("NameHasNoOwner")
    {
        "no program offers one on the session bus; start GNOME Keyring, KWallet or KeePassXC".to_owned()
    } else {
        let why = why.trim_start_matches("zbus error: ").replace('\n', " ");
        format!("{why}; start this inside a desktop session, or give the entry a token_command")
    }
}

/// What it means that the store could not be accessed: a dialog that was dismissed, or no default collection.
pub(super) fn no_access(why: &str) -> KeyringError {
    if why.contains("ocked") || why.contains("ismissed") || why.contains("rompt") {
        KeyringError::Locked
    } else {
        KeyringError::Unavailable(format!(
            "{}; make a default keyring in its program",
            why.replace('\n', " ")
        ))
    }
}
