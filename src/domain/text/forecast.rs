//! Sentences about a forecast.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{figures_without_template, gigabytes, grouped, muted, tray_title, worst_region};
use crate::domain::config::ShowAs;
use crate::domain::forecast::Forecast;
use crate::domain::price::cents;
use crate::domain::snapshot::AccountSnapshot;
use crate::domain::usage::Pool;

/// `On pace for 1,184 GB: about $0.92 over`; without the cost for a pool that lasts. Ends with [`rough_guess`].
pub fn on_pace(forecast: &Forecast) -> String {
    let pace = format!("On pace for {}", gigabytes(forecast.used));
    let over = if forecast.over == 0 { String::new() } else { format!(": {}", over_quota(forecast)) };
    format!("{pace}{over}{}", rough_guess(forecast))
}

/// ` (a rough guess from 1 day of figures)` for a forecast made from few samples, else nothing.
pub fn rough_guess(forecast: &Forecast) -> String {
    if !forecast.rough {
        return String::new();
    }
    let hours = (forecast.seen / 3600).max(1);
    let count = |count: u64, unit: &str| format!("{count} {unit}{}", if count == 1 { "" } else { "s" });
    let figures = match forecast.seen {
        0 => "a single figure".to_owned(),
        _ if hours < 24 => format!("{} of figures", count(hours, "hour")),
        _ => format!("{} of figures", count(hours / 24, "day")),
    };
    format!(" (a rough guess from {figures})")
}

/// `about $0.92 over`; `184 GB over` if the price is not known.
pub fn over_quota(forecast: &Forecast) -> String {
    match forecast.over_usd {
        None => format!("{} over", gigabytes(forecast.over)),
        Some(usd) => format!("{} over", dollars(usd)),
    }
}

/// `about $0.92`, to the cent.
pub fn dollars(usd: f64) -> String {
    match cents(usd) {
        0 if usd <= 0.0 => "$0.00".to_owned(),
        0 => "less than $0.01".to_owned(),
        cents => format!("about ${}.{:02}", grouped(cents / 100), cents % 100),
    }
}

/// `Runs out about 26 Nov`, or that it did. `None` if that is not known, or if an old forecast's day has passed.
pub fn runs_out(forecast: &Forecast, pool: &Pool, now: Timestamp, zone: &TimeZone) -> Option<String> {
    let at = forecast.exhausted_at?;
    let day = day(at, zone);
    if pool.used >= pool.quota {
        Some(format!("Ran out about {day}"))
    } else {
        (at > now).then(|| format!("Runs out about {day}"))
    }
}

/// `26 Nov`, by the user's calendar.
pub fn day(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%-d %b").to_string()
}

/// An account's line in a tooltip with several accounts: `Acme 83%, on pace for 118%`. The pace is there only if the
/// pool will be over its quota and is not yet. `Acme 44% · São Paulo, BR 90%` if the level comes from a region's pool.
pub fn tooltip_line(account: &AccountSnapshot, now: Timestamp, zone: &TimeZone) -> String {
    let going_over = |forecast: &Forecast| {
        let lasts = account.pool.is_some_and(|pool| pool.reaches(100)) || account.is_old();
        let pace = match (account.show_as, forecast.percent()) {
            (ShowAs::Percent, Some(percent)) => percent.to_string(),
            _ => gigabytes(forecast.used),
        };
        let guess = if forecast.rough { " (a rough guess)" } else { "" };
        (forecast.over > 0 && !lasts).then(|| format!(", on pace for {pace}{guess}"))
    };
    let muted = muted(account, now, zone).map(|muted| format!(", {muted}"));
    let region = worst_region(account).filter(|_| !account.is_old());
    let parts = [region, account.forecast.as_ref().and_then(going_over), muted];
    let title = figures_without_template(account).unwrap_or_else(|| tray_title(account, now, zone));
    title + &parts.into_iter().flatten().collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::usage::GB;

    fn forecast(over_usd: Option<f64>) -> Forecast {
        Forecast {
            used: 1_184_700_000_000,
            low: 1100 * GB,
            high: 1400 * GB,
            quota: 1000 * GB,
            exhausted_at: Some("2026-11-26T23:38:00Z".parse().unwrap()),
            over: 184_700_000_000,
            over_usd,
            seen: 20 * 24 * 3600,
            rough: false,
        }
    }

    #[test]
    fn pace_includes_the_cost_only_if_the_pool_runs_out() {
        assert_eq!(on_pace(&forecast(Some(0.9235))), "On pace for 1,184 GB: about $0.92 over");
        assert_eq!(on_pace(&forecast(Some(1234.5))), "On pace for 1,184 GB: about $1,234.50 over");
        assert_eq!(on_pace(&forecast(Some(0.004))), "On pace for 1,184 GB: less than $0.01 over");
        assert_eq!(on_pace(&forecast(None)), "On pace for 1,184 GB: 184 GB over");
        assert_eq!(
            on_pace(&Forecast { used: 612 * GB, over: 0, ..forecast(Some(0.0)) }),
            "On pace for 612 GB"
        );
    }

    #[test]
    fn a_forecast_from_little_is_called_a_rough_guess() {
        let said = |seen| on_pace(&Forecast { seen, rough: true, ..forecast(Some(0.9235)) });
        let guess = |from| format!("On pace for 1,184 GB: about $0.92 over (a rough guess from {from})");
        assert_eq!(said(0), guess("a single figure"));
        assert_eq!(said(600), guess("1 hour of figures"));
        assert_eq!(said(5 * 3600 + 3599), guess("5 hours of figures"));
        assert_eq!(said(24 * 3600), guess("1 day of figures"));
        assert_eq!(said(71 * 3600), guess("2 days of figures"));
    }

    #[test]
    fn the_day_is_that_of_the_users_calendar() {
        let told = |used, now: &str, zone: &TimeZone| {
            runs_out(&forecast(None), &Pool::from_gb(used, 1000, 0), now.parse().unwrap(), zone)
        };
        let tokyo = TimeZone::fixed(jiff::tz::offset(9));
        assert_eq!(told(830, "2026-11-22T00:00:00Z", &TimeZone::UTC).unwrap(), "Runs out about 26 Nov");
        assert_eq!(told(830, "2026-11-22T00:00:00Z", &tokyo).unwrap(), "Runs out about 27 Nov");
        assert_eq!(told(1010, "2026-11-28T00:00:00Z", &TimeZone::UTC).unwrap(), "Ran out about 26 Nov");
        assert_eq!(told(830, "2026-11-28T00:00:00Z", &TimeZone::UTC), None, "an old forecast");
    }
}
