//! A folder whose files come and go, watched on the runtime: what a thread of its own would be too much for.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use tokio::io::unix::AsyncFd;

use super::descriptor::waited_for;

/// The watch over it.
pub(super) struct Folder(AsyncFd<OwnedFd>);

impl Folder {
    /// Watches `folder` from now on.
    ///
    /// # Errors
    /// When it is not there, or the system can't watch it.
    pub(super) fn watch(folder: &Path) -> io::Result<Folder> {
        let events = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let changes = WatchFlags::CREATE
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO;
        inotify::add_watch(&events, folder, changes | WatchFlags::ONLYDIR)?;
        Ok(Folder(waited_for(events)?))
    }

    /// Returns when a file was written, came or went.
    ///
    /// # Errors
    /// When the system does not tell.
    pub(super) async fn changed(&mut self) -> io::Result<()> {
        loop {
            let mut ready = self.0.readable().await?;
            // Which ones is for the caller to look at.
            match ready.try_io(|events| Ok(rustix::io::read(events.get_ref(), &mut [0; 4096])?)) {
                Ok(read) => return read.map(drop),
                Err(_not_yet) => {}
            }
        }
    }
}
