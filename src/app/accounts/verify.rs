//! Whether the API takes a token, and what it says of it.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::AccountError;
use crate::api::{Client, Identity};
use crate::domain::config::{AccountId, ApiUrl, Config};
use crate::domain::state::Answer;
use crate::domain::token::{Scopes, Token, TokenInfo};
use crate::domain::usage::PoolId;
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
}

impl Verified {
    /// What the account could be called: its company, else its e-mail address.
    pub fn name(&self) -> Option<&str> {
        let identity = self.identity.as_ref()?;
        identity.company.as_deref().or(identity.email.as_deref())
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

/// Asks the API for what is to be watched with `token`, and then for what else it says of it.
///
/// # Errors
/// [`AccountError`] when the figures can't be had.
pub async fn verify(api_url: &ApiUrl, watch: &PoolId, token: &Token) -> Result<Verified, AccountError> {
    let client = Client::new(api_url.clone())?;
    let answer = client.transfer(token, &watch.endpoint()).await?;
    let identity = client.identity(token).await.ok();
    let info = client.own_token(token, Timestamp::now()).await.ok().flatten();
    Ok(Verified { answer, identity, info })
}

/// The names of those accounts beside `except` whose tokens are for the account `euuid`. Those that can't be asked are
/// left out: it is a hint, not a rule.
pub async fn same_account(
    config: &Config,
    tokens: &TokenStore,
    except: Option<&AccountId>,
    euuid: &str,
) -> Vec<String> {
    let Ok(client) = Client::new(config.api_url.clone()) else { return Vec::new() };
    let mut asking = tokio::task::JoinSet::new();
    let others = config.accounts.iter().filter(|account| account.enabled && account.token_command.is_none());
    for (at, other) in others.filter(|account| Some(&account.id) != except).enumerate().take(16) {
        let (client, tokens, other) = (client.clone(), tokens.clone(), other.clone());
        asking.spawn(async move {
            let token: Arc<Token> = tokens.read(&other.id).await.ok()?;
            let identity = client.identity(&token).await.ok()?;
            Some((at, other.name, identity.euuid?))
        });
    }
    let mut same = Vec::new();
    while let Some(asked) = asking.join_next().await {
        if let Ok(Some((at, name, found))) = asked
            && found == euuid
        {
            same.push((at, name));
        }
    }
    same.sort();
    same.into_iter().map(|(_, name)| name).collect()
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
