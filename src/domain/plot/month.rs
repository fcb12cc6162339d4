//! The plot of this month's cumulative use.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::labels::{Label, LabelKind, Tick, gigabytes};
use super::{PlotContext, Point, PoolHistory, gb};
use crate::domain::account::may_be_last_months_figure;
use crate::domain::forecast::Forecast;
use crate::domain::month::Month;
use crate::domain::sample::Sample;
use crate::domain::text;
use crate::domain::usage::{GB, Pool};

/// The note in a month without samples.
pub const NO_SAMPLES: &str = "No samples yet this month";

/// Seconds in a day.
const DAY: f64 = 86_400.0;
/// The height of the plot, as a multiple of its highest value.
const HEADROOM: f64 = 1.08;
/// How far the upper end of a forecast may exceed everything else, as a multiple, before it is cut off.
const BAND: f64 = 1.3;

#[derive(Debug, Clone, PartialEq)]
pub struct MonthPlot {
    /// A description for screen readers.
    pub words: String,
    /// The text to show if there is nothing to draw.
    pub note: Option<&'static str>,
    /// Its width in days.
    pub days: f64,
    /// Its height in GB.
    pub top: f64,
    /// The horizontal grid lines.
    pub rows: Vec<Tick>,
    /// The days on the horizontal axis.
    pub columns: Vec<Tick>,
    /// GB used by each sample.
    pub line: Vec<Point>,
    /// From 0 GB at the beginning of the month to the first sample, if that came late.
    pub before_first_sample: Option<[Point; 2]>,
    /// The corners of the quota's line over the month. The quota changes when a Linode is added or removed.
    pub quota: Vec<Point>,
    /// The thresholds in GB at today's quota, with their percentages.
    pub thresholds: Vec<Tick>,
    pub forecast_band: Option<ForecastBand>,
    /// The day on which the pool runs out or ran out.
    pub runs_out: Option<Tick>,
    samples: Vec<Sample>,
    month: Month,
    zone: TimeZone,
}

/// The forecast, drawn from the last sample to the end of the month.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ForecastBand {
    /// The last sample.
    pub from: Point,
    /// The forecast for the month's end.
    pub to: Point,
    /// The lower end of its band, in GB.
    pub low: f64,
    /// The upper end of its band, in GB.
    pub high: f64,
}

impl ForecastBand {
    /// The label at its end.
    pub(super) fn label(&self) -> String {
        format!("≈ {}", in_words(self.to.y))
    }

    /// The corners of its band, cut off at `top` GB.
    pub fn band(&self, top: f64) -> Vec<Point> {
        let end = |y: f64| Point { x: self.to.x, y: y.min(top) };
        let mut corners = vec![self.from];
        if self.high > top && self.from.y < top {
            let share = (top - self.from.y) / (self.high - self.from.y);
            corners.push(Point { x: self.from.x + (self.to.x - self.from.x) * share, y: top });
        }
        corners.extend([end(self.high), end(self.low)]);
        corners
    }
}

impl MonthPlot {
    /// The labels at the end of the month that are at least `apart` GB from each other. The quota's comes first; of
    /// labels that are too close, the later one is left out.
    pub fn labels(&self, apart: f64) -> Vec<Label> {
        let quota = self.quota.last().map(|quota| Label {
            at: quota.y,
            text: self.quota_label(),
            of: LabelKind::Quota,
        });
        let forecast_band = self.forecast_band.map(|band| Label {
            at: band.to.y,
            text: band.label(),
            of: LabelKind::Forecast,
        });
        let thresholds = self.thresholds.iter().rev();
        let thresholds =
            thresholds.map(|tick| Label { at: tick.at, text: tick.label.clone(), of: LabelKind::Threshold });
        let mut labels: Vec<Label> = Vec::new();
        for label in quota.into_iter().chain(forecast_band).chain(thresholds) {
            if labels.iter().all(|other| (other.at - label.at).abs() >= apart) {
                labels.push(label);
            }
        }
        labels
    }

