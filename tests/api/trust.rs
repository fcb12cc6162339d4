//! Certificates. Linux only: the certificate stores of other systems can't be replaced with an environment variable.

use super::connections::{GOOD, GOOD_OUTCOME, HOST, child_asks, file, why};
use super::support::server::{Reply, Server};
use super::support::tls::{Authority, self_signed_server_for};
use super::{TOKEN, TRANSFER};

/// The result of a request to a server with this certificate, by a program that trusts `trusted`.
fn child_trusts(trusted: &str, config: std::sync::Arc<rustls::ServerConfig>) -> String {
    let (server, trusted) = (Server::start_tls(config), file(trusted));
    server.answer(TRANSFER, Reply::json(200, GOOD));
    let outcome = child_asks(&server.url(), &[("SSL_CERT_FILE", trusted.path().to_str().unwrap())]);
    assert_eq!(server.requests().len(), usize::from(outcome == GOOD_OUTCOME));
    outcome
}

#[test]
fn a_certificate_of_a_trusted_issuer_is_trusted() {
    let authority = Authority::new("authority");
    assert_eq!(child_trusts(&authority.pem(), authority.server_for("127.0.0.1")), GOOD_OUTCOME);
}

#[test]
fn untrusted_certificate_gets_no_request() {
    let (known, unknown) = (Authority::new("known"), Authority::new("unknown"));
    for (config, words) in [
        (unknown.server_for("127.0.0.1"), "certificate not trusted: its issuer is unknown"),
        (self_signed_server_for("127.0.0.1", false), "certificate not trusted: its issuer is unknown"),
        (
            self_signed_server_for("127.0.0.1", true),
            "certificate not trusted: it is a certificate authority's (CA:TRUE), not a server's",
        ),
        (known.server_for("other.example.test"), "certificate not trusted: it is for another host"),
        (known.expired_server_for("127.0.0.1"), "certificate not trusted: it has expired"),
    ] {
        assert_eq!(child_trusts(&known.pem(), config), why(words));
    }
}

#[test]
fn missing_certificate_store_names_the_package() {
    let nothing = file("");
    let environment = [("SSL_CERT_FILE", nothing.path().to_str().unwrap())];
    let outcome = child_asks("https://127.0.0.1:1/v4", &environment);
    assert!(outcome.contains("install the package ca-certificates"), "{outcome}");
    let plain = Server::start();
    plain.answer(TRANSFER, Reply::json(200, GOOD));
    assert_eq!(child_asks(&plain.url(), &environment), GOOD_OUTCOME, "http needs none");
}

#[test]
fn a_proxy_sees_a_tunnel_and_no_token() {
    let authority = Authority::new("authority");
    let (trusted, api) = (file(&authority.pem()), Server::start_tls(authority.server_for(HOST)));
    api.answer(TRANSFER, Reply::json(200, GOOD));
    let proxy = Server::start();
    let target = format!("{HOST}:443");
    proxy.answer(&target, Reply::tunnel(api.address()));
    let environment = [
        ("HTTPS_PROXY", &*format!("http://{}", proxy.address())),
        ("SSL_CERT_FILE", trusted.path().to_str().unwrap()),
    ];
    assert_eq!(child_asks(&format!("https://{HOST}/v4"), &environment), GOOD_OUTCOME);
    let requests = proxy.requests();
    let [connect] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!((connect.method.as_str(), &connect.target), ("CONNECT", &target));
    assert_eq!(connect.header("Authorization"), None);
    assert!(!String::from_utf8_lossy(&proxy.tunnelled()).contains(TOKEN));
    assert_eq!(api.requests()[0].token(), Some(TOKEN));
}
