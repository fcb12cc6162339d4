//! Fetches what each consumer of an account's pools used, within half of the API's rate limits.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Client;
use crate::domain::breakdown::{Consumer, ConsumerId, OBJECT_STORAGE};
use crate::domain::failure::Failure;
use crate::domain::linodes::{Linode, counts};
use crate::domain::price::Prices;
use crate::domain::token::Token;
use crate::domain::top::{ConsumerAnswers, Top};
use crate::domain::usage::{Endpoint, PoolId};
use crate::platform::task::boxed;

/// Per token.
const MAX_CONCURRENT_REQUESTS: usize = 8;
/// The API counts requests per minute and user.
const RATE_LIMIT_PERIOD: Duration = Duration::from_secs(60);
/// Requests per minute for paged lists, as Akamai documents it.
const LIST_LIMIT: usize = 200;
/// Requests per minute for Object Storage, the lowest of those that the other operations were seen with
/// (`X-RateLimit-Limit`; 1,600 is documented).
const READ_LIMIT: usize = 800;

/// A response and how many requests per minute its operation allows, by its `X-RateLimit-Limit`.
pub(super) struct RateLimited<T> {
    pub value: T,
    pub per_minute: Option<usize>,
}

/// The requests of the last minute with one token, so that the user's other programs keep half of each limit.
#[derive(Debug)]
pub struct RequestBudget {
    lists: Mutex<Sent>,
    reads: Mutex<Sent>,
}

#[derive(Debug)]
struct Sent {
    at: VecDeque<Instant>,
    per_minute: usize,
}

impl Default for RequestBudget {
    fn default() -> Self {
        let half = |limit: usize| Mutex::new(Sent { at: VecDeque::new(), per_minute: limit / 2 });
        RequestBudget { lists: half(LIST_LIMIT), reads: half(READ_LIMIT) }
    }
}

/// Waits until one more request is within half of the limit, and counts it. Others wait behind it.
async fn take(sent: &Mutex<Sent>) {
    let mut sent = sent.lock().await;
    let now = Instant::now();
    while sent.at.front().is_some_and(|first| *first + RATE_LIMIT_PERIOD <= now) {
        sent.at.pop_front();
    }
    if sent.at.len() >= sent.per_minute
        && let Some(first) = sent.at.pop_front()
    {
        tokio::time::sleep_until(first + RATE_LIMIT_PERIOD).await;
    }
    sent.at.push_back(Instant::now());
}

/// Lowers the budget to half of what the API says. An answer without a limit, or with a higher one, changes nothing.
async fn note(sent: &Mutex<Sent>, per_minute: Option<usize>) {
    let Some(half) = per_minute.map(|limit| (limit / 2).max(1)) else { return };
    let mut sent = sent.lock().await;
    sent.per_minute = sent.per_minute.min(half);
}

/// What each Linode of the account and its Object Storage used this month. Leaves out Linodes in distributed regions,
/// which use no pool, and Object Storage where the token may not read it. Needs `linodes:read_only`;
/// `object_storage:read_only` adds Object Storage.
///
/// # Errors
/// The first [`Failure`]: without one Linode's figure, its transfer would look like that of a deleted one.
pub async fn consumers(
    client: &Client,
    token: &Arc<Token>,
    budget: &Arc<RequestBudget>,
) -> Result<Vec<Consumer>, Failure> {
    let mut linodes = list(client, token, budget).await?;
    linodes.retain(|linode| !linode.distributed);
    let mut found = Vec::new();
    for (Linode { id, label, region, .. }, used) in ask_all(client, token, budget, linodes, |_| true).await? {
        found.push(Consumer { id: ConsumerId::Linode(id), label, region, used: used? });
    }
    if let Some(used) = object_storage(client, token, budget).await.transpose()?.filter(|used| *used > 0) {
        let (label, region) = (OBJECT_STORAGE.to_owned(), String::new());
        found.push(Consumer { id: ConsumerId::ObjectStorage, label, region, used });
    }
    Ok(found)
}

/// Who used the pool that an account watches, and the pools of regions. An account that watches a region's pool has the
/// Linodes of that region. Needs `linodes:read_only`; `account:read_only` adds the pools' usage.
///
/// # Errors
/// The [`Failure`] of the list, or of a token that may not read single Linodes. Other failures stay in the
/// result with their consumer.
pub async fn top(client: &Client, token: &Arc<Token>, watch: &PoolId) -> Result<Top, Failure> {
    let budget = Arc::default();
    let mut linodes = list(client, token, &budget).await?;
    linodes.retain(|linode| counts(linode, watch));
    let account = client.transfer(token, &Endpoint::Account).await.ok();
    let prices = match linodes.iter().any(|linode| linode.distributed) {
        true => client.prices().await.unwrap_or_default(),
        false => Prices::default(),
    };
    let fatal = |failure: &Failure| failure.state().needs_new_token();
    let answers = ConsumerAnswers {
        linodes: ask_all(client, token, &budget, linodes, fatal).await?,
        object_storage: match watch {
            PoolId::Region(_) => None,
            PoolId::Global | PoolId::Linode(_) => object_storage(client, token, &budget).await,
        },
    };
    let usage = account.as_ref().map(|answer| &answer.usage);
    Ok(Top::new(Timestamp::now(), watch, answers, usage, &prices))
}

