//! When the keyring may ask the user.

use super::*;

fn unlocked(effects: &[Effect]) -> Vec<String> {
    let unlocks = effects.iter().filter_map(|effect| match effect {
        Effect::UnlockKeyring(accounts) => Some(accounts.iter().map(ToString::to_string)),
        _ => None,
    });
    unlocks.flatten().collect()
}

/// Two accounts with locked tokens after the first round, and its effects.
fn locked(may_ask: bool) -> (World, Vec<Effect>) {
    let mut world = World::new(PersistedState::default());
    if may_ask {
        world.state = world.state.clone().unlocking_once();
    }
    world.load(config(&["a", "b"]));
    let mut effects = world.answer("a", Err(Failure::KeyringLocked));
    assert_eq!(unlocked(&effects), [""; 0], "before it is known what else is locked");
    effects.extend(world.round("b", Err(Failure::KeyringLocked)));
    (world, effects)
}

#[test]
fn a_tray_asks_once_for_all_accounts_and_other_programs_never() {
    assert_eq!(unlocked(&locked(false).1), [""; 0]);
    let (mut world, effects) = locked(true);
    assert_eq!(unlocked(&effects), ["a", "b"]);
    assert!(!world.state.busy(), "alerts and polls go on");
    // The dialog was closed, so there is never another one, whatever the next polls find.
    assert_eq!(asked_ids(&world.happen(Event::UnlockFinished)), ["a", "b"]);
    world.answer("a", Err(Failure::KeyringLocked));
    assert_eq!(unlocked(&world.round("b", Err(Failure::KeyringLocked))), [""; 0]);
    assert_eq!(asked_ids(&world.pass(Duration::from_secs(31))), ["a", "b"]);
    world.answer("a", Err(Failure::KeyringLocked));
    assert_eq!(unlocked(&world.round("b", Err(Failure::KeyringLocked))), [""; 0]);
}

#[test]
fn an_act_of_the_users_asks_each_time_but_not_twice_at_once() {
    let (mut world, _) = locked(false);
    assert_eq!(unlocked(&world.happen(Event::UnlockRequested)), ["a", "b"]);
    assert_eq!(unlocked(&world.happen(Event::UnlockRequested)), [""; 0], "the dialog is open");
    world.happen(Event::UnlockFinished);
    world.answer("a", Ok(usage(1, 2)));
    assert_eq!(unlocked(&world.round("b", Err(Failure::KeyringLocked))), [""; 0]);
    assert_eq!(asked_ids(&world.happen(Event::RefreshRequested)), ["a", "b"]);
    world.answer("a", Ok(usage(1, 2)));
    assert_eq!(unlocked(&world.round("b", Err(Failure::KeyringLocked))), ["b"]);
}

#[test]
fn unlock_request_ends_when_nothing_is_locked() {
    let (mut world, _) = locked(false);
    world.happen(Event::RefreshRequested);
    world.answer("a", Ok(usage(1, 2)));
    assert_eq!(unlocked(&world.round("b", Ok(usage(1, 2)))), [""; 0]);
    world.pass(Duration::from_secs(600));
    world.answer("a", Err(Failure::KeyringLocked));
    assert_eq!(
        unlocked(&world.round("b", Err(Failure::KeyringLocked))),
        [""; 0],
        "locked since, and nobody asked"
    );
}
