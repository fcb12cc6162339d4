//! macOS: the end of a sleep. A new network is not watched for: failed polls are retried on schedule.

use std::io;
use std::ptr::NonNull;

use block2::RcBlock;
use objc2::rc::Retained;
use objc2_app_kit::{NSWorkspace, NSWorkspaceDidWakeNotification};
use objc2_foundation::NSNotification;

use super::{Sender, SystemEvent};

pub(super) use super::clock::poll as watch_clock;

/// Arrives on the main thread, where the tray's event loop runs.
pub(super) async fn watch_sleep(events: Sender) {
    let woke = RcBlock::new(move |_: NonNull<NSNotification>| {
        let _ = events.send(SystemEvent::Woke);
    });
    let center = NSWorkspace::sharedWorkspace().notificationCenter();
    // SAFETY: any object and queue will do, and the block may be called on any thread: a sender can be used on all.
    #[allow(unsafe_code)]
    let observer = unsafe {
        center.addObserverForName_object_queue_usingBlock(
            Some(NSWorkspaceDidWakeNotification),
            None,
            None,
            &woke,
        )
    };
    // As long as the process.
    let _ = Retained::into_raw(observer);
}

pub(super) async fn watch_network(_: Sender) {}

/// macOS reports time zone changes to windows only.
pub(super) async fn watch_time_zone(_on_change: impl Fn()) -> io::Result<()> {
    Ok(())
}
