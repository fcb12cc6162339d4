//! The proxy settings of Windows, as they are in the registry.

use url::Url;

/// What the user has set.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Settings {
    /// `ProxyEnable`
    pub(super) enabled: bool,
    /// `ProxyServer`: `proxy.example:3128`, or `http=proxy.example:80;https=proxy.example:443`.
    pub(super) server: String,
    /// `ProxyOverride`: hosts without a proxy, such as `*.example.com;192.168.*;<local>`.
    pub(super) exceptions: String,
    /// `AutoConfigURL`: a script, which this program does not run.
    pub(super) script: String,
}

impl Settings {
    /// The proxies for `url`, best first.
    pub(super) fn proxies(&self, url: &str) -> Vec<String> {
        let url = Url::parse(url).ok();
        let Some((scheme, host)) = url.as_ref().and_then(|url| Some((url.scheme(), url.host_str()?))) else {
            return Vec::new();
        };
        if !self.enabled || self.excepts(host) {
            return Vec::new();
        }
        let servers = self.server.split([';', ' ']).map(str::trim).filter(|server| !server.is_empty());
        let mut of_scheme = None;
        let mut of_all = None;
        let mut socks = None;
        for server in servers {
            match server.split_once('=') {
                Some((name, server)) if name.eq_ignore_ascii_case(scheme) => {
                    of_scheme = Some(with_scheme(server, "http"))
                }
                // Windows' own programs speak version 4 with it.
                Some((name, server)) if name.eq_ignore_ascii_case("socks") => {
                    socks = Some(with_scheme(server, "socks4"))
                }
                Some(_) => {}
                None => of_all = Some(with_scheme(server, "http")),
            }
        }
        of_scheme.or(of_all).into_iter().chain(socks).collect()
    }

    /// Whether only the script, or the network by itself, could say which proxy there is.
    pub(super) fn needs_script(&self) -> bool {
        !self.script.trim().is_empty() && (!self.enabled || self.server.trim().is_empty())
    }

    fn excepts(&self, host: &str) -> bool {
        let host = host.to_ascii_lowercase();
        self.exceptions.split([';', ' ', ',']).map(str::trim).filter(|pattern| !pattern.is_empty()).any(
            |pattern| match pattern.eq_ignore_ascii_case("<local>") {
                true => !host.contains('.'),
                false => matches(&without_scheme_and_port(&pattern.to_ascii_lowercase()), &host),
            },
        )
    }
}

/// `server`, by `scheme` where it names no protocol itself.
fn with_scheme(server: &str, scheme: &str) -> String {
    let server = server.trim();
    if server.contains("://") { server.to_owned() } else { format!("{scheme}://{server}") }
}

fn without_scheme_and_port(pattern: &str) -> String {
    let host = pattern.split_once("://").map_or(pattern, |(_, rest)| rest);
    match host.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => host.to_owned(),
        _ => host.to_owned(),
    }
}

/// Whether `text` is what `pattern` describes, in which `*` stands for anything.
fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((before, after)) => text.strip_prefix(before).is_some_and(|rest| {
            (0..=rest.len()).any(|at| rest.get(at..).is_some_and(|rest| matches(after, rest)))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const API: &str = "https://api.linode.com/v4";

    fn with(server: &str, exceptions: &str) -> Settings {
        Settings {
            enabled: true,
            server: server.to_owned(),
            exceptions: exceptions.to_owned(),
            ..Settings::default()
        }
    }

    #[test]
    fn one_proxy_for_all_and_one_per_protocol() {
        for (server, proxies) in [
            ("proxy.example:3128", &["http://proxy.example:3128"][..]),
            ("http://proxy.example:3128", &["http://proxy.example:3128"]),
            ("http=plain.example:80;https=tls.example:81", &["http://tls.example:81"]),
            ("http=plain.example:80", &[]),
            (
                "HTTPS=tls.example:81;socks=s.example:1080",
                &["http://tls.example:81", "socks4://s.example:1080"],
            ),
            ("socks=s.example:1080", &["socks4://s.example:1080"]),
            ("ftp=f.example:21; all.example:8080", &["http://all.example:8080"]),
            ("", &[]),
        ] {
            assert_eq!(with(server, "").proxies(API), proxies, "{server}");
        }
        let off = Settings { enabled: false, ..with("proxy.example:3128", "") };
        assert!(off.proxies(API).is_empty());
        assert!(with("proxy.example:3128", "").proxies("no address").is_empty());
    }

    #[test]
    fn excepted_hosts_have_none() {
        let has_none = |exceptions, url| with("proxy.example:3128", exceptions).proxies(url).is_empty();
        for exceptions in
            ["*.linode.com", "api.linode.com", "<local>;*.LINODE.com", "x, https://api.linode.com:443", "*"]
        {
            assert!(has_none(exceptions, API), "{exceptions}");
        }
        for exceptions in ["", "<local>", "linode.com", "*.com.example", "api.linode.com.example", "10.*"] {
            assert!(!has_none(exceptions, API), "{exceptions}");
        }
        assert!(has_none("<local>", "http://intranet/v4"));
        assert!(has_none("192.168.*", "http://192.168.7.1/v4"));
    }

    #[test]
    fn a_script_is_needed_where_there_is_nothing_else() {
        let script = Settings { script: "http://wpad/wpad.dat".to_owned(), ..Settings::default() };
        assert!(script.needs_script());
        assert!(!Settings { script: script.script.clone(), ..with("proxy.example:3128", "") }.needs_script());
        assert!(!Settings::default().needs_script());
    }
}