    pub(super) fn new(history: &PoolHistory, around: PlotContext<'_>) -> MonthPlot {
        let PlotContext { thresholds, forecast, now, zone } = around;
        let month = Month::containing(now);
        let samples = month_samples(history, &month);
        let x = |at: Timestamp| at.duration_since(month.starts_at).as_secs_f64() / DAY;
        let days = x(month.ends_at);
        let line: Vec<Point> =
            samples.iter().map(|sample| Point { x: x(sample.at), y: gb(sample.pool.used) }).collect();
        let last = samples.last();
        let forecast_band = last.zip(forecast).zip(line.last()).map(|((_, forecast), from)| ForecastBand {
            from: *from,
            to: Point { x: days, y: gb(forecast.used) },
            low: gb(forecast.low),
            high: gb(forecast.high),
        });
        let runs_out = last.zip(forecast).and_then(|(_, forecast)| runs_out(forecast, now, x, zone));
        let quota = last.map_or(0, |sample| sample.pool.quota);
        let reached = line
            .iter()
            .map(|point| point.y)
            .chain([gb(quota)])
            .chain(forecast_band.map(|forecast_band| forecast_band.to.y));
        let reached = reached.fold(0.0, f64::max);
        let top = reached
            .max(forecast_band.map_or(0.0, |forecast_band| forecast_band.high.min(reached * BAND)))
            * HEADROOM;
        let top = if top > 0.0 { top } else { 1.0 };
        let threshold = |percent: &u16| Tick {
            at: gb(quota) * f64::from(*percent) / 100.0,
            label: format!("{percent}%"),
        };
        MonthPlot {
            words: point_description(&month, last, forecast, runs_out.as_ref(), zone),
            note: match last {
                None => Some(NO_SAMPLES),
                Some(sample) if sample.pool.share().is_none() => Some(text::NO_POOL),
                Some(_) => None,
            },
            days,
            top,
            rows: gigabytes(top),
            columns: columns(&month, days),
            before_first_sample: line
                .first()
                .filter(|first| first.x > 1.0)
                .map(|first| [Point { x: 0.0, y: 0.0 }, *first]),
            quota: quota_line(&samples, days, x),
            thresholds: thresholds
                .iter()
                .filter(|percent| quota > 0 && **percent != 100)
                .map(threshold)
                .filter(|tick| tick.at < top)
                .collect(),
            forecast_band,
            runs_out,
            line,
            samples,
            month,
            zone: zone.clone(),
        }
    }

    /// The label at the end of the quota's line.
    pub(super) fn quota_label(&self) -> String {
        format!("{} quota", in_words(self.quota.last().map_or(0.0, |point| point.y)))
    }

    /// The point nearest to `x` days after the start of the month and its description: a sample or, after the last one,
    /// the forecast.
    pub fn description_at(&self, x: f64) -> Option<(Point, String)> {
        let last = self.line.last()?;
        match self.forecast_band {
            Some(forecast_band) if x > last.x => Some(self.forecast_point(x.min(self.days), forecast_band)),
            _ => {
                let near = |point: &Point| (point.x - x).abs();
                let by_distance =
                    |a: &(&Point, &Sample), b: &(&Point, &Sample)| near(a.0).total_cmp(&near(b.0));
                let (point, sample) = self.line.iter().zip(&self.samples).min_by(by_distance)?;
                Some((*point, format!("{}: {}", self.clock(sample.at), text::usage_sentence(&sample.pool))))
            }
        }
    }

    pub(super) fn latest(&self) -> Option<&Pool> {
        self.samples.last().map(|sample| &sample.pool)
    }

