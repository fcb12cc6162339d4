//! Serves the simulated API over HTTP on loopback.

use std::convert::Infallible;
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Instant;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::AUTHORIZATION;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio::task::AbortHandle;

use super::SimulatedData;
use crate::domain::config::ApiUrl;
use crate::platform::task;

/// A running server, which stops when this is dropped.
pub struct SimulatedServer {
    url: ApiUrl,
    accepting: AbortHandle,
}

impl SimulatedServer {
    pub fn url(&self) -> ApiUrl {
        self.url.clone()
    }
}

impl Drop for SimulatedServer {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Serves `world` on a free port of this machine, on the current runtime. Simulated time starts now.
///
/// # Errors
/// If no port is free.
pub async fn serve(world: SimulatedData) -> io::Result<SimulatedServer> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let port = listener.local_addr()?.port();
    let url = format!("http://127.0.0.1:{port}/v4").parse().map_err(io::Error::other)?;
    let (world, began) = (Arc::new(world), Instant::now());
    let accepting = task::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let world = world.clone();
            let service = service_fn(move |request| {
                let answer = answer(&world, &request, began);
                async { Ok::<_, Infallible>(answer) }
            });
            let serving = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            task::spawn(async move { drop(serving.await) });
        }
    });
    Ok(SimulatedServer { url, accepting: accepting.abort_handle() })
}

fn answer(world: &SimulatedData, request: &Request<Incoming>, began: Instant) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    let path = path.strip_prefix("/v4").unwrap_or(path);
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = header.and_then(|value| value.strip_prefix("Bearer "));
    let said = world.answer(path, token, began.elapsed());
    let response = Response::builder()
        .status(said.status)
        .header("Content-Type", "application/json")
        .header("X-OAuth-Scopes", said.scopes)
        .body(Full::from(said.body.to_string()));
    response.unwrap_or_default()
}
