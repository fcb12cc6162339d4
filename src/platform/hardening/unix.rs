//! Other Unix systems: the limit of a core dump's size.

use std::io;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

pub(super) fn harden() -> io::Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Core);
    Ok(setrlimit(Resource::Core, Rlimit { current: Some(0), maximum })?)
}
