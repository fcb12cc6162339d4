//! Writes the history file on a thread of its own, so that nothing waits for a disk.
//!
//! What can't be written, because the disk is full, for example, stays in memory and is tried again: once it can be
//! written, nothing is missing.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::Timestamp;

use super::{Downsampling, History, HistoryError};
use crate::domain::state::StoreCommand;

/// How long to wait before what could not be written is tried again.
const RETRY_INTERVAL: Duration = Duration::from_secs(10);
/// Months of one account's samples.
const MAX_QUEUE_LEN: usize = 20_000;

/// Called with why nothing can be written, and with `None` when it can be again.
type OnStatus = Box<dyn Fn(Option<String>) + Send>;

enum Job {
    Execute(StoreCommand, Timestamp),
    Call(Box<dyn FnOnce() + Send>),
}

/// The writing thread. Dropping it writes everything first.
pub struct HistoryWriter {
    sender: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl HistoryWriter {
    /// Starts the thread, which sleeps until there is something to write. It calls `on_status` when it can't write and when
    /// it can again. `history` may be the path of one that can't be opened now and is tried again.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(
        history: Result<History, PathBuf>,
        on_status: impl Fn(Option<String>) + Send + 'static,
    ) -> std::io::Result<HistoryWriter> {
        let (sender, receiver) = mpsc::channel();
        let (queue, on_status) = (VecDeque::new(), Box::new(on_status));
        let mut writer = WriterThread { history, queue, downsampling: None, failing: false, on_status };
        let thread = thread::Builder::new().name("history".into()).spawn(move || writer.run(&receiver))?;
        Ok(HistoryWriter { sender: Some(sender), thread: Some(thread) })
    }

    /// Executes `command` soon, in the order of the calls.
    pub fn enqueue(&self, command: StoreCommand, at: Timestamp) {
        let gone = self.sender.as_ref().is_none_or(|sender| sender.send(Job::Execute(command, at)).is_err());
        if gone {
            tracing::error!("the history thread has ended: this is not kept");
        }
    }

    /// Calls `done` when everything before it is written, or can't be written now.
    pub fn after_write(&self, done: impl FnOnce() + Send + 'static) {
        if let Some(sender) = &self.sender {
            let _ = sender.send(Job::Call(Box::new(done)));
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

struct WriterThread {
    history: Result<History, PathBuf>,
    queue: VecDeque<(StoreCommand, Timestamp)>,
    downsampling: Option<Downsampling>,
    failing: bool,
    on_status: OnStatus,
}

impl WriterThread {
    fn run(&mut self, receiver: &Receiver<Job>) {
        if self.history.is_err() {
            self.write_all();
        }
        loop {
            let next = match (self.failing, &self.downsampling) {
                (true, _) => receiver.recv_timeout(RETRY_INTERVAL),
                // Downsample while there is nothing else to do, one pool at a time.
                (false, Some(_)) => receiver.recv_timeout(Duration::ZERO),
                (false, None) => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            match next {
                Ok(Job::Execute(StoreCommand::Downsample(months), at)) => {
                    self.downsampling = Some(Downsampling::new(months, at))
                }
                Ok(Job::Execute(command, at)) => self.push(command, at),
                Ok(Job::Call(done)) => done(),
                Err(RecvTimeoutError::Timeout) if !self.failing => self.downsample_a_pool(),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    if !self.queue.is_empty() {
                        self.write_all();
                    }
                    return;
                }
            }
            if self.failing || !self.queue.is_empty() {
                self.write_all();
            }
        }
    }

    fn downsample_a_pool(&mut self) {
        let (Some(downsampling), Ok(history)) = (self.downsampling.take(), &mut self.history) else { return };
        match history.downsample_next(downsampling) {
            Ok(more) => self.downsampling = more,
            // It starts again on the next day.
            Err(error) => tracing::error!("{error}"),
        }
    }

    fn push(&mut self, command: StoreCommand, at: Timestamp) {
        // The account's older record is out of date.
        if let StoreCommand::SaveRecord(id, _) = &command {
            self.queue.retain(|(old, _)| !matches!(old, StoreCommand::SaveRecord(of, _) if of == id));
        }
        self.queue.push_back((command, at));
        if self.queue.len() > MAX_QUEUE_LEN {
            let samples =
                |(command, _): &(StoreCommand, Timestamp)| matches!(command, StoreCommand::SaveSamples(..));
            let oldest = self.queue.iter().position(samples).unwrap_or(0);
            self.queue.remove(oldest);
        }
    }

    /// Writes the queue, up to the first command that can't be written now.
    fn write_all(&mut self) {
        let written = self.try_to_write();
        match written {
            Ok(()) if self.failing => (self.on_status)(None),
            Err(why) if !self.failing => (self.on_status)(Some(why)),
            _ => return,
        }
        self.failing = !self.failing;
    }

    fn try_to_write(&mut self) -> Result<(), String> {
        let history = match &mut self.history {
            Ok(history) => history,
            Err(path) => {
                let opened = History::open(path).map_err(|error| error.write_status())?;
                self.history = Ok(opened);
                return self.try_to_write();
            }
        };
        while let Some((command, at)) = self.queue.front() {
            match execute(history, command, *at) {
                Err(error) if error.is_transient() => return Err(error.write_status()),
                Err(error) => tracing::error!("{error}"),
                Ok(()) => {}
            }
            self.queue.pop_front();
        }
        Ok(())
    }
}

fn execute(history: &mut History, command: &StoreCommand, at: Timestamp) -> Result<(), HistoryError> {
    match command {
        StoreCommand::SaveSamples(id, taken_at, pools) => history.save_samples(id, *taken_at, pools),
        StoreCommand::SaveRecord(id, record) => history.save_record(id, record),
        StoreCommand::RetireRecord(id) => history.retire_record(id),
        StoreCommand::SaveAlerts(keys) => history.save_alerts(keys, at),
        StoreCommand::SaveRegions(regions) => history.save_regions(regions),
        StoreCommand::SavePrices(prices) => history.save_prices(prices, at),
        StoreCommand::SaveMute(until) => history.save_mute(*until),
        StoreCommand::Downsample(_) => Ok(()),
    }
}
