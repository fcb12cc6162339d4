//! Verifies a token with the API.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::AccountError;
use crate::api::{Client, Identity};
use crate::domain::config::{AccountId, ApiUrl, Config};
use crate::domain::failure::Failure;
use crate::domain::state::Answer;
use crate::domain::text::isolated;
use crate::domain::token::{Scopes, Token, TokenInfo};
use crate::domain::usage::PoolId;
use crate::storage::history::History;
use crate::storage::paths::Paths;
use crate::storage::token_store::TokenStore;

/// What the API says about a valid token.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    /// The figures of what is watched, and the token's scopes.
    pub answer: Answer,
    /// The owner of the account, if the token may read it.
    pub identity: Option<Identity>,
    /// Label and expiry, if the token may read them.
    pub info: Option<TokenInfo>,
    /// The name of the watched region, if the account has no pool in it yet.
    pub no_pool: Option<String>,
}

impl Verified {
    /// A name for the account: its company, else its e-mail address.
    pub fn name(&self) -> Option<&str> {
        let identity = self.identity.as_ref()?;
        identity.company.as_deref().or(identity.email.as_deref())
    }

    /// Akamai's id of the Linode account, if the token may read it.
    pub fn euuid(&self) -> Option<&str> {
        self.identity.as_ref()?.euuid.as_deref()
    }

    /// The token's info: from the list of tokens, else from the headers.
    pub fn token(&self) -> Option<TokenInfo> {
        let of_headers = || {
            let scopes = self.answer.scopes.clone()?;
            Some(TokenInfo { label: None, scopes, expires_at: None })
        };
        self.info.clone().or_else(of_headers)
    }
}

/// Fetches the figures of `watch` with `token`, and everything else about the token, in parallel.
///
/// # Errors
/// [`AccountError`] if the figures can't be fetched, or if the region does not exist.
pub async fn verify(api_url: &ApiUrl, watch: &PoolId, token: &Token) -> Result<Verified, AccountError> {
    let client = Client::new(api_url.clone())?;
    let endpoint = watch.endpoint();
    // Without the figures, the other requests don't matter.
    let (answer, identity, info, regions) = tokio::try_join!(
        client.transfer(token, &endpoint),
        async { Ok::<_, Failure>(client.identity(token).await.ok()) },
        async { Ok(client.own_token(token, Timestamp::now()).await.ok().flatten()) },
        async { Ok(regions(&client, watch).await) },
    )?;
    let with_pool: Vec<String> = answer.usage.regions.iter().map(|(id, _)| id.clone()).collect();
    let no_pool = match watch {
        PoolId::Region(id) if !with_pool.contains(id) => Some(name_of(id, regions.as_ref(), with_pool)?),
        _ => None,
    };
    Ok(Verified { answer, identity, info, no_pool })
}

/// The names of all regions, if `watch` is one and the API responds.
async fn regions(client: &Client, watch: &PoolId) -> Option<BTreeMap<String, String>> {
    match watch {
        PoolId::Region(_) => client.regions().await.ok(),
        PoolId::Global | PoolId::Linode(_) => None,
    }
}

/// The region's name, or its id if unknown. Without a response, the region is assumed to exist.
fn name_of(
    id: &str,
    regions: Option<&BTreeMap<String, String>>,
    with_pool: Vec<String>,
) -> Result<String, AccountError> {
    match regions.map(|regions| regions.get(id)) {
        Some(None) => Err(AccountError::NoRegion { id: id.to_owned(), with_pool }),
        Some(Some(name)) => Ok(name.clone()),
        None => Ok(id.to_owned()),
    }
}

/// Rejects a region that the API does not know.
///
/// # Errors
/// [`AccountError::NoRegion`]
pub async fn check_region(api_url: &ApiUrl, watch: &PoolId) -> Result<(), AccountError> {
    let client = Client::new(api_url.clone())?;
    match watch {
        PoolId::Region(id) => name_of(id, regions(&client, watch).await.as_ref(), Vec::new()).map(drop),
        PoolId::Global | PoolId::Linode(_) => Ok(()),
    }
}

/// The names of accounts other than `except` whose tokens belong to the Linode account `euuid`, according to their own
/// verification. Uses no token.
pub fn same_account(paths: &Paths, config: &Config, except: Option<&AccountId>, euuid: &str) -> Vec<String> {
    let Ok(Some(history)) = History::open_to_read(&paths.history_file()) else { return Vec::new() };
    let is_same =
        |id: &AccountId| history.linode_account(id).is_ok_and(|known| known.as_deref() == Some(euuid));
    let others = config.accounts.iter().filter(|account| Some(&account.id) != except);
    others.filter(|account| is_same(&account.id)).map(|account| account.name.clone()).collect()
}

/// The Linode account of `account`'s current token: from its verification, else from the API, if the token still works.
pub async fn linode_account(
    paths: &Paths,
    config: &Config,
    account: &AccountId,
    tokens: &TokenStore,
) -> Option<String> {
    let history = History::open_to_read(&paths.history_file()).ok().flatten();
    if let Some(known) = history.and_then(|history| history.linode_account(account).ok().flatten()) {
        return Some(known);
    }
    let token = tokens.read(account).await.ok()?;
    Client::new(config.api_url.clone()).ok()?.identity(&token).await.ok()?.euuid
}

/// The warning about a new token of another Linode account than `former`, the previous token's. `None` if one of them
/// is unknown.
pub fn other_account_warning(former: Option<&str>, verified: &Verified) -> Option<String> {
    if former? == verified.euuid()? {
        return None;
    }
    let name = verified.name().map(|name| format!(" ({})", isolated(name))).unwrap_or_default();
    Some(format!(
        "This token is for another Linode account than before{name}. The history of both is shown as one; add a new account \
         to keep them apart."
    ))
}

/// The warning about a Linode account that already has accounts, with these names.
pub fn same_account_warning(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| format!("This is the same Linode account as {}", names.join(", ")))
}

/// The scopes that exceed what `watch` needs, for a sentence.
pub fn unneeded_scopes(scopes: &Scopes, watch: &PoolId) -> Option<String> {
    let unneeded = || scopes.unneeded(&[watch.endpoint().scope()]).join(", ");
    (!scopes.read_only()).then(unneeded)
}

/// The warning about a token that can do more than read. Names the scopes that `watch` does not need.
pub fn warning(scopes: Option<&Scopes>, watch: &PoolId) -> Option<String> {
    let unneeded = unneeded_scopes(scopes?, watch)?;
    Some(format!("This token can do more than read. Scopes it does not need: {unneeded}"))
}
