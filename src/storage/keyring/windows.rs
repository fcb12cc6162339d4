//! Windows Credential Manager: open for as long as the user is logged on, and never asks anything.

use std::sync::Arc;

use keyring_core::{CredentialStore, Entry};
use secrecy::zeroize::Zeroizing;

use super::KeyringError;

/// Opens the store.
pub(super) fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

/// The entry's secret. As a password, which is UTF-16 there: one that was typed into Credential Manager reads too.
pub(super) fn secret(entry: &Entry) -> keyring_core::Result<Zeroizing<String>> {
    entry.get_password().map(Zeroizing::new)
}

/// Nothing is ever locked.
pub(super) fn unlock(_entry: &Entry) -> keyring_core::Result<()> {
    Ok(())
}

/// What the system said.
pub(super) fn in_words(why: &str) -> String {
    format!("Credential Manager says {}", why.replace('\n', " "))
}

/// What it means that the store could not be accessed: a service, or a login from afar without a password.
pub(super) fn no_access(why: &str) -> KeyringError {
    KeyringError::Unavailable(format!("{}; log on to Windows with your password", in_words(why)))
}
