//! When accounts are polled, and whose answers count.

use super::*;

#[test]
fn all_accounts_are_polled_at_start_and_pending_until_then() {
    let mut world = World::new(PersistedState::default());
    assert_eq!(asked_ids(&world.load(config(&["a", "b"]))), ["a", "b"]);
    assert_eq!((world.state_of("a"), world.used("a")), (EntryState::Pending, None));
    assert!(world.state.busy());
    world.answer("a", Ok(usage(630, 1000)));
    assert_eq!((world.state_of("a"), world.used("a")), (EntryState::Ok, Some(630)));
    assert_eq!(world.state_of("b"), EntryState::Pending);
    assert!(world.state.busy());
    world.answer("b", Err(offline()));
    assert!(!world.state.busy());
}

#[test]
fn what_is_under_way_is_not_asked_for_twice() {
    let mut world = World::with(config(&["a"]));
    assert_eq!(asked(&world.happen(Event::RefreshRequested)), []);
    assert_eq!(asked(&world.pass(INTERVAL * 9)), []);
}

#[test]
fn next_poll_comes_late_in_the_interval_but_within_it() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(1, 1000)));
    let next = world.state.wakes_at(world.now).unwrap();
    assert!(next <= world.now + INTERVAL && next >= world.now + INTERVAL.mul_f64(0.89), "{next}");
    assert_eq!(asked(&world.pass(INTERVAL / 2)), []);
    assert_eq!(asked_ids(&world.pass(INTERVAL / 2)), ["a"]);
}

#[test]
fn entries_that_are_due_a_moment_later_come_along() {
    let mut world = World::with(config(&["a", "b"]));
    world.round("a", Ok(usage(1, 1000)));
    world.now += Duration::from_millis(1);
    world.round("b", Ok(usage(1, 1000)));
    let first = world.state.wakes_at(world.now).unwrap();
    world.now = first;
    assert_eq!(asked_ids(&world.happen(Event::Tick)), ["a", "b"], "in one round");
}

#[test]
fn figures_are_stale_when_they_are_older_than_two_intervals() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(630, 1000)));
    world.now += INTERVAL * 2;
    assert_eq!(world.state_of("a"), EntryState::Ok);
    world.now += Duration::from_secs(1);
    assert_eq!((world.state_of("a"), world.used("a")), (EntryState::Stale, Some(630)));
}

#[test]
fn staleness_wakes_the_program_so_that_it_is_shown() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(630, 1000)));
    // A poll that never ends.
    world.pass(INTERVAL);
    let wakes = world.state.wakes_at(world.now).unwrap();
    world.now = wakes;
    assert_eq!(world.state_of("a"), EntryState::Stale);
}

#[test]
fn error_hides_stale_from_the_first_failure() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(630, 1000)));
    let at = world.account("a").updated_at;
    world.pass(INTERVAL);
    world.round("a", Err(offline()));
    assert_eq!(world.state_of("a"), EntryState::Unreachable);
    world.now += INTERVAL * 9;
    assert_eq!((world.state_of("a"), world.used("a")), (EntryState::Unreachable, Some(630)));
    assert_eq!(world.account("a").updated_at, at);
    world.round("a", Ok(usage(640, 1000)));
    assert_eq!((world.state_of("a"), world.account("a").failure), (EntryState::Ok, None));
}

#[test]
fn success_stores_sample_and_record_failure_only_the_record() {
    let mut world = World::with(config(&["a"]));
    let effects = world.answer("a", Ok(usage(630, 1000)));
    let pools = vec![(PoolId::Global, Pool::from_gb(630, 1000, 0))];
    assert!(effects.contains(&Effect::Store(StoreCommand::SaveSamples(id("a"), start(), pools))));
    assert!(
        effects.iter().any(|e| matches!(e, Effect::Store(StoreCommand::SaveRecord(of, _)) if *of == id("a")))
    );
    let effects = world.answer("a", Err(offline()));
    assert!(!effects.iter().any(|e| matches!(e, Effect::Store(StoreCommand::SaveSamples(..)))));
    assert!(effects.iter().any(|e| matches!(e, Effect::Store(StoreCommand::SaveRecord(..)))));
}

