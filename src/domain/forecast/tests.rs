use super::*;
use crate::domain::usage::GB;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// The global pool's, by what is known of it now alone.
fn now(used: u64, quota: u64, time: &str) -> Option<Forecast> {
    let pool = Pool::from_gb(used, quota, 0);
    Forecast::compute(&PoolId::Global, &pool, at(time), None, &Prices::default())
}

#[test]
fn one_sample_is_taken_for_an_even_month() {
    let forecast = now(830, 1000, "2026-11-22T05:10:00Z").unwrap();
    assert_eq!(forecast.used / GB, 1184);
    assert_eq!(forecast.exhausted_at, Some(at("2026-11-26T12:38:00Z")));
    assert_eq!(forecast.over / GB, 184);
    assert!((forecast.over_usd.unwrap() - 0.9235).abs() < 0.0001);
    assert!(forecast.low < forecast.used && forecast.used < forecast.high);
}

#[test]
fn nothing_is_said_in_the_first_3_percent_of_the_month() {
    // 3 % of 721 hours are 21 hours, 37 minutes and 48 seconds.
    assert_eq!(now(30, 1000, "2026-11-02T01:37:47Z"), None);
    assert!(now(30, 1000, "2026-11-02T01:37:48Z").is_some());
}

#[test]
fn without_a_quota_nothing_is_said() {
    assert_eq!(now(0, 0, "2026-11-22T05:10:00Z"), None);
    assert_eq!(now(5, 0, "2026-11-22T05:10:00Z"), None);
}

#[test]
fn a_pool_that_lasts_costs_nothing_and_never_runs_out() {
    let forecast = now(300, 1000, "2026-11-22T05:10:00Z").unwrap();
    assert_eq!((forecast.exhausted_at, forecast.over, forecast.over_usd), (None, 0, Some(0.0)));
    let nothing = now(0, 1000, "2026-11-22T05:10:00Z").unwrap();
    assert_eq!((nothing.used, nothing.low, nothing.exhausted_at), (0, 0, None));
}

#[test]
fn at_the_months_last_second_it_is_what_is_used() {
    let forecast = now(990, 1000, "2026-12-01T04:59:59Z").unwrap();
    assert_eq!((forecast.used, forecast.low, forecast.high), (990 * GB, 990 * GB, 990 * GB));
}

#[test]
fn quota_affects_only_overage_and_exhaustion() {
    let (small, large) =
        (now(830, 1000, "2026-11-22T05:10:00Z").unwrap(), now(830, 1100, "2026-11-22T05:10:00Z").unwrap());
    assert_eq!((small.used, small.low, small.high), (large.used, large.low, large.high));
    assert_eq!(small.over - large.over, 100 * GB);
    assert!(small.exhausted_at < large.exhausted_at);
}

#[test]
fn a_pool_that_is_over_was_used_up_when_the_samples_say() {
    let time = at("2026-11-22T05:10:00Z");
    let pool = Pool::from_gb(1100, 1000, 100);
    assert_eq!(now(1100, 1000, "2026-11-22T05:10:00Z").unwrap().exhausted_at, None);
    let mut series = Series::new(Month::containing(time));
    series.push(at("2026-11-20T00:00:00Z"), 990 * GB);
    series.push(at("2026-11-20T04:00:00Z"), 1010 * GB);
    let forecast =
        Forecast::compute(&PoolId::Global, &pool, time, Some(&series), &Prices::default()).unwrap();
    assert_eq!(forecast.exhausted_at, Some(at("2026-11-20T02:00:00Z")));
}

#[test]
fn absurd_figures_give_absurd_forecasts_and_no_panic() {
    let time = at("2026-11-22T05:10:00Z");
    let pool = Pool { used: u64::MAX, quota: 1, ..Pool::default() };
    assert_eq!(
        Forecast::compute(&PoolId::Global, &pool, time, None, &Prices::default()).unwrap().used,
        u64::MAX
    );
    let almost = Pool { used: u64::MAX - 1, quota: u64::MAX, ..Pool::default() };
    assert!(Forecast::compute(&PoolId::Global, &almost, time, None, &Prices::default()).is_some());
}

#[test]
fn a_series_of_the_one_sample_changes_nothing() {
    // At every second of two minutes, because the reported share is rounded up in some and down in others.
    for second in 0..120 {
        let time = at("2026-11-22T05:10:00Z") + SignedDuration::from_secs(second);
        let pool = Pool::from_gb(830, 1000, 0);
        let mut series = Series::new(Month::containing(time));
        series.push(time, pool.used);
        let of =
            |series| Forecast::compute(&PoolId::Global, &pool, time, series, &Prices::default()).unwrap();
        assert_eq!(of(Some(&series)).used, of(None).used);
    }
}
