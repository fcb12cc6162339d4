//! Fetches the usage of each Linode of an account, with one request per Linode and limited concurrency.

use std::sync::Arc;

use tokio::task::JoinSet;

use super::Client;
use crate::domain::failure::Failure;
use crate::domain::linodes::{Linode, Top, counts};
use crate::domain::price::Prices;
use crate::domain::token::Token;
use crate::domain::usage::{Endpoint, Pool, PoolId};
use crate::platform::task::boxed;

const MAX_CONCURRENT_REQUESTS: usize = 8;

/// The account's Linodes by usage this month; only those in the region if `watch` is a region's pool. Needs
/// `linodes:read_only`; `account:read_only` adds the pools' usage.
///
/// # Errors
/// The [`Failure`] of the list, or of a token that may not read single Linodes. Other failures stay in the
/// result with their Linode.
pub async fn top(client: &Client, token: &Arc<Token>, watch: &PoolId) -> Result<Top, Failure> {
    let mut linodes = client.linodes(token).await?;
    linodes.retain(|linode| counts(linode, watch));
    let account = client.transfer(token, &Endpoint::Account).await.ok();
    let prices = match linodes.iter().any(|linode| linode.distributed) {
        true => client.prices().await.unwrap_or_default(),
        false => Prices::default(),
    };
    let mut waiting = linodes.into_iter();
    let (mut asking, mut used) = (JoinSet::new(), Vec::new());
    loop {
        while asking.len() < MAX_CONCURRENT_REQUESTS
            && let Some(linode) = waiting.next()
        {
            asking.spawn(boxed(ask(client.clone(), token.clone(), linode)));
        }
        let Some(answered) = asking.join_next().await else { break };
        let Ok((linode, outcome)) = answered else { continue };
        match &outcome {
            Err(failure) if failure.state().needs_new_token() => return Err(failure.clone()),
            // The remaining requests would be rate-limited too, and count against the limit.
            Err(limited @ Failure::RateLimited { .. }) => {
                used.extend(waiting.by_ref().map(|linode| (linode, Err(limited.clone()))));
            }
            _ => {}
        }
        used.push((linode, outcome));
    }
    Ok(Top::new(used, account.as_ref().map(|answer| &answer.usage), &prices))
}

async fn ask(client: Client, token: Arc<Token>, linode: Linode) -> (Linode, Result<Pool, Failure>) {
    let answer = client.linode_transfer(&token, &linode).await;
    (linode, answer.map(|answer| answer.usage.pool))
}
