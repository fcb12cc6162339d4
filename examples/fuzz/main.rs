//! Feeds invalid input to a parser for some seconds. The parser may reject it, but must not crash, hang or take more
//! than 64 MiB.
//!
//! Started by `tests/fuzz`. Input that caused a failure is saved in `target/fuzz`; `fuzz TARGET again FILE` repeats it.
#![cfg_attr(not(unix), allow(dead_code))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "it is a test"
)]

#[cfg(unix)]
mod answers;
#[cfg(unix)]
mod files;
mod mutate;
#[cfg(unix)]
mod socket;
#[cfg(unix)]
#[path = "../../tests/support/figures.rs"]
mod write_figures;

#[cfg(not(unix))]
fn main() {
    println!("SKIPPED: this reads files and sockets of Unix");
}

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    unix::main()
}

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::process::ExitCode;
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use super::mutate::{Chance, input};
    use super::{answers, files, socket, write_figures};

    /// The maximum memory of the process, in KiB.
    const MOST_MEMORY: u64 = 64 * 1024;
    /// An input that takes longer counts as a hang.
    const TIMEOUT: Duration = Duration::from_secs(30);

    /// A parser, which must not crash.
    pub type Read = Box<dyn FnMut(&[u8])>;

    /// A parser with valid inputs for it.
    pub struct Target {
        pub good: Vec<Vec<u8>>,
        pub longest: usize,
        pub read: Read,
    }

    fn target(name: &str) -> Target {
        match name {
            "configuration" => files::configuration(),
            "linode-cli" => files::linode_cli(),
            "history-file" => files::history_file(),
            "history-rows" => files::history_rows(),
            "answers" => answers::answers(),
            "socket" => socket::socket(),
            _ => panic!("there is no target {name:?}"),
        }
    }

    /// The process's peak memory so far, in KiB.
    fn peak() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
    }

    pub fn main() -> ExitCode {
        let words: Vec<String> = std::env::args().skip(1).collect();
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["figures", file] => {
                write_figures::put("reliability.md", "fuzz", &fs::read_to_string(file).unwrap());
                ExitCode::SUCCESS
            }
            [name, "again", file] => {
                (target(name).read)(&fs::read(file).unwrap());
                ExitCode::SUCCESS
            }
            [name, seconds] => run(name, Duration::from_secs(seconds.parse().expect("seconds"))),
            _ => panic!("fuzz TARGET SECONDS"),
        }
    }

    fn run(name: &str, time: Duration) -> ExitCode {
        let Target { good, longest, mut read } = target(name);
        let seed = jiff::Timestamp::now().as_nanosecond() as u64;
        let mut chance = Chance(seed);
        let (begun, mut inputs) = (Instant::now(), 0u64);
        let alive = watch_for_hangs(name.to_owned());
        for each in &good {
            read(each);
        }
        while begun.elapsed() < time {
            let bytes = input(&mut chance, &good, longest);
            alive.send(bytes.clone()).expect("the watch");
            let fell = catch_unwind(AssertUnwindSafe(|| read(&bytes))).is_err();
            inputs += 1;
            if fell || peak() > MOST_MEMORY {
                let file = keep(name, &bytes);
                let why = if fell { "falls" } else { "takes more than 64 MiB" };
                eprintln!("{name} {why} (seed {seed}): cargo run --example fuzz {name} again {file}");
                return ExitCode::FAILURE;
            }
        }
        println!("| {name} | {} | {inputs} | {:.1} MiB |", time.as_secs(), peak() as f64 / 1024.0);
        ExitCode::SUCCESS
    }

    fn keep(name: &str, bytes: &[u8]) -> String {
        fs::create_dir_all("target/fuzz").unwrap();
        let file = format!("target/fuzz/{name}");
        fs::write(&file, bytes).unwrap();
        file
    }

    /// Ends the process if an input takes too long.
    fn watch_for_hangs(name: String) -> mpsc::SyncSender<Vec<u8>> {
        let (alive, told) = mpsc::sync_channel::<Vec<u8>>(1);
        std::thread::spawn(move || {
            let mut last = Vec::new();
            loop {
                match told.recv_timeout(TIMEOUT) {
                    Ok(bytes) => last = bytes,
                    Err(mpsc::RecvTimeoutError::Disconnected) => return,
                    Err(mpsc::RecvTimeoutError::Timeout) => {
                        eprintln!("{name} hangs: {}", keep(&name, &last));
                        std::process::exit(1);
                    }
                }
            }
        });
        alive
    }
}
