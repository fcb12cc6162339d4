//! Who used the pools: when to ask, and what the answer changes.

use super::*;
use crate::domain::breakdown::{Breakdown, Consumer, ConsumerId};

const HOUR: Duration = Duration::from_secs(3600);

fn web(gb: u64) -> Consumer {
    Consumer { id: ConsumerId::Linode(1), label: "web-1".into(), region: "us-east".into(), used: gb * GB }
}

/// An answer for a token with these scopes, and the end of its round.
fn round(world: &mut World, of: &str, scopes: &str) -> Vec<Effect> {
    let answer = Answer { usage: usage(100, 1000), scopes: Some(Scopes::from(scopes)), linode_label: None };
    let poll = world.poll(of);
    world.happen(Event::PollFinished { poll, token: Some(TokenId("one".into())), outcome: Ok(answer) });
    world.happen(Event::RoundFinished)
}

const BOTH: &str = "account:read_only linodes:read_only";

fn fetched(effects: &[Effect]) -> Vec<String> {
    let asks = effects.iter().filter_map(|effect| match effect {
        Effect::FetchBreakdowns(asks) => Some(asks.iter().map(|ask| ask.poll.account.to_string())),
        _ => None,
    });
    asks.flatten().collect()
}

#[test]
fn a_breakdown_follows_the_first_round_and_then_one_each_hour() {
    let mut world = World::with(config(&["a", "b"]));
    assert_eq!(fetched(&round(&mut world, "a", BOTH)), [""; 0], "polls go first");
    assert_eq!(fetched(&round(&mut world, "b", BOTH)), ["a", "b"]);
    assert_eq!(fetched(&world.happen(Event::RoundFinished)), [""; 0], "under way");
    let stored = world.happen(Event::BreakdownFetched(world.poll("a"), Ok(vec![web(61)])));
    assert!(matches!(&stored[..], [Effect::Store(StoreCommand::SaveBreakdown(of, _))] if *of == id("a")));
    let breakdown = world.account("a").breakdown.unwrap();
    let global = breakdown.of(&PoolId::Global).unwrap();
    assert_eq!((global.largest().unwrap().used, global.rest()), (61 * GB, 39 * GB));
    let mut waited = Duration::ZERO;
    loop {
        world.pass(INTERVAL);
        waited += INTERVAL;
        round(&mut world, "b", BOTH);
        if fetched(&round(&mut world, "a", BOTH)) == ["a"] {
            break;
        }
    }
    assert!(waited.abs_diff(HOUR) <= INTERVAL, "{waited:?}");
}

#[test]
fn a_token_that_may_not_read_linodes_asks_nothing_and_says_which_scope_is_missing() {
    let mut world = World::with(config(&["a"]));
    assert_eq!(fetched(&round(&mut world, "a", "account:read_only")), [""; 0]);
    assert!(world.account("a").breakdown_needs_scope && world.account("a").breakdown.is_none());
    let off = Config { breakdown_interval: None, ..config(&["a"]) };
    world.load(off);
    assert!(!world.account("a").breakdown_needs_scope, "nobody wants it");
}

#[test]
fn nothing_is_asked_where_it_is_off_or_one_linode_is_watched() {
    let mut world = World::with(Config { breakdown_interval: None, ..config(&["a"]) });
    assert_eq!(fetched(&round(&mut world, "a", BOTH)), [""; 0]);
    let mut of_linode = config(&["a"]);
    of_linode.accounts[0].watch = PoolId::Linode(7);
    let mut world = World::with(of_linode);
    assert_eq!(fetched(&round(&mut world, "a", BOTH)), [""; 0]);
    assert!(!world.account("a").breakdown_needs_scope);
}

