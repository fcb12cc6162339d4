//! The client against a server that imitates the API, proxies and broken networks.
#![cfg(test)]

mod answers;
mod connections;
mod consumers;
mod recorded;
#[path = "../support/mod.rs"]
mod support;
#[cfg(target_os = "linux")]
mod trust;

use std::future::Future;
use std::time::Duration;

use linode_bandwidth::api::Client;
use linode_bandwidth::domain::failure::Failure;
use linode_bandwidth::domain::state::Answer;
use linode_bandwidth::domain::token::Token;
use linode_bandwidth::domain::usage::Endpoint;
use support::server::{Reply, Server};

/// An invented token in the format of a real one.
const TOKEN: &str = "125dd267f6bd6e65a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718";
const TRANSFER: &str = "/account/transfer";

/// A time limit that nothing reaches.
const TIMEOUT: Duration = Duration::from_secs(30);

fn token() -> Token {
    Token::new(TOKEN.to_owned()).unwrap()
}

fn client(url: &str) -> Client {
    Client::new(url.parse().unwrap()).unwrap()
}

fn run<T>(future: impl Future<Output = T> + Send) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

fn ask(server: &Server) -> Result<Answer, Failure> {
    run(client(&server.url()).transfer(&token(), &Endpoint::Account))
}

/// The result of a request for the account's transfer if the API responds with `reply`.
fn answered(reply: Reply) -> Result<Answer, Failure> {
    let server = Server::start();
    server.answer(TRANSFER, reply);
    ask(&server)
}

/// The same with the client's time limit.
fn answered_within(limit: Duration, reply: Reply) -> Result<Answer, Failure> {
    let server = Server::start();
    server.answer(TRANSFER, reply);
    let client = Client::with_timeout(server.url().parse().unwrap(), limit).unwrap();
    // Fail instead of hanging forever.
    let answer = async { tokio::time::timeout(TIMEOUT, client.transfer(&token(), &Endpoint::Account)).await };
    run(answer).unwrap()
}

fn invalid(status: u16, reason: &str) -> Failure {
    Failure::InvalidResponse { status, reason: (!reason.is_empty()).then(|| reason.to_owned()) }
}

fn unreachable(why: &str) -> Failure {
    Failure::Unreachable { why: why.to_owned() }
}
