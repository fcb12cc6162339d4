//! Forecasts across restarts and months.

use super::*;

/// The samples to store, as the history returns them.
fn recalled(effects: &[Effect], kept: &mut PersistedState) {
    for effect in effects {
        match effect {
            Effect::Store(StoreCommand::SaveSamples(id, at, pools)) => {
                let samples = kept.samples.entry(id.clone()).or_default();
                for (pool, figures) in pools {
                    samples.entry(pool.clone()).or_default().push((*at, figures.used));
                }
            }
            Effect::Store(StoreCommand::SaveRecord(id, record)) => {
                drop(kept.records.insert(id.clone(), *record.clone()))
            }
            _ => {}
        }
    }
}

#[test]
fn a_forecast_is_the_same_after_a_restart() {
    let (mut world, mut kept) = (World::with(config(&["a"])), PersistedState::default());
    for hour in 0..200 {
        world.now = start() - Duration::from_secs(3600 * (200 - hour));
        let effects = world.round("a", Ok(usage(100 + hour * hour / 100, 1000)));
        recalled(&effects, &mut kept);
    }
    let before = world.account("a").forecast;
    assert!(before.is_some());
    let mut after = World::new(kept);
    after.now = world.now;
    assert_eq!(after.account("a").forecast, before, "also before the configuration is read");
    after.load(config(&["a"]));
    assert_eq!(after.account("a").forecast, before);
    assert_ne!(World::with(config(&["a"])).account("a").forecast, before);
}

#[test]
fn old_months_figures_have_no_part_in_forecasts() {
    let (mut world, mut kept) = (World::with(config(&["a"])), PersistedState::default());
    let sample = |world: &mut World, kept: &mut PersistedState, time: &str, used| {
        world.now = time.parse().unwrap();
        let effects = world.round("a", Ok(usage(used, 1000)));
        recalled(&effects, kept);
        world.account("a").forecast
    };
    assert!(sample(&mut world, &mut kept, "2026-12-01T04:00:00Z", 900).is_some());
    let november = world.state.accounts[0].series.clone();
    // The first 3 % of the new month end after 22 hours. Old figures are kept for a day at most.
    assert_eq!(sample(&mut world, &mut kept, "2026-12-01T06:00:00Z", 901), None);
    assert_eq!(sample(&mut world, &mut kept, "2026-12-02T04:00:00Z", 901), None);
    assert_eq!(world.state.accounts[0].series, november);
    let after = World::new(kept.clone());
    assert_eq!(after.state.accounts[0].series, november, "a restart meanwhile changes nothing");
    assert!(sample(&mut world, &mut kept, "2026-12-02T04:30:00Z", 10).is_some());
    let settled = world.account("a").forecast;
    let mut after = World::new(kept);
    after.now = world.now;
    assert_eq!(after.account("a").forecast, settled);
    assert_eq!(after.state.accounts[0].series, world.state.accounts[0].series);
}

#[test]
fn a_new_months_forecast_knows_the_months_before_also_after_a_restart() {
    let (mut world, mut kept) = (World::with(config(&["a"])), PersistedState::default());
    let begin: Timestamp = "2026-10-01T04:00:00Z".parse().unwrap();
    let mut used = 0;
    // Two days of seven use a third of the others; it ends on December 2.
    for day in 0..63 {
        used += if day % 7 >= 5 { 10 } else { 30 };
        world.now = begin + Duration::from_secs(86_400 * (day + 1));
        if Month::containing(world.now).starts_at + Duration::from_secs(3600) >= world.now {
            // The month is over: the day's figure comes a moment before.
            world.now -= Duration::from_secs(3660);
        }
        let effects = world.round("a", Ok(usage(used, 1000)));
        recalled(&effects, &mut kept);
        if Month::containing(world.now + Duration::from_secs(3661)).id > Month::containing(world.now).id {
            used = 0;
        }
    }
    let forecast = world.account("a").forecast.unwrap();
    // December has 23 days of 30 and 8 of 10.
    assert!((forecast.used / GB).abs_diff(770) < 40, "{forecast:?}");
    let mut after = World::new(kept.clone());
    after.now = world.now;
    assert_eq!(after.account("a").forecast, Some(forecast));
    for samples in kept.samples.values_mut().flat_map(BTreeMap::values_mut) {
        samples.retain(|(at, _)| Month::containing(*at) == Month::containing(world.now));
    }
    let mut alone = World::new(kept);
    alone.now = world.now;
    assert_ne!(alone.account("a").forecast, Some(forecast));
}

#[test]
fn old_months_figures_last_until_they_fall_or_for_a_day() {
    let mut world = World::with(config(&["a"]));
    let mut still = |time: &str, used: Option<u64>| {
        world.now = time.parse().unwrap();
        if let Some(used) = used {
            let regions = vec![("id-cgk".to_owned(), Pool::from_gb(used / 20, 10, 0))];
            let effects = world.round("a", Ok(Usage { regions, ..usage(used, 1000) }));
            assert_eq!(notified(&effects).len(), usize::from(time == "2026-12-01T04:58:00Z"));
            notified(&effects).into_iter().for_each(|told| drop(world.happen(Event::Delivered(told.keys))));
        }
        let account = world.account("a");
        assert_eq!(account.still_of, account.regions[0].still_of, "{time}");
        (account.still_of.map(MonthId::name), account.level)
    };
    let (november, exceeded) = (Some("November"), Some(Level::Exceeded));
    assert_eq!(still("2026-12-01T04:58:00Z", Some(1010)), (None, exceeded));
    assert_eq!(still("2026-12-01T05:00:00Z", None), (november, exceeded), "none came since");
    assert_eq!(still("2026-12-01T05:03:00Z", Some(1011)), (november, exceeded));
    assert_eq!(still("2026-12-02T04:59:00Z", Some(1012)), (november, exceeded));
    assert_eq!(still("2026-12-02T04:59:30Z", Some(3)), (None, Some(Level::Ok)));
    assert_eq!(still("2027-01-01T05:00:00Z", None), (Some("December"), Some(Level::Ok)));
}

#[test]
fn the_months_end_is_shown_when_it_comes() {
    let mut world = World::with(Config { poll_interval: INTERVAL * 60, ..config(&["a"]) });
    world.now = "2026-12-01T04:59:30Z".parse().unwrap();
    world.round("a", Ok(usage(1, 1000)));
    assert_eq!(world.state.wakes_at(world.now), Some("2026-12-01T05:00:00Z".parse().unwrap()));
}

#[test]
fn failure_keeps_the_forecast_until_the_month_ends() {
    let mut world = World::with(config(&["a"]));
    world.round("a", Ok(usage(830, 1000)));
    let before = world.account("a").forecast;
    world.pass(INTERVAL);
    world.round("a", Err(offline()));
    world.now += INTERVAL * 9;
    assert_eq!(world.account("a").forecast, before);
    world.now = "2026-12-01T05:00:00Z".parse().unwrap();
    assert_eq!(world.account("a").forecast, None);
}

#[test]
fn a_region_has_its_own_forecast() {
    let mut world = World::with(config(&["a"]));
    let regions = vec![("id-cgk".to_owned(), Pool::from_gb(9, 10, 0))];
    world.round("a", Ok(Usage { regions, ..usage(1, 1000) }));
    let account = world.account("a");
    assert_eq!(account.forecast.unwrap().over, 0);
    assert!(account.regions[0].forecast.unwrap().over > 0);
}
