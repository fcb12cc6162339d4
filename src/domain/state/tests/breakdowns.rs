//! Who used the pools: when to ask, and what the answer changes.

use super::*;
use crate::domain::breakdown::{Breakdown, Consumer, ConsumerId};

const HOUR: Duration = Duration::from_secs(3600);

fn web(gb: u64) -> Consumer {
    Consumer { id: ConsumerId::Linode(1), label: "web-1".into(), region: "us-east".into(), used: gb * GB }
}

/// Handles an answer for a token with these scopes, and the end of its round.
fn round(world: &mut World, of: &str, scopes: &str) -> Vec<Effect> {
    round_with(world, of, scopes, usage(100, 1000))
}

fn round_with(world: &mut World, of: &str, scopes: &str, usage: Usage) -> Vec<Effect> {
    let answer = Answer { usage, scopes: Some(Scopes::from(scopes)), linode_label: None };
    let poll = world.poll(of);
    world.happen(Event::PollFinished { poll, token: Some(TokenId("one".into())), outcome: Ok(answer) });
    world.happen(Event::RoundFinished)
}

const BOTH: &str = "account:read_only linodes:read_only";

fn fetched(effects: &[Effect]) -> Vec<String> {
    let asks = effects.iter().filter_map(|effect| match effect {
        Effect::FetchBreakdowns(asks, _) => Some(asks.iter().map(|ask| ask.poll.account.to_string())),
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

/// An account of which a breakdown was made at 100 of 1,000 GB, an hour ago.
fn an_hour_after_a_breakdown() -> World {
    let mut world = World::with(config(&["a"]));
    round(&mut world, "a", BOTH);
    world.happen(Event::BreakdownFetched(world.poll("a"), Ok(vec![web(61)])));
    world.pass(HOUR);
    world
}

/// How long the breakdown that is asked for may take.
fn limits(effects: &[Effect]) -> Vec<Option<Duration>> {
    let limit = |effect: &Effect| match effect {
        Effect::FetchBreakdowns(_, limit) => Some(*limit),
        _ => None,
    };
    effects.iter().filter_map(limit).collect()
}

#[test]
fn a_crossing_asks_who_used_the_pool_before_its_text_is_written() {
    let mut world = an_hour_after_a_breakdown();
    let crossing = round_with(&mut world, "a", BOTH, usage(830, 1000));
    assert_eq!((limits(&crossing), notified(&crossing)), (vec![Some(Duration::from_secs(5))], vec![]));
    let answered = world.happen(Event::BreakdownFetched(world.poll("a"), Ok(vec![web(700)])));
    let [told] = &notified(&answered)[..] else { panic!("{answered:?}") };
    assert_eq!(told.summary, "A passed 80% of its transfer");
    assert_eq!(told.body, "web-1 used 639 of the 730 GB since 12:00 · 830 of 1,000 GB · resets in 9 days");
    assert!(
        answered.iter().any(|effect| matches!(effect, Effect::Store(StoreCommand::SaveBreakdown(..)))),
        "it is as good as one that was due"
    );
    world.happen(Event::Undelivered(told.keys.clone()));
    world.pass(INTERVAL);
    let again = round_with(&mut world, "a", BOTH, usage(831, 1000));
    assert_eq!((limits(&again), notified(&again).len()), (vec![], 1), "once for each alert");
}

#[test]
fn without_an_answer_the_text_comes_without_it() {
    let mut world = an_hour_after_a_breakdown();
    round_with(&mut world, "a", BOTH, usage(830, 1000));
    let failed = world.happen(Event::BreakdownFetched(world.poll("a"), Err(offline())));
    assert_eq!(notified(&failed)[0].body, "830 of 1,000 GB · resets in 9 days");
}

#[test]
fn polls_go_on_while_an_alert_waits_and_do_not_prolong_it() {
    let mut world = an_hour_after_a_breakdown();
    round_with(&mut world, "a", BOTH, usage(830, 1000));
    let refresh = world.happen(Event::RefreshRequested);
    assert_eq!(asked_ids(&refresh), ["a"]);
    let higher = round_with(&mut world, "a", BOTH, usage(930, 1000));
    assert_eq!((limits(&higher), notified(&higher)), (vec![], vec![]));
    world.happen(Event::RefreshRequested);
    let answered = world.happen(Event::BreakdownFetched(world.poll("a"), Ok(vec![web(800)])));
    assert_eq!(notified(&answered)[0].summary, "A passed 90% of its transfer", "though a round is under way");
}

#[test]
fn an_alert_that_waits_comes_if_its_account_changes_meanwhile() {
    for change in ["token", "other account removed", "moved"] {
        let mut world = World::with(config(&["a", "b"]));
        for of in ["a", "b"] {
            round(&mut world, of, BOTH);
        }
        for of in ["a", "b"] {
            world.happen(Event::BreakdownFetched(world.poll(of), Ok(vec![web(61)])));
        }
        world.pass(HOUR);
        round_with(&mut world, "a", BOTH, usage(830, 1000));
        let asked = round_with(&mut world, "b", BOTH, usage(930, 1000));
        assert_eq!(fetched(&asked), ["a", "b"]);
        let mut effects = match change {
            "token" => world.happen(Event::TokenReplaced(id("a"))),
            "moved" => {
                let mut moved = config(&["a", "b"]);
                moved.accounts[0].watch = PoolId::Region("id-cgk".into());
                world.load(moved)
            }
            _ => world.load(config(&["b"])),
        };
        effects.extend(world.happen(Event::BreakdownFetched(world.poll("b"), Ok(vec![web(800)]))));
        effects.extend(round_with(&mut world, "a", BOTH, usage(830, 1000)));
        let told = |told: &Notification| format!("{}\n{}", told.summary, told.body).contains("B passed 90%");
        assert!(notified(&effects).iter().any(told), "{change}: {effects:?}");
        assert!(!world.state.awaits_breakdown(), "{change}");
    }
}

#[test]
fn nothing_waits_where_nobody_may_ask() {
    for (scopes, interval) in [("account:read_only", Some(HOUR)), (BOTH, None)] {
        let mut world = World::with(Config { breakdown_interval: interval, ..config(&["a"]) });
        let crossing = round_with(&mut world, "a", scopes, usage(830, 1000));
        assert_eq!((limits(&crossing), notified(&crossing).len()), (vec![], 1));
    }
    let mut world = an_hour_after_a_breakdown();
    world.happen(Event::Mute(None, Some(world.now + HOUR)));
    let muted = round_with(&mut world, "a", BOTH, usage(830, 1000));
    assert_eq!(limits(&muted), [None], "it was due anyway");
}

#[test]
fn a_crossing_by_a_smaller_quota_says_so() {
    let used = |id: u64, gb| Consumer { id: ConsumerId::Linode(id), label: format!("web-{id}"), ..web(gb) };
    let told = |before: Option<Vec<Consumer>>, after: Result<Vec<Consumer>, Failure>| {
        let mut world = World::with(config(&["a"]));
        round_with(&mut world, "a", BOTH, usage(3300, 5000));
        world.happen(Event::BreakdownFetched(world.poll("a"), before.ok_or_else(offline)));
        world.pass(HOUR);
        round_with(&mut world, "a", BOTH, usage(3330, 4000));
        notified(&world.happen(Event::BreakdownFetched(world.poll("a"), after)))[0].body.clone()
    };
    let both = || vec![used(1, 1000), used(2, 2000)];
    let figures = "3,330 of 4,000 GB · resets in 9 days";
    assert_eq!(
        told(Some(both()), Ok(vec![used(1, 1030)])),
        format!("The pool shrank from 5,000 to 4,000 GB when a Linode was removed · {figures}")
    );
    let unknown = format!("The pool shrank from 5,000 to 4,000 GB · {figures}");
    for (before, after) in
        [(Some(both()), Ok(both())), (Some(both()), Err(offline())), (None, Ok(vec![used(1, 1030)]))]
    {
        assert_eq!(told(before, after), unknown);
    }
}
