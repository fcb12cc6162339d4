//! Writes the history file on a thread of its own: nothing that happens waits for a disk.

use std::sync::mpsc::{self, TryRecvError};
use std::thread::{self, JoinHandle};

use jiff::Timestamp;

use super::thinning::Thinning;
use super::{History, HistoryError};
use crate::domain::state::Effect;

/// The writing thread. Dropping it writes everything out first.
pub struct Keeper {
    sender: Option<mpsc::Sender<(Effect, Timestamp)>>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts the thread; it sleeps until there is something to write.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(mut history: History) -> std::io::Result<Keeper> {
        let (sender, receiver) = mpsc::channel::<(Effect, Timestamp)>();
        let write = move || work(&mut history, &receiver);
        let thread = thread::Builder::new().name("history".into()).spawn(write)?;
        Ok(Keeper { sender: Some(sender), thread: Some(thread) })
    }

    /// Keeps what `effect` says, some time soon, in the order of the calls.
    pub fn keep(&self, effect: Effect, at: Timestamp) {
        let gone = self.sender.as_ref().is_none_or(|sender| sender.send((effect, at)).is_err());
        if gone {
            tracing::error!("the history thread has ended: this is not kept");
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.sender.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(history: &mut History, receiver: &mpsc::Receiver<(Effect, Timestamp)>) {
    let mut thinning = None;
    loop {
        // Samples are thinned while nothing else is to be done, a pool at a time.
        let next = match &thinning {
            None => receiver.recv().map_err(|_| TryRecvError::Disconnected),
            Some(_) => receiver.try_recv(),
        };
        let done = match next {
            Ok((Effect::Thin(months), at)) => {
                thinning = Some(Thinning::new(months, at));
                Ok(())
            }
            Ok((effect, at)) => keep(history, effect, at),
            Err(TryRecvError::Empty) => {
                let went_on = thinning.take().map(|thinning| history.thin_next(thinning)).transpose();
                went_on.map(|more| thinning = more.flatten())
            }
            Err(TryRecvError::Disconnected) => return,
        };
        if let Err(error) = done {
            tracing::error!("{error}");
        }
    }
}

fn keep(history: &mut History, effect: Effect, at: Timestamp) -> Result<(), HistoryError> {
    match effect {
        Effect::KeepSamples(id, taken_at, pools) => history.keep_samples(&id, taken_at, &pools),
        Effect::Remember(id, memory) => history.remember(&id, &memory),
        Effect::Forget(id) => history.forget(&id),
        Effect::KeepAlerts(keys) => history.keep_alerts(&keys, at),
        Effect::KeepRegions(regions) => history.keep_regions(&regions),
        Effect::KeepPrices(prices) => history.keep_prices(prices.by_pool(), at),
        Effect::KeepMute(until) => history.keep_mute(until),
        Effect::Ask(_)
        | Effect::NameRegions
        | Effect::AskPrices
        | Effect::Notify(_)
        | Effect::RunHook(..)
        | Effect::Thin(_) => Ok(()),
    }
}
