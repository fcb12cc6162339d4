//! Writes the history on its own thread, so that nothing else waits for the disk.
//!
//! Failed writes, for example on a full disk, stay in memory and are retried without loss.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::Timestamp;

use super::{Downsampling, History, HistoryError};
use crate::domain::state::StoreCommand;

/// Pause before failed writes are retried.
const RETRY_INTERVAL: Duration = Duration::from_secs(10);
/// In commands: months of one account's samples.
const MAX_QUEUE_LEN: usize = 20_000;

/// Receives the reason when writes fail, and `None` when they succeed again.
type OnStatus = Box<dyn Fn(Option<String>) + Send>;

enum Job {
    Execute(StoreCommand, Timestamp),
    Call(Box<dyn FnOnce() + Send>),
}

/// A handle to the writer thread. Dropping it writes the queue first.
pub struct HistoryWriter {
    sender: Option<mpsc::Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl HistoryWriter {
    /// Starts the thread, which sleeps while there is nothing to write. Calls `on_status` when writes start to
    /// fail and when they work again. `history` may be the path of a file that can't be opened now; the thread
    /// retries it.
    ///
    /// # Errors
    /// If the system can't start a thread.
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

    /// Queues `command`. Commands run in order.
    pub fn enqueue(&self, command: StoreCommand, at: Timestamp) {
        let gone = self.sender.as_ref().is_none_or(|sender| sender.send(Job::Execute(command, at)).is_err());
        if gone {
            tracing::error!("the history thread has ended: this is not kept");
        }
    }

    /// Calls `done` when all earlier commands are written, or can't be written now.
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
                // Downsample while idle, one pool at a time.
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
            // The next day starts a new run.
            Err(error) => tracing::error!("{error}"),
        }
    }

    fn push(&mut self, command: StoreCommand, at: Timestamp) {
        // It replaces the account's older record.
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

    /// Writes the queue, up to the first command that fails for now.
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
        StoreCommand::SaveBreakdown(id, breakdown) => history.save_breakdown(id, breakdown),
        StoreCommand::SaveMute(until) => history.save_mute(*until),
        StoreCommand::Downsample(_) => Ok(()),
    }
}
