//! Linux: not dumpable. That also gives `/proc/PID` to root, and keeps debuggers of the same user out; and the desktop's
//! portal, which looks there to learn who calls.

use std::io;

use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

pub(super) fn harden() -> io::Result<()> {
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    // For systems that write one nevertheless. What this program starts may raise it again: the hard limit stays.
    let Rlimit { maximum, .. } = getrlimit(Resource::Core);
    Ok(setrlimit(Resource::Core, Rlimit { current: Some(0), maximum })?)
}

/// While it lives, others of the same user may look into this process. For what asks first who is calling, and never for
/// a process that holds a token.
pub struct Seen(());

impl Seen {
    /// From now on.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn start() -> io::Result<Seen> {
        set_dumpable_behavior(DumpableBehavior::Dumpable)?;
        Ok(Seen(()))
    }
}

impl Drop for Seen {
    fn drop(&mut self) {
        if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!("others can look into this process: {error}");
        }
    }
}
