//! The HTTP client of the API.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use jiff::Timestamp;
use reqwest::Response;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderMap, HeaderValue};
use secrecy::zeroize::Zeroizing;
use serde_json::Value;

use super::consumers::RateLimited;
use super::error::{self, ClientError};
use super::failure::{failure, invalid};
use super::prices::prices;
use super::types::{self, Identity};
use super::{ACCOUNT_SCOPE, LINODES_SCOPE, OBJECT_STORAGE_SCOPE, failure, proxy};
use crate::domain::config::ApiUrl;
use crate::domain::failure::Failure;
use crate::domain::linodes::Linode;
use crate::domain::price::Prices;
use crate::domain::state::Answer;
use crate::domain::token::{ListedToken, Token, TokenInfo};
use crate::domain::usage::Endpoint;

/// For a whole request, from the DNS lookup to the last byte of the body.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// In bytes. The largest response, the list of regions, has 50 kB.
const MAX_BODY_LEN: usize = 1 << 20;
/// At 500 items per page, 10,000 tokens or Linodes. Also ends a list with a wrong `pages`.
const MAX_PAGES: u64 = 20;
/// A connection serves the requests of one poll. One kept over a suspend would be dead and make the next poll
/// time out.
const IDLE_TIMEOUT: Duration = Duration::from_secs(5);

/// An HTTP client of one API. Cheap to clone; clones share connections.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    api_url: ApiUrl,
    /// Host and port of the desktop's proxy, if it is used.
    proxy: Option<String>,
}

impl Client {
    /// A client of the API at `api_url`.
    ///
    /// It uses the system's certificates; the environment's proxies, else the desktop's (never for loopback: a
    /// proxy would see the unencrypted token); no redirects; and a timeout of 10 seconds. Reading the desktop's
    /// settings may take two seconds, so don't call this on a thread that draws or must respond.
    ///
    /// # Errors
    /// [`ClientError`] if the system has no trust store or TLS can't be set up.
    pub fn new(api_url: ApiUrl) -> Result<Client, ClientError> {
        Client::with_timeout(api_url, REQUEST_TIMEOUT)
    }

