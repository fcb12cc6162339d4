//! Alerts, muting and `on_alert`.

use super::*;

#[test]
fn days_follow_the_last_known_time_zone() {
    let told = |zone: Option<i8>| {
        let mut world = World::with(Config { forecast_alert: true, ..config(&["a"]) });
        let day = world.now;
        let mut effects = world.round("a", Ok(usage(1, 1000)));
        for hour in 1..=72 {
            world.now = later(day, hour * 60 * MINUTE);
            let zone = zone.map(|hours| TimeZone::fixed(jiff::tz::offset(hours)));
            effects.extend(zone.and_then(|zone| world.happen(Event::TimeZoneChanged(zone)).pop()));
            world.happen(Event::Tick);
            effects.extend(world.round("a", Ok(usage(u64::from(hour) * 12, 1000))));
        }
        let told = effects.into_iter().find_map(|effect| match effect {
            Effect::Notify(notification) if notification.body.contains("uns out") => Some(notification.body),
            _ => None,
        });
        told.unwrap()
    };
    assert_ne!(told(Some(12)), told(Some(-12)));
}

#[test]
fn no_panel_is_told_and_taken_back_once() {
    let mut world = World::with(config(&["a"]));
    let hint = || Event::TrayHostMissing("add one".to_owned());
    let notified = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Notify(_)));
    let withdrawn = [Effect::Withdraw(NO_HOST_TOPIC.to_owned())];
    assert!(world.happen(Event::TrayHostFound).is_empty(), "there is nothing to take back");
    assert!(notified(&world.happen(hint())));
    world.happen(Event::Delivered(vec![AlertKey::NoHost]));
    assert_eq!(world.happen(Event::TrayHostFound), withdrawn);
    assert!(world.happen(Event::TrayHostFound).is_empty());
    assert!(!notified(&world.happen(hint())), "once ever");
}

#[test]
fn a_duplicate_begins_with_its_originals_alerts_of_the_month() {
    let over = |used, region| Usage {
        regions: vec![("id-cgk".to_owned(), Pool::from_gb(region, 100, 0))],
        ..usage(used, 1000)
    };
    let mut world = World::with(config(&["a"]));
    let told = notified(&world.round("a", Ok(over(830, 95)))).remove(0);
    world.happen(Event::Delivered(told.keys.clone()));
    let mut effects = world.load(config(&["a", "a-copy"]));
    effects.extend(world.round("a-copy", Ok(over(830, 95))));
    assert_eq!(notified(&effects), []);
    let written = effects.iter().find_map(|effect| match effect {
        Effect::Store(StoreCommand::SaveAlerts(keys)) => Some(keys.len()),
        _ => None,
    });
    assert_eq!(written, Some(told.keys.len()), "80 of the pool, 80 and 90 of the region's");
    world.pass(INTERVAL);
    world.answer("a", Ok(over(830, 95)));
    let first = notified(&world.round("a-copy", Ok(over(910, 95))));
    assert_eq!(first[0].summary, "A-COPY passed 90% of its transfer", "what comes now is its own");
    world.load(config(&["a", "a-copy", "other"]));
    let poll = world.poll("other");
    let answer = Answer { usage: over(830, 95), scopes: None, linode_label: None };
    world.happen(Event::PollFinished { poll, token: Some(TokenId("two".into())), outcome: Ok(answer) });
    let other = notified(&world.happen(Event::RoundFinished));
    assert!(!other.is_empty(), "an account with another token begins with nothing");
}

#[test]
fn what_a_mute_held_back_and_is_still_true_comes_when_it_ends() {
    for of in [None, Some(id("a"))] {
        let mut world = World::with(config(&["a"]));
        world.round("a", Ok(usage(1, 1000)));
        let until = world.now + MINUTE * 6;
        let effects = world.happen(Event::Mute(of.clone(), Some(until)));
        assert_eq!(effects.len(), 1, "it is kept: {effects:?}");
        world.pass(INTERVAL);
        assert_eq!(notified(&world.round("a", Ok(usage(830, 1000)))), []);
        assert_eq!(world.state.wakes_at(world.now), Some(until), "{of:?}");
        let told = notified(&world.pass(MINUTE));
        assert_eq!(
            told.iter().map(|n| n.summary.as_str()).collect::<Vec<_>>(),
            ["A passed 80% of its transfer"]
        );
        assert_eq!(notified(&world.happen(Event::Tick)), [], "and once");
    }
}

