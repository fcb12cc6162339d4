//! The keyrings as users have them. `traps` runs against a Secret Service of the tests' own, `programs` against GNOME
//! Keyring, KWallet and KeePassXC themselves; each on a session bus of its own.
#![cfg(target_os = "linux")]
#![cfg(test)]

mod calls;
mod fake;
mod programs;
mod session;
#[path = "../support/mod.rs"]
mod support;
mod traps;
#[cfg(feature = "window")]
mod window;

use std::thread;
use std::time::{Duration, Instant};

/// Longer than anything takes but a person.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What `look` finds, as soon as it does.
fn until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < TIMEOUT, "{what}: not within {TIMEOUT:?}");
        thread::sleep(Duration::from_millis(50));
    }
}
