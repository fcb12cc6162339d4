//! One round of polls: reads the tokens, sends the requests, which accounts can share, and returns the answers.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Mutex, Semaphore};
use tokio::task::JoinSet;

use super::token_command;
use crate::api::{Client, RequestBudget, consumers};
use crate::domain::breakdown::Consumer;
use crate::domain::config::{AccountId, ApiUrl};
use crate::domain::failure::Failure;
use crate::domain::price::Prices;
use crate::domain::state::{Event, PollId, PollRequest};
use crate::domain::token::{Token, TokenId};
use crate::domain::usage::Endpoint;
use crate::platform::task::boxed;
use crate::storage::keyring::{Fingerprints, Keyring};
use crate::storage::token_file;
use crate::storage::token_store::TokenStore;

/// The maximum number of concurrent requests.
const MAX_CONCURRENT_REQUESTS: usize = 16;

/// Where tokens come from.
pub enum TokenSource {
    /// The keyring, or the account's own command.
    Keyring(Keyring),
    /// Overrides for these accounts; the keyring or a command for the others.
    WithOverrides {
        /// The overrides, by account.
        given: BTreeMap<AccountId, TokenOverride>,
        /// For all other accounts.
        keyring: Keyring,
    },
    /// The same token for every account: `LINODE_TOKEN`.
    Fixed(Arc<Token>),
    /// A store of its own, without commands: for the demo and tests.
    Store(TokenStore),
}

/// A token that overrides the keyring for an account.
#[derive(Debug, Clone)]
pub enum TokenOverride {
    Token(Arc<Token>),
    /// In a file, which is read in every round, because a mounted secret may change.
    File(PathBuf),
}

/// Polls the API.
pub struct Fetcher {
    tokens: TokenSource,
    fingerprints: Fingerprints,
    /// Built at the first request, because loading the system's certificates takes longer than showing the icon.
    client: Mutex<Option<(ApiUrl, Arc<Client>)>>,
    limit: Arc<Semaphore>,
    /// How many requests breakdowns may make, by token.
    budgets: Mutex<BTreeMap<TokenId, Arc<RequestBudget>>>,
}

/// Where a token comes from. In a round, accounts with the same command share one run of it, and all accounts with
/// tokens in the keyring share one read.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Command(Vec<String>),
    Keyring,
    TokenOverride(AccountId),
}

/// A token, or why there is none, and the polls that need it.
type Read = (Result<Arc<Token>, Failure>, Vec<PollRequest>);

/// A request and the accounts that share it.
struct Request {
    token: Arc<Token>,
    asks: Vec<PollRequest>,
}

impl Fetcher {
    /// A fetcher with tokens from `tokens`.
    pub fn new(tokens: TokenSource, fingerprints: Fingerprints) -> Fetcher {
        Fetcher {
            tokens,
            fingerprints,
            client: Mutex::default(),
            limit: Arc::new(Semaphore::new(MAX_CONCURRENT_REQUESTS)),
            budgets: Mutex::default(),
        }
    }

    /// Polls all of `asks`, and emits each answer and then the end of the round.
    pub async fn poll_all(self: &Arc<Self>, api_url: ApiUrl, asks: Vec<PollRequest>, tell: impl Fn(Event)) {
        let mut unanswered: BTreeSet<PollId> = asks.iter().map(|ask| ask.poll.clone()).collect();
        let note = |event: Event| {
            if let Event::PollFinished { poll, .. } | Event::TokenUnchanged(poll) = &event {
                unanswered.remove(poll);
            }
            tell(event);
        };
        self.ask(api_url, asks, note).await;
        // If a request panicked, its account must not wait forever.
        for poll in unanswered {
            let failure = Failure::Unreachable { why: "the request was interrupted".to_owned() };
            tell(Event::PollFinished { poll, token: None, outcome: Err(failure) });
        }
        tell(Event::RoundFinished);
    }