#[test]
fn a_mute_that_is_taken_back_tells_at_once() {
    let mut world = World::with(config(&["a"]));
    world.happen(Event::Mute(None, Some(world.now + INTERVAL * 100)));
    assert_eq!(notified(&world.round("a", Ok(usage(830, 1000)))), []);
    assert_eq!(notified(&world.happen(Event::Mute(None, None))).len(), 1);
}

#[test]
fn a_mute_does_not_hold_back_100_percent_nor_a_refused_token() {
    let mut world = World::with(config(&["a", "b"]));
    world.happen(Event::Mute(None, Some(world.now + INTERVAL * 100)));
    world.answer("a", Ok(usage(1057, 1000)));
    let told = notified(&world.round("b", Err(Failure::TokenInvalid)));
    assert_eq!(told.len(), 1, "at once is one notification");
    assert_eq!(told[0].body.lines().count(), 2, "{told:?}");
    assert!(told[0].critical);
}

#[test]
fn refused_token_alert_names_its_accounts_and_is_withdrawn() {
    let mut world = World::with(config(&["a", "b", "c"]));
    world.answer("a", Err(Failure::TokenInvalid));
    world.answer("b", Err(Failure::TokenInvalid));
    let told = notified(&world.round("c", Err(Failure::TokenInvalid)));
    assert_eq!(
        told.iter().map(|told| told.summary.as_str()).collect::<Vec<_>>(),
        ["A and 2 more: token refused"]
    );
    let taken_back = |effects: &[Effect]| effects.contains(&Effect::Withdraw("a".to_owned()));
    world.happen(Event::TokenReplaced(id("a")));
    assert!(!taken_back(&world.round("a", Err(offline()))), "whether it works is not known");
    world.happen(Event::TokenReplaced(id("a")));
    assert!(taken_back(&world.round("a", Ok(usage(1, 1000)))));
    world.pass(INTERVAL);
    assert!(!taken_back(&world.round("a", Ok(usage(1, 1000)))), "once");
}

#[test]
fn nothing_is_told_before_a_round_has_ended() {
    let mut world = World::with(config(&["a", "b"]));
    assert_eq!(notified(&world.answer("a", Ok(usage(830, 1000)))), []);
    assert_eq!(notified(&world.happen(Event::Tick)), []);
    world.answer("b", Ok(usage(950, 1000)));
    assert_eq!(notified(&world.happen(Event::RoundFinished)).len(), 1);
}

#[test]
fn what_could_not_be_shown_comes_with_the_next_round() {
    let mut world = World::with(config(&["a"]));
    let told = notified(&world.round("a", Ok(usage(830, 1000))));
    assert_eq!(world.happen(Event::Undelivered(told[0].keys.clone())), []);
    world.pass(INTERVAL);
    let again = notified(&world.round("a", Ok(usage(831, 1000))));
    assert_eq!(again.len(), 1);
    let kept = world.happen(Event::Delivered(again[0].keys.clone()));
    assert_eq!(kept, [Effect::Store(StoreCommand::SaveAlerts(again[0].keys.clone()))]);
    world.pass(INTERVAL);
    assert_eq!(notified(&world.round("a", Ok(usage(832, 1000)))), []);
}

/// A summary of each run of `on_alert`.
fn hook_ran_for(effects: &[Effect]) -> Vec<String> {
    let runs = effects.iter().filter_map(|effect| match effect {
        Effect::RunHook(command, alerts) => {
            assert_eq!(command, &["notify-me"]);
            Some(alerts.iter().map(|alert| alert.summary.clone()))
        }
        _ => None,
    });
    runs.flatten().collect()
}

