//! A long run of the tray with a poll every second and an API, a panel and a notification server that fail at random:
//! memory and file descriptors don't grow, and the icon is only sent when its pixels change.
//!
//! Started by `tests/soak`, which sets up the desktop.
#![cfg(test)]
#![cfg(target_os = "linux")]
#![allow(dead_code, reason = "the rig is the desktop tests'")]

#[path = "../desktop/rig/mod.rs"]
mod rig;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::time::{Duration, Instant};

use linode_bandwidth::app::ipc;
use linode_bandwidth::app::ipc::message::Request;
use rig::parts::Part;
use rig::program::{TestDesktop, refusal, transfer};
use support::figures;
use support::server::Reply;
use zbus::message::Type;

/// A signal that only this test sends.
const MARK: &str = "org.example.Mark";

/// The resources that the process holds.
#[derive(Debug, Clone, Copy)]
struct Held {
    /// Resident memory, in KiB.
    rss: u64,
    /// Proportional set size: shared memory is divided among its processes.
    pss: u64,
    /// Private memory that is not backed by a file, where a leak shows.
    own: u64,
    descriptors: usize,
    threads: usize,
}

impl Held {
    fn by(pid: u32) -> Held {
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
        let field = |name: &str| {
            let line = rollup.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        let count = |folder: &str| fs::read_dir(format!("/proc/{pid}/{folder}")).unwrap().count();
        Held {
            rss: field("Rss:"),
            pss: field("Pss:"),
            own: field("Pss_Anon:"),
            descriptors: count("fd"),
            threads: count("task"),
        }
    }
}

/// An icon that was set after the mark belongs to the next poll.
fn forget_up_to_the_mark(seen: &mut Vec<zbus::Message>) {
    let is = |message: &zbus::Message, interface: &str, member: &str| {
        let header = message.header();
        header.interface().is_some_and(|name| name.as_str() == interface)
            && header.member().is_some_and(|name| name.as_str() == member)
    };
    let mark = seen.iter().rposition(|message| is(message, MARK, "Here"));
    let later = seen.split_off(mark.map_or(0, |mark| mark + 1));
    *seen = later;
    seen.retain(|message| is(message, "org.kde.StatusNotifierItem", "NewIcon"));
}

fn median<T: Ord + Copy>(values: impl Iterator<Item = T>) -> T {
    let mut values: Vec<T> = values.collect();
    values.sort();
    values[values.len() / 2]
}

/// The random generator SplitMix64 by Steele et al.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % limit
    }
}

