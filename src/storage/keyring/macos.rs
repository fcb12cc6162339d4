//! The login keychain.
//!
//! Reading may show a dialog: when the keychain is locked, and when this program did not store the item or its signature
//! has changed since. Dialogs can be disabled for the whole process; Keychain Services then fail with
//! errSecInteractionNotAllowed (`SecKeychainSetUserInteractionAllowed`). The newer "data protection" keychain never
//! asks, but belongs to programs with a provisioning profile alone.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error};
use secrecy::zeroize::Zeroizing;
use security_framework::base::Error as SecurityError;
use security_framework::os::macos::keychain::SecKeychain;

use super::KeyringError;

/// errSecAuthFailed, errSecInteractionNotAllowed and errSecInteractionRequired: what a dialog would have been for.
const WOULD_ASK: [i32; 3] = [-25293, -25308, -25315];

/// Opens the store.
pub(super) fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

/// The entry's secret, without a dialog: for as long as it is read, nothing in this process may put one up. Writing
/// waits on the same thread, so that it is not kept from asking.
pub(super) fn secret(entry: &Entry) -> keyring_core::Result<Zeroizing<String>> {
    let quiet = SecKeychain::disable_user_interaction();
    let _quiet = quiet.map_err(|error| Error::PlatformFailure(Box::new(error)))?;
    let text = Zeroizing::new(entry.get_secret().map_err(map_interaction_required)?);
    Ok(Zeroizing::new(String::from_utf8_lossy(&text).into_owned()))
}

/// Reads the entry's secret and lets the keychain ask: for its password, and whether this program may.
pub(super) fn unlock(entry: &Entry) -> keyring_core::Result<()> {
    match secret(entry) {
        Err(Error::NoStorageAccess(_)) => entry.get_secret().map(Zeroizing::new).map(drop),
        read => read.map(drop),
    }
}

/// The keychain would have to ask the user.
#[derive(Debug)]
struct WouldAsk;

impl fmt::Display for WouldAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ASKS)
    }
}

impl StdError for WouldAsk {}

/// What [`WouldAsk`] says.
const ASKS: &str = "the keychain needs to ask first";

fn map_interaction_required(error: Error) -> Error {
    match &error {
        Error::PlatformFailure(why) | Error::NoStorageAccess(why)
            if why.downcast_ref::<SecurityError>().is_some_and(|error| WOULD_ASK.contains(&error.code())) =>
        {
            Error::NoStorageAccess(Box::new(WouldAsk))
        }
        _ => error,
    }
}

/// What the system said.
pub(super) fn in_words(why: &str) -> String {
    format!("the keychain says {}", why.replace('\n', " "))
}

/// What it means that the store could not be accessed: it is locked, or there is no login keychain.
pub(super) fn no_access(why: &str) -> KeyringError {
    if why == ASKS {
        KeyringError::Locked
    } else {
        KeyringError::Unavailable(format!("{}; check it in Keychain Access", in_words(why)))
    }
}