#[test]
fn on_alert_runs_once_even_without_a_notification() {
    let on_alert = vec!["notify-me".to_owned()];
    let mut world = World::with(Config { on_alert, ..config(&["a", "b"]) });
    world.answer("b", Ok(usage(930, 1000)));
    let first = world.round("a", Ok(usage(830, 1000)));
    let both = ["A passed 80% of its transfer", "B passed 90% of its transfer"];
    assert_eq!(hook_ran_for(&first), both, "one for each, though one notification tells of both");
    assert_eq!(notified(&first).len(), 1);
    world.happen(Event::Undelivered(notified(&first)[0].keys.clone()));
    world.pass(INTERVAL);
    world.answer("b", Ok(usage(930, 1000)));
    let again = world.round("a", Ok(usage(910, 1000)));
    assert_eq!(notified(&again).len(), 1);
    assert_eq!(hook_ran_for(&again), ["A passed 90% of its transfer"], "what is new");
}

#[test]
fn what_is_held_back_runs_no_program_until_it_is_given() {
    let on_alert = vec!["notify-me".to_owned()];
    let mut world = World::with(Config { on_alert, ..config(&["a"]) });
    world.happen(Event::Mute(None, Some(start() + INTERVAL)));
    assert_eq!(hook_ran_for(&world.round("a", Ok(usage(830, 1000)))), [""; 0]);
    assert_eq!(hook_ran_for(&world.happen(Event::Mute(None, None))), ["A passed 80% of its transfer"]);
}

#[test]
fn without_a_program_none_is_run() {
    let mut world = World::with(config(&["a"]));
    let effects = world.round("a", Ok(usage(830, 1000)));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::RunHook(..))), "{effects:?}");
}

#[test]
fn samples_are_thinned_when_a_round_has_ended_and_once_a_day() {
    let thinned = |effects: &[Effect]| effects.contains(&Effect::Store(StoreCommand::Downsample(13)));
    let mut world = World::with(Config { history_months: 13, ..config(&["a"]) });
    assert!(!thinned(&world.answer("a", Err(offline()))), "not before everything is shown");
    assert!(thinned(&world.happen(Event::RoundFinished)));
    world.pass(INTERVAL);
    assert!(!thinned(&world.round("a", Ok(usage(1, 1000)))));
    world.pass(THIN_EVERY);
    assert!(thinned(&world.round("a", Ok(usage(1, 1000)))));
}

#[test]
fn old_months_alerts_are_forgotten() {
    let key =
        |month: MonthId| AlertKey::Threshold { account: id("a"), pool: PoolId::Global, month, percent: 80 };
    let month = Month::containing(start()).id;
    let token = AlertKey::TokenInvalid { token: TokenId("one".into()) };
    let year: BTreeSet<AlertKey> = (0..12).map(|back| key(month.back(back))).chain([token.clone()]).collect();
    let given = year.iter().cloned().chain([key(month.back(12)), key(month.back(99))]).collect();
    let mut world = World::new(PersistedState { sent_alerts: given, ..PersistedState::default() });
    assert_eq!(world.state.sent_alerts, year);
    world.load(Config { on_alert: vec!["notify-me".into()], ..config(&["a"]) });
    for n in 0..60u64 {
        world.now = month.next().starts_at() + Duration::from_secs(n * 31 * 24 * 3600 + 24 * 3600);
        world.happen(Event::RefreshRequested);
        world.answer("a", Ok(usage(830, 1000)));
        let told = notified(&world.happen(Event::RoundFinished));
        // Every second one is never delivered.
        if n % 2 == 0 {
            told.into_iter().for_each(|told| drop(world.happen(Event::Delivered(told.keys))));
        } else {
            told.into_iter().for_each(|told| drop(world.happen(Event::Undelivered(told.keys))));
        }
        world.pass(THIN_EVERY);
        world.happen(Event::RoundFinished);
        assert!(world.state.sent_alerts.len() <= 13, "{:?}", world.state.sent_alerts);
        assert!(world.state.hook_ran_for.len() <= 12, "{:?}", world.state.hook_ran_for);
    }
    assert!(world.state.sent_alerts.contains(&token));
}
