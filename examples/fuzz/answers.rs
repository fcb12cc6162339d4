//! The API's responses over a connection, starting with the status line.

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use linode_bandwidth::api::Client;
use linode_bandwidth::domain::token::Token;
use linode_bandwidth::domain::usage::Endpoint;

use super::unix::Target;

pub fn answers() -> Target {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/v4", listener.local_addr().unwrap());
    let answer = Arc::new(Mutex::new(Vec::new()));
    let given = answer.clone();
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut request = [0; 2048];
            let _ = stream.read(&mut request);
            let bytes: Vec<u8> = given.lock().unwrap().clone();
            let _ = stream.write_all(&bytes);
            let _ = stream.shutdown(Shutdown::Write);
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = Client::with_timeout(url.parse().unwrap(), Duration::from_secs(2)).unwrap();
    let token =
        Token::new("125dd267f6bd6e65a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718".to_owned()).unwrap();
    let mut turn = 0;
    let read = move |bytes: &[u8]| {
        *answer.lock().unwrap() = bytes.to_vec();
        turn += 1;
        runtime.block_on(async {
            // A failure's text is shown to the user: it must be one line without the token.
            let said = match turn % 8 {
                0 | 1 => client.transfer(&token, &Endpoint::Account).await.err(),
                2 => client.transfer(&token, &Endpoint::Linode(1)).await.err(),
                3 => client.own_token(&token, Timestamp::now()).await.err(),
                4 => client.identity(&token).await.err(),
                5 => client.regions().await.err(),
                6 => client.prices().await.err(),
                _ => client.linodes(&token).await.err(),
            };
            if let Some(failure) = said {
                let words = failure.to_string();
                assert!(!words.contains(token.expose()) && !words.contains('\n'), "{words}");
            }
        });
    };
    Target { good: good(), longest: (1 << 20) + 4096, read: Box::new(read) }
}

/// The recorded responses of the real API.
fn good() -> Vec<Vec<u8>> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded");
    let mut good = Vec::new();
    for file in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        let text = fs::read_to_string(&file).unwrap();
        let recorded: serde_json::Value = serde_json::from_str(&text).unwrap();
        let body = recorded["response"]["body_text"].as_str().unwrap();
        for status in
            ["200 OK", "401 Unauthorized", "403 Forbidden", "429 Too Many Requests", "503 Unavailable"]
        {
            let headers = "Content-Type: application/json\r\nRetry-After: 17\r\nX-OAuth-Scopes: account:read_only\r\n\
                           X-Accepted-OAuth-Scopes: linodes:read_only\r\nX-Maintenance-Mode: 1";
            let length = body.len();
            let whole = format!("HTTP/1.1 {status}\r\n{headers}\r\nContent-Length: {length}\r\n\r\n{body}")
                .into_bytes();
            // Without a length, the body is read to the end of the connection.
            let open = format!("HTTP/1.1 {status}\r\n{headers}\r\n\r\n{body}").into_bytes();
            good.extend([whole, open]);
        }
    }
    good
}
