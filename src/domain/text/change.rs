//! Sentences about what changed a pool's percentage.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::{MAX_NAME_WIDTH, gb, gigabytes, grouped, shortened};
use crate::domain::breakdown::Growth;
use crate::domain::spike::Spike;

/// `web-1 used 212 of the 260 GB since 14:02`; without the pool's figure where that, in whole GB, is the smaller one.
pub fn used_most_since(growth: &Growth<'_>, now: Timestamp, zone: &TimeZone) -> String {
    let Growth { since, of_pool, by, of_consumer } = growth;
    let label = shortened(&by.label, MAX_NAME_WIDTH);
    let used = if of_consumer < of_pool {
        format!("{} of the {}", gb(*of_consumer, grouped), gigabytes(*of_pool))
    } else {
        gigabytes(*of_consumer)
    };
    format!("{label} used {used} since {}", time_or_yesterday(*since, now, zone))
}

/// `14:02`, `yesterday 14:02` or `21 Nov 14:02`, by the user's clock.
fn time_or_yesterday(at: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let (day, today) = (at.to_zoned(zone.clone()).date(), now.to_zoned(zone.clone()).date());
    if day.checked_add(1.day()).is_ok_and(|next| next == today) {
        return format!("yesterday {}", at.to_zoned(zone.clone()).strftime("%H:%M"));
    }
    super::clock(at, now, zone)
}

/// `260 GB in 3 hours, usually 40 GB at most`
pub fn spike(spike: &Spike) -> String {
    format!("{} in {} hours, usually {} at most", gigabytes(spike.used), spike.hours, gigabytes(spike.usual))
}

/// `The pool shrank from 5,000 to 4,000 GB when a Linode was removed`; without the end where none is known to be gone.
pub fn pool_shrank(from: u64, to: u64, removed_linodes: usize) -> String {
    let when = match removed_linodes {
        0 => String::new(),
        1 => " when a Linode was removed".to_owned(),
        count => format!(" when {} Linodes were removed", grouped(count as u64)),
    };
    format!("The pool shrank from {} to {}{when}", gb(from, grouped), gigabytes(to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::breakdown::{Consumer, ConsumerId};
    use crate::domain::usage::GB;

    #[test]
    fn who_used_most_is_named_with_both_figures_and_the_time() {
        let by =
            Consumer { id: ConsumerId::Linode(1), label: "web-1".into(), region: String::new(), used: 0 };
        let said = |of_consumer, of_pool, since: &str| {
            let growth = Growth { since: since.parse().unwrap(), of_pool, by: &by, of_consumer };
            used_most_since(&growth, "2026-11-22T15:05:00Z".parse().unwrap(), &TimeZone::UTC)
        };
        let today = "2026-11-22T14:02:00Z";
        assert_eq!(said(212 * GB, 260 * GB, today), "web-1 used 212 of the 260 GB since 14:02");
        assert_eq!(said(1234 * GB, 2000 * GB, today), "web-1 used 1,234 of the 2,000 GB since 14:02");
        assert_eq!(said(212_400_000_000, 212 * GB, today), "web-1 used 212 GB since 14:02");
        let yesterday = said(2_500_000_000, 5 * GB, "2026-11-21T16:00:00Z");
        assert_eq!(yesterday, "web-1 used 2.50 of the 5 GB since yesterday 16:00");
    }

    #[test]
    fn a_linode_is_removed_only_where_that_is_known() {
        let shrank = |removed| pool_shrank(5000 * GB, 4000 * GB, removed);
        assert_eq!(shrank(0), "The pool shrank from 5,000 to 4,000 GB");
        assert_eq!(shrank(1), "The pool shrank from 5,000 to 4,000 GB when a Linode was removed");
        assert_eq!(shrank(2), "The pool shrank from 5,000 to 4,000 GB when 2 Linodes were removed");
    }
}