async fn list(client: &Client, token: &Token, budget: &RequestBudget) -> Result<Vec<Linode>, Failure> {
    take(&budget.lists).await;
    client.linodes(token).await
}

/// A Linode and its bytes this month, or why they are not known.
type LinodeAnswer = (Linode, Result<u64, Failure>);

/// Asks for each of `linodes`, and leaves out those that were deleted meanwhile.
///
/// # Errors
/// The first [`Failure`] that is `fatal`.
async fn ask_all(
    client: &Client,
    token: &Arc<Token>,
    budget: &Arc<RequestBudget>,
    linodes: Vec<Linode>,
    fatal: impl Fn(&Failure) -> bool,
) -> Result<Vec<LinodeAnswer>, Failure> {
    let mut waiting = linodes.into_iter();
    let (mut asking, mut found) = (JoinSet::new(), Vec::new());
    loop {
        while asking.len() < MAX_CONCURRENT_REQUESTS
            && let Some(linode) = waiting.next()
        {
            asking.spawn(boxed(ask(client.clone(), token.clone(), budget.clone(), linode)));
        }
        let (linode, answer) = match asking.join_next().await {
            None => return Ok(found),
            // A panic or a runtime that ends.
            Some(Err(error)) => return Err(Failure::Unreachable { why: error.to_string() }),
            Some(Ok(answered)) => answered,
        };
        match answer {
            // Deleted after it was listed.
            Err(Failure::InvalidResponse { status: 404, .. }) => {}
            Err(failure) if fatal(&failure) => return Err(failure),
            // The remaining requests would be rate-limited too, and count against the limit.
            Err(limited @ Failure::RateLimited { .. }) => {
                found.extend(waiting.by_ref().map(|linode| (linode, Err(limited.clone()))));
                found.push((linode, Err(limited)));
            }
            answer => found.push((linode, answer)),
        }
    }
}

async fn ask(client: Client, token: Arc<Token>, budget: Arc<RequestBudget>, linode: Linode) -> LinodeAnswer {
    take(&budget.reads).await;
    let answer = match client.linode_used(&token, &linode).await {
        // One lost packet must not cost the whole account its breakdown.
        Err(Failure::Unreachable { .. } | Failure::InvalidResponse { status: 500.., .. }) => {
            take(&budget.reads).await;
            client.linode_used(&token, &linode).await
        }
        answered => answered,
    };
    if let Ok(answer) = &answer {
        note(&budget.reads, answer.per_minute).await;
    }
    (linode, answer.map(|answer| answer.value))
}

/// Bytes that Object Storage used this month; `None` where the token may not read it or the account never had a bucket.
async fn object_storage(
    client: &Client,
    token: &Token,
    budget: &RequestBudget,
) -> Option<Result<u64, Failure>> {
    take(&budget.reads).await;
    match client.object_storage_used(token).await {
        Ok(answer) => {
            note(&budget.reads, answer.per_minute).await;
            Some(Ok(answer.value))
        }
        Err(Failure::ScopeMissing { .. } | Failure::Forbidden { .. }) => None,
        // Accounts that never had a bucket.
        Err(Failure::InvalidResponse { status: 400 | 404, .. }) => None,
        Err(failure) => Some(Err(failure)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds_of<T>(run: impl Future<Output = T>) -> u64 {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(async {
            let start = Instant::now();
            run.await;
            start.elapsed().as_secs()
        })
    }

    #[test]
    fn no_minute_has_more_than_half_of_the_allowed_requests() {
        let budget = RequestBudget::default();
        let seconds = seconds_of(async {
            for _ in 0..READ_LIMIT / 2 * 3 {
                take(&budget.reads).await;
            }
        });
        assert_eq!(seconds, 120);
        assert_eq!(seconds_of(take(&budget.lists)), 0, "each limit counts its own requests");
    }

    #[test]
    fn the_apis_own_limit_lowers_the_budget() {
        let budget = RequestBudget::default();
        let seconds = seconds_of(async {
            note(&budget.reads, Some(1840)).await;
            note(&budget.reads, None).await;
            note(&budget.reads, Some(20)).await;
            for _ in 0..21 {
                take(&budget.reads).await;
            }
        });
        assert_eq!(seconds, 120);
    }
}
