//! Keyrings. `traps` uses the tests' own Secret Service; `programs` uses the real GNOME Keyring, KWallet and KeePassXC,
//! each on its own session bus.
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

/// A time limit that nothing but a person reaches.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Waits until `look` finds something.
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