    /// As [`Client::new`], with another timeout for whole requests.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn with_timeout(api_url: ApiUrl, timeout: Duration) -> Result<Client, ClientError> {
        // An error means that a provider is already installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("linode-bandwidth/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .timeout(timeout)
            .connect_timeout(timeout / 2)
            .pool_idle_timeout(IDLE_TIMEOUT)
            .referer(false)
            .http1_only();
        if api_url.is_loopback() || proxy::replaces_library() {
            builder = builder.no_proxy();
        }
        let desktop = proxy::desktop_proxy(&api_url);
        if let Some(url) = &desktop {
            let proxy = reqwest::Proxy::all(url.clone()).map_err(|error| error::setup(&error))?;
            builder = builder.proxy(proxy.no_proxy(reqwest::NoProxy::from_env()));
        }
        if api_url.to_string().starts_with("http:") {
            // Without TLS, there is no need for a trust store, so a missing one does not matter.
            builder = builder.tls_certs_only([]);
        }
        let http = builder.build().map_err(|error| error::setup(&error))?;
        let proxy =
            desktop.and_then(|url| Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?)));
        Ok(Client { http, api_url, proxy })
    }

    /// Host and port of the desktop's proxy, if it is used.
    pub fn desktop_proxy(&self) -> Option<&str> {
        self.proxy.as_deref()
    }

    /// The usage of the transfer pools behind `endpoint`, and the token's scopes.
    ///
    /// # Errors
    /// The [`Failure`] for the response or its absence.
    pub async fn transfer(&self, token: &Token, endpoint: &Endpoint) -> Result<Answer, Failure> {
        match endpoint {
            Endpoint::Account => {
                let response = self.get("/account/transfer", Some(token), endpoint.scope()).await?;
                Ok(Answer {
                    usage: response.read(types::account_transfer)?,
                    scopes: failure::scopes(&response.headers),
                    linode_label: None,
                })
            }
            Endpoint::Linode(id) => {
                let transfer = self.get_linode_transfer(token, *id).await?;
                // The Linode's region decides which figures of the response are its own.
                let linode = self.linode_to_measure(token, *id).await?;
                read_linode_transfer(&transfer, linode.as_ref())
            }
        }
    }

    async fn get_linode_transfer(&self, token: &Token, id: u64) -> Result<JsonResponse, Failure> {
        self.get(&format!("/linode/instances/{id}/transfer"), Some(token), LINODES_SCOPE).await
    }

    /// The Linode; `None` if the API does not show it to this token.
    async fn linode_to_measure(&self, token: &Token, id: u64) -> Result<Option<Linode>, Failure> {
        match self.linode(token, id).await {
            Ok(linode) => Ok(Some(linode)),
            Err(Failure::Forbidden { .. } | Failure::InvalidResponse { status: 404, .. }) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// This token's entry in the API's list, which has the first 16 characters of each token. `None` if it is
    /// not listed.
    ///
    /// # Errors
    /// The [`Failure`] for the response or its absence.
    pub async fn own_token(&self, token: &Token, now: Timestamp) -> Result<Option<TokenInfo>, Failure> {
        let find = |items: &[Value]| {
            let ours = types::tokens(items, token, now)?.into_iter().find(|listed| listed.ours);
            Ok(ours.map(|listed| listed.info))
        };
        self.for_each_page("/profile/tokens", Some(token), ACCOUNT_SCOPE, find).await
    }

    /// All tokens of this token's user.
    ///
    /// # Errors
    /// The [`Failure`] for the response or its absence.
    pub async fn tokens(&self, token: &Token, now: Timestamp) -> Result<Vec<ListedToken>, Failure> {
        let mut all = Vec::new();
        let collect = |items: &[Value]| {
            all.extend(types::tokens(items, token, now)?);
            Ok(None::<()>)
        };
        self.for_each_page("/profile/tokens", Some(token), ACCOUNT_SCOPE, collect).await?;
        Ok(all)
    }

    /// The token's account.
    ///
    /// # Errors
    /// The [`Failure`] for the response or its absence.
    pub async fn identity(&self, token: &Token) -> Result<Identity, Failure> {
        self.get("/account", Some(token), ACCOUNT_SCOPE).await?.read(types::identity)
    }

    /// The names of the regions by id. Public: sends no token.
    ///
    /// # Errors
    /// The [`Failure`] for the response or its absence.
    pub async fn regions(&self) -> Result<BTreeMap<String, String>, Failure> {
        let mut names = BTreeMap::new();
        let collect = |items: &[Value]| {
            names.extend(types::region_names(items));
            Ok(None::<()>)
        };
        self.for_each_page("/regions", None, ACCOUNT_SCOPE, collect).await?;
        Ok(names)
    }

    /// Fetches one Linode. Needs `linodes:read_only`.
    ///
    /// # Errors
    /// The [`Failure`] for the response or its absence.
    pub async fn linode(&self, token: &Token, id: u64) -> Result<Linode, Failure> {
        let path = format!("/linode/instances/{id}");
        self.get(&path, Some(token), LINODES_SCOPE).await?.read(types::linode)
    }

    /// The overage prices. Public: sends no token.
    ///
    /// # Errors
    /// The [`Failure`] for the response or its absence; also if it contains no price.
    pub async fn prices(&self) -> Result<Prices, Failure> {
        let told = self
            .for_each_page("/network-transfer/prices", None, ACCOUNT_SCOPE, |items| Ok(prices(items)))
            .await?;
        told.ok_or_else(|| invalid(200, "it has no network transfer price"))
    }

    /// Bytes that `linode` used this month of the pool that it is on.
    pub(super) async fn linode_used(
        &self,
        token: &Token,
        linode: &Linode,
    ) -> Result<RateLimited<u64>, Failure> {
        let response = self.get_linode_transfer(token, linode.id).await?;
        let usage = response.read(|body| types::linode_transfer(body, Some(linode)))?;
        Ok(RateLimited { value: usage.pool.used, per_minute: failure::rate_limit(&response.headers) })
    }

    /// Bytes that the account's buckets used this month. Needs `object_storage:read_only`.
    pub(super) async fn object_storage_used(&self, token: &Token) -> Result<RateLimited<u64>, Failure> {
        let response = self.get("/object-storage/transfer", Some(token), OBJECT_STORAGE_SCOPE).await?;
        let value = response.read(types::object_storage_transfer)?;
        Ok(RateLimited { value, per_minute: failure::rate_limit(&response.headers) })
    }

    /// The account's Linodes. Needs `linodes:read_only`.
    ///
    /// # Errors
    /// The [`Failure`] for the response or its absence.
    pub async fn linodes(&self, token: &Token) -> Result<Vec<Linode>, Failure> {
        let mut all = Vec::new();
        let collect = |items: &[Value]| {
            all.extend(types::linodes(items)?);
            Ok(None::<()>)
        };
        self.for_each_page("/linode/instances", Some(token), LINODES_SCOPE, collect).await?;
        Ok(all)
    }

    /// Calls `visit` with each page of a list until it returns `Some`.
    async fn for_each_page<T>(
        &self,
        path: &str,
        token: Option<&Token>,
        scope: &str,
        mut visit: impl FnMut(&[Value]) -> Result<Option<T>, String>,
    ) -> Result<Option<T>, Failure> {
        for number in 1..=MAX_PAGES {
            let page = format!("{path}?page={number}&page_size=500");
            let response = self.get(&page, token, scope).await?;
            let (found, pages) = response.read(|body| {
                let (items, pages) = types::page(body)?;
                Ok((visit(items)?, pages))
            })?;
            if found.is_some() || number >= pages {
                return Ok(found);
            }
        }
        Err(invalid(200, &format!("a list of more than {MAX_PAGES} pages")))
    }

    async fn get(&self, path: &str, token: Option<&Token>, scope: &str) -> Result<JsonResponse, Failure> {
        let mut request = self.http.get(self.api_url.join(path)).header(ACCEPT, "application/json");
        if let Some(token) = token {
            request = request.header(AUTHORIZATION, bearer(token)?);
        }
        let mut response = request.send().await.map_err(|error| error::unreachable(&error))?;
        let status = response.status().as_u16();
        let headers = std::mem::take(response.headers_mut());
        let body = match body(&mut response).await {
            Ok(body) => body,
            // Their headers are enough.
            Err(_) if matches!(status, 429 | 503) => Vec::new(),
            Err(BodyError::Transport(error)) if error.is_timeout() => {
                return Err(error::unreachable(&error));
            }
            Err(BodyError::Transport(_)) => return Err(invalid(status, "the answer was cut off")),
            Err(BodyError::TooLong) => return Err(invalid(status, "more than 1 MiB")),
        };
        // The API uses 299 for successful but deprecated requests.
        if !(200..=299).contains(&status) {
            return Err(failure(status, &headers, &redact_token(token, &body), scope));
        }
        let body = serde_json::from_slice(&body).map_err(|_| invalid(status, "the body is not JSON"))?;
        Ok(JsonResponse { status, headers, body })
    }
}

/// Only the API's address: reqwest's own output would include the environment's proxies.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("api_url", &self.api_url).finish_non_exhaustive()
    }
}

