//! `/etc/localtime`, which leads to the zone's rules.

use std::io;
use std::path::Path;

use crate::platform::system_events::folder::Folder;

/// Calls `told` at each change among the files beside it.
///
/// # Errors
/// When the system does not tell of them.
pub async fn changed(told: impl Fn()) -> io::Result<()> {
    let mut folder = Folder::watch(Path::new("/etc"))?;
    loop {
        folder.changed().await?;
        told();
    }
}
