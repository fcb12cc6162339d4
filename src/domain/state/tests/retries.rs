//! After failures, on another network, and with a clock that is set.

use super::*;

#[test]
fn system_change_polls_old_and_failed_accounts_in_one_round() {
    let mut world = World::with(config(&["old", "failed", "keyring", "young", "limited", "refused"]));
    world.round("old", Ok(usage(1, 1000)));
    for _ in 0..5 {
        world.happen(Event::RefreshRequested);
        world.round("failed", Err(offline()));
    }
    world.round("keyring", Err(Failure::KeyringLocked));
    world.round("limited", Err(Failure::RateLimited { retry_after: Some(INTERVAL) }));
    world.round("refused", Err(Failure::TokenInvalid));
    world.round("old", Ok(usage(1, 1000)));
    world.now += Duration::from_secs(20);
    world.round("young", Ok(usage(1, 1000)));
    let effects = world.happen(Event::SystemChanged);
    assert_eq!(asked_ids(&effects), ["old", "failed", "keyring"]);
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Poll(_))).count(), 1, "in one round");
    assert_eq!(asked(&world.happen(Event::SystemChanged)), [], "they are under way");
}

/// Accounts with the same command.
fn by_command(ids: &[&str]) -> Config {
    let mut config = config(ids);
    for account in &mut config.accounts {
        account.token_command = Some(vec!["pass".into()]);
    }
    config
}

fn no_token(timed_out: bool) -> Failure {
    Failure::TokenCommand { why: "pass ended with exit status: 1".into(), timed_out }
}

#[test]
fn failing_command_backs_off_unless_the_user_refreshes() {
    let mut world = World::with(by_command(&["a"]));
    for wait in [30, 60, 120, 240, 300, 300] {
        world.round("a", Err(no_token(false)));
        assert_eq!(world.state_of("a"), EntryState::TokenMissing);
        let least = Duration::from_secs(wait).mul_f64(0.89);
        assert_eq!(asked(&world.pass(least)), [], "{wait}");
        assert_eq!(asked(&world.happen(Event::SystemChanged)), [], "{wait}");
        assert_eq!(asked_ids(&world.pass(Duration::from_secs(wait) - least)), ["a"], "{wait}");
    }
    world.round("a", Err(no_token(false)));
    assert_eq!(asked_ids(&world.happen(Event::RefreshRequested)), ["a"]);
}

#[test]
fn token_command_with_a_prompt_is_not_rerun_within_an_hour() {
    let mut world = World::with(by_command(&["a"]));
    world.round("a", Err(no_token(true)));
    assert_eq!(asked(&world.pass(Duration::from_secs(3599))), []);
    assert_eq!(asked(&world.happen(Event::SystemChanged)), []);
    assert_eq!(asked_ids(&world.pass(Duration::from_secs(1))), ["a"]);
    world.round("a", Err(no_token(true)));
    assert_eq!(asked_ids(&world.happen(Event::RefreshRequested)), ["a"], "the user may be there");
}

#[test]
fn failed_token_command_of_several_accounts_is_rerun_once() {
    let mut world = World::with(by_command(&["a", "b"]));
    for wait in [30, 60, 120] {
        world.answer("a", Err(no_token(false)));
        world.now += Duration::from_millis(7);
        world.round("b", Err(no_token(false)));
        world.now = world.state.wakes_at(world.now).unwrap();
        assert_eq!(asked_ids(&world.happen(Event::Tick)), ["a", "b"], "{wait}");
    }
}

#[test]
fn new_network_without_a_route_restarts_the_back_off() {
    let mut world = World::with(config(&["a"]));
    for _ in 0..9 {
        world.happen(Event::RefreshRequested);
        world.round("a", Err(offline()));
    }
    world.happen(Event::SystemChanged);
    world.round("a", Err(offline()));
    let next = world.state.wakes_at(world.now).unwrap();
    assert!(next <= world.now + Duration::from_secs(30), "{next}");
}

#[test]
fn network_change_repeats_only_failed_polls() {
    let mut world = World::with(config(&["a"]));
    assert_eq!(asked(&world.happen(Event::SystemChanged)), [], "it is under way");
    assert_eq!(asked_ids(&world.answer("a", Err(offline()))), ["a"]);
    assert_eq!(asked(&world.answer("a", Err(offline()))), [], "that one failed by itself");
    world.happen(Event::SystemChanged);
    assert_eq!(asked(&world.round("a", Ok(usage(1, 1000)))), []);
}

#[test]
fn a_clock_that_is_set_back_puts_no_poll_off() {
    for back in [Duration::from_secs(1), INTERVAL, Duration::from_secs(40 * 24 * 3600)] {
        let mut world = World::with(config(&["a"]));
        world.round("a", Ok(usage(1, 1000)));
        let wait = world.state.wakes_at(world.now).unwrap().duration_since(world.now);
        world.now -= back;
        assert_eq!(asked(&world.happen(Event::Tick)), []);
        let next = world.state.snapshot(world.now).next_poll_at.unwrap();
        assert_eq!(next.duration_since(world.now), wait, "by {back:?}");
    }
}

#[test]
fn a_clock_that_is_set_forward_and_back_stalls_nothing() {
    let mut world = World::with(config(&["a"]));
    world.now += Duration::from_secs(365 * 24 * 3600);
    world.round("a", Ok(usage(1, 1000)));
    world.now -= Duration::from_secs(365 * 24 * 3600);
    assert_eq!(asked_ids(&world.happen(Event::SystemChanged)), ["a"], "figures of the future are old");
    world.round("a", Ok(usage(2, 1000)));
    assert_eq!(world.state_of("a"), EntryState::Ok);
    assert!(world.state.wakes_at(world.now).unwrap() <= world.now + INTERVAL);
}

#[test]
fn refused_token_is_retried_after_the_clock_was_set_back() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Err(Failure::TokenInvalid));
    world.now -= Duration::from_secs(24 * 3600);
    world.happen(Event::Tick);
    let effects = world.pass(INTERVAL);
    assert_eq!(asked(&effects).iter().map(|ask| ask.skip_if_token.clone()).collect::<Vec<_>>(), [None]);
}