    fn forecast_point(&self, x: f64, forecast_band: ForecastBand) -> (Point, String) {
        let share =
            (x - forecast_band.from.x) / (forecast_band.to.x - forecast_band.from.x).max(f64::EPSILON);
        let by_then = |end: f64| forecast_band.from.y + (end - forecast_band.from.y) * share;
        let said = |end: f64| in_words(by_then(end));
        let at = SignedDuration::try_from_secs_f64(x * DAY).ok();
        let at =
            at.and_then(|since| self.month.starts_at.checked_add(since).ok()).unwrap_or(self.month.ends_at);
        let (low, high) = (said(forecast_band.low), said(forecast_band.high));
        let said =
            format!("{}: about {} by then, {low} to {high}", day(at, &self.zone), said(forecast_band.to.y));
        (Point { x, y: by_then(forecast_band.to.y) }, said)
    }

    fn clock(&self, at: Timestamp) -> String {
        at.to_zoned(self.zone.clone()).strftime("%-d %b %H:%M").to_string()
    }
}

/// The samples of `month`, without those right after its start that are still the old month's figures.
pub fn month_samples(history: &PoolHistory, month: &Month) -> Vec<Sample> {
    let before = history.before.iter().find(|(id, _)| *id == month.id.previous());
    let before = before.map(|(_, sample)| sample.pool.used);
    let old =
        |s: &&Sample| s.at < month.starts_at || may_be_last_months_figure(month, s.at, s.pool.used, before);
    let settled = history.month.iter().skip_while(old);
    settled.filter(|sample| sample.at < month.ends_at).copied().collect()
}

fn in_words(gb: f64) -> String {
    text::gigabytes((gb * GB as f64).round() as u64)
}

fn runs_out(
    forecast: &Forecast,
    now: Timestamp,
    x: impl Fn(Timestamp) -> f64,
    zone: &TimeZone,
) -> Option<Tick> {
    let at = forecast.exhausted_at?;
    let how = if at <= now { "ran out" } else { "runs out about" };
    Some(Tick { at: x(at), label: format!("{how} {}", day(at, zone)) })
}

fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %b").to_string()
}

/// One day per week, starting with the first.
fn columns(month: &Month, days: f64) -> Vec<Tick> {
    let name = month.id.name();
    let short: String = name.chars().take(3).collect();
    let days = (0..5).map(|week| week * 7).filter(|day| f64::from(*day) < days - 0.5);
    days.map(|day| Tick { at: f64::from(day), label: format!("{} {short}", day + 1) }).collect()
}

/// The line of the quota: each sample's holds until the next one, the last one's until the end of the month.
fn quota_line(samples: &[Sample], days: f64, x: impl Fn(Timestamp) -> f64) -> Vec<Point> {
    let Some(first) = samples.first() else { return Vec::new() };
    let mut y = gb(first.pool.quota);
    let mut corners = vec![Point { x: 0.0, y }];
    for sample in samples.iter().filter(|sample| sample.pool.quota > 0) {
        let changed = gb(sample.pool.quota);
        if changed != y {
            corners.extend([Point { x: x(sample.at), y }, Point { x: x(sample.at), y: changed }]);
            y = changed;
        }
    }
    corners.push(Point { x: days, y });
    if samples.iter().all(|sample| sample.pool.quota == 0) { Vec::new() } else { corners }
}

fn point_description(
    month: &Month,
    last: Option<&Sample>,
    forecast: Option<&Forecast>,
    runs_out: Option<&Tick>,
    zone: &TimeZone,
) -> String {
    let title = month.id.title();
    let Some(Sample { at, pool }) = last else { return format!("{title}: no samples yet") };
    let mut words = vec![format!("{title}, by {}: {}", day(*at, zone), pool_description(pool))];
    words.extend(forecast.map(|forecast| {
        format!("on pace for {}{}", text::gigabytes(forecast.used), text::rough_guess(forecast))
    }));
    words.extend(runs_out.map(|tick| tick.label.clone()));
    words.join(", ")
}

fn pool_description(pool: &Pool) -> String {
    text::usage_sentence(pool).replace(" · ", ", ")
}
