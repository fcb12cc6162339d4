//! KDE's own file of proxy settings, for when the portal does not know it: what reads the file for the portal is a package
//! that need not be there.

use std::env;
use std::fs;

use configparser::ini::Ini;
use directories::BaseDirs;
use url::Url;

const GROUP: &str = "proxy settings";
/// `ProxyType`: the addresses are in the file. The others are none, a script, and variables that hold them.
const MANUAL: &str = "1";

/// The proxies for `url`, on KDE.
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

/// The proxies that `text` has for `host`.
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
    // With this, the exceptions are the hosts that do need a proxy.
    if excepted != (ini.get(GROUP, "ReversedException").as_deref() == Some("true")) {
        return Vec::new();
    }
    let named = |key: &str, scheme: &str| address(&ini.get(GROUP, key)?, scheme);
    named("httpsProxy", "http").into_iter().chain(named("socksProxy", "socks")).collect()
}

/// `http://proxy.example 3128`, as KDE writes it, or with a colon, as an address.
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
    fn addresses_are_read_in_each_of_their_forms() {
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
    fn only_what_is_to_go_through_a_proxy_does() {
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
