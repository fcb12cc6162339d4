//! Windows Credential Manager: open for as long as the user is logged on, and never asks anything.

use std::sync::Arc;

use keyring_core::{CredentialStore, Entry};
use secrecy::zeroize::Zeroizing;

use super::{Keyring, KeyringError};
use crate::domain::config::AccountId;

/// Opens the store.
pub(super) fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

/// Reads secrets, on the keyring's thread.
#[derive(Default)]
pub(super) struct Reader;

impl Reader {
    /// The entry's secret, which can always be read.
    ///
    /// # Errors
    /// [`KeyringError`], as the system says.
    pub(super) async fn secret(
        &self,
        keyring: &Keyring,
        id: &AccountId,
    ) -> Result<Zeroizing<String>, KeyringError> {
        keyring.on_its_thread(id, |entry| secret(&entry)).await
    }
}

/// The entry's secret. As a password, which is UTF-16 there: one that was typed into Credential Manager reads too.
fn secret(entry: &Entry) -> keyring_core::Result<Zeroizing<String>> {
    entry.get_password().map(Zeroizing::new)
}

/// What the system said.
pub(super) fn in_words(why: &str) -> String {
    format!("Credential Manager says {}", why.replace('\n', " "))
}

/// What it means that the store could not be accessed: a service, or a login from afar without a password.
pub(super) fn no_access(why: &str) -> KeyringError {
    KeyringError::Unavailable(format!("{}; log on to Windows with your password", in_words(why)))
}
