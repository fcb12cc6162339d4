//! X11 and Wayland: what is copied and what is selected, whichever window has the keyboard. The window's own library
//! can touch neither on Wayland while another has it.

use std::thread;
use std::time::Duration;

use arboard::{Clipboard, GetExtLinux, LinuxClipboardKind, SetExtLinux};

/// When it is looked at, after the look before: managers of the clipboard put back what they find taken out.
const LOOKS: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(300), Duration::from_secs(1), Duration::from_secs(3)];

/// Empties the clipboard and the selection of what `is_it` tells, off the caller's path; `false` where the desktop lets
/// nobody at them.
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
        // A manager that lets none be empty lets this stand.
        nothing = " ";
    }
}
