//! What logind says of a session. It tells of a session's end on the bus only when the last process has left it, and the
//! tray is one: its file says so before that (sd-login(3) reads the same).

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::platform::system_events::folder::Folder;

/// One file for each session.
const SESSIONS: &str = "/run/systemd/sessions";

/// Returns when logind has closed the session that the program was started in; never where there is none, or none with
/// a display of its own.
pub(super) async fn closing() {
    if let Some(file) = own()
        && let Ok(mut sessions) = Folder::watch(Path::new(SESSIONS))
    {
        loop {
            if !is_open(&file) {
                return;
            }
            if let Err(error) = sessions.changed().await {
                tracing::info!("logind's word on the session is not heard: {error}");
                break;
            }
        }
    }
    std::future::pending().await
}

/// The file of the session. A tray that was started by ssh, for a display that is there, does not end with that.
fn own() -> Option<PathBuf> {
    let id = env::var("XDG_SESSION_ID").ok().filter(|id| !id.is_empty() && !id.contains(['/', '.']))?;
    let file = Path::new(SESSIONS).join(id);
    let graphical =
        matches!(value(&fs::read_to_string(&file).ok()?, "TYPE"), Some("x11" | "wayland" | "mir"));
    graphical.then_some(file)
}

fn is_open(file: &Path) -> bool {
    fs::read_to_string(file).is_ok_and(|text| value(&text, "STATE") != Some("closing"))
}

fn value<'a>(text: &'a str, key: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))
}
