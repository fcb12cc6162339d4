//! The proxy in the desktop's network settings, through a fake portal and the real one.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;

use crate::appearance::User;
use crate::rig::program::{TOKEN, TestDesktop, transfer};
use crate::rig::until;
use crate::support::server::{Nobody, Reply, Server};
use crate::support::tls::Authority;

const HOST: &str = "api.example.test";
const TARGET: &str = "api.example.test:443";
const TRANSFER: &str = "/account/transfer";

/// An API that can be reached only through a proxy.
struct Office {
    api: Server,
    proxy: Server,
    trusted: String,
}

impl Office {
    fn new() -> Office {
        let authority = Authority::new("authority");
        let api = Server::start_tls(authority.server_for(HOST));
        api.answer(TRANSFER, transfer(630, 1000));
        api.answer("/regions", Reply::json(200, r#"{"data": [], "pages": 1}"#));
        let proxy = Server::start();
        proxy.answer(TARGET, Reply::tunnel(api.address()));
        Office { api, proxy, trusted: authority.pem() }
    }

    fn surround(&self, command: &mut Command, trusted: PathBuf) {
        fs::write(&trusted, &self.trusted).unwrap();
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
            command.env_remove(name);
        }
        command.env("SSL_CERT_FILE", trusted).env("LINODE_BANDWIDTH_API_URL", format!("https://{HOST}/v4"));
    }

    /// Checks that the token went to the API and that the proxy saw nothing of it.
    fn only_the_api_saw_the_token(&self) {
        assert!(self.api.requests().iter().any(|request| request.token() == Some(TOKEN)));
        assert!(
            self.proxy
                .requests()
                .iter()
                .all(|request| request.method == "CONNECT" && request.token().is_none())
        );
        assert!(!String::from_utf8_lossy(&self.proxy.tunnelled()).contains(TOKEN));
    }
}

/// A portal that names these proxies, or never answers.
struct Portal {
    proxies: Option<Vec<String>>,
    asked: Arc<Mutex<Vec<String>>>,
}

#[zbus::interface(name = "org.freedesktop.portal.ProxyResolver")]
impl Portal {
    async fn lookup(&self, uri: String) -> Vec<String> {
        self.asked.lock().unwrap().push(uri);
        match &self.proxies {
            Some(proxies) => proxies.clone(),
            None => std::future::pending().await,
        }
    }
}

/// The portal on the desk's bus while the connection lives, and the requests that it got.
fn portal(desk: &TestDesktop, proxies: Option<&[String]>) -> (Connection, Arc<Mutex<Vec<String>>>) {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let portal = Portal { proxies: proxies.map(<[String]>::to_vec), asked: asked.clone() };
    let bus = Builder::address(desk.session().address()).unwrap();
    let bus = bus.serve_at("/org/freedesktop/portal/desktop", portal).unwrap();
    (bus.name("org.freedesktop.portal.Desktop").unwrap().build().unwrap(), asked)
}

/// A desk with an account that has a token command.
fn desk() -> TestDesktop {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk
}

/// The account in the output of `status`.
fn status(desk: &TestDesktop, change: impl Fn(&mut Command)) -> serde_json::Value {
    let mut command = desk.command(&["status", "--format", "json"]);
    command.env("LINODE_TOKEN", TOKEN);
    change(&mut command);
    let ran = command.output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    report["accounts"][0].clone()
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn portals_proxy_is_used_if_the_environment_has_none() {
    let (desk, office) = (desk(), Office::new());
    let trusted = desk.folder().join("trusted.pem");
    let named = format!("http://{}", office.proxy.address());
    let (_bus, asked) = portal(&desk, Some(&["ftp://of.no.use".to_owned(), named]));
    let account = status(&desk, |command| office.surround(command, trusted.clone()));
    assert_eq!((&account["state"], &account["used_gb"]), (&"ok".into(), &630.0.into()), "{account}");
    office.only_the_api_saw_the_token();
    assert_eq!(*asked.lock().unwrap(), [format!("https://{HOST}/v4")]);

    // The environment's proxy takes precedence; it does not exist.
    let nobody = Nobody::new();
    office.proxy.forget();
    let account = status(&desk, |command| {
        office.surround(command, trusted.clone());
        command.env("HTTPS_PROXY", format!("http://{}", nobody.address()));
    });
    assert!(
        account["error"]["message"].as_str().unwrap().contains("proxy refused the connection"),
        "{account}"
    );
    assert!(office.proxy.requests().is_empty());
    assert_eq!(asked.lock().unwrap().len(), 1);

    // This machine is reached directly.
    desk.used(640, 1000);
    assert_eq!(status(&desk, |_| {})["used_gb"], 640.0);
    assert_eq!(asked.lock().unwrap().len(), 1);
    assert!(office.proxy.requests().is_empty());
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_portal_that_names_none_or_never_answers_is_gone_without() {
    for proxies in [Some(["direct://".to_owned(), "http://127.0.0.1:1".to_owned()]), None] {
        let (desk, office) = (desk(), Office::new());
        let trusted = desk.folder().join("trusted.pem");
        let (_bus, asked) = portal(&desk, proxies.as_ref().map(<[String; 2]>::as_slice));
        let account = status(&desk, |command| office.surround(command, trusted.clone()));
        // The name can only be resolved by the proxy.
        assert_eq!(account["state"], "unreachable", "{account}");
        assert!(!account["error"]["message"].as_str().unwrap().contains("proxy"), "{account}");
        assert!(office.proxy.requests().is_empty());
        assert_eq!(asked.lock().unwrap().len(), 1);
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_tray_takes_a_proxy_up_that_is_set_while_it_runs() {
    let (desk, office) = (desk(), Office::new());
    let trusted = desk.folder().join("trusted.pem");
    let _host = desk.session().host(crate::rig::isolated_session::Way::Well);
    let mut command = desk.command(&["tray"]);
    office.surround(&mut command, trusted);
    let tray = desk.started(&mut command);
    desk.wait_for_state("unreachable");
    let named = format!("http://{}", office.proxy.address());
    let (_bus, _asked) = portal(&desk, Some(&[named]));
    desk.refresh();
    tray.showing("Acme 63%");
    office.only_the_api_saw_the_token();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn kdes_file_is_read_where_the_portal_does_not_know_it() {
    let (desk, office) = (desk(), Office::new());
    let trusted = desk.folder().join("trusted.pem");
    let folder = desk.folder().join("home/.config");
    fs::create_dir_all(&folder).unwrap();
    let address = office.proxy.address();
    let settings =
        format!("[Proxy Settings]\nProxyType=1\nhttpsProxy=http://{} {}\n", address.ip(), address.port());
    fs::write(folder.join("kioslaverc"), settings).unwrap();
    for desktop in ["KDE", "GNOME"] {
        office.proxy.forget();
        let (_bus, asked) = portal(&desk, Some(&["direct://".to_owned()]));
        let account = status(&desk, |command| {
            office.surround(command, trusted.clone());
            command.env("XDG_CURRENT_DESKTOP", desktop);
        });
        let reached = desktop == "KDE";
        assert_eq!(account["state"], if reached { "ok" } else { "unreachable" }, "{account}");
        assert_eq!(!office.proxy.requests().is_empty(), reached);
        assert_eq!(asked.lock().unwrap().len(), 1);
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn gnomes_settings_work_without_access_to_the_process() {
    let (user, office) = (User::new(), Office::new());
    let set = |schema: &str, key: &str, value: &str| {
        let mut gsettings = user.run("gsettings");
        gsettings.args(["set", schema, key, value]).env("GSETTINGS_BACKEND", "dconf");
        assert!(gsettings.status().unwrap().success());
    };
    set("org.gnome.system.proxy.https", "host", "127.0.0.1");
    set("org.gnome.system.proxy.https", "port", &office.proxy.address().port().to_string());
    set("org.gnome.system.proxy", "mode", "manual");
    let uri = format!("https://{HOST}/v4");
    let call = [
        "call",
        "--session",
        "-d",
        "org.freedesktop.portal.Desktop",
        "-o",
        "/org/freedesktop/portal/desktop",
    ];
    let method = ["-m", "org.freedesktop.portal.ProxyResolver.Lookup", &uri];
    until("the portal", || {
        let said = user.run("gdbus").args(call).args(method).output().unwrap();
        let port = format!("127.0.0.1:{}", office.proxy.address().port());
        String::from_utf8_lossy(&said.stdout).contains(&port).then_some(())
    });
    let program = user.folder.path().join("linode-bandwidth");
    let mut status = user.run(program.to_str().unwrap());
    office.surround(&mut status, user.folder.path().join("trusted.pem"));
    status.args(["status", "--format", "json"]).env("LINODE_TOKEN", TOKEN);
    let ran = status.output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(report["accounts"][0]["used_gb"], 630.0, "{report}");
    office.only_the_api_saw_the_token();
    let mut doctor = user.run(program.to_str().unwrap());
    office.surround(&mut doctor, user.folder.path().join("trusted.pem"));
    let ran = doctor.arg("doctor").output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    let by = format!("https://{HOST}/v4 answers, by the desktop's proxy {}", office.proxy.address());
    assert!(said.contains(&by), "{said}");
}
