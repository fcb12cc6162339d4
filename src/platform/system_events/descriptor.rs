//! A descriptor of the kernel's, waited for on the runtime.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// Waits for what comes in on `descriptor`.
///
/// # Errors
/// When the system can't wait for it.
#[allow(unsafe_code)]
pub(super) fn waited_for(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is open and the same until it is dropped, and it is dropped with the `AsyncFd`.
    Ok(unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) }?)
}
