//! Whether the API takes a token, and what it says of it.

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

/// What the API says of a token that it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verified {
    /// The figures of what is watched, and the scopes.
    pub answer: Answer,
    /// Whose account it is, where the token may ask.
    pub identity: Option<Identity>,
    /// Label and expiry, where the token may ask.
    pub info: Option<TokenInfo>,
    /// The name of the region that is to be watched, where the account has no pool in it yet.
    pub no_pool: Option<String>,
}

impl Verified {
    /// What the account could be called: its company, else its e-mail address.
    pub fn name(&self) -> Option<&str> {
        let identity = self.identity.as_ref()?;
        identity.company.as_deref().or(identity.email.as_deref())
    }

    /// Akamai's id of the Linode account, where the token may ask.
    pub fn euuid(&self) -> Option<&str> {
        self.identity.as_ref()?.euuid.as_deref()
    }

    /// What is known of the token: from the list, else from the headers.
    pub fn token(&self) -> Option<TokenInfo> {
        let of_headers = || {
            let scopes = self.answer.scopes.clone()?;
            Some(TokenInfo { label: None, scopes, expires_at: None })
        };
        self.info.clone().or_else(of_headers)
    }
}

/// Asks the API for what is to be watched with `token`, and for what else it says of it, all at once.
///
/// # Errors
/// [`AccountError`] when the figures can't be had, or there is no such region.
pub async fn verify(api_url: &ApiUrl, watch: &PoolId, token: &Token) -> Result<Verified, AccountError> {
    let client = Client::new(api_url.clone())?;
    let endpoint = watch.endpoint();
    // The figures decide: without them nothing else is waited for.
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

/// The names of all regions, where `watch` is one of them and the API answers.
async fn regions(client: &Client, watch: &PoolId) -> Option<BTreeMap<String, String>> {
    match watch {
        PoolId::Region(_) => client.regions().await.ok(),
        PoolId::Global | PoolId::Linode(_) => None,
    }
}

/// The region's name, or its id where that is not known. An API that does not answer is no proof that there is none.
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

/// Refuses a region that the API does not know.
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

/// The names of those accounts beside `except` whose tokens are for the Linode account `euuid`, by what their own
/// verification has told: no token is used for that.
pub fn same_account(paths: &Paths, config: &Config, except: Option<&AccountId>, euuid: &str) -> Vec<String> {
    let Ok(Some(history)) = History::open_to_read(&paths.history_file()) else { return Vec::new() };
    let is_same =
        |id: &AccountId| history.linode_account(id).is_ok_and(|known| known.as_deref() == Some(euuid));
    let others = config.accounts.iter().filter(|account| Some(&account.id) != except);
    others.filter(|account| is_same(&account.id)).map(|account| account.name.clone()).collect()
}

/// The Linode account that `account`'s token is for, before another one takes its place: as its verification has told, else
/// asked of that token, where it still works.
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

/// Said of a new token that is for another Linode account than `former`, the one of the token before it. Nothing is said
/// where one of them is not known.
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

/// Said of an account whose Linode account is there already, under these names.
pub fn same_account_warning(names: &[String]) -> Option<String> {
    (!names.is_empty()).then(|| format!("This is the same Linode account as {}", names.join(", ")))
}

/// The scopes of a token that can do more than read which `watch` does not need, in a sentence.
pub fn unneeded_scopes(scopes: &Scopes, watch: &PoolId) -> Option<String> {
    let unneeded = || scopes.unneeded(&[watch.endpoint().scope()]).join(", ");
    (!scopes.read_only()).then(unneeded)
}

/// Said of a token that can do more than read; it names the scopes that `watch` does not need.
pub fn warning(scopes: Option<&Scopes>, watch: &PoolId) -> Option<String> {
    let unneeded = unneeded_scopes(scopes?, watch)?;
    Some(format!("This token can do more than read. Scopes it does not need: {unneeded}"))
}
