//! The user's Internet options.

use windows_registry::{CURRENT_USER, Key};

use super::internet_options::Settings;

const KEY: &str = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings";

/// The proxies for `url`, best first. reqwest's own reader uses the proxies of all protocols as one host, and ignores
/// `<local>`.
pub(super) fn proxies(url: &str) -> Vec<String> {
    read().proxies(url)
}

pub(super) fn asked() -> bool {
    false
}

pub(super) fn needs_script() -> bool {
    read().needs_script()
}

fn read() -> Settings {
    let Ok(key) = CURRENT_USER.open(KEY) else { return Settings::default() };
    let text = |key: &Key, name| key.get_string(name).unwrap_or_default();
    Settings {
        enabled: key.get_u32("ProxyEnable").is_ok_and(|on| on != 0),
        server: text(&key, "ProxyServer"),
        exceptions: text(&key, "ProxyOverride"),
        script: text(&key, "AutoConfigURL"),
    }
}
