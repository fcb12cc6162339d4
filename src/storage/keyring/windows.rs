//! Windows Credential Manager: available while the user is logged on, and never asks.

use std::sync::Arc;

use keyring_core::{CredentialStore, Entry};
use secrecy::zeroize::Zeroizing;

use super::KeyringError;

pub(super) fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(windows_native_keyring_store::Store::new()?)
}

/// The entry's secret, read as a password (UTF-16), so that one typed into Credential Manager works too.
pub(super) fn secret(entry: &Entry) -> keyring_core::Result<Zeroizing<String>> {
    entry.get_password().map(Zeroizing::new)
}

pub(super) fn store_secret(entry: &Entry, secret: &str) -> keyring_core::Result<()> {
    entry.set_password(secret)
}

/// Does nothing: the store is never locked.
pub(super) fn unlock(_entry: &Entry) -> keyring_core::Result<()> {
    Ok(())
}

pub(super) fn in_words(why: &str) -> String {
    format!("Credential Manager says {}", why.replace('\n', " "))
}

/// The meaning of an access error: the program runs as a service, or in a remote login without a password.
pub(super) fn no_access(why: &str) -> KeyringError {
    KeyringError::Unavailable(format!("{}; log on to Windows with your password", in_words(why)))
}