#[test]
fn the_api_is_asked_once_an_hour_about_a_token_that_it_refused() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Err(Failure::TokenInvalid));
    let end = world.now + Duration::from_secs(5 * 3600 + 60);
    let (mut api, mut keyring) = (vec![start()], 0);
    while world.now < end {
        world.now = world.state.wakes_at(world.now).unwrap().max(world.now);
        let effects = world.happen(Event::Tick);
        match asked(&effects).as_slice() {
            [] => world.now += Duration::from_secs(1),
            [ask] if ask.skip_if_token == Some(TokenId("one".into())) => {
                keyring += 1;
                world.happen(Event::TokenUnchanged(world.poll("a")));
                world.happen(Event::RoundFinished);
            }
            [ask] => {
                assert_eq!(ask.skip_if_token, None);
                api.push(world.now);
                world.round("a", Err(Failure::TokenInvalid));
            }
            many => panic!("{many:?}"),
        }
    }
    let hours: Vec<i64> = api.iter().map(|at| at.duration_since(start()).as_secs()).collect();
    assert_eq!(hours, [0, 3600, 7200, 10_800, 14_400, 18_000]);
    assert!((40..=60).contains(&keyring), "the keyring is looked at every interval: {keyring}");
}

#[test]
fn the_user_may_ask_for_a_refused_token_at_any_time() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Err(Failure::TokenInvalid));
    let asks = asked(&world.happen(Event::RefreshRequested));
    assert_eq!(asks.iter().map(|ask| &ask.skip_if_token).collect::<Vec<_>>(), [&None]);
}

/// The API told account `a` to wait so long.
fn told_to_wait(seconds: u64) -> World {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(1, 1000)));
    world.happen(Event::RefreshRequested);
    world.round("a", Err(Failure::RateLimited { retry_after: Some(Duration::from_secs(seconds)) }));
    world
}

#[test]
fn what_the_api_says_to_wait_holds_whatever_else_changes() {
    let changes: &[(&str, Change)] = &[
        ("muted", |config| config.accounts[0].muted = true),
        ("poll_interval", |config| config.poll_interval = MINUTE),
        ("thresholds", |config| config.thresholds = vec![50]),
        ("another account", |config| config.accounts.push(AccountConfig::new(id("b"), "B"))),
        ("watch", |config| config.accounts[0].watch = PoolId::Linode(7)),
        ("enabled", |config| config.accounts[0].enabled = false),
    ];
    for (what, change) in changes {
        let mut world = told_to_wait(3600);
        let until = world.now + Duration::from_secs(3600);
        let mut changed = config(&["a"]);
        change(&mut changed);
        world.now += MINUTE;
        for config in [changed.clone(), config(&["a"]), changed] {
            assert!(!asked_ids(&world.load(config)).contains(&"a".to_owned()), "{what}");
        }
        world.load(config(&["a"]));
        assert_eq!(world.state_of("a"), EntryState::RateLimited, "{what}");
        assert_eq!(asked(&world.happen(Event::SystemChanged)), [], "{what}");
        world.now = until - Duration::from_secs(1);
        assert_eq!(asked(&world.happen(Event::Tick)), [], "{what}");
        assert_eq!(asked_ids(&world.pass(Duration::from_secs(1))), ["a"], "{what}");
    }
}

#[test]
fn another_token_or_api_is_not_told_to_wait() {
    for what in ["api_url", "token_command"] {
        let mut world = told_to_wait(3600);
        let mut changed = config(&["a"]);
        CHANGES.iter().find(|(name, _)| *name == what).unwrap().1(&mut changed);
        let asks = asked(&world.load(changed));
        assert_eq!(asks.iter().map(|ask| &ask.skip_if_token).collect::<Vec<_>>(), [&None], "{what}");
    }
    let mut world = told_to_wait(3600);
    let asks = asked(&world.happen(Event::TokenReplaced(id("a"))));
    assert_eq!(asks.iter().map(|ask| &ask.skip_if_token).collect::<Vec<_>>(), [&None]);
}

#[test]
fn the_user_waits_too_unless_the_token_is_another_one() {
    let mut world = told_to_wait(3600);
    let until = world.now + Duration::from_secs(3600);
    world.now += MINUTE;
    let asks = asked(&world.happen(Event::RefreshRequested));
    let told = Some(TokenId("one".into()));
    assert_eq!(asks.iter().map(|ask| &ask.skip_if_token).collect::<Vec<_>>(), [&told]);
    world.happen(Event::TokenUnchanged(world.poll("a")));
    assert_eq!(world.state.snapshot(world.now).next_poll_at, Some(until));
    assert_eq!(world.state_of("a"), EntryState::RateLimited);
    world.now = until;
    assert_eq!(asked(&world.happen(Event::RefreshRequested))[0].skip_if_token, None, "it has waited");
}

#[test]
fn a_restart_does_not_shorten_the_wait() {
    let mut world = told_to_wait(3600);
    let until = world.now + Duration::from_secs(3600);
    let record = world.state.accounts[0].record.clone();
    let kept = PersistedState { records: [(id("a"), record)].into(), ..PersistedState::default() };
    world.state = State::new(kept, 1, world.now);
    let asks = asked(&world.load(config(&["a"])));
    let told = Some(TokenId("one".into()));
    assert_eq!(asks.iter().map(|ask| &ask.skip_if_token).collect::<Vec<_>>(), [&told]);
    world.happen(Event::TokenUnchanged(world.poll("a")));
    world.load(Config { poll_interval: MINUTE, ..config(&["a"]) });
    assert_eq!(world.state.snapshot(world.now).next_poll_at, Some(until));
}

