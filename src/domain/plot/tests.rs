use crate::domain::plot::NO_MONTHS;
use crate::domain::plot::NO_SAMPLES;
use jiff::SignedDuration;

use super::*;
use crate::domain::forecast::Series;
use crate::domain::month::Month;
use crate::domain::price::Prices;
use crate::domain::usage::Pool;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A sample of November 2026, on the day and hour in New York's winter time.
fn sample(day: i64, hour: i64, used: u64, quota: u64) -> Sample {
    let at = at("2026-11-01T05:00:00Z") + SignedDuration::from_hours((day - 1) * 24 + hour);
    Sample { at, pool: Pool::from_gb(used, quota, 0) }
}

fn plots(history: &PoolHistory, now: &str) -> Plots {
    let zone = TimeZone::UTC;
    let last = history.month.last();
    let month = Month::containing(at(now));
    let mut series = Series::new(month);
    history.month.iter().for_each(|sample| series.push(sample.at, sample.pool.used));
    let forecast = last.and_then(|last| {
        Forecast::compute(&PoolId::Global, &last.pool, last.at, Some(&series), &Prices::default())
    });
    let around =
        PlotContext { thresholds: &[80, 90, 100], forecast: forecast.as_ref(), now: at(now), zone: &zone };
    Plots::new("Acme".to_owned(), history, around)
}

/// `a_day` GB per day, with one sample at noon of each day.
fn steady(days: i64, a_day: u64, quota: u64) -> PoolHistory {
    let month = (1..=days).map(|day| sample(day, 12, day as u64 * a_day, quota)).collect();
    PoolHistory { month, before: Vec::new() }
}

#[test]
fn unknown_history_is_an_empty_month_with_a_note() {
    let plots = plots(&PoolHistory::default(), "2026-11-22T05:10:00Z");
    let month = &plots.month;
    assert_eq!(month.note, Some(NO_SAMPLES));
    assert_eq!(month.words, "November 2026: no samples yet");
    assert!(month.line.is_empty() && month.quota.is_empty() && month.forecast_band.is_none());
    assert_eq!(
        month.columns.iter().map(|tick| tick.label.as_str()).collect::<Vec<_>>(),
        ["1 Nov", "8 Nov", "15 Nov", "22 Nov", "29 Nov"]
    );
    assert_eq!(plots.year.note, Some(NO_MONTHS));
    assert_eq!(plots.year.months.len(), 12);
    assert!(month.description_at(3.0).is_none() && plots.year.bar_at(11.0).is_none());
}

#[test]
fn one_late_sample_is_a_point_with_a_forecast() {
    let history = PoolHistory { month: vec![sample(22, 0, 830, 1000)], before: Vec::new() };
    let month = plots(&history, "2026-11-22T05:10:00Z").month;
    assert_eq!(month.line.len(), 1);
    assert_eq!(month.before_first_sample.unwrap()[0], Point { x: 0.0, y: 0.0 });
    let forecast_band = month.forecast_band.unwrap();
    assert_eq!(forecast_band.from, month.line[0]);
    assert!(
        forecast_band.low < forecast_band.to.y
            && forecast_band.to.y < forecast_band.high
            && forecast_band.to.y > 1100.0
    );
    assert!(month.runs_out.unwrap().label.starts_with("runs out about 2"));
    assert_eq!(month.quota, [Point { x: 0.0, y: 1000.0 }, Point { x: month.days, y: 1000.0 }]);
    assert_eq!(
        month.thresholds.iter().map(|t| (t.at, t.label.as_str())).collect::<Vec<_>>(),
        [(800.0, "80%"), (900.0, "90%")]
    );
    assert!(month.top > forecast_band.to.y && month.note.is_none());
    assert!(
        month.words.starts_with("November 2026, by 22 Nov: 830 of 1,000 GB, 83%, on pace for 1,1"),
        "{}",
        month.words
    );
}

#[test]
fn early_month_has_no_forecast() {
    let history = PoolHistory { month: vec![sample(1, 10, 5, 1000)], before: Vec::new() };
    let month = plots(&history, "2026-11-01T15:00:00Z").month;
    assert!(month.forecast_band.is_none() && month.runs_out.is_none() && month.before_first_sample.is_none());
    assert_eq!(month.description_at(20.0).unwrap().1, "1 Nov 15:00: 5 of 1,000 GB · 0.50%");
}

