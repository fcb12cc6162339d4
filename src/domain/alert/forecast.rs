//! The alert of a pool that is on pace to go over.

use super::{Alert, AlertContext, AlertKey, AlertKind, ForecastAlert, OVER, pool_owner_name};
use crate::domain::account::AccountState;
use crate::domain::level::Level;
use crate::domain::month::Month;
use crate::domain::text;

/// What is due for the pools of `account`, whose figures are fresh.
pub(super) fn due(account: &AccountState, context: AlertContext<'_>) -> Vec<Alert> {
    let AlertContext { config, known, prices, now, .. } = context;
    let month = Month::containing(now);
    let Some(reading) = &account.record.reading else { return Vec::new() };
    if !config.forecast_alert {
        return Vec::new();
    }
    let mut alerts = Vec::new();
    for (id, pool) in reading.pools() {
        let key =
            AlertKey::Forecast { account: account.config.id.clone(), pool: id.clone(), month: month.id };
        // After "is over" this says nothing new.
        let was_over = known.highest_threshold(&account.config.id, &id, month.id) >= Some(OVER);
        if pool.reaches(OVER) || was_over || known.contains(&key) {
            continue;
        }
        let forecast = account.forecast(&id, &pool, prices, now).filter(|it| it.is_sure_to_go_over());
        let Some(forecast) = forecast else { continue };
        let by_then = text::used_of_quota(&crate::domain::usage::Pool { used: forecast.used, ..pool });
        let runs_out = forecast.exhausted_at.map(|at| text::day(at, context.zone));
        let runs_out = runs_out.map(|day| format!(" · runs out about {day}")).unwrap_or_default();
        alerts.push(Alert {
            account: account.config.id.clone(),
            name: account.config.name.clone(),
            summary: format!(
                "{} is on pace to go over its transfer",
                pool_owner_name(account, &id, context.regions)
            ),
            body: format!("{by_then} by the month's end: {}{runs_out}", text::over_quota(&forecast)),
            keys: vec![key],
            kind: AlertKind::Forecast(ForecastAlert {
                pool: id.clone(),
                month: month.id,
                level: Level::of_pool(&pool, config.thresholds_of(&account.config)),
                figures: pool,
                forecast,
            }),
        });
    }
    alerts
}
