//! The proxy from the desktop's network settings, if the environment has none.

#[cfg(any(windows, test))]
mod internet_options;
#[cfg(target_os = "linux")]
mod kde;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(any(target_os = "linux", windows)))]
mod other;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(any(target_os = "linux", windows)))]
use other as system;
#[cfg(windows)]
use windows as system;

use reqwest::Url;

use crate::domain::config::ApiUrl;

/// The environment's proxies for internet hosts, which take precedence over the desktop's.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The desktop's proxy for `api_url`. May take two seconds if the desktop does not respond.
pub(super) fn desktop_proxy(api_url: &ApiUrl) -> Option<Url> {
    if api_url.is_loopback() || environment_has_one() {
        return None;
    }
    system::proxies(&api_url.to_string()).iter().find_map(|text| usable(text)).flatten()
}

/// Whether reqwest must not read the desktop's settings itself: it misunderstands those of Windows.
pub(super) fn replaces_library() -> bool {
    cfg!(windows) && !environment_has_one()
}

/// Whether there may be a proxy that only the desktop's configuration script names.
pub fn needs_script() -> bool {
    #[cfg(windows)]
    return !environment_has_one() && windows::needs_script();
    #[cfg(not(windows))]
    return false;
}

fn environment_has_one() -> bool {
    VARIABLES.into_iter().any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}

/// Calls the portal and prints the proxies if this process was started for that. Must run before hardening,
/// because the portal only answers processes that it can inspect.
pub fn asked() -> bool {
    system::asked()
}

/// Parses the desktop's form of a proxy. `Some(None)` means no proxy, `None` an unsupported kind.
fn usable(text: &str) -> Option<Option<Url>> {
    let url = Url::parse(text).ok()?;
    let kind = match url.scheme() {
        "direct" => return Some(None),
        "http" | "https" => return Some(Some(url)),
        // The `h` and `a` kinds let the proxy resolve names, which this machine may not be able to do.
        "socks" | "socks5" => "socks5h",
        "socks4" => "socks4a",
        _ => return None,
    };
    let (_, rest) = text.split_once(':')?;
    Url::parse(&format!("{kind}:{rest}")).ok().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn supports_the_desktops_proxy_kinds() {
        let used = |text| usable(text).map(|url| url.map(|url| url.to_string()));
        assert_eq!(used("direct://"), Some(None));
        assert_eq!(used("http://proxy.example:3128"), Some(Some("http://proxy.example:3128/".to_owned())));
        assert_eq!(used("socks://proxy.example:1080"), Some(Some("socks5h://proxy.example:1080".to_owned())));
        assert_eq!(used("socks5://10.0.0.1:1080"), Some(Some("socks5h://10.0.0.1:1080".to_owned())));
        assert_eq!(used("socks4://10.0.0.1:1080"), Some(Some("socks4a://10.0.0.1:1080".to_owned())));
        for text in ["", "ftp://proxy.example", "proxy.example:3128"] {
            assert_eq!(used(text), None, "{text}");
        }
    }
}