#[test]
fn description_is_of_the_nearest_sample_or_the_forecast() {
    let month = plots(&steady(10, 20, 1000), "2026-11-11T00:00:00Z").month;
    let (point, said) = month.description_at(4.4).unwrap();
    assert_eq!(said, "5 Nov 17:00: 100 of 1,000 GB · 10%");
    assert_eq!(point.y, 100.0);
    let (point, said) = month.description_at(20.0).unwrap();
    assert!(said.starts_with("21 Nov: about ") && said.contains(" by then, "), "{said}");
    assert!((390.0..450.0).contains(&point.y), "{point:?}");
    assert_eq!(month.description_at(99.0).unwrap().0.x, month.days, "nothing lies behind the month's end");
}

#[test]
fn a_pool_that_is_over_has_the_day_on_which_it_ran_out() {
    let month = plots(&steady(20, 60, 1000), "2026-11-21T00:00:00Z").month;
    assert_eq!(month.runs_out.unwrap().label, "ran out 17 Nov");
    assert!(month.top >= 1800.0 * 1.05, "the forecast is in the picture: {}", month.top);
}

#[test]
fn a_changed_quota_is_a_step_and_thresholds_follow_the_last_one() {
    let mut history = steady(10, 20, 1000);
    history.month[5].pool.quota = 2000 * GB;
    history.month.truncate(6);
    let month = plots(&history, "2026-11-07T00:00:00Z").month;
    let x = month.line[5].x;
    assert_eq!(
        month.quota,
        [
            Point { x: 0.0, y: 1000.0 },
            Point { x, y: 1000.0 },
            Point { x, y: 2000.0 },
            Point { x: month.days, y: 2000.0 },
        ]
    );
    assert_eq!(month.thresholds[0].at, 1600.0);
}

#[test]
fn old_months_figures_do_not_count_for_the_new_month() {
    let october = Sample { at: at("2026-11-01T03:58:00Z"), pool: Pool::from_gb(900, 1000, 0) };
    let month =
        vec![sample(1, 0, 901, 1000), sample(1, 3, 902, 1000), sample(1, 5, 3, 1000), sample(1, 9, 7, 1000)];
    let history = PoolHistory { month, before: vec![("2026-10".parse().unwrap(), october)] };
    let plots = plots(&history, "2026-11-01T15:00:00Z");
    assert_eq!(plots.month.line.iter().map(|point| point.y).collect::<Vec<_>>(), [3.0, 7.0]);
    let used: Vec<f64> = plots.year.bars.iter().map(|bar| bar.within).collect();
    assert_eq!(used, [900.0, 7.0]);
}

#[test]
fn without_a_quota_there_are_no_lines_to_reach() {
    let none = PoolHistory { month: vec![sample(3, 0, 0, 0)], before: Vec::new() };
    let month = plots(&none, "2026-11-04T00:00:00Z").month;
    assert_eq!(month.note, Some(crate::domain::text::NO_POOL));
    assert!(month.quota.is_empty() && month.thresholds.is_empty());
    let used = PoolHistory { month: vec![sample(3, 0, 4, 0)], before: Vec::new() };
    let month = plots(&used, "2026-11-04T00:00:00Z").month;
    assert_eq!((month.note, month.quota.len()), (None, 0));
    assert!(month.top > 4.0);
}

