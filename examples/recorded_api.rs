//! The recorded answers of the API (`tests/recorded`), served over TLS on this machine: `packaging/linux/order` runs a tray
//! with it.
//!
//! Writes the certificate to trust into the file that is its argument, then says on standard output where it is, and what it
//! is asked.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "it stands in for a test's server"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use support::server::{Reply, Server};
use support::tls::Authority;

fn main() {
    let file = std::env::args_os().nth(1).expect("the file for the certificate");
    let authority = Authority::new("Authority of the recorded API");
    std::fs::write(file, authority.pem()).unwrap();
    let api = Server::start_tls(authority.server_for("localhost"));
    for (path, name) in [
        ("/account", "account_200"),
        ("/account/transfer", "account_transfer_200"),
        ("/network-transfer/prices", "network_transfer_prices_200"),
        ("/profile/tokens", "profile_tokens_list_200"),
        ("/regions", "regions_200"),
    ] {
        api.answer(path, Reply::recorded(name));
    }
    println!("https://localhost:{}/v4", api.address().port());
    api.print_requests();
}
