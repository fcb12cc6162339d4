//! The plots of an account, below its figures, if the user opens them.

mod daily;
mod draw;
mod view;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use directories::UserDirs;
use jiff::Timestamp;
use jiff::civil;
use jiff::tz::TimeZone;

use crate::app::ipc::message::ExportError;
use crate::domain::config::{AccountId, Config};
use crate::domain::month::Month;
use crate::domain::plot::{DailyPlot, PlotContext, Plots, PoolCharts, pool_name};
use crate::domain::snapshot::Snapshot;
use crate::domain::usage::PoolId;

pub use view::show;

/// The accounts whose plots are open, and their data.
#[derive(Debug, Default)]
pub struct Histories {
    /// Whether the desktop has a file dialog.
    pub dialogs: bool,
    open: BTreeMap<AccountId, Open>,
}

/// An account with open plots.
#[derive(Debug, Default)]
struct Open {
    /// The plots of each pool, the watched one first; `None` until the first answer.
    plots: Option<Result<Vec<PoolPlots>, String>>,
    /// Index of the pool that is shown.
    shown: usize,
    /// The day whose consumers are listed.
    day: Option<civil::Date>,
    /// The form for saving samples, while it is open.
    saving: Option<Saving>,
}

/// The plots of a pool.
#[derive(Debug)]
struct PoolPlots {
    plots: Plots,
    /// Who used it on each day; `None` if that is not recorded.
    daily: Option<DailyPlot>,
}

/// The form for saving samples.
#[derive(Debug)]
struct Saving {
    /// The file as typed.
    file: String,
    /// The number of the running request.
    asked: Option<u64>,
    /// Why the last request failed.
    refused: Option<ExportError>,
    /// The field is new and gets the focus.
    new: bool,
}

impl Histories {
    /// Whether the plots of `id` are open.
    pub fn is_open(&self, id: &AccountId) -> bool {
        self.open.contains_key(id)
    }

    /// The accounts with open plots.
    pub fn ids(&self) -> impl Iterator<Item = &AccountId> {
        self.open.keys()
    }

    /// Opens or closes the plots of `id`.
    pub fn toggle(&mut self, id: &AccountId) {
        if self.open.remove(id).is_none() {
            self.open.insert(id.clone(), Open::default());
        }
    }

    /// Notes that the samples of `id` are being saved to this file, and the number of that request.
    pub fn exporting(&mut self, id: &AccountId, file: &Path, number: u64) {
        if let Some(open) = self.open.get_mut(id) {
            let file = file.display().to_string();
            open.saving = Some(Saving { file, asked: Some(number), refused: None, new: false });
        }
    }

    /// Handles the answer to saving the samples of `id`. Returns the message if they were saved.
    pub fn exported(
        &mut self,
        id: &AccountId,
        number: u64,
        saved: Result<String, ExportError>,
    ) -> Option<String> {
        let open = self.open.get_mut(id);
        let asked =
            open.filter(|open| open.saving.as_ref().is_some_and(|saving| saving.asked == Some(number)));
        match (saved, asked) {
            (Ok(said), asked) => {
                if let Some(open) = asked {
                    open.saving = None;
                }
                Some(said)
            }
            (Err(refused), Some(Open { saving: Some(saving), .. })) => {
                (saving.asked, saving.refused) = (None, Some(refused));
                None
            }
            (Err(_), _) => None,
        }
    }

    /// Stores the data of `id`. The old plots stay until then, so that nothing jumps.
    pub fn insert(
        &mut self,
        id: &AccountId,
        read: Result<BTreeMap<PoolId, PoolCharts>, String>,
        config: &Config,
        snapshot: &Snapshot,
    ) {
        if let Some(open) = self.open.get_mut(id) {
            let plots = read.map(|pools| plots(id, pools, config, snapshot));
            let count = plots.as_ref().map_or(0, Vec::len);
            open.shown = open.shown.min(count.saturating_sub(1));
            open.plots = Some(plots);
        }
    }
}

fn plots(
    id: &AccountId,
    mut pools: BTreeMap<PoolId, PoolCharts>,
    config: &Config,
    snapshot: &Snapshot,
) -> Vec<PoolPlots> {
    let account = config.account(id);
    let thresholds = account.map_or(config.thresholds.as_slice(), |account| config.thresholds_of(account));
    let watch = account.map_or(PoolId::Global, |account| account.watch.clone());
    let watched = pools.remove(&watch).unwrap_or_default();
    let zone = TimeZone::system();
    let now = snapshot.generated_at;
    let picture = |(pool, charts): (PoolId, PoolCharts)| {
        let around = PlotContext { thresholds, forecast: snapshot.forecast(id, &pool), now, zone: &zone };
        let title = pool_name(&pool, snapshot.watch_name(&pool));
        let plots = Plots::new(title, &charts.history, around);
        let month = Month::containing(now);
        let daily = charts.daily.as_ref().map(|usage| DailyPlot::new(usage, &month));
        PoolPlots { plots, daily }
    };
    std::iter::once((watch, watched)).chain(pools).map(picture).collect()
}

/// The default file for the samples of `id`.
fn usual_file(id: &AccountId) -> PathBuf {
    let folders = UserDirs::new();
    let folder = folders.as_ref().map(|folders| folders.download_dir().unwrap_or(folders.home_dir()));
    let day = Timestamp::now().to_zoned(TimeZone::system()).date();
    folder.map(PathBuf::from).unwrap_or_default().join(format!("linode-bandwidth-{id}-{day}.csv"))
}