#[test]
fn bars_have_the_overage_on_top_and_the_current_month_last() {
    let ended = |month: &str, used, quota| {
        (
            month.parse().unwrap(),
            Sample { at: at("2026-01-01T00:00:00Z"), pool: Pool::from_gb(used, quota, 0) },
        )
    };
    let before = vec![ended("2025-12", 500, 1000), ended("2026-01", 4620, 4368), ended("2026-10", 990, 1000)];
    let year = plots(&PoolHistory { before, ..steady(10, 20, 1000) }, "2026-11-11T00:00:00Z").year;
    let labels: Vec<&str> = year.months.iter().map(|tick| tick.label.as_str()).collect();
    assert_eq!(
        labels,
        ["Dec", "Jan 2026", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov"]
    );
    for (room, january) in [(9, "Jan 2026"), (8, "Jan"), (4, "Jan")] {
        let labels = year.month_labels(|label| label.len() as f64 / f64::from(room));
        assert_eq!((labels[0].label.as_str(), labels[1].label.as_str()), ("Dec", january));
    }
    let bars: Vec<(f64, f64, f64, bool)> =
        year.bars.iter().map(|bar| (bar.at, bar.within, bar.over, bar.goes_on)).collect();
    assert_eq!(
        bars,
        [
            (0.0, 500.0, 0.0, false),
            (1.0, 4368.0, 252.0, false),
            (10.0, 990.0, 0.0, false),
            (11.0, 200.0, 0.0, true),
        ]
    );
    assert_eq!(year.bars[1].label.as_deref(), Some("+252 GB"));
    assert_eq!(year.bar_at(1.3).unwrap().words, "January 2026: 4,620 of 4,368 GB, 105%, 252 GB over");
    assert_eq!(year.bar_at(11.0).unwrap().words, "November 2026 so far: 200 of 1,000 GB, 20%");
    assert!(year.bar_at(5.0).is_none());
    assert!(
        year.words.starts_with("The last 12 months: figures for 4 months, over quota: January 2026"),
        "{}",
        year.words
    );
    assert!(year.top > 4620.0);
}

/// Months that went over by this many GB, each with a label.
fn gone_over(over: &[f64]) -> YearPlot {
    let bars = over.iter().zip(0u32..).map(|(over, at)| Bar {
        at: f64::from(at),
        within: 1000.0,
        over: *over,
        quota: 1000.0,
        label: Some(format!("+{over}")),
        goes_on: false,
        words: String::new(),
    });
    YearPlot {
        words: String::new(),
        note: None,
        top: 3000.0,
        rows: Vec::new(),
        months: Vec::new(),
        bars: bars.collect(),
    }
}

#[test]
fn labels_of_newer_months_win_if_space_is_short() {
    let shown = |over: &[f64], width: f64| -> Vec<(f64, f64)> {
        let plot = gone_over(over);
        let labels = plot.labels(|_| width, [-0.5, over.len() as f64 - 0.5]);
        labels.into_iter().map(|(middle, bar, _)| (middle, bar.at)).collect()
    };
    assert_eq!(shown(&[5.0, 5.0, 5.0], 0.9), [(2.0, 2.0), (1.0, 1.0), (0.0, 0.0)]);
    assert_eq!(
        shown(&[5.0, 5.0, 5.0], 1.125),
        [(1.9375, 2.0), (0.0625, 0.0)],
        "inside, and not over one another"
    );
    assert_eq!(shown(&[5.0, 9.0, 5.0], 1.5), [(1.0, 1.0)], "not before a higher bar");
    assert_eq!(shown(&[9.0, 5.0, 9.0], 1.5), [(1.75, 2.0), (0.25, 0.0)]);
    assert!(shown(&[], 1.0).is_empty());
}

#[test]
fn quota_label_comes_first_then_higher_thresholds() {
    let history = PoolHistory { month: vec![sample(22, 0, 830, 1000)], before: Vec::new() };
    let month = plots(&history, "2026-11-22T05:10:00Z").month;
    let shown = |apart: f64| month.labels(apart).iter().map(|label| (label.of, label.at)).collect::<Vec<_>>();
    let forecast_band = month.forecast_band.unwrap().to.y;
    let all = [
        (LabelKind::Quota, 1000.0),
        (LabelKind::Forecast, forecast_band),
        (LabelKind::Threshold, 900.0),
        (LabelKind::Threshold, 800.0),
    ];
    assert_eq!(shown(0.0), all);
    assert_eq!(shown(100.0), all, "as far apart as they have to be");
    assert_eq!(shown(101.0), [all[0], all[1], all[3]], "90% is too close to the pool's line");
    assert_eq!(shown(forecast_band), [all[0]]);
}

#[test]
fn a_band_ends_where_the_picture_does() {
    let (from, to) = (Point { x: 2.0, y: 100.0 }, Point { x: 30.0, y: 1000.0 });
    let forecast_band = ForecastBand { from, to, low: 800.0, high: 1500.0 };
    let corner = |x: f64, y: f64| Point { x, y };
    assert_eq!(forecast_band.band(2000.0), [from, corner(30.0, 1500.0), corner(30.0, 800.0)]);
    assert_eq!(
        forecast_band.band(800.0),
        [from, corner(16.0, 800.0), corner(30.0, 800.0), corner(30.0, 800.0)]
    );
}
