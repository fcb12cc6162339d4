//! The work that takes time, off the thread that draws: a slow answer of the API, or a person who looks for a password,
//! holds up neither a change of the configuration nor the reading of fresh figures.

mod jobs;

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::{io, thread};

use tokio::runtime::{Builder, Handle, Runtime};

use crate::store::paths::Paths;
use crate::store::token_store::TokenStore;

pub use jobs::{Done, Job, Loaded, SaveError, Saved, Wanted, Whose};

/// What the work is done with.
#[derive(Clone)]
pub struct Backend {
    /// Where the files are.
    pub paths: Paths,
    /// Where the tokens are.
    pub tokens: TokenStore,
}

/// Takes jobs and gives what came of each: exactly one answer per job.
pub struct Worker {
    edits: Sender<Job>,
    loads: Sender<Job>,
    answering: Answering,
    done: Receiver<Done>,
}

/// What each job is done with and answered to.
#[derive(Clone)]
struct Answering {
    backend: Backend,
    /// The one that drives the keyring's connection, which all jobs share, also while none of them waits for it.
    runtime: Handle,
    _shutdown: Arc<Shutdown>,
    answers: Sender<Done>,
    wake: Arc<dyn Fn() + Send + Sync>,
}

/// Ends the runtime after its last user, and waits for nothing: a request that goes on must not keep the program from
/// ending.
struct Shutdown(Option<Runtime>);

impl Drop for Shutdown {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl Answering {
    /// Does `job`; whether somebody still takes answers.
    fn answer(&self, job: Job) -> bool {
        let there = self.answers.send(jobs::run(job, &self.backend, &self.runtime)).is_ok();
        if there {
            (self.wake)();
        }
        there
    }
}

impl Worker {
    /// Starts the threads; they end with the value. `wake` is called when an answer is there.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(backend: &Backend, wake: impl Fn() + Send + Sync + 'static) -> io::Result<Worker> {
        let (answers, done) = mpsc::channel();
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        let answering = Answering {
            backend: backend.clone(),
            runtime: runtime.handle().clone(),
            _shutdown: Arc::new(Shutdown(Some(runtime))),
            answers,
            wake: Arc::new(wake),
        };
        let queue = |name: &str| -> io::Result<Sender<Job>> {
            let (jobs, work) = mpsc::channel::<Job>();
            let answering = answering.clone();
            thread::Builder::new().name(name.to_owned()).spawn(move || {
                let _ = work.into_iter().all(|job| answering.answer(job));
            })?;
            Ok(jobs)
        };
        Ok(Worker { edits: queue("edits")?, loads: queue("loads")?, answering, done })
    }

    /// Does `job`: what changes something, and what reads files, in turn; a request at once, because each may take long,
    /// or wait for the user to unlock the keyring.
    pub fn send(&self, job: Job) {
        let queue = match &job {
            Job::Load | Job::History(_) => &self.loads,
            Job::Refresh | Job::Regions | Job::Tokens(..) | Job::Top(..) | Job::Linodes(..) => {
                let answering = self.answering.clone();
                self.answering.runtime.spawn_blocking(move || answering.answer(job));
                return;
            }
            _ => &self.edits,
        };
        // A thread that has ended takes the window with it: there is nothing to tell.
        let _ = queue.send(job);
    }

    /// The next answer that is there.
    pub fn next(&self) -> Option<Done> {
        self.done.try_recv().ok()
    }
}
