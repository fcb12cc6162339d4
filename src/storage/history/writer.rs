//! Writes the history file on a thread of its own: nothing that happens waits for a disk.
//!
//! What can't be written, because the disk is full say, is kept in memory and tried again: when it can be written,
//! nothing is missing.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::Timestamp;

use super::thinning::Thinning;
use super::{History, HistoryError};
use crate::domain::state::StoreCommand;

/// How often what could not be written is tried again.
const TRIED_AGAIN: Duration = Duration::from_secs(10);
/// As much as waits at most: months of one entry's samples.
const MOST_WAITING: usize = 20_000;

/// Hears why nothing can be written; `None` when it can be again.
type Tell = Box<dyn Fn(Option<String>) + Send>;

/// The writing thread. Dropping it writes everything out first.
pub struct HistoryWriter {
    sender: Option<mpsc::Sender<(StoreCommand, Timestamp)>>,
    thread: Option<JoinHandle<()>>,
}

impl HistoryWriter {
    /// Starts the thread, which sleeps until there is something to write. `tell` hears when it can't write and when it
    /// can again. In place of a history that can't be opened now, the path of one that can be later.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(
        history: Result<History, PathBuf>,
        tell: impl Fn(Option<String>) + Send + 'static,
    ) -> std::io::Result<HistoryWriter> {
        let (sender, receiver) = mpsc::channel();
        let (waiting, tell) = (VecDeque::new(), Box::new(tell));
        let mut work = Work { history, waiting, thinning: None, failing: false, tell };
        let thread = thread::Builder::new().name("history".into()).spawn(move || work.run(&receiver))?;
        Ok(HistoryWriter { sender: Some(sender), thread: Some(thread) })
    }

    /// Keeps what `command` says, some time soon, in the order of the calls.
    pub fn keep(&self, command: StoreCommand, at: Timestamp) {
        let gone = self.sender.as_ref().is_none_or(|sender| sender.send((command, at)).is_err());
        if gone {
            tracing::error!("the history thread has ended: this is not kept");
        }
    }
}

impl Drop for HistoryWriter {
    fn drop(&mut self) {
        self.sender.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Work {
    history: Result<History, PathBuf>,
    waiting: VecDeque<(StoreCommand, Timestamp)>,
    thinning: Option<Thinning>,
    failing: bool,
    tell: Tell,
}

impl Work {
    fn run(&mut self, receiver: &Receiver<(StoreCommand, Timestamp)>) {
        if self.history.is_err() {
            self.write_all();
        }
        loop {
            let next = match (self.failing, &self.thinning) {
                (true, _) => receiver.recv_timeout(TRIED_AGAIN),
                // Samples are thinned while nothing else is to be done, a pool at a time.
                (false, Some(_)) => receiver.recv_timeout(Duration::ZERO),
                (false, None) => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match next {
                Ok((StoreCommand::Downsample(months), at)) => self.thinning = Some(Thinning::new(months, at)),
                Ok((command, at)) => self.queue(command, at),
                Err(RecvTimeoutError::Timeout) if !self.failing => self.thin_a_pool(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    if !self.waiting.is_empty() {
                        self.write_all();
                    }
                    return;
                }
            }
            if self.failing || !self.waiting.is_empty() {
                self.write_all();
            }
        }
    }

    fn thin_a_pool(&mut self) {
        let (Some(thinning), Ok(history)) = (self.thinning.take(), &mut self.history) else { return };
        match history.thin_next(thinning) {
            Ok(more) => self.thinning = more,
            // It is begun anew on the next day.
            Err(error) => tracing::error!("{error}"),
        }
    }

    fn queue(&mut self, command: StoreCommand, at: Timestamp) {
        // What an entry was remembered by before is out of date.
        if let StoreCommand::SaveRecord(id, _) = &command {
            self.waiting.retain(|(old, _)| !matches!(old, StoreCommand::SaveRecord(of, _) if of == id));
        }
        self.waiting.push_back((command, at));
        if self.waiting.len() > MOST_WAITING {
            let samples =
                |(command, _): &(StoreCommand, Timestamp)| matches!(command, StoreCommand::SaveSamples(..));
            let oldest = self.waiting.iter().position(samples).unwrap_or(0);
            self.waiting.remove(oldest);
        }
    }

    /// Writes what waits, up to the first that can't be written now.
    fn write_all(&mut self) {
        let written = self.try_to_write();
        match written {
            Ok(()) if self.failing => (self.tell)(None),
            Err(why) if !self.failing => (self.tell)(Some(why)),
            _ => return,
        }
        self.failing = !self.failing;
    }

    fn try_to_write(&mut self) -> Result<(), String> {
        let history = match &mut self.history {
            Ok(history) => history,
            Err(path) => {
                let opened = History::open(path).map_err(|error| error.why_not_written())?;
                self.history = Ok(opened);
                return self.try_to_write();
            }
        };
        while let Some((command, at)) = self.waiting.front() {
            match keep(history, command, *at) {
                Err(error) if error.may_pass() => return Err(error.why_not_written()),
                Err(error) => tracing::error!("{error}"),
                Ok(()) => {}
            }
            self.waiting.pop_front();
        }
        Ok(())
    }
}

fn keep(history: &mut History, command: &StoreCommand, at: Timestamp) -> Result<(), HistoryError> {
    match command {
        StoreCommand::SaveSamples(id, taken_at, pools) => history.keep_samples(id, *taken_at, pools),
        StoreCommand::SaveRecord(id, record) => history.remember(id, record),
        StoreCommand::DeleteRecord(id) => history.forget(id),
        StoreCommand::SaveAlerts(keys) => history.keep_alerts(keys, at),
        StoreCommand::SaveRegions(regions) => history.keep_regions(regions),
        StoreCommand::SavePrices(prices) => history.keep_prices(prices, at),
        StoreCommand::SaveMute(until) => history.keep_mute(*until),
        StoreCommand::Downsample(_) => Ok(()),
    }
}