    async fn ask(self: &Arc<Self>, api_url: ApiUrl, asks: Vec<PollRequest>, mut tell: impl FnMut(Event)) {
        let mut requests = BTreeMap::<(TokenId, Endpoint), Request>::new();
        for (token, asks) in self.read_all(asks).await {
            for ask in asks {
                let token = match &token {
                    Ok(token) => token.clone(),
                    Err(failure) => {
                        tell(Event::PollFinished {
                            poll: ask.poll,
                            token: None,
                            outcome: Err(failure.clone()),
                        });
                        continue;
                    }
                };
                let id = self.fingerprints.fingerprint(&token);
                if ask.skip_if_token.as_ref() == Some(&id) {
                    tell(Event::TokenUnchanged(ask.poll));
                    continue;
                }
                let key = (id, ask.endpoint.clone());
                let request = requests.entry(key).or_insert_with(|| Request { token, asks: Vec::new() });
                request.asks.push(ask);
            }
        }
        let mut answers = JoinSet::new();
        for ((id, endpoint), request) in requests {
            let (fetcher, api_url) = (self.clone(), api_url.clone());
            answers.spawn(boxed(async move { fetcher.request(api_url, id, endpoint, request).await }));
        }
        let mut look_ups = JoinSet::new();
        while let Some(answered) = answers.join_next().await {
            let Ok((id, request, outcome)) = answered else { continue };
            for ask in &request.asks {
                let (poll, token) = (ask.poll.clone(), Some(id.clone()));
                tell(Event::PollFinished { poll, token, outcome: outcome.clone() });
            }
            let unknown = request.asks.iter().any(|ask| ask.fetch_info_unless.as_ref() != Some(&id));
            if outcome.is_err() {
                continue;
            }
            if unknown {
                let (fetcher, api_url) = (self.clone(), api_url.clone());
                look_ups.spawn(boxed(async move { fetcher.look_up(api_url, request).await }));
            }
        }
        while let Some(events) = look_ups.join_next().await {
            events.unwrap_or_default().into_iter().for_each(&mut tell);
        }
    }

    /// Reads the tokens for `asks`, from all sources concurrently.
    async fn read_all(self: &Arc<Self>, asks: Vec<PollRequest>) -> Vec<Read> {
        let mut reading = JoinSet::new();
        let mut sources = BTreeMap::<Source, Vec<PollRequest>>::new();
        for ask in asks {
            sources.entry(self.source(&ask)).or_default().push(ask);
        }
        for (source, asks) in sources {
            let fetcher = self.clone();
            reading.spawn(boxed(async move { fetcher.read(source, asks).await }));
        }
        let mut read = Vec::new();
        while let Some(some) = reading.join_next().await {
            read.extend(some.unwrap_or_default());
        }
        read
    }

    /// Asks who used the pools of the accounts in `asks`, once per token, and emits each answer. Requests that take longer
    /// than `limit` fail. They do not count towards the limit on concurrent polls.
    pub async fn breakdowns(
        self: &Arc<Self>,
        api_url: ApiUrl,
        asks: Vec<PollRequest>,
        limit: Option<Duration>,
        tell: impl Fn(Event),
    ) {
        let mut unanswered: BTreeSet<PollId> = asks.iter().map(|ask| ask.poll.clone()).collect();
        let answer = |poll: PollId, outcome| {
            unanswered.remove(&poll);
            tell(Event::BreakdownFetched(poll, outcome));
        };
        let asking = self.ask_breakdowns(api_url, asks, answer);
        let in_time = match limit {
            Some(limit) => tokio::time::timeout(limit, asking).await.is_ok(),
            None => {
                asking.await;
                true
            }
        };
        let why = if in_time { "the request was interrupted" } else { "it took too long" };
        // If a request panicked, its account must not wait forever.
        for poll in unanswered {
            let failure = Failure::Unreachable { why: why.to_owned() };
            tell(Event::BreakdownFetched(poll, Err(failure)));
        }
    }