#[test]
fn a_failure_keeps_the_last_one_and_is_retried_later() {
    let mut world = World::with(config(&["a"]));
    round(&mut world, "a", BOTH);
    world.happen(Event::BreakdownFetched(world.poll("a"), Ok(vec![web(61)])));
    world.now += HOUR;
    world.happen(Event::Tick);
    assert_eq!(fetched(&round(&mut world, "a", BOTH)), ["a"]);
    let limited = Failure::RateLimited { retry_after: Some(10 * MINUTE) };
    assert_eq!(world.happen(Event::BreakdownFetched(world.poll("a"), Err(limited))), []);
    assert!(world.account("a").breakdown.is_some());
    world.pass(INTERVAL);
    assert_eq!(fetched(&round(&mut world, "a", BOTH)), [""; 0], "the API asked to wait");
    world.pass(INTERVAL);
    assert_eq!(fetched(&round(&mut world, "a", BOTH)), ["a"]);
}

#[test]
fn last_months_breakdown_is_not_shown_as_this_months() {
    let mut world = World::with(config(&["a"]));
    round(&mut world, "a", BOTH);
    world.happen(Event::BreakdownFetched(world.poll("a"), Ok(vec![web(61)])));
    world.now = "2026-12-01T05:00:01Z".parse().unwrap();
    assert_eq!(world.account("a").breakdown, None);
    world.happen(Event::Tick);
    assert_eq!(fetched(&round(&mut world, "a", BOTH)), [""; 0], "the figures may still be last month's");
}

#[test]
fn an_answer_for_another_pool_or_token_is_dropped() {
    let mut world = World::with(config(&["a"]));
    round(&mut world, "a", BOTH);
    let before = world.poll("a");
    let mut moved = config(&["a"]);
    moved.accounts[0].watch = PoolId::Region("id-cgk".into());
    world.load(moved);
    assert_eq!(world.happen(Event::BreakdownFetched(before, Ok(vec![web(61)]))), []);
    assert_eq!(world.account("a").breakdown, None);
    assert_eq!(fetched(&round(&mut world, "a", BOTH)), ["a"], "at once for the new pool");
}

#[test]
fn a_restart_asks_again_only_after_the_interval() {
    let mut world = World::with(config(&["a"]));
    round(&mut world, "a", BOTH);
    world.happen(Event::BreakdownFetched(world.poll("a"), Ok(vec![web(61)])));
    let last = world.account("a").breakdown.unwrap();
    let kept = |at| PersistedState {
        records: BTreeMap::from([(id("a"), AccountRecord::default())]),
        breakdowns: BTreeMap::from([(id("a"), Breakdown { at, ..(*last).clone() })]),
        ..PersistedState::default()
    };
    let asked_after_start = |at| {
        let mut world = World::new(kept(at));
        world.load(config(&["a"]));
        fetched(&round(&mut world, "a", BOTH))
    };
    assert_eq!(asked_after_start(start() - HOUR / 4), [""; 0]);
    assert_eq!(asked_after_start(start() - HOUR), ["a"]);
    assert_eq!(asked_after_start(start() + HOUR), ["a"], "the clock was ahead");
}

#[test]
fn a_shorter_interval_holds_at_once() {
    let day = Config { breakdown_interval: Some(24 * HOUR), ..config(&["a"]) };
    let mut world = World::with(day);
    round(&mut world, "a", BOTH);
    world.happen(Event::BreakdownFetched(world.poll("a"), Ok(vec![web(61)])));
    world.pass(HOUR);
    assert_eq!(fetched(&round(&mut world, "a", BOTH)), [""; 0]);
    world.load(config(&["a"]));
    world.pass(INTERVAL);
    assert_eq!(fetched(&round(&mut world, "a", BOTH)), ["a"]);
}

#[test]
fn a_longer_poll_interval_does_not_delay_it() {
    let day = Duration::from_secs(24 * 3600);
    let mut world = World::with(Config { poll_interval: day, ..config(&["a"]) });
    round(&mut world, "a", BOTH);
    world.happen(Event::BreakdownFetched(world.poll("a"), Ok(Vec::new())));
    let wakes_at = world.state.wakes_at(world.now).unwrap();
    assert_eq!(wakes_at, world.now + HOUR);
    world.now = wakes_at;
    assert_eq!(fetched(&world.happen(Event::Tick)), ["a"]);
}
