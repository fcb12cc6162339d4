//! Proxies and missing networks between the client and the API. A child process makes requests that depend on
//! environment variables: this test program again, with one test selected.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::thread;

use linode_bandwidth::api::Client;
use linode_bandwidth::domain::usage::Endpoint;
use tempfile::NamedTempFile;

use super::support::server::{Nobody, Reply, Server};
use super::support::tls::Authority;
use super::{TOKEN, TRANSFER, client, run, token, unreachable};

pub(super) const GOOD: &str = r#"{"used": 830, "quota": 1000, "billable": 0}"#;
const URL: &str = "LINODE_BANDWIDTH_TEST_URL";
pub(super) const HOST: &str = "api.example.test";
pub(super) const GOOD_OUTCOME: &str = "good: 830";

/// The result of a request to `url` by a program with this environment and no other proxy or trust store.
pub(super) fn child_asks(url: &str, environment: &[(&str, &str)]) -> String {
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "connections::the_child_of_another_test", "--ignored", "--nocapture"]);
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "REQUEST_METHOD"] {
        child.env_remove(name).env_remove(name.to_lowercase());
    }
    child.env_remove("SSL_CERT_FILE").env_remove("SSL_CERT_DIR");
    let output = child.env(URL, url).envs(environment.iter().copied()).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    assert!(!said.contains(TOKEN), "the child has told the token");
    let (_, outcome) = said.split_once("<<").unwrap_or_else(|| panic!("{said}"));
    outcome.split_once(">>").unwrap().0.to_owned()
}

#[test]
#[ignore = "other tests run it in a process of its own"]
fn the_child_of_another_test() {
    let Ok(url) = std::env::var(URL) else { return };
    let outcome = match Client::new(url.parse().unwrap()) {
        Err(error) => error.to_string(),
        Ok(client) => match run(client.transfer(&token(), &Endpoint::Account)) {
            Ok(answer) => format!("good: {}", answer.usage.pool.used / 1_000_000_000),
            Err(failure) => format!("{failure:?}"),
        },
    };
    println!("<<{outcome}>>");
}

pub(super) fn file(text: &str) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file
}

pub(super) fn why(words: &str) -> String {
    format!("{:?}", unreachable(words))
}

#[test]
fn loopback_goes_past_every_proxy() {
    let (api, proxy) = (Server::start(), Server::start());
    api.answer(TRANSFER, Reply::json(200, GOOD));
    let address = format!("http://{}", proxy.address());
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"] {
        assert_eq!(child_asks(&api.url(), &[(name, &address)]), GOOD_OUTCOME, "{name}");
    }
    assert!(proxy.requests().is_empty());
}

#[test]
fn a_proxy_that_refuses_is_named_as_what_failed() {
    let authority = Authority::new("authority");
    let trusted = file(&authority.pem());
    let through = |proxy: &str| {
        let environment = [("HTTPS_PROXY", proxy), ("SSL_CERT_FILE", trusted.path().to_str().unwrap())];
        child_asks(&format!("https://{HOST}/v4"), &environment)
    };
    let proxy = Server::start();
    let address = format!("http://{}", proxy.address());
    for (reply, words) in [
        (Reply::new(403, ""), "proxy refused"),
        (Reply::close(), "proxy refused"),
        (Reply::new(407, ""), "proxy requires a user name and password"),
    ] {
        proxy.answer(&format!("{HOST}:443"), reply);
        assert_eq!(through(&address), why(words));
    }
    let nobody = Nobody::new();
    assert_eq!(through(&format!("http://{}", nobody.address())), why("proxy refused the connection"));
    assert_eq!(through(&format!("socks5h://{}", nobody.address())), why("proxy refused"));
}

#[test]
fn a_name_that_nobody_knows_is_not_found() {
    let authority = Authority::new("authority");
    let trusted = file(&authority.pem());
    // Without an answer from name servers, the resolver gives up before our own time limit.
    let environment =
        [("SSL_CERT_FILE", trusted.path().to_str().unwrap()), ("RES_OPTIONS", "timeout:1 attempts:1")];
    // RFC 6761 reserves this name: it never exists.
    assert_eq!(child_asks("https://linode.invalid/v4", &environment), why("name not found"));
}

#[test]
fn a_closed_port_is_no_connection() {
    let nobody = Nobody::new();
    let url = format!("http://{}/v4", nobody.address());
    let outcome = run(client(&url).transfer(&token(), &Endpoint::Account));
    assert_eq!(outcome, Err(unreachable("no connection")));
}

#[test]
fn what_does_not_speak_http_gives_no_readable_answer() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}/v4", listener.local_addr().unwrap());
    let other = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        // Only after the request has arrived: an earlier response is another error.
        assert!(socket.read(&mut [0; 1024]).unwrap() > 0);
        socket.write_all(b"220 mail.example.test ESMTP\r\n\r\n").unwrap();
        // Keep the connection open until the client closes it.
        let _ = std::io::copy(&mut socket, &mut std::io::sink());
    });
    let outcome = run(client(&url).transfer(&token(), &Endpoint::Account));
    assert_eq!(outcome, Err(unreachable("the answer can't be read: invalid HTTP version parsed")));
    other.join().unwrap();
}
