//! The macOS login keychain.
//!
//! Reading may show a dialog if the keychain is locked, if another program stored the item, or if this
//! program's signature has changed since. Dialogs can be disabled for the whole process
//! (`SecKeychainSetUserInteractionAllowed`): Keychain Services then return errSecInteractionNotAllowed. The
//! newer "data protection" keychain never asks, but is only for programs with a provisioning profile.

use std::error::Error as StdError;
use std::ffi::c_void;
use std::fmt;
use std::ptr;
use std::sync::Arc;

use keyring_core::{CredentialStore, Entry, Error};
use secrecy::zeroize::Zeroizing;
use security_framework::base::Error as SecurityError;
use security_framework::os::macos::keychain::SecKeychain;

use super::KeyringError;

/// kSecUnlockStateStatus of `SecKeychainGetStatus`.
const UNLOCKED: u32 = 1;

/// errSecAuthFailed, errSecInteractionNotAllowed and errSecInteractionRequired: a dialog would have been
/// needed.
const WOULD_ASK: [i32; 3] = [-25293, -25308, -25315];

pub(super) fn store() -> keyring_core::Result<Arc<CredentialStore>> {
    Ok(apple_native_keyring_store::keychain::Store::new()?)
}

/// Reads the entry's secret without a dialog: no thread of this process can show one during the call. Writes
/// run on the same thread, so they can still ask.
pub(super) fn secret(entry: &Entry) -> keyring_core::Result<Zeroizing<String>> {
    let quiet = SecKeychain::disable_user_interaction();
    let _quiet = quiet.map_err(|error| Error::PlatformFailure(Box::new(error)))?;
    let text = Zeroizing::new(entry.get_secret().map_err(map_interaction_required)?);
    Ok(Zeroizing::new(String::from_utf8_lossy(&text).into_owned()))
}

/// Reads the entry's secret and lets the keychain ask for its password and for access.
pub(super) fn unlock(entry: &Entry) -> keyring_core::Result<()> {
    match secret(entry) {
        Err(Error::NoStorageAccess(_)) => entry.get_secret().map(Zeroizing::new).map(drop),
        read => read.map(drop),
    }
}

/// Stores the entry's secret. Deletes the item first: the store would read what another build has stored before it
/// changes it, and macOS would ask for the login password.
pub(super) fn store_secret(entry: &Entry, secret: &str) -> keyring_core::Result<()> {
    match entry.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => {}
        Err(error) => tracing::debug!("the keychain does not delete the old token: {error}"),
    }
    entry.set_password(secret)
}

/// The keychain needs to ask the user.
#[derive(Debug)]
enum WouldAsk {
    /// For its password.
    Locked,
    /// Whether this program may read what another has stored. A build with another ad-hoc signature is another program.
    OtherProgram,
}

impl fmt::Display for WouldAsk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            WouldAsk::Locked => LOCKED,
            WouldAsk::OtherProgram => OTHER_PROGRAM,
        })
    }
}

impl StdError for WouldAsk {}

/// The texts of [`WouldAsk`], by which [`no_access`] knows them.
const LOCKED: &str = "the keychain is locked";
const OTHER_PROGRAM: &str = "another program has stored it";

#[link(name = "Security", kind = "framework")]
#[allow(unsafe_code)]
unsafe extern "C" {
    fn SecKeychainGetStatus(keychain: *const c_void, status: *mut u32) -> i32;
}

/// Whether the login keychain is unlocked.
fn is_unlocked() -> bool {
    let mut status = 0;
    // SAFETY: null stands for the default keychain, and the status is written to a number of its size.
    #[allow(unsafe_code)]
    let failed = unsafe { SecKeychainGetStatus(ptr::null(), &raw mut status) };
    failed == 0 && status & UNLOCKED != 0
}

fn map_interaction_required(error: Error) -> Error {
    match &error {
        Error::PlatformFailure(why) | Error::NoStorageAccess(why)
            if why.downcast_ref::<SecurityError>().is_some_and(|error| WOULD_ASK.contains(&error.code())) =>
        {
            Error::NoStorageAccess(Box::new(if is_unlocked() {
                WouldAsk::OtherProgram
            } else {
                WouldAsk::Locked
            }))
        }
        _ => error,
    }
}

pub(super) fn in_words(why: &str) -> String {
    format!("the keychain says {}", why.replace('\n', " "))
}

/// The meaning of an access error: the keychain is locked, the token is another build's, or there is no login keychain.
pub(super) fn no_access(why: &str) -> KeyringError {
    match why {
        LOCKED => KeyringError::Locked,
        OTHER_PROGRAM => KeyringError::OtherProgram,
        _ => KeyringError::Unavailable(format!("{}; check it in Keychain Access", in_words(why))),
    }
}
