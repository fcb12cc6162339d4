//! The proxy of the desktop's network settings, where the environment names none.

#[cfg(target_os = "linux")]
mod kde;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;

use reqwest::Url;

use crate::domain::config::ApiUrl;

/// The environment's proxies for a host on the internet. One of them goes before the desktop's.
const VARIABLES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The desktop's proxy on the way to `api_url`. May take two seconds where the desktop does not answer.
pub(super) fn desktop_proxy(api_url: &ApiUrl) -> Option<Url> {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if api_url.is_loopback() || VARIABLES.into_iter().any(set) {
        return None;
    }
    system::proxies(&api_url.to_string()).iter().find_map(|text| usable(text)).flatten()
}

/// Asks the desktop and prints what it says, if that is what this process was started for. It does it before the process
/// is closed to others: the desktop's portal answers only those that it can look into.
pub fn asked() -> bool {
    system::asked()
}

/// A proxy as the desktop writes it, `Some(None)` for none, or `None` for one of a kind that is not known here.
fn usable(text: &str) -> Option<Option<Url>> {
    let url = Url::parse(text).ok()?;
    let kind = match url.scheme() {
        "direct" => return Some(None),
        "http" | "https" => return Some(Some(url)),
        // The proxy resolves names: in a network that needs one this machine may not be able to.
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
    fn each_kind_that_a_desktop_names_is_used_and_others_are_passed_over() {
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
