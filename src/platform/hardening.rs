//! Keeps tokens in memory out of core dumps and away from other processes.

use std::io;

#[cfg(target_os = "linux")]
use rustix::process::{DumpableBehavior, set_dumpable_behavior};
#[cfg(unix)]
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Prevents core dumps; on Linux also prevents reads by other processes of the same user. Call it before there
/// is a token.
///
/// On Windows, prevents error reports, which may contain a dump. What an administrator has set up for all programs
/// (`LocalDumps`) can't be prevented.
///
/// # Errors
/// If the system refuses; the program can run anyway.
pub fn harden() -> io::Result<()> {
    // This also gives `/proc/PID` to root, which excludes debuggers and the desktop portal: the portal
    // identifies its callers there.
    #[cfg(target_os = "linux")]
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    // On Linux, for systems that dump anyway. Keep the hard limit, so that child processes can raise the limit
    // again.
    #[cfg(unix)]
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: getrlimit(Resource::Core).maximum })?;
    // `app_identity` keeps the programs out of the reports that this does not prevent.
    #[cfg(windows)]
    without_error_reports();
    Ok(())
}

#[cfg(windows)]
#[allow(unsafe_code)]
fn without_error_reports() {
    use windows_sys::Win32::System::Diagnostics::Debug::{
        SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SetErrorMode,
    };
    // SAFETY: it takes and returns numbers.
    unsafe {
        SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX);
    }
}

/// Lets processes of the same user read this one while it lives. For services that identify their caller. Never
/// use it in a process that holds a token.
#[cfg(target_os = "linux")]
pub struct DumpableGuard(());

#[cfg(target_os = "linux")]
impl DumpableGuard {
    /// Makes the process dumpable.
    ///
    /// # Errors
    /// If the system refuses.
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
