//! Proxies with a password in their address, which must not be printed.

use std::fs;

use crate::support::server::{Nobody, Reply, Server};
use crate::support::tls::Authority;
use crate::{Checks, Home, account, token};

#[test]
fn a_proxys_password_is_in_no_message_and_no_log() {
    // Each run is searched for this password.
    let password = token("of-the-proxy");
    let home = Home::new();
    home.configure(&account("acme", "Acme"));
    let trusted = home.dir.path().join("trusted.pem");
    fs::write(&trusted, Authority::new("authority").pem()).unwrap();
    let proxy = Server::start();
    let nobody = Nobody::new();
    for (reply, address, words) in [
        (Reply::new(407, ""), proxy.address(), "proxy requires a user name and password"),
        (Reply::new(403, ""), proxy.address(), "proxy refused"),
        (Reply::close(), proxy.address(), "proxy refused"),
        (Reply::close(), nobody.address(), "proxy refused the connection"),
    ] {
        proxy.answer("api.example.test:443", reply);
        for command in ["status", "doctor", "tokens", "accounts add New --token-stdin"] {
            let mut program = home.program(command);
            program
                .env("HTTPS_PROXY", format!("http://me:{password}@{address}"))
                .env("SSL_CERT_FILE", &trusted)
                .env("LINODE_BANDWIDTH_API_URL", "https://api.example.test/v4")
                .env("RUST_LOG", "trace");
            let input = home.dir.path().join("input");
            fs::write(&input, "a-token-for-the-new-one").unwrap();
            program.stdin(fs::File::open(&input).unwrap());
            let ran = crate::checked(command, program.output().unwrap());
            let said = format!("{}{}", ran.out(), ran.err());
            assert!(said.contains(words), "{command}: {said}");
        }
    }
    let asked = proxy.requests();
    assert!(asked.iter().any(|request| request.header("Proxy-Authorization").is_some()), "the proxy gets it");
}
