//! The billing month, which ends at midnight in New York wherever the user is.
//!
//! Cloud Manager computes the reset in America/New_York, and two recorded prorated quotas agree with it.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil};
use serde::{Deserialize, Serialize};

/// The zone whose midnight ends a month, compiled in: a machine without zone data bills no differently.
const NEW_YORK: TimeZone = jiff::tz::get!("America/New_York");

/// A month's name: `2026-11`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct MonthId {
    year: i16,
    month: i8,
}

impl MonthId {
    /// The month before this one.
    pub fn previous(self) -> MonthId {
        match self.month {
            1 => MonthId { year: self.year - 1, month: 12 },
            month => MonthId { month: month - 1, ..self },
        }
    }

    /// `November`
    pub fn name(self) -> &'static str {
        const NAMES: [&str; 12] = [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ];
        usize::try_from(self.month - 1).ok().and_then(|at| NAMES.get(at)).copied().unwrap_or_default()
    }

    /// `November 2026`
    pub fn title(self) -> String {
        format!("{} {}", self.name(), self.year)
    }

    /// The month `months` before this one.
    pub fn back(self, months: u16) -> MonthId {
        (0..months).fold(self, |month, _| month.previous())
    }

    /// The month after this one.
    pub fn next(self) -> MonthId {
        match self.month {
            12 => MonthId { year: self.year + 1, month: 1 },
            month => MonthId { month: month + 1, ..self },
        }
    }

    /// The first instant of the month. Out of the calendar's range it is the nearest instant inside.
    pub fn starts_at(self) -> Timestamp {
        civil::Date::new(self.year, self.month, 1)
            .and_then(|day| day.to_zoned(NEW_YORK))
            .map_or(if self.year > 0 { Timestamp::MAX } else { Timestamp::MIN }, |zoned| zoned.timestamp())
    }
}

impl fmt::Display for MonthId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl From<MonthId> for String {
    fn from(id: MonthId) -> String {
        id.to_string()
    }
}

/// A month's name was not of the form `2026-11`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a month like \"2026-11\"")]
pub struct InvalidMonthId(String);

impl FromStr for MonthId {
    type Err = InvalidMonthId;

    fn from_str(text: &str) -> Result<Self, InvalidMonthId> {
        let parts = text.split_once('-').and_then(|(y, m)| Some((y.parse().ok()?, m.parse().ok()?)));
        match parts {
            Some((year, month @ 1..=12)) => Ok(MonthId { year, month }),
            _ => Err(InvalidMonthId(text.to_owned())),
        }
    }
}

impl TryFrom<String> for MonthId {
    type Error = InvalidMonthId;

    fn try_from(text: String) -> Result<Self, InvalidMonthId> {
        text.parse()
    }
}

/// The day that `at` is billed in: the one in New York.
pub fn billing_day(at: Timestamp) -> civil::Date {
    at.to_zoned(NEW_YORK).date()
}

/// A billing month with its two ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Month {
    pub id: MonthId,
    /// Its first instant.
    pub starts_at: Timestamp,
    /// The first instant of the next one.
    pub ends_at: Timestamp,
}

impl Month {
    /// The month that `now` is in.
    pub fn containing(now: Timestamp) -> Month {
        let day = billing_day(now);
        let id = MonthId { year: day.year(), month: day.month() };
        Month { id, starts_at: id.starts_at(), ends_at: id.next().starts_at() }
    }

    /// The share of the month gone at `now`: 0 to 1.
    pub fn elapsed(&self, now: Timestamp) -> f64 {
        (now.duration_since(self.starts_at).as_secs_f64() / self.seconds()).clamp(0.0, 1.0)
    }

    /// How long it is, in seconds.
    pub fn seconds(&self) -> f64 {
        self.ends_at.duration_since(self.starts_at).as_secs_f64()
    }

    /// The elapsed share of the month at `now`, rounded to the four decimals that are displayed and computed with.
    pub fn share(&self, now: Timestamp) -> f64 {
        (self.elapsed(now) * 10_000.0).round() / 10_000.0
    }

    /// When the displayed time left changes: by days, on the last day by hours, in the last hour by minutes; in the
    /// last minute, the end of the month.
    pub fn countdown_changes_at(&self, now: Timestamp) -> Timestamp {
        let left = self.left(now).as_secs();
        let unit = match left {
            86_401.. => 86_400,
            3601.. => 3600,
            _ => 60,
        };
        let whole = (left - 1).max(0) / unit * unit;
        self.ends_at.checked_sub(SignedDuration::from_secs(whole)).unwrap_or(self.ends_at)
    }

    /// How long the month still lasts.
    pub fn left(&self, now: Timestamp) -> SignedDuration {
        self.ends_at.duration_since(now).max(SignedDuration::ZERO)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn month_ends_at_midnight_in_new_york_despite_dst() {
        let month = Month::containing(at("2026-11-22T05:10:00Z"));
        assert_eq!(month.id.to_string(), "2026-11");
        assert_eq!(month.starts_at, at("2026-11-01T04:00:00Z"));
        assert_eq!(month.ends_at, at("2026-12-01T05:00:00Z"));
        assert!((month.elapsed(at("2026-11-22T05:10:00Z")) - 0.7006).abs() < 0.00005);
    }

    #[test]
    fn the_last_second_belongs_to_the_old_month() {
        assert_eq!(Month::containing(at("2026-12-01T04:59:59Z")).id.to_string(), "2026-11");
        assert_eq!(Month::containing(at("2026-12-01T05:00:00Z")).id.to_string(), "2026-12");
        assert_eq!(Month::containing(at("2027-01-01T04:59:59Z")).id.to_string(), "2026-12");
    }

    #[test]
    fn the_countdown_to_its_end_changes_by_days_hours_and_minutes() {
        let month = Month::containing(at("2026-11-22T05:10:00Z"));
        for (now, next) in [
            ("2026-11-22T05:10:00Z", "2026-11-23T05:00:00Z"),
            ("2026-11-29T05:00:00Z", "2026-11-30T05:00:00Z"),
            ("2026-11-30T05:00:00Z", "2026-11-30T06:00:00Z"),
            ("2026-12-01T03:59:59Z", "2026-12-01T04:00:00Z"),
            ("2026-12-01T04:00:00Z", "2026-12-01T04:01:00Z"),
            ("2026-12-01T04:59:59Z", "2026-12-01T05:00:00Z"),
        ] {
            assert_eq!(month.countdown_changes_at(at(now)), at(next), "{now}");
        }
    }

    #[test]
    fn months_follow_one_another_over_the_year() {
        let december: MonthId = "2026-12".parse().unwrap();
        assert_eq!(december.next().to_string(), "2027-01");
        assert_eq!(december.next().previous(), december);
        for wrong in ["2026", "2026-13", "2026-00", "x-1", ""] {
            assert!(wrong.parse::<MonthId>().is_err(), "{wrong}");
        }
    }
}
