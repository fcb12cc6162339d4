//! The work that takes time, off the thread that draws: four threads, so that a slow answer of the API holds up
//! neither a change of the configuration nor the reading of fresh figures.

mod jobs;

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, Sender};
use std::{io, thread};

use tokio::runtime::{Builder, Runtime};

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

/// Takes jobs and gives what came of each: exactly one answer a job.
pub struct Worker {
    edits: Sender<Job>,
    asks: Sender<Job>,
    tops: Sender<Job>,
    loads: Sender<Job>,
    done: Receiver<Done>,
}

impl Worker {
    /// Starts the threads; they end with the value. `wake` is called when an answer is there.
    ///
    /// # Errors
    /// When the system has no thread to give.
    pub fn start(backend: &Backend, wake: impl Fn() + Send + Sync + 'static) -> io::Result<Worker> {
        let (answer, done) = mpsc::channel();
        let wake: Arc<dyn Fn() + Send + Sync> = Arc::new(wake);
        let lane = |name: &str| -> io::Result<Sender<Job>> {
            let (jobs, work) = mpsc::channel::<Job>();
            let (backend, answer, wake) = (backend.clone(), answer.clone(), wake.clone());
            let runtime: Runtime = Builder::new_current_thread().enable_all().build()?;
            thread::Builder::new().name(name.to_owned()).spawn(move || {
                for job in work {
                    if answer.send(jobs::run(job, &backend, &runtime)).is_err() {
                        break;
                    }
                    wake();
                }
                // A request that goes on must not keep the program from ending.
                runtime.shutdown_background();
            })?;
            Ok(jobs)
        };
        Ok(Worker {
            edits: lane("edits")?,
            asks: lane("asks")?,
            tops: lane("tops")?,
            loads: lane("loads")?,
            done,
        })
    }

    /// Does `job` as soon as those before it on its thread are done.
    pub fn send(&self, job: Job) {
        let lane = match &job {
            Job::Load | Job::History(_) => &self.loads,
            // It may take a request for each of many Linodes.
            Job::Top(_) => &self.tops,
            Job::Refresh | Job::Regions | Job::Tokens(_) | Job::Linodes(..) => &self.asks,
            _ => &self.edits,
        };
        // A thread that has ended takes the window with it: there is nothing to tell.
        let _ = lane.send(job);
    }

    /// The next answer that is there.
    pub fn next(&self) -> Option<Done> {
        self.done.try_recv().ok()
    }
}