/// The API's next response, and whether it has figures, as it has half of the time.
fn answer(chance: &mut Chance, used: u64) -> (Reply, bool) {
    let good = transfer(used, 1000);
    let fault = match chance.below(24) {
        0..=11 => return (good, true),
        12 => Reply::close(),
        13 => Reply::json(500, "{}"),
        14 => Reply::json(502, "<html>bad gateway</html>"),
        15 => {
            Reply::json(429, r#"{"errors": [{"reason": "Too many requests"}]}"#).header("Retry-After", "60")
        }
        16 => Reply::json(503, "{}").header("X-Maintenance-Mode", "1"),
        17 => refusal(),
        18 => Reply::json(403, r#"{"errors": [{"reason": "Unauthorized"}]}"#),
        19 => Reply::json(200, "<html>log in here</html>"),
        20 => Reply::redirect("https://portal.example/"),
        21 => Reply::json(200, r#"{"used": -1, "quota": 1000, "billable": 0}"#),
        22 => good.cut(),
        // The client gives up after ten seconds.
        _ if chance.below(8) == 0 => Reply::never(),
        _ => Reply::json(200, "x".repeat(2 << 20)),
    };
    (fault, false)
}

#[test]
#[ignore = "takes long: tests/soak starts it"]
fn memory_is_stable_and_icons_are_sent_only_on_change() {
    let minutes: u64 = std::env::var("SOAK_MINUTES").map_or(1, |text| text.parse().unwrap());
    let seed = jiff::Timestamp::now().as_nanosecond() as u64;
    eprintln!("seed {seed}");
    let mut chance = Chance(seed);
    let desk = TestDesktop::alone();
    let configure = |threshold: u64| {
        desk.configure(&format!("poll_interval = \"1m\"\nthresholds = [{threshold}, 100]"), &["Acme"]);
    };
    configure(80);
    desk.give_token("Acme", rig::program::TOKEN);
    desk.used(1, 1000);
    // Without logging, which would grow and is not part of what is measured.
    let tray = desk.tray_with(&[("RUST_LOG", "off")]);
    tray.showing("Acme 0.10%");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let refresh = || {
        let folder = desk.data_dir();
        let refreshed = ipc::send_request(&folder, Request::Refresh, Duration::from_secs(20));
        runtime.block_on(refreshed).unwrap();
    };

    let (begun, length) = (Instant::now(), Duration::from_secs(60 * minutes));
    let mut held = Vec::new();
    let (mut polls, mut faults, mut restarts, mut notified) = (0, 0, 0, 0);
    let (mut set, mut changed, mut needless, mut missed) = (0, 0, 0, 0);
    let (mut used, mut quiet, mut icon) = (1, 0, tray.item().icon());
    for second in 1.. {
        let due = begun + Duration::from_secs(second);
        if due > begun + length {
            break;
        }
        // One poll per second, because this measures the program over time, not its speed.
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
        used = if used > 1200 { 1 } else { used + chance.below(12) };
        let (reply, good) = answer(&mut chance, used);
        desk.answer(reply);
        refresh();
        polls += 1;
        faults += u64::from(!good);
        match chance.below(90) {
            0 => {
                Part::Panel.kill();
                Part::Panel.start();
                restarts += 1;
                // What a new panel reads does not count.
                quiet = 2;
            }
            1 => {
                Part::Notifications.kill();
                Part::Notifications.start();
                restarts += 1;
            }
            2 => configure(1 + chance.below(99)),
            _ => {}
        }
        // A changed file is applied when the change is noticed; a change during the read causes another read.
        let icons = || desk.watch.count(Type::Signal, "org.kde.StatusNotifierItem", "NewIcon");
        let mut marks = 0;
        let (now, icons) = loop {
            let before = icons();
            let now = tray.item().icon();
            // Once the monitor has seen this signal, it has seen everything before it.
            desk.bus.emit_signal(None::<&str>, "/", MARK, "Here", &second).unwrap();
            marks += 1;
            rig::until("the mark", || (desk.watch.count(Type::Signal, MARK, "Here") == marks).then_some(()));
            if icons() == before {
                break (now, before);
            }
        };
        notified += desk.watch.sent(&desk.data_dir());
        forget_up_to_the_mark(&mut desk.watch.messages());
        set += icons;
        let differs = now != icon;
        changed += usize::from(differs);
        if quiet == 0 {
            needless += usize::from(icons == 1 && !differs);
            missed += usize::from(icons == 0 && differs);
        }
        quiet = u32::saturating_sub(quiet, 1);
        icon = now;
        if second % 10 == 0 {
            held.push(Held::by(tray.pid()));
        }
    }
    tray.quit();

    // The first minute belongs to the start.
    let warm = &held[held.len().min(6)..];
    let part = (warm.len() / 4).max(1);
    let (first, last) = (&warm[..part], &warm[warm.len() - part..]);
    let of = |part: &[Held], what: fn(&Held) -> u64| median(part.iter().map(what));
    let row = |name: &str, what: fn(&Held) -> u64, unit: &str| {
        let (least, most) = (warm.iter().map(what).min().unwrap(), warm.iter().map(what).max().unwrap());
        format!(
            "| {name} | {}{unit} | {}{unit} | {least} to {most}{unit} |\n",
            of(first, what),
            of(last, what)
        )
    };
    let build = if cfg!(debug_assertions) { "debug" } else { "release" };
    let mut text = format!(
        "{minutes} minutes of the tray ({build} build): {polls} polls, of which {faults} failed in one of twelve ways, \
         {restarts} restarts of panel or notification server, {notified} notifications.\n\n\
         | after its first minute | first quarter | last quarter | range |\n| --- | --- | --- | --- |\n"
    );
    text += &row("resident memory", |held| held.rss, " KiB");
    text += &row("proportional memory", |held| held.pss, " KiB");
    text += &row("of it the program's own", |held| held.own, " KiB");
    text += &row("file descriptors", |held| held.descriptors as u64, "");
    text += &row("threads", |held| held.threads as u64, "");
    text += &format!(
        "\nThe icon was set {set} times; after {changed} polls it looked different from before. Needless settings: \
         {needless}.\n"
    );
    eprintln!("{text}");
    if std::env::var_os("SOAK_FIGURES").is_some() {
        figures::put("reliability.md", "soak", &text);
    }
    assert_eq!((needless, missed), (0, 0), "icons set without a change, changes without an icon set");
    assert!(set > 0 && changed > 0);
    // Short-lived memory shows up in some measurements only, so compare the minimums.
    let least = |part: &[Held]| part.iter().map(|held| held.own).min().unwrap();
    let grown = least(last).saturating_sub(least(first));
    assert!(grown < 1024, "{grown} KiB more: {held:?}");
    // A connection or a thread more at the time of measurement is fine; one more per minute is not.
    let more = |what: fn(&Held) -> u64| of(last, what).saturating_sub(of(first, what));
    assert!(more(|held| held.descriptors as u64) <= 2, "{held:?}");
    assert!(more(|held| held.threads as u64) <= 2, "{held:?}");
}
