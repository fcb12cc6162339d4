//! The Secret Service (GNOME Keyring, KWallet, KeePassXC) on the session bus.

use std::collections::HashMap;
use std::sync::Arc;

use keyring_core::CredentialStore;
use secrecy::zeroize::Zeroizing;
use secret_service::{EncryptionType, SecretService};
use tokio::sync::Mutex;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zbus::{Connection, Proxy};

use super::{Keyring, KeyringError, SERVICE, ambiguous};
use crate::domain::config::AccountId;

const NAME: &str = "org.freedesktop.secrets";
const PATH: &str = "/org/freedesktop/secrets";
const INTERFACE: &str = "org.freedesktop.Secret.Service";

/// Opens the store.
pub(super) fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(zbus_secret_service_keyring_store::Store::new()?)
}

/// An open session with the keyring, for reading. All entries are read over one connection: a bus has room for some
/// hundreds a user, and a new one for each read would take longer than the reading.
struct Open {
    bus: Connection,
    service: SecretService<'static>,
}

/// Reads secrets. It needs no thread, and none of the runtime that blocking calls of the bus would start.
#[derive(Default)]
pub(super) struct Reader {
    open: Mutex<Option<Arc<Open>>>,
    /// Held while an entry is read. GNOME Keyring keeps all secrets under way in memory that is never swapped out, of
    /// which there is little, and it ends when that is used up: by two hundred at once, for example.
    turn: Mutex<()>,
}

impl Reader {
    /// The entry's secret, if it can be read without a password dialog: reading a locked one would put it up and wait
    /// for ever.
    ///
    /// # Errors
    /// `Locked`, `Missing` or `Unavailable`.
    pub(super) async fn secret(
        &self,
        _keyring: &Keyring,
        id: &AccountId,
    ) -> Result<Zeroizing<String>, KeyringError> {
        let _turn = self.turn.lock().await;
        let (open, kept) = self.open().await?;
        match open.read(id).await {
            // One that was started again knows nothing of this session.
            Err(KeyringError::Unavailable(_)) if kept => {
                self.forget(&open).await;
                self.open().await?.0.read(id).await
            }
            read => read,
        }
    }

    /// The session, and whether it is one from before.
    async fn open(&self) -> Result<(Arc<Open>, bool), KeyringError> {
        let mut kept = self.open.lock().await;
        if let Some(open) = &*kept {
            return Ok((open.clone(), true));
        }
        let bus = Connection::session().await.map_err(|error| absent(&error))?;
        let service = SecretService::connect_with_existing(EncryptionType::Dh, bus.clone());
        let service = service.await.map_err(|error| failed(&error))?;
        Ok((kept.insert(Arc::new(Open { bus, service })).clone(), false))
    }

    async fn forget(&self, failed: &Arc<Open>) {
        let mut kept = self.open.lock().await;
        if kept.as_ref().is_some_and(|open| Arc::ptr_eq(open, failed)) {
            *kept = None;
        }
    }
}

impl Open {
    async fn read(&self, id: &AccountId) -> Result<Zeroizing<String>, KeyringError> {
        let wanted = HashMap::from([("service", SERVICE), ("username", id.as_str())]);
        let found = self.service.search_items(wanted).await.map_err(|error| failed(&error))?;
        match found.unlocked.as_slice() {
            [item] => {
                let secret = Zeroizing::new(item.get_secret().await.map_err(|error| failed(&error))?);
                Ok(Zeroizing::new(String::from_utf8_lossy(&secret).into_owned()))
            }
            [] if !found.locked.is_empty() || self.default_is_locked().await => Err(KeyringError::Locked),
            [] => Err(KeyringError::Missing),
            _ => Err(ambiguous()),
        }
    }

    async fn default_is_locked(&self) -> bool {
        match Proxy::new(&self.bus, NAME, PATH, INTERFACE).await {
            Ok(service) => default_is_locked(&self.bus, &service).await,
            Err(_) => false,
        }
    }
}

fn failed(error: &secret_service::Error) -> KeyringError {
    match error {
        secret_service::Error::Locked => KeyringError::Locked,
        error => KeyringError::Unavailable(in_words(&error.to_string())),
    }
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