/// A JSON body of a successful response.
struct JsonResponse {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl JsonResponse {
    fn read<T>(&self, with: impl FnOnce(&Value) -> Result<T, String>) -> Result<T, Failure> {
        with(&self.body).map_err(|wrong| invalid(self.status, &wrong))
    }
}

fn read_linode_transfer(response: &JsonResponse, linode: Option<&Linode>) -> Result<Answer, Failure> {
    let usage = response.read(|body| types::linode_transfer(body, linode))?;
    let linode_label = linode.map(|linode| linode.label.clone());
    Ok(Answer { usage, scopes: failure::scopes(&response.headers), linode_label })
}

/// Why a body could not be read completely.
enum BodyError {
    TooLong,
    Transport(reqwest::Error),
}

async fn body(response: &mut Response) -> Result<Vec<u8>, BodyError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(BodyError::Transport)? {
        if body.len() + chunk.len() > MAX_BODY_LEN {
            return Err(BodyError::TooLong);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn bearer(token: &Token) -> Result<HeaderValue, Failure> {
    const SCHEME: &str = "Bearer ";
    // Allocate the full capacity: a growing string leaves copies that are not wiped.
    let mut text = Zeroizing::new(String::with_capacity(SCHEME.len() + token.expose().len()));
    text.push_str(SCHEME);
    text.push_str(token.expose());
    // Text that a header can't contain is not a valid token.
    let mut value = HeaderValue::from_str(&text).map_err(|_| Failure::TokenInvalid)?;
    value.set_sensitive(true);
    Ok(value)
}

/// Removes the token from an error's body: a server or proxy could echo it, and the text is shown.
fn redact_token(token: Option<&Token>, body: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(body);
    match token {
        None => text.into_owned().into_bytes(),
        Some(token) => text.replace(token.expose(), "***").into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_header_is_never_shown() {
        let token = Token::new("5ec2e75ec2e7".to_owned()).unwrap();
        let header = bearer(&token).unwrap();
        assert!(header.is_sensitive());
        assert_eq!(format!("{header:?}"), "Sensitive");
        assert_eq!(header.to_str().unwrap(), "Bearer 5ec2e75ec2e7");
    }
}
