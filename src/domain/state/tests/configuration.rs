//! What a changed or broken configuration does.

use super::*;

#[test]
fn disabled_account_is_polled_only_once_enabled() {
    let mut off = config(&["a", "b"]);
    off.accounts[0].enabled = false;
    let mut world = World::new(PersistedState::default());
    assert_eq!(asked_ids(&world.load(off.clone())), ["b"]);
    assert_eq!(world.state_of("a"), EntryState::Disabled);
    world.round("b", Ok(usage(1, 1000)));
    assert_eq!(asked_ids(&world.happen(Event::RefreshRequested)), ["b"]);
    world.round("b", Ok(usage(1, 1000)));
    off.accounts[0].enabled = true;
    assert_eq!(asked_ids(&world.load(off)), ["a"]);
    assert_eq!(world.state_of("a"), EntryState::Pending);
}

#[test]
fn new_config_keeps_figures_of_unchanged_accounts_without_polls() {
    let mut world = World::with(config(&["a", "b"]));
    world.answer("a", Ok(usage(1, 1000)));
    world.round("b", Ok(usage(2, 1000)));
    let mut changed = config(&["b", "a"]);
    changed.accounts[0].name = "Renamed".into();
    changed.thresholds = vec![50];
    let effects = world.load(changed);
    assert_eq!(asked(&effects), []);
    assert_eq!((world.used("a"), world.used("b")), (Some(1), Some(2)));
    assert_eq!(world.account("b").name, "Renamed");
    let order: Vec<String> =
        world.state.snapshot(world.now).accounts.iter().map(|account| account.id.to_string()).collect();
    assert_eq!(order, ["b", "a"], "as in the file");
    assert!(
        effects
            .iter()
            .any(|e| matches!(e, Effect::Store(StoreCommand::SaveRecord(of, record)) if *of == id("b") && record.name == "Renamed"))
    );
}

#[test]
fn an_entry_that_is_gone_from_the_file_is_forgotten() {
    let mut world = World::with(config(&["a", "b"]));
    let effects = world.load(config(&["b"]));
    assert!(effects.contains(&Effect::Store(StoreCommand::RetireRecord(id("a")))));
    assert_eq!(world.state.snapshot(world.now).accounts.len(), 1);
    assert_eq!(world.answer("a", Ok(usage(1, 1000))), [], "a late answer is for nobody");
}

#[test]
fn removed_account_that_is_added_again_continues() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(630, 1000)));
    let known = world.state.accounts[0].clone();
    world.load(config(&[]));
    assert_eq!(world.state.snapshot(world.now).accounts, []);
    let asks = asked(&world.load(config(&["a"])));
    assert_eq!(asks.len(), 1, "it is asked at once");
    assert_eq!(world.used("a"), Some(630));
    assert_eq!(world.state.accounts[0].series, known.series);
    // The same with a restart between the two.
    let kept = PersistedState {
        records: [(id("a"), known.record)].into(),
        retired: [id("a")].into(),
        ..PersistedState::default()
    };
    let snapshot = |kept, config| State::snapshot_of_persisted(kept, config, world.now).accounts;
    assert_eq!(snapshot(kept.clone(), Err("broken".to_owned())), [], "nor is it shown in the meantime");
    let again = snapshot(kept, Ok(config(&["a"])));
    assert_eq!(again[0].pool.map(|pool| pool.used), Some(630 * GB));
}

#[test]
fn watching_another_pool_drops_the_figures_and_asks_again() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(1, 1000)));
    let mut changed = config(&["a"]);
    changed.accounts[0].watch = PoolId::Linode(7);
    let asks = asked(&world.load(changed));
    assert_eq!(asks.iter().map(|ask| &ask.endpoint).collect::<Vec<_>>(), [&Endpoint::Linode(7)]);
    assert_eq!((world.state_of("a"), world.used("a")), (EntryState::Pending, None));
}

#[test]
fn another_source_of_the_token_or_another_api_is_asked_at_once() {
    for change in [
        |config: &mut Config| config.accounts[0].token_command = Some(vec!["pass".into()]),
        |config: &mut Config| config.api_url = "http://127.0.0.1:9/v4".parse::<ApiUrl>().unwrap(),
    ] {
        let mut world = World::with(config(&["a"]));
        world.round("a", Ok(usage(1, 1000)));
        let mut changed = config(&["a"]);
        change(&mut changed);
        assert_eq!(asked_ids(&world.load(changed.clone())), ["a"]);
        assert_eq!(asked(&world.load(changed)), []);
        assert_eq!(world.used("a"), Some(1));
    }
}

#[test]
fn a_shorter_interval_holds_from_now_on() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(1, 1000)));
    world.load(Config { poll_interval: MINUTE, ..config(&["a"]) });
    assert_eq!(asked_ids(&world.pass(MINUTE)), ["a"]);
}

/// What an earlier process stored for account `a`.
fn kept() -> PersistedState {
    let mut world = World::with(config(&["a"]));
    let record = |effects: Vec<Effect>| {
        effects.into_iter().find_map(|effect| match effect {
            Effect::Store(StoreCommand::SaveRecord(of, record)) => Some((of, *record)),
            _ => None,
        })
    };
    let record = record(world.answer("a", Ok(usage(630, 1000))));
    PersistedState { records: record.into_iter().collect(), ..PersistedState::default() }
}

#[test]
fn the_last_figures_are_there_before_the_first_poll() {
    let mut world = World::new(kept());
    assert_eq!((world.used("a"), world.account("a").name.as_str()), (Some(630), "A"));
    assert_eq!(asked_ids(&world.load(config(&["a"]))), ["a"]);
    assert_eq!((world.used("a"), world.state_of("a")), (Some(630), EntryState::Ok));
}

#[test]
fn invalid_config_at_start_shows_last_figures_without_polls() {
    let mut world = World::new(kept());
    let problem = "config.toml:1:1: wrong".to_owned();
    assert_eq!(world.happen(Event::ConfigRefused(problem.clone())), []);
    assert_eq!(world.used("a"), Some(630));
    assert_eq!(world.state.snapshot(world.now).config_problem, Some(problem));
    assert_eq!(world.happen(Event::RefreshRequested), []);
    for _ in 0..100 {
        assert_eq!(world.pass(INTERVAL), []);
    }
    assert_eq!(world.state_of("a"), EntryState::Stale);
    assert_eq!(world.state.snapshot(world.now).next_poll_at, None);
    assert_eq!(asked_ids(&world.load(config(&["a"]))), ["a"], "once it reads");
    assert_eq!(world.state.snapshot(world.now).config_problem, None);
}

#[test]
fn config_that_becomes_invalid_keeps_the_last_valid_one() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(1, 1000)));
    world.happen(Event::ConfigRefused("config.toml:1:1: wrong".into()));
    assert_eq!(world.state.snapshot(world.now).accounts.len(), 1);
    assert!(world.state.snapshot(world.now).config_problem.is_some());
    assert_eq!(asked_ids(&world.pass(INTERVAL)), ["a"]);
}
