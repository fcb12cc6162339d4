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
    let mut sample = |world: &mut World, time: &str, used| {
        world.now = time.parse().unwrap();
        let effects = world.round("a", Ok(usage(used, 1000)));
        recalled(&effects, &mut kept);
        world.account("a").forecast
    };
    assert!(sample(&mut world, "2026-12-01T04:00:00Z", 900).is_some());
    // The first 3 % of the new month end after 22 hours. Old figures are kept for a day at most.
    assert_eq!(sample(&mut world, "2026-12-01T06:00:00Z", 901), None);
    assert_eq!(sample(&mut world, "2026-12-02T04:00:00Z", 901), None);
    assert_eq!(world.state.accounts[0].series.len(), 0);
    assert!(sample(&mut world, "2026-12-02T04:30:00Z", 10).is_some());
    let lone = world.account("a").forecast;
    let mut after = World::new(kept);
    after.now = world.now;
    assert_eq!(after.account("a").forecast, lone);
    assert_eq!(after.state.accounts[0].series, world.state.accounts[0].series);
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
