//! Names, certificates and large responses in the tray. The test has its own `/etc/hosts` and certificate store.

use std::fs;
use std::path::PathBuf;

use crate::rig::isolated_session::Way;
use crate::rig::mounts::inside;
use crate::rig::program::{TestDesktop, memory, transfer};
use crate::rig::{tool, until};
use crate::support::server::{Reply, Server};
use crate::support::tls::{Authority, self_signed_server_for};

const NAME: &str = "api.example.test";

/// A file that replaces one of the machine's for this test.
fn in_place_of(path: &str, desk: &TestDesktop, text: &str) -> PathBuf {
    let file = desk.folder().join(path.replace('/', "-"));
    fs::write(&file, text).unwrap();
    tool("mount", &["--bind", file.to_str().unwrap(), path]);
    file
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn new_host_names_and_authorities_need_no_restart() {
    let name = "network::new_host_names_and_authorities_need_no_restart";
    if !inside(name, &["--mount"]) {
        return;
    }
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    let (known, ours) = (Authority::new("known"), Authority::new("ours"));
    let api = Server::start_tls(ours.server_for(NAME));
    api.answer("/account/transfer", transfer(630, 1000));
    let hosts = in_place_of("/etc/hosts", &desk, "127.0.0.1 localhost\n");
    in_place_of("/etc/resolv.conf", &desk, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
    tool("mount", &["-t", "tmpfs", "tmpfs", "/etc/ssl/certs"]);
    let store = PathBuf::from("/etc/ssl/certs/ca-certificates.crt");
    fs::write(&store, known.pem()).unwrap();
    let _host = desk.session().host(Way::Well);
    let url = format!("https://{NAME}:{}/v4", api.address().port());
    let tray = desk.tray_with(&[("LINODE_BANDWIDTH_API_URL", &url)]);
    let item = tray.showing("Acme: offline");
    let says = |what: &str| {
        let sentence = format!("Can't reach Linode: {what}.");
        until(&sentence, || (item.below("Acme:").first() == Some(&sentence)).then_some(()));
    };
    says("name not found");
    fs::write(&hosts, format!("127.0.0.1 localhost\n127.0.0.1 {NAME}\n")).unwrap();
    desk.refresh();
    says("certificate not trusted: its issuer is unknown");
    assert!(api.requests().is_empty(), "nothing was said to who can't be trusted");
    fs::write(&store, known.pem() + &ours.pem()).unwrap();
    desk.refresh();
    tray.showing("Acme 63%");
    fs::write(&hosts, "127.0.0.1 localhost\n").unwrap();
    // An open connection needs no name.
    api.answer("/account/transfer", Reply::close());
    desk.refresh();
    desk.refresh();
    says("name not found");
    fs::write(&hosts, format!("127.0.0.1 localhost\n127.0.0.1 {NAME}\n")).unwrap();
    api.answer("/account/transfer", transfer(640, 1000));
    desk.refresh();
    tray.showing("Acme 64%");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn unreachable_ipv6_address_falls_back_to_ipv4() {
    let name = "network::unreachable_ipv6_address_falls_back_to_ipv4";
    if !inside(name, &["--mount", "--net"]) {
        return;
    }
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    // A separate network whose only route swallows everything.
    let ip = |words: &str| tool("ip", &words.split(' ').collect::<Vec<_>>());
    ip("link set lo up");
    let hole =
        std::process::Command::new("ip").args(["tuntap", "add", "mode", "tun", "name", "hole"]).status();
    if !hole.unwrap().success() {
        return crate::support::skip("this machine has no device that leads nowhere");
    }
    ip("address add 2001:db8::1/64 dev hole nodad");
    ip("link set hole up");
    let ours = Authority::new("ours");
    let api = Server::start_tls(ours.server_for(NAME));
    api.answer("/account/transfer", transfer(630, 1000));
    let trusted = desk.folder().join("ours.pem");
    fs::write(&trusted, ours.pem()).unwrap();
    let nowhere = format!("2001:db8::2 {NAME}\n");
    let hosts = in_place_of("/etc/hosts", &desk, &nowhere);
    let url = format!("https://{NAME}:{}/v4", api.address().port());
    let asked = || {
        let mut status = desk.command(&["status", "--format", "json"]);
        status.env("LINODE_BANDWIDTH_API_URL", &url).env("SSL_CERT_FILE", &trusted).env("RUST_LOG", "warn");
        let report: serde_json::Value = serde_json::from_slice(&status.output().unwrap().stdout).unwrap();
        report["accounts"][0].clone()
    };
    assert_eq!(asked()["error"]["message"], "Can't reach Linode: timed out.", "it does lead nowhere");
    fs::write(&hosts, format!("{nowhere}127.0.0.1 {NAME}\n")).unwrap();
    let account = asked();
    assert_eq!((&account["state"], &account["percent"]), (&"ok".into(), &63.0.into()), "{account}");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn slow_server_times_out_and_does_not_block_the_menu() {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    desk.used(630, 1000);
    let _host = desk.session().host(Way::Well);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    desk.answer(Reply::json(200, "{".repeat(600)).trickling(std::time::Duration::from_secs(1)));
    item.click("Refresh now");
    until("the row that tells of the poll", || {
        item.row("Updated ").filter(|row| row.label.ends_with("refreshing…"))
    });
    item.click("Until the month ends");
    until("the row that ends it", || item.row("Unmute"));
    tray.showing("Acme 63% (offline)");
    assert_eq!(item.below("Acme:")[0], "Can't reach Linode: timed out.");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn ten_thousand_regions_leave_a_usable_menu() {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    let region = |n: u32| format!(r#"{{"id":"xx-{n}","used":{n},"quota":10000,"billable":0}}"#);
    let regions: Vec<String> = (0..10_000).map(region).collect();
    let body =
        format!(r#"{{"used":630,"quota":1000,"billable":0,"region_transfers":[{}]}}"#, regions.join(","));
    assert!(body.len() < 1 << 20, "{} bytes", body.len());
    desk.answer(Reply::json(200, body));
    let _host = desk.session().host(Way::Well);
    let server = desk.session().notifications(Way::Well);
    let tray = desk.tray_with(&[("RUST_LOG", "warn")]);
    let item = tray.showing("Acme 63%");
    let rows = item.below("Acme:");
    assert!(rows.contains(&"xx-9999: 9,999 of 10,000 GB · 99%".to_owned()), "{rows:?}");
    assert!(rows.contains(&"and 9,980 more regions: see `linode-bandwidth status`".to_owned()), "{rows:?}");
    assert!(rows.len() < 40, "{}", rows.len());
    let told = server.wait_for(1).remove(0);
    assert_eq!(told.0, "Linode transfer: 2,000 alerts");
    assert_eq!(told.1.lines().count(), 6);
    for _ in 0..3 {
        desk.refresh();
    }
    assert_eq!(server.seen().len(), 1);
    let used = memory(tray.pid());
    assert!(used < 128 * 1024, "{used} KiB");
    let report = desk.wait_for_figures(630, 1000);
    assert_eq!(report["regions"].as_array().unwrap().len(), 10_000, "all of them are in the report");
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn menu_names_proxy_and_certificate_errors_until_fixed() {
    let desk = TestDesktop::apart();
    desk.by_command("", &["Acme"]);
    let (known, unknown) = (Authority::new("known"), Authority::new("unknown"));
    let trusted = desk.folder().join("trusted.pem");
    fs::write(&trusted, known.pem()).unwrap();
    let (_host, server) = (desk.session().host(Way::Well), desk.session().notifications(Way::Well));
    let proxy = Server::start();
    let through = |reply: Reply| {
        proxy.answer(&format!("{NAME}:443"), reply);
        desk.refresh();
    };
    let tray = desk.tray_with(&[
        ("HTTPS_PROXY", &format!("http://{}", proxy.address())),
        ("SSL_CERT_FILE", trusted.to_str().unwrap()),
        ("LINODE_BANDWIDTH_API_URL", &format!("https://{NAME}/v4")),
    ]);
    let item = tray.showing("Acme: offline");
    let says = |title: &str, what: &str| {
        let sentence = format!("Can't reach Linode: {what}.");
        until(&sentence, || (item.below("Acme:").first() == Some(&sentence)).then_some(()));
        tray.showing(title);
        until("the same in status", || {
            let account = desk.cached();
            (account["state"] == "unreachable" && account["error"]["message"] == sentence).then_some(())
        });
    };
    through(Reply::new(407, ""));
    says("Acme: offline", "proxy requires a user name and password");
    through(Reply::new(403, ""));
    says("Acme: offline", "proxy refused");
    for (config, why) in [
        (self_signed_server_for(NAME, true), "it is a certificate authority's (CA:TRUE), not a server's"),
        (known.expired_server_for(NAME), "it has expired"),
        (known.server_for("other.example.test"), "it is for another host"),
        (unknown.server_for(NAME), "its issuer is unknown"),
    ] {
        let api = Server::start_tls(config);
        through(Reply::tunnel(api.address()));
        says("Acme: offline", &format!("certificate not trusted: {why}"));
        assert!(api.requests().is_empty(), "nothing was said to who can't be trusted");
    }
    let api = Server::start_tls(known.server_for(NAME));
    api.answer("/account/transfer", transfer(630, 1000));
    through(Reply::tunnel(api.address()));
    tray.showing("Acme 63%");
    // Close the open connection, which no longer needs the proxy.
    api.answer("/account/transfer", Reply::close());
    through(Reply::new(407, ""));
    desk.refresh();
    says("Acme 63% (offline)", "proxy requires a user name and password");
    assert_eq!(server.seen(), [], "nothing is notified");
    let requests = proxy.requests();
    assert!(requests.iter().all(|request| request.method == "CONNECT" && request.token().is_none()));
}
