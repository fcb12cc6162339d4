//! For how long notifications are held back.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::month::Month;

/// A time to mute for, as the menu offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MuteFor {
    /// An hour.
    Hour,
    /// Until the user's own midnight.
    UntilTomorrow,
    /// Until the billing month ends.
    UntilTheMonthEnds,
}

impl MuteFor {
    /// All of them, in the menu's order.
    pub const ALL: [MuteFor; 3] = [MuteFor::Hour, MuteFor::UntilTomorrow, MuteFor::UntilTheMonthEnds];

    /// The menu's words for it.
    pub fn label(self) -> &'static str {
        match self {
            MuteFor::Hour => "For an hour",
            MuteFor::UntilTomorrow => "Until tomorrow",
            MuteFor::UntilTheMonthEnds => "Until the month ends",
        }
    }

    /// When it ends, if it begins `now`.
    pub fn ends_at(self, now: Timestamp, zone: &TimeZone) -> Timestamp {
        let hour = now.checked_add(SignedDuration::from_hours(1)).unwrap_or(now);
        match self {
            MuteFor::Hour => hour,
            MuteFor::UntilTomorrow => {
                let tomorrow = now.to_zoned(zone.clone()).tomorrow().and_then(|day| day.start_of_day());
                tomorrow.map_or(hour, |midnight| midnight.timestamp())
            }
            MuteFor::UntilTheMonthEnds => Month::containing(now).ends_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mutes_end_by_the_users_clock_or_the_billing_months() {
        let now: Timestamp = "2026-11-22T23:30:00Z".parse().unwrap();
        let berlin = TimeZone::fixed(jiff::tz::offset(1));
        let ends = |mute: MuteFor| mute.ends_at(now, &berlin).to_string();
        assert_eq!(ends(MuteFor::Hour), "2026-11-23T00:30:00Z");
        assert_eq!(ends(MuteFor::UntilTomorrow), "2026-11-23T23:00:00Z");
        assert_eq!(ends(MuteFor::UntilTheMonthEnds), "2026-12-01T05:00:00Z");
    }
}
