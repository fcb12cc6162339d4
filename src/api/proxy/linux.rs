//! The desktop portal's ProxyResolver, which knows GNOME's and KDE's settings, including automatic ones.
//!
//! The portal reads `/proc/PID` of its caller, which hardening prevents for a process with a token. So a second
//! process of this program, without a token and without hardening, calls the portal.

use std::env;
use std::ffi::OsString;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokio::runtime::Builder;
use zbus::Connection;

use super::kde;

/// The argument, followed by a URL, that makes the program call the portal.
const ASK: &str = "proxies-of";
/// Prefix of each proxy in the output.
const MARK: &str = "proxy ";
/// The portal may have to start first, or the settings' script may be slow.
const TIMEOUT: Duration = Duration::from_secs(2);
/// The variables with the session bus's address, the only ones that the second process gets.
const VARIABLES: [&str; 2] = ["DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"];

/// The proxies for `url`, best first.
pub(super) fn proxies(url: &str) -> Vec<String> {
    let named = if has_a_bus() { proxies_from_portal(url) } else { Vec::new() };
    if named.iter().all(|proxy| proxy.starts_with("direct:")) { kde::proxies(url) } else { named }
}

fn proxies_from_portal(url: &str) -> Vec<String> {
    let variables = VARIABLES.into_iter().filter_map(|name| Some((name, env::var_os(name)?)));
    // The running file, even if it was replaced in the meantime.
    let output = Command::new("/proc/self/exe")
        .args([ASK, url])
        .env_clear()
        .envs(variables)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output();
    match output {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            said.lines().filter_map(|line| line.strip_prefix(MARK)).map(str::to_owned).collect()
        }
        Err(error) => {
            tracing::debug!("the desktop is not asked for its proxy: {error}");
            Vec::new()
        }
    }
}

fn has_a_bus() -> bool {
    let set = |name| env::var_os(name).filter(|value| !value.is_empty());
    set("DBUS_SESSION_BUS_ADDRESS").is_some()
        || set("XDG_RUNTIME_DIR").is_some_and(|folder| PathBuf::from(folder).join("bus").exists())
}

pub(super) fn asked() -> bool {
    let words: Vec<OsString> = env::args_os().skip(1).take(3).collect();
    let [word, url] = words.as_slice() else { return false };
    if word != ASK {
        return false;
    }
    if let (Some(url), Ok(runtime)) = (url.to_str(), Builder::new_current_thread().enable_all().build()) {
        let found = runtime.block_on(async { tokio::time::timeout(TIMEOUT, look_up(url)).await });
        for proxy in found.ok().and_then(Result::ok).unwrap_or_default() {
            let _ = writeln!(io::stdout(), "{MARK}{proxy}");
        }
        runtime.shutdown_background();
    }
    true
}

async fn look_up(url: &str) -> zbus::Result<Vec<String>> {
    let bus = Connection::session().await?;
    let answer = bus
        .call_method(
            Some("org.freedesktop.portal.Desktop"),
            "/org/freedesktop/portal/desktop",
            Some("org.freedesktop.portal.ProxyResolver"),
            "Lookup",
            &(url,),
        )
        .await?;
    answer.body().deserialize()
}
