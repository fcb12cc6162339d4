//! One round of polls for commands, which print current figures without storing them or sending alerts.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::Fetcher;
use crate::domain::config::Config;
use crate::domain::failure::Failure;
use crate::domain::state::{Effect, Event, PersistedState, PollRequest, State, update};
use crate::platform::task;

/// The initial state for `config`, and the requests to make.
pub fn begin(kept: PersistedState, config: Config) -> (State, Vec<PollRequest>) {
    let mut state = State::new(kept, 0, Timestamp::now());
    let effects = update(&mut state, Event::ConfigLoaded(Box::new(config)), Timestamp::now());
    // The user asked for it, so refused tokens are tried too, but not while the API told us to wait.
    let asks = asked(effects).into_iter().map(|ask| match state.waits(&ask.poll.account, Timestamp::now()) {
        true => ask,
        false => PollRequest { skip_if_token: None, ..ask },
    });
    let asks = asks.collect();
    (state, asks)
}

/// Whether the user may be asked to unlock the keyring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prompting {
    /// The user started it and is waiting.
    Allowed,
    /// Nobody may be there to answer.
    Never,
}

/// Polls once, without alerts, and again for accounts whose tokens the user unlocks.
pub async fn poll(state: &mut State, asks: Vec<PollRequest>, fetcher: Fetcher, prompting: Prompting) {
    let fetcher = Arc::new(fetcher);
    let api_url = state.config().api_url.clone();
    if prompting == Prompting::Allowed {
        update(state, Event::UnlockRequested, Timestamp::now());
    }
    if !asks.is_empty() {
        // Runs while the keyring is read. Nothing waits for it if there is no token.
        let (fetcher, api_url) = (fetcher.clone(), api_url.clone());
        task::spawn(async move { fetcher.prepare(api_url).await });
    }
    let mut effects = poll_all(state, asks, &fetcher).await;
    let locked = effects.iter().find_map(|effect| match effect {
        Effect::UnlockKeyring(accounts) => Some(accounts.clone()),
        _ => None,
    });
    if let Some(accounts) = locked {
        fetcher.unlock(&accounts).await;
        let asks = asked(update(state, Event::UnlockFinished, Timestamp::now()));
        effects.extend(poll_all(state, asks, &fetcher).await);
    }
    let regions = async {
        if effects.contains(&Effect::FetchRegionLabels) {
            fetcher.regions(api_url.clone()).await.ok()
        } else {
            None
        }
    };
    let prices = async {
        if effects.contains(&Effect::FetchPrices) { fetcher.prices(api_url.clone()).await.ok() } else { None }
    };
    let (regions, prices) = tokio::join!(regions, prices);
    let regions = regions.map(|regions| Event::RegionLabelsFetched(api_url.clone(), regions));
    let prices = prices.map(|prices| Event::PricesFetched(api_url.clone(), prices));
    for event in regions.into_iter().chain(prices) {
        update(state, event, Timestamp::now());
    }
}

/// Ends an interrupted poll: accounts without a response count as unreachable.
pub fn give_up(state: &mut State) {
    for poll in state.in_flight() {
        let failure = Failure::Unreachable { why: "timed out".to_owned() };
        update(state, Event::PollFinished { poll, token: None, outcome: Err(failure) }, Timestamp::now());
    }
}

async fn poll_all(state: &mut State, asks: Vec<PollRequest>, fetcher: &Arc<Fetcher>) -> Vec<Effect> {
    let (tell, mut told) = mpsc::unbounded_channel();
    let asking = fetcher.poll_all(state.config().api_url.clone(), asks, move |event| drop(tell.send(event)));
    let mut effects = Vec::new();
    // Applied as they arrive, because the round may be interrupted. The channel closes when the round ends.
    let taking = async {
        while let Some(event) = told.recv().await {
            effects.extend(update(state, event, Timestamp::now()));
        }
    };
    tokio::join!(asking, taking);
    effects
}

fn asked(effects: Vec<Effect>) -> Vec<PollRequest> {
    let asks = effects.into_iter().filter_map(|effect| match effect {
        Effect::Poll(asks) => Some(asks),
        _ => None,
    });
    asks.flatten().collect()
}
