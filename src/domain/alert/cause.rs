//! What made a pool's percentage rise: its quota, or who used it.

use jiff::{SignedDuration, Timestamp};

use super::AlertContext;
use crate::domain::account::{AccountState, QuotaFall};
use crate::domain::breakdown::{Growth, PoolBreakdown, removed_linodes};
use crate::domain::month::Month;
use crate::domain::spike::Spike;
use crate::domain::text;
use crate::domain::usage::{Pool, PoolId};

/// How long before a quota fell a breakdown may be, to say which Linodes were there; and how long before a spike, to say
/// who used it.
const MAX_BEFORE: SignedDuration = SignedDuration::from_hours(3);

/// Why `pool` crossed `threshold`, in a sentence: its quota fell, or who used most of it lately, by a breakdown that is
/// not older than the figures.
pub(super) fn of_threshold(
    account: &AccountState,
    id: &PoolId,
    pool: &Pool,
    threshold: u16,
    context: AlertContext<'_>,
) -> Option<String> {
    let fall = account.record.pools.get(id).and_then(|known| known.quota_fall);
    if let Some(fall) = fall.filter(|fall| fall.to == pool.quota && fall.caused(threshold)) {
        return Some(text::pool_shrank(fall.from, fall.to, removed_at(account, id, &fall)));
    }
    let (breakdown, at) = latest(account, id, pool)?;
    let growth = Growth::lately(breakdown, at, pool.quota, &account.breakdown.samples)?;
    Some(text::used_most_since(&growth, context.now, context.zone))
}

/// Who used most of `pool` in a spike: since the last breakdown before it. One from long before would name who uses much
/// at all times.
pub(super) fn of_spike(
    account: &AccountState,
    id: &PoolId,
    pool: &Pool,
    spike: &Spike,
    context: AlertContext<'_>,
) -> Option<String> {
    let (breakdown, at) = latest(account, id, pool)?;
    let samples = &account.breakdown.samples;
    let month = Month::containing(at).starts_at;
    let before = samples.iter().rfind(|sample| sample.at <= spike.since && sample.at >= month);
    let before = before.filter(|sample| spike.since.duration_since(sample.at) <= MAX_BEFORE)?;
    let growth = Growth::since(breakdown, before)?;
    Some(text::used_most_since(&growth, context.now, context.zone))
}

/// The breakdown of the pool's current figures.
fn latest<'a>(account: &'a AccountState, id: &PoolId, pool: &Pool) -> Option<(&'a PoolBreakdown, Timestamp)> {
    let figures_at = account.record.reading.as_ref()?.at;
    let last = account.breakdown.last.as_ref().filter(|last| last.at >= figures_at)?;
    Some((last.of(id).filter(|known| known.used == pool.used)?, last.at))
}

/// How many Linodes of the pool are known to have gone when its quota fell.
fn removed_at(account: &AccountState, id: &PoolId, fall: &QuotaFall) -> usize {
    let samples = &account.breakdown.samples;
    let before = samples.iter().rfind(|sample| sample.at < fall.at);
    let before = before.filter(|sample| fall.at.duration_since(sample.at) <= MAX_BEFORE);
    let after = samples.iter().find(|sample| sample.at >= fall.at);
    before.zip(after).map_or(0, |(before, after)| removed_linodes(id, before, after))
}
