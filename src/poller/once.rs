//! One round without alerts: for whoever wants figures now and keeps none.

use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::Rounds;
use crate::domain::config::Config;
use crate::domain::state::{Ask, Effect, Event, Kept, State, update};

/// The state over `config`, and everything that can be asked for it.
pub fn begin(kept: Kept, config: Config) -> (State, Vec<Ask>) {
    let mut state = State::new(kept, 0, Timestamp::now());
    let effects = update(&mut state, Event::ConfigLoaded(Box::new(config)), Timestamp::now());
    let asked = effects.into_iter().filter_map(|effect| match effect {
        Effect::Ask(asks) => Some(asks),
        _ => None,
    });
    // By the user: a token that was refused is tried too.
    let asks = asked.flatten().map(|ask| Ask { unless_token: None, ..ask }).collect();
    (state, asks)
}

/// One round, without alerts.
pub async fn poll(state: &mut State, asks: Vec<Ask>, rounds: Rounds) {
    let rounds = Arc::new(rounds);
    let api_url = state.config().api_url.clone();
    let (tell, mut told) = mpsc::unbounded_channel();
    rounds.round(api_url.clone(), asks, |event| drop(tell.send(event))).await;
    let mut effects = Vec::new();
    while let Ok(event) = told.try_recv() {
        effects.extend(update(state, event, Timestamp::now()));
    }
    let regions = async {
        if effects.contains(&Effect::NameRegions) { rounds.regions(api_url.clone()).await.ok() } else { None }
    };
    let prices = async {
        if effects.contains(&Effect::AskPrices) { rounds.prices(api_url.clone()).await.ok() } else { None }
    };
    let (regions, prices) = tokio::join!(regions, prices);
    for event in regions.map(Event::RegionsNamed).into_iter().chain(prices.map(Event::PricesTold)) {
        update(state, event, Timestamp::now());
    }
}