    async fn ask_breakdowns(
        self: &Arc<Self>,
        api_url: ApiUrl,
        asks: Vec<PollRequest>,
        mut answer: impl FnMut(PollId, Result<Vec<Consumer>, Failure>),
    ) {
        let mut by_token = BTreeMap::<TokenId, (Arc<Token>, Vec<PollId>)>::new();
        for (token, asks) in self.read_all(asks).await {
            for PollRequest { poll, .. } in asks {
                match &token {
                    Ok(token) => {
                        let id = self.fingerprints.fingerprint(token);
                        by_token.entry(id).or_insert_with(|| (token.clone(), Vec::new())).1.push(poll);
                    }
                    Err(failure) => answer(poll, Err(failure.clone())),
                }
            }
        }
        let mut answers = JoinSet::new();
        for (id, (token, polls)) in by_token {
            let (fetcher, api_url) = (self.clone(), api_url.clone());
            let budget = self.budgets.lock().await.entry(id).or_default().clone();
            answers.spawn(boxed(async move {
                let client = match fetcher.client(api_url).await {
                    Ok(client) => client,
                    Err(failure) => return (polls, Err(failure)),
                };
                (polls, consumers(&client, &token, &budget).await)
            }));
        }
        while let Some(answered) = answers.join_next().await {
            let Ok((polls, outcome)) = answered else { continue };
            polls.into_iter().for_each(|poll| answer(poll, outcome.clone()));
        }
    }

    /// Builds the client that [`Fetcher::poll_all`] will need, ahead of time.
    pub async fn prepare(&self, api_url: ApiUrl) {
        // The first request builds it again and reports the error.
        let _ = self.client(api_url).await;
    }

    /// Where the token for `ask` comes from.
    fn source(&self, ask: &PollRequest) -> Source {
        let account = &ask.poll.account;
        match (self.keyring_for(account), &ask.token_command) {
            (None, _) => Source::TokenOverride(account.clone()),
            (Some(_), Some(command)) => Source::Command(command.clone()),
            (Some(_), None) => Source::Keyring,
        }
    }

    /// The keyring that has the account's token unless a command prints it; `None` if the token was passed in.
    fn keyring_for(&self, account: &AccountId) -> Option<&Keyring> {
        match &self.tokens {
            TokenSource::Keyring(keyring) => Some(keyring),
            TokenSource::WithOverrides { given, keyring } => {
                Some(keyring).filter(|_| !given.contains_key(account))
            }
            TokenSource::Fixed(_) | TokenSource::Store(_) => None,
        }
    }

    /// Reads the tokens for `asks` from `source`.
    async fn read(&self, source: Source, asks: Vec<PollRequest>) -> Vec<Read> {
        let Some(first) = asks.first() else { return Vec::new() };
        let Some(keyring) = self.keyring_for(&first.poll.account).filter(|_| source == Source::Keyring)
        else {
            let token = self.token(&first.poll.account, first.token_command.as_deref()).await;
            return vec![(token, asks)];
        };
        let mut by_account = BTreeMap::<AccountId, Vec<PollRequest>>::new();
        for ask in asks {
            by_account.entry(ask.poll.account.clone()).or_default().push(ask);
        }
        let accounts = Vec::from_iter(by_account.keys().cloned());
        let tokens = keyring.read_all(&accounts).await.into_iter();
        tokens.map(|token| Ok(Arc::new(token?))).zip(by_account.into_values()).collect()
    }

    /// Fetches the names of the regions.
    ///
    /// # Errors
    /// The request's failure.
    pub async fn regions(&self, api_url: ApiUrl) -> Result<BTreeMap<String, String>, Failure> {
        let client = self.client(api_url).await?;
        client.regions().await
    }

    /// Fetches the overage prices.
    ///
    /// # Errors
    /// The request's failure.
    pub async fn prices(&self, api_url: ApiUrl) -> Result<Prices, Failure> {
        let client = self.client(api_url).await?;
        client.prices().await
    }

    /// Makes the keyring prompt for these accounts' locked tokens, and waits for the user. The next read shows the
    /// result.
    pub async fn unlock(&self, accounts: &[AccountId]) {
        if let TokenSource::Keyring(keyring) | TokenSource::WithOverrides { keyring, .. } = &self.tokens
            && let Err(error) = keyring.unlock(accounts).await
        {
            tracing::info!("nothing was unlocked: {error}");
        }
    }