#[test]
fn a_scope_that_another_pool_needs_is_not_missing_for_this_one() {
    let mut linode = config(&["a"]);
    linode.accounts[0].watch = PoolId::Linode(7);
    let mut world = World::with(linode);
    world.round("a", Err(Failure::ScopeMissing { missing: Scopes::from("linodes:read_only") }));
    let asks = asked(&world.load(config(&["a"])));
    assert_eq!(
        asks.iter().map(|ask| &ask.skip_if_token).collect::<Vec<_>>(),
        [&None],
        "asked, not only looked for"
    );
    assert_eq!(world.state_of("a"), EntryState::Pending);
}

#[test]
fn replaced_token_is_used_at_once_even_if_unchanged() {
    let mut world = World::with(config(&["a", "b"]));
    world.answer("a", Err(Failure::TokenInvalid));
    world.round("b", Ok(usage(1, 1000)));
    world.now += MINUTE;
    let asks = asked(&world.happen(Event::TokenReplaced(id("a"))));
    assert_eq!(
        asks.iter().map(|ask| (&ask.poll.account, &ask.skip_if_token)).collect::<Vec<_>>(),
        [(&id("a"), &None)]
    );
}

#[test]
fn token_replaced_during_a_poll_is_used_once_right_after() {
    let mut world = World::with(config(&["a"]));
    let old = world.poll("a");
    assert_eq!(asked_ids(&world.happen(Event::TokenReplaced(id("a")))), ["a"]);
    let refused = Event::PollFinished { poll: old, token: None, outcome: Err(Failure::TokenInvalid) };
    assert_eq!(world.happen(refused), [], "the old token's answer is nobody's");
    assert_eq!(world.state_of("a"), EntryState::Pending);
    assert_eq!(asked(&world.answer("a", Ok(usage(1, 1000)))), [], "and once only");
}

type Change = fn(&mut Config);

/// What may change about an account while a poll of it is under way.
const CHANGES: &[(&str, Change)] = &[
    ("watch", |config| config.accounts[0].watch = PoolId::Linode(7)),
    ("api_url", |config| config.api_url = "http://127.0.0.1:9/v4".parse().unwrap()),
    ("token_command", |config| config.accounts[0].token_command = Some(vec!["pass".into()])),
    ("enabled", |config| config.accounts[0].enabled = false),
    ("removed", |config| drop(config.accounts.remove(0))),
];

#[test]
fn an_answer_to_what_is_no_longer_asked_is_dropped() {
    for (what, change) in CHANGES {
        let mut world = World::with(config(&["a", "b"]));
        let old = world.poll("a");
        let mut changed = config(&["a", "b"]);
        change(&mut changed);
        let asks = asked(&world.load(changed));
        let again = !["enabled", "removed"].contains(what);
        assert_eq!(asks.iter().any(|ask| ask.poll.account == id("a")), again, "{what} is asked for at once");
        let before = world.state.clone();
        let token = Some(TokenId("one".into()));
        let info = TokenInfo { label: Some("old".into()), scopes: Scopes::from("*"), expires_at: None };
        for late in [
            Event::PollFinished {
                poll: old.clone(),
                token: token.clone(),
                outcome: Ok(Answer {
                    usage: usage(999, 1000),
                    scopes: Some(Scopes::from("*")),
                    linode_label: None,
                }),
            },
            Event::PollFinished { poll: old.clone(), token, outcome: Err(Failure::TokenInvalid) },
            Event::TokenInfoFetched(old.clone(), Some(info)),
            Event::TokenUnchanged(old.clone()),
        ] {
            assert_eq!(world.happen(late.clone()), [], "{what}: {late:?}");
            assert_eq!(world.state, before, "{what}: {late:?}");
        }
        if again {
            world.answer("a", Ok(usage(5, 100)));
            assert_eq!(
                (world.used("a"), world.account("a").quota_at_start),
                (Some(5), Some(100 * GB)),
                "{what}"
            );
        }
    }
}

#[test]
fn response_for_a_removed_and_readded_account_is_dropped() {
    let mut world = World::with(config(&["a"]));
    let old = world.poll("a");
    world.load(config(&[]));
    assert_eq!(asked_ids(&world.load(config(&["a"]))), ["a"]);
    let outcome = Ok(Answer { usage: usage(999, 1000), scopes: None, linode_label: None });
    assert_eq!(world.happen(Event::PollFinished { poll: old, token: None, outcome }), []);
    assert_eq!(world.used("a"), None);
}
