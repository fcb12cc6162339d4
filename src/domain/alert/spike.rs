//! The alert of a pool that is used far beyond its usual pace.

use super::{Alert, AlertContext, AlertKey, AlertKind, SpikeAlert, cause, pool_owner_name};
use crate::domain::account::AccountState;
use crate::domain::level::Level;
use crate::domain::month::{Month, billing_day};
use crate::domain::text;

/// What is due for the pools of `account`, whose figures are fresh.
pub(super) fn due(account: &AccountState, context: AlertContext<'_>) -> Vec<Alert> {
    let AlertContext { config, known, now, .. } = context;
    let Some(reading) = account.record.reading.as_ref().filter(|_| config.spike_alert) else {
        return Vec::new();
    };
    let month = Month::containing(now);
    if Month::containing(reading.at).id != month.id {
        return Vec::new();
    }
    let mut alerts = Vec::new();
    for (id, pool) in reading.pools() {
        let settled = account.record.settled_month(&id, month.id).is_some();
        // A pool without a quota is over from its first GB.
        if !settled || pool.metered || pool.quota == 0 {
            continue;
        }
        let spike = account.hours.get(&id).and_then(|hours| hours.spike(pool.quota));
        // What began in the last month says nothing of this month's pool.
        let Some(spike) = spike.filter(|spike| spike.since >= month.starts_at) else { continue };
        // Of the day that it began on: one that goes on past midnight is no other.
        let key = AlertKey::Spike {
            account: account.config.id.clone(),
            pool: id.clone(),
            month: month.id,
            day: billing_day(spike.since).day(),
        };
        if known.contains(&key) {
            continue;
        }
        let who = cause::of_spike(account, &id, &pool, &spike, context);
        let parts = [Some(text::spike(&spike)), who, Some(text::used_of_quota(&pool))];
        alerts.push(Alert {
            account: account.config.id.clone(),
            name: account.config.name.clone(),
            summary: format!(
                "{} is using far more than usual",
                pool_owner_name(account, &id, context.regions)
            ),
            body: parts.into_iter().flatten().collect::<Vec<_>>().join(" · "),
            keys: vec![key],
            kind: AlertKind::Spike(SpikeAlert {
                pool: id.clone(),
                month: month.id,
                level: Level::of_pool(&pool, config.thresholds_of(&account.config)),
                figures: pool,
                spike,
            }),
        });
    }
    alerts
}