    /// Reads an account's token without asking the user.
    ///
    /// # Errors
    /// The reason if there is none.
    pub async fn token(
        &self,
        account: &AccountId,
        command: Option<&[String]>,
    ) -> Result<Arc<Token>, Failure> {
        match (&self.tokens, command) {
            (TokenSource::Fixed(token), _) => Ok(token.clone()),
            (TokenSource::Store(tokens), _) => Ok(tokens.read(account).await?),
            (TokenSource::WithOverrides { given, .. }, _) if given.contains_key(account) => {
                match given.get(account) {
                    Some(TokenOverride::Token(token)) => Ok(token.clone()),
                    Some(TokenOverride::File(path)) => token_in(path.clone()).await,
                    None => Err(Failure::TokenMissing { why: None }),
                }
            }
            (TokenSource::Keyring(_) | TokenSource::WithOverrides { .. }, Some(command)) => {
                token_command::run(command).await.map(Arc::new)
            }
            (TokenSource::Keyring(keyring) | TokenSource::WithOverrides { keyring, .. }, None) => {
                Ok(Arc::new(keyring.read(account).await?))
            }
        }
    }

    async fn request(
        &self,
        api_url: ApiUrl,
        id: TokenId,
        endpoint: Endpoint,
        request: Request,
    ) -> (TokenId, Request, Result<crate::domain::state::Answer, Failure>) {
        let _permit = self.limit.acquire().await;
        let outcome = match self.client(api_url).await {
            Ok(client) => {
                let outcome = client.transfer(&request.token, &endpoint).await;
                if matches!(outcome, Err(Failure::Unreachable { .. })) {
                    self.renew(&client).await;
                }
                outcome
            }
            Err(failure) => Err(failure),
        };
        (id, request, outcome)
    }

    /// Fetches the label and expiry of the request's token. If the token may not read them, it counts as not listed.
    /// After any other failure the next round tries again.
    async fn look_up(&self, api_url: ApiUrl, request: Request) -> Vec<Event> {
        let _permit = self.limit.acquire().await;
        let Ok(client) = self.client(api_url).await else { return Vec::new() };
        let info = match client.own_token(&request.token, Timestamp::now()).await {
            Ok(info) => info,
            Err(Failure::ScopeMissing { .. } | Failure::Forbidden { .. }) => None,
            Err(_) => return Vec::new(),
        };
        request.asks.into_iter().map(|ask| Event::TokenInfoFetched(ask.poll, info.clone())).collect()
    }

    /// Makes the next request build a new client: it trusts certificate authorities that were added meanwhile, and has
    /// no dead connections.
    async fn renew(&self, failed: &Arc<Client>) {
        let mut kept = self.client.lock().await;
        if kept.as_ref().is_some_and(|(_, client)| Arc::ptr_eq(client, failed)) {
            *kept = None;
        }
    }

    async fn client(&self, api_url: ApiUrl) -> Result<Arc<Client>, Failure> {
        let mut kept = self.client.lock().await;
        match &*kept {
            Some((url, client)) if *url == api_url => Ok(client.clone()),
            _ => {
                let url = api_url.clone();
                let made = tokio::task::spawn_blocking(|| Client::new(url)).await;
                let made = made.map_err(|error| error.to_string()).and_then(|m| m.map_err(|e| e.to_string()));
                let client = made.map(Arc::new).map_err(|why| Failure::Unreachable { why })?;
                *kept = Some((api_url, client.clone()));
                Ok(client)
            }
        }
    }
}

async fn token_in(file: PathBuf) -> Result<Arc<Token>, Failure> {
    let missing = |why: String| Failure::TokenMissing { why: Some(why) };
    let read = tokio::task::spawn_blocking(move || token_file::read(&file)).await;
    let read = read.map_err(|error| missing(error.to_string()))?;
    read.map(Arc::new).map_err(|error| missing(error.to_string()))
}
