//! KDE's proxy settings file. Used if the portal has no proxy, because KDE's portal backend for it is an
//! optional package.

use std::env;
use std::fs;

use configparser::ini::Ini;
use directories::BaseDirs;
use url::Url;

const GROUP: &str = "proxy settings";
/// `ProxyType` with the addresses in the file. Others are no proxy, a script, and environment variables.
const MANUAL: &str = "1";

/// KDE's proxies for `url`; none on other desktops.
pub(super) fn proxies(url: &str) -> Vec<String> {
    let desktop = env::var("XDG_CURRENT_DESKTOP").unwrap_or_default();
    if !desktop.split(':').any(|name| name == "KDE") {
        return Vec::new();
    }
    let file = BaseDirs::new().map(|home| home.config_dir().join("kioslaverc"));
    let text = file.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
    let host = Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
    host.map(|host| in_file(text, &host)).unwrap_or_default()
}

/// The proxies in `text` for `host`.
fn in_file(text: String, host: &str) -> Vec<String> {
    let mut ini = Ini::new();
    if ini.read(text).is_err() || ini.get(GROUP, "ProxyType").as_deref() != Some(MANUAL) {
        return Vec::new();
    }
    let exceptions = ini.get(GROUP, "NoProxyFor").unwrap_or_default();
    let mut exceptions = exceptions.split([',', ' ']).map(|name| name.trim_start_matches('.'));
    let excepted = exceptions.any(|name| {
        !name.is_empty() && (host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.')))
    });
    // In the reversed mode, the exceptions are the hosts that need the proxy.
    if excepted != (ini.get(GROUP, "ReversedException").as_deref() == Some("true")) {
        return Vec::new();
    }
    let named = |key: &str, scheme: &str| address(&ini.get(GROUP, key)?, scheme);
    named("httpsProxy", "http").into_iter().chain(named("socksProxy", "socks")).collect()
}

/// The address of a proxy, from `http://proxy.example 3128` (KDE's form) or `http://proxy.example:3128`.
fn address(value: &str, scheme: &str) -> Option<String> {
    let mut parts = value.split_whitespace();
    let host = parts.next()?.trim_end_matches('/');
    let host = if host.contains("://") { host.to_owned() } else { format!("{scheme}://{host}") };
    Some(parts.next().map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(settings: &str, host: &str) -> Vec<String> {
        in_file(format!("[$Version]\nupdate_info=x\n\n[Proxy Settings]\n{settings}\n"), host)
    }

    #[test]
    fn parses_all_address_forms() {
        for (value, address) in [
            ("http://proxy.example 3128", "http://proxy.example:3128"),
            ("http://proxy.example:3128", "http://proxy.example:3128"),
            ("http://proxy.example/ 3128", "http://proxy.example:3128"),
            ("proxy.example 3128", "http://proxy.example:3128"),
        ] {
            assert_eq!(found(&format!("ProxyType=1\nhttpsProxy={value}"), "api.example"), [address]);
        }
        let socks = found("ProxyType=1\nhttpsProxy=\nsocksProxy=socks://proxy.example 1080", "api.example");
        assert_eq!(socks, ["socks://proxy.example:1080"]);
    }

    #[test]
    fn exceptions_bypass_the_proxy() {
        let manual = "ProxyType=1\nhttpsProxy=http://proxy.example 3128\nNoProxyFor=localhost,.linode.com";
        assert_eq!(found(manual, "api.example").len(), 1);
        assert_eq!(found(manual, "notlinode.com").len(), 1);
        assert!(found(manual, "api.linode.com").is_empty());
        assert!(found(manual, "linode.com").is_empty());
        let reversed = format!("{manual}\nReversedException=true");
        assert!(found(&reversed, "api.example").is_empty());
        assert_eq!(found(&reversed, "api.linode.com").len(), 1);
        for kind in ["0", "2", "3", "4"] {
            assert!(found(&manual.replacen('1', kind, 1), "api.example").is_empty(), "{kind}");
        }
        assert!(in_file(String::new(), "api.example").is_empty());
        assert!(in_file("[Proxy Settings\n=".to_owned(), "api.example").is_empty());
    }
}
