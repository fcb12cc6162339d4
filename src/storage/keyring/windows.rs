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

/// Does nothing: the store is never locked.
pub(super) fn unlock(_entry: &Entry) -> keyring_core::Result<()> {
    Ok(())
}

pub(super) fn in_words(why: &str) -> String {
    format!("Credential Manager says {}", why.replace('\n', " "))
}

/// The meaning of an access error: a service, or a remote login without a password.
pub(super) fn no_access(why: &str) -> KeyringError {
    KeyringError::Unavailable(format!("{}; log on to Windows with your password", in_words(why)))
}

/// Writes an entry of its own, reads it and removes it.
///
/// # Errors
/// [`KeyringError`] if one of the three fails.
pub async fn try_out() -> Result<(), KeyringError> {
    let attempt = || {
        let entry = store()?.build("linode-bandwidth doctor", "test", None)?;
        entry.set_password("test")?;
        let read = secret(&entry);
        entry.delete_credential()?;
        read
    };
    let tried = tokio::task::spawn_blocking(move || attempt().map_err(|error| super::native::plain(&error)));
    match tried.await {
        Ok(Ok(read)) if *read == "test" => Ok(()),
        Ok(Err(error)) => Err(error),
        _ => Err(KeyringError::Unavailable("it does not give back what it was given".to_owned())),
    }
}
