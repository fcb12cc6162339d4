//! The pictures of an account's months, below its figures, when the user wants to see them.

mod draw;
mod view;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use directories::UserDirs;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::app::ipc::message::ExportError;
use crate::domain::config::{AccountId, Config};
use crate::domain::plot::{PlotContext, Plots, PoolHistory, pool_name};
use crate::domain::snapshot::Snapshot;
use crate::domain::usage::PoolId;

pub use view::show;

/// Of which accounts pictures are shown, and what is known of them.
#[derive(Debug, Default)]
pub struct Histories {
    /// Whether the desktop has a dialog for where a file is saved.
    pub dialogs: bool,
    open: BTreeMap<AccountId, Open>,
}

/// An account whose pictures are shown.
#[derive(Debug, Default)]
struct Open {
    /// Those of each of its pools, the one it watches first; `None` while they are read for the first time.
    plots: Option<Result<Vec<Plots>, String>>,
    /// Which pool's are shown.
    shown: usize,
    /// Where its samples are to be saved, while that is asked.
    saving: Option<Saving>,
}

/// Where samples are to be saved.
#[derive(Debug)]
struct Saving {
    /// The file as it is typed.
    file: String,
    /// The number under which they are being saved.
    asked: Option<u64>,
    /// Why they were not.
    refused: Option<ExportError>,
    /// The field is new: the keyboard goes to it.
    new: bool,
}

impl Histories {
    /// Whether the pictures of `id` are shown.
    pub fn is_open(&self, id: &AccountId) -> bool {
        self.open.contains_key(id)
    }

    /// The accounts whose pictures are shown.
    pub fn ids(&self) -> impl Iterator<Item = &AccountId> {
        self.open.keys()
    }

    /// Shows the pictures of `id` as soon as they are known, or no longer.
    pub fn toggle(&mut self, id: &AccountId) {
        if self.open.remove(id).is_none() {
            self.open.insert(id.clone(), Open::default());
        }
    }

    /// The samples of `id` are being saved to this file, under this number.
    pub fn exporting(&mut self, id: &AccountId, file: &Path, number: u64) {
        if let Some(open) = self.open.get_mut(id) {
            let file = file.display().to_string();
            open.saving = Some(Saving { file, asked: Some(number), refused: None, new: false });
        }
    }

    /// Takes up what came of saving the samples of `id` under this number; what to say when they are saved.
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

    /// Takes up what was read of `id`. What was shown stays until then, so that nothing jumps.
    pub fn insert(
        &mut self,
        id: &AccountId,
        read: Result<BTreeMap<PoolId, PoolHistory>, String>,
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
    mut pools: BTreeMap<PoolId, PoolHistory>,
    config: &Config,
    snapshot: &Snapshot,
) -> Vec<Plots> {
    let account = config.account(id);
    let thresholds = account.map_or(config.thresholds.as_slice(), |account| config.thresholds_of(account));
    let watch = account.map_or(PoolId::Global, |account| account.watch.clone());
    let watched = pools.remove(&watch).unwrap_or_default();
    let zone = TimeZone::system();
    let now = snapshot.generated_at;
    let picture = |(pool, history): (PoolId, PoolHistory)| {
        let around = PlotContext { thresholds, forecast: snapshot.forecast(id, &pool), now, zone: &zone };
        Plots::new(pool_name(&pool, snapshot.watch_name(&pool)), &history, around)
    };
    std::iter::once((watch, watched)).chain(pools).map(picture).collect()
}

/// Where the samples of `id` are saved unless the user says otherwise.
fn usual_file(id: &AccountId) -> PathBuf {
    let folders = UserDirs::new();
    let folder = folders.as_ref().map(|folders| folders.download_dir().unwrap_or(folders.home_dir()));
    let day = Timestamp::now().to_zoned(TimeZone::system()).date();
    folder.map(PathBuf::from).unwrap_or_default().join(format!("linode-bandwidth-{id}-{day}.csv"))
}
