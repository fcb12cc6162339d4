//! Measures a process.

use std::collections::BTreeMap;
use std::fs;

/// Memory in KiB, and the activity of its threads.
#[derive(Debug, Clone)]
pub struct Weight {
    pub pss: u64,
    pub rss: u64,
    /// Private memory without a file behind it.
    pub own: u64,
    /// Processor time of all threads, in nanoseconds.
    pub busy: u64,
    /// By thread: its name, and how often it was woken or interrupted.
    pub switches: BTreeMap<u32, (String, u64)>,
}

impl Weight {
    pub fn of(pid: u32) -> Weight {
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
        let mut busy = 0;
        let mut switches = BTreeMap::new();
        for task in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
            let Ok(id) = task.file_name().to_string_lossy().parse() else { continue };
            let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
            let ran = fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
            busy += number(&ran, "");
            let name = fs::read_to_string(task.path().join("comm")).unwrap_or_default().trim().to_owned();
            let count =
                number(&status, "voluntary_ctxt_switches:") + number(&status, "nonvoluntary_ctxt_switches:");
            switches.insert(id, (name, count));
        }
        Weight {
            pss: number(&rollup, "Pss:"),
            rss: number(&rollup, "Rss:"),
            own: number(&rollup, "Private_Dirty:"),
            busy,
            switches,
        }
    }

    /// By thread name, how often each thread was woken since `before`; others are left out.
    pub fn woken_since(&self, before: &Weight) -> BTreeMap<String, u64> {
        let mut woken = BTreeMap::new();
        for (id, (name, count)) in &self.switches {
            let earlier = before.switches.get(id).map_or(0, |(_, count)| *count);
            if *count > earlier {
                *woken.entry(name.clone()).or_default() += count - earlier;
            }
        }
        woken
    }

    pub fn threads(&self) -> Vec<&str> {
        self.switches.values().map(|(name, _)| name.as_str()).collect()
    }
}

fn number(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}
