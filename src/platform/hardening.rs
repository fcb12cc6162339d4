//! Keeps the tokens in this process's memory out of core dumps and other processes.

use std::io;

#[cfg(target_os = "linux")]
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Prevents core dumps, and on Linux also keeps other processes of the same user from reading this one. Must be called
/// before there is a token.
///
/// Windows needs neither: it writes a program's dumps only where an administrator asked for them.
///
/// # Errors
/// When the system refuses; the program can run anyway.
pub fn harden() -> io::Result<()> {
    // This also gives `/proc/PID` to root, and so keeps out debuggers, and the desktop's portal, which looks there to learn
    // who calls.
    #[cfg(target_os = "linux")]
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    // On Linux for systems that write a dump nevertheless. A program that this one starts may raise it again: the hard limit
    // stays.
    #[cfg(unix)]
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: getrlimit(Resource::Core).maximum })?;
    Ok(())
}

/// While it lives, others of the same user may look into this process. For services that first ask who is calling; never
/// for a process that holds a token.
#[cfg(target_os = "linux")]
pub struct DumpableGuard(());

#[cfg(target_os = "linux")]
impl DumpableGuard {
    /// Makes the process dumpable from now on.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn new() -> io::Result<DumpableGuard> {
        set_dumpable_behavior(DumpableBehavior::Dumpable)?;
        Ok(DumpableGuard(()))
    }
}

#[cfg(target_os = "linux")]
impl Drop for DumpableGuard {
    fn drop(&mut self) {
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!("others can look into this process: {error}");
        }
    }
}
