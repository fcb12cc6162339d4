//! X11 and Wayland: clears the clipboard and the selection, even if another window has the focus, which egui can't do
//! on Wayland.

use std::thread;
use std::time::Duration;

use arboard::{Clipboard, GetExtLinux, LinuxClipboardKind, SetExtLinux};

/// When to check the clipboard, as delays between checks: clipboard managers restore what was removed.
const LOOKS: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(300), Duration::from_secs(1), Duration::from_secs(3)];

/// Clears the clipboard and the selection if `is_it` recognizes the text, on another thread. Returns `false` if the
/// desktop gives no access.
pub fn empty(is_it: impl Fn(&str) -> bool + Send + 'static) -> bool {
    let Ok(clipboard) = Clipboard::new() else { return false };
    let looking = thread::Builder::new().name("clipboard".into()).spawn(move || look(clipboard, &is_it));
    looking.is_ok()
}

fn look(mut clipboard: Clipboard, is_it: &dyn Fn(&str) -> bool) {
    let mut nothing = "";
    for pause in LOOKS {
        thread::sleep(pause);
        for kind in [LinuxClipboardKind::Clipboard, LinuxClipboardKind::Primary] {
            let held = clipboard.get().clipboard(kind).text();
            if held.is_ok_and(|held| is_it(&held))
                && let Err(error) = clipboard.set().clipboard(kind).exclude_from_history().text(nothing)
            {
                tracing::warn!("the token stays in the clipboard: {error}");
            }
        }
        // Some clipboard managers restore an empty clipboard, but accept a space.
        nothing = " ";
    }
}
