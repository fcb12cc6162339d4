//! The machine around the program: sleep, the network, simultaneous starts, the end of a session, and kills.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use linode_bandwidth::domain::alert::AlertKey;
use linode_bandwidth::storage::history::History;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::message::Type;

use crate::rig::program::TestDesktop;
use crate::rig::watch::Watch;
use crate::rig::{item, until};
use crate::support::server::Reply;

/// A system bus with a fake logind.
struct System {
    daemon: Child,
    address: String,
    logind: Connection,
    watch: Watch,
}

impl System {
    fn start(folder: &Path) -> System {
        let settings = folder.join("system.conf");
        let text = format!(
            r#"<busconfig><listen>unix:dir={}</listen><auth>EXTERNAL</auth><policy context="default">
            <allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/></policy></busconfig>"#,
            folder.display()
        );
        fs::write(&settings, text).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .args(["--nofork", "--print-address", &format!("--config-file={}", settings.display())])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        let address = address.trim_end().to_owned();
        let connect = || Builder::address(address.as_str()).unwrap();
        let logind = connect().name("org.freedesktop.login1").unwrap().build().unwrap();
        let watch = Watch::on(connect().build().unwrap(), connect().build().unwrap());
        System { daemon, logind, watch, address }
    }

    /// Announces sleep or wake-up like logind.
    fn prepare_for_sleep(&self, about_to: bool) {
        let (path, interface) = ("/org/freedesktop/login1", "org.freedesktop.login1.Manager");
        self.logind.emit_signal(None::<&str>, path, interface, "PrepareForSleep", &about_to).unwrap();
    }
}

impl Drop for System {
    fn drop(&mut self) {
        let _ = self.daemon.kill();
        let _ = self.daemon.wait();
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn wake_up_causes_one_poll_even_if_announced_twice() {
    let desk = TestDesktop::with_acme();
    let system = System::start(desk.folder());
    desk.used(630, 1000);
    let tray = desk.tray_with(&[("DBUS_SYSTEM_BUS_ADDRESS", &system.address)]);
    tray.showing("Acme 63%");
    let listens = || {
        let rules = system.watch.matching(Type::MethodCall, "org.freedesktop.DBus", "AddMatch");
        rules.iter().any(|rule| {
            rule.body().deserialize::<String>().is_ok_and(|text| text.contains("PrepareForSleep"))
        })
    };
    until("the listener to logind", || listens().then_some(()));
    let asked = back_off(&desk);
    tray.showing("Acme 63% (offline)");
    desk.used(640, 1000);
    system.prepare_for_sleep(true);
    for _ in 0..3 {
        system.prepare_for_sleep(false);
    }
    tray.showing("Acme 64%");
    desk.refresh();
    assert_eq!(desk.asked(), asked + 2, "once at the wake, and by hand");
}

/// Makes polls fail until the next automatic one is later than any test waits, so that an additional poll must have
/// another cause. Returns the number of polls so far.
fn back_off(desk: &TestDesktop) -> usize {
    desk.answer(Reply::close());
    for _ in 0..5 {
        desk.refresh();
    }
    desk.asked()
}

/// The body of the next test, in a network that only has a loopback device, which is down.
const APART: &str = "machine::in_a_network_of_its_own";

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_new_network_brings_one_poll_at_once() {
    let alone = || {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-current-user", "--keep-caps", "--net", "--"]);
        unshare
    };
    if !alone().arg("true").status().unwrap().success() {
        return crate::support::skip("this machine gives out no network of one's own");
    }
    let test = std::env::current_exe().unwrap();
    let status = alone().arg(test).args(["--ignored", "--exact", APART]).env("APART", "1").status().unwrap();
    assert!(status.success());
}

#[test]
#[ignore = "started by the test above"]
fn in_a_network_of_its_own() {
    if std::env::var_os("APART").is_none() {
        return;
    }
    let ip = |words: &str| crate::rig::tool("ip", &words.split(' ').collect::<Vec<_>>());
    ip("link set lo up");
    let desk = TestDesktop::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    let asked = back_off(&desk);
    tray.showing("Acme 63% (offline)");
    desk.used(640, 1000);
    ip("route add 10.0.0.0/8 dev lo");
    ip("route add default dev lo");
    tray.showing("Acme 64%");
    desk.refresh();
    assert_eq!(desk.asked(), asked + 2, "with the new network and not with a local one, and by hand");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn two_starts_at_the_same_instant_are_one_icon() {
    let desk = TestDesktop::apart();
    let _parts = desk.session().all_well();
    desk.acme();
    desk.used(630, 1000);
    for _ in 0..20 {
        let both = Barrier::new(2);
        let start = || {
            both.wait();
            // Without a display, the tray that is asked to come to the front can't open a window.
            desk.tray_with(&[("DISPLAY", ""), ("WAYLAND_DISPLAY", "")])
        };
        let (mut one, mut other) = thread::scope(|scope| {
            let one = scope.spawn(start);
            (start(), one.join().unwrap())
        });
        let one_left = until("the end of one of them", || match (one.has_ended(), other.has_ended()) {
            (None, None) => None,
            (Some(status), None) => Some((false, status)),
            (None, Some(status)) => Some((true, status)),
            both => panic!("both have ended: {both:?}"),
        });
        let (left, status) = one_left;
        assert!(status.success(), "{status}: {}", desk.log());
        let (left, gone) = if left { (one, other) } else { (other, one) };
        left.showing("Acme 63%");
        assert!(item::of_process(&desk.bus, gone.pid()).is_empty());
        left.quit();
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_end_of_a_session_saves_everything_within_a_second() {
    let desk = TestDesktop::with_acme();
    let mut times = Vec::new();
    // One success is enough, because a busy machine may take longer.
    for used in [810, 820, 830, 840, 850, 860, 870, 880, 890] {
        if used > 830 && times.iter().any(|time| *time < Duration::from_secs(1)) {
            break;
        }
        desk.used(used, 1000);
        let tray = desk.tray();
        // The notification is being shown; its delivery is not confirmed yet.
        until("the alert", || (desk.watch.sent(&desk.data_dir()) == 1).then_some(()));
        tray.showing(&format!("Acme {}%", used / 10));
        desk.answer(Reply::never());
        let asked = desk.asked();
        let mut refresh = desk.start_command(&["refresh"]);
        if used > 810 {
            until("a request that is not answered", || (desk.asked() > asked).then_some(()));
        }
        let begun = Instant::now();
        tray.signal("-TERM");
        assert!(tray.ended().success());
        times.push(begun.elapsed());
        refresh.wait().unwrap();
        assert_eq!(desk.cached()["used_gb"], f64::from(used as u32), "the figures are kept");
    }
    assert_eq!(desk.watch.sent(&desk.data_dir()), 1, "the alert was written down by the first of them");
    assert!(times.iter().any(|time| *time < Duration::from_secs(1)), "{times:?}");
}

/// The thresholds whose alerts are stored, and the number of samples.
fn on_disk(desk: &TestDesktop) -> (BTreeSet<u16>, BTreeSet<i64>) {
    let file = desk.data_dir().join("history.sqlite3");
    let kept = History::open(&file).unwrap().load().unwrap();
    let percent = |key: AlertKey| match key {
        AlertKey::Threshold { percent, .. } => Some(percent),
        _ => None,
    };
    let db = rusqlite::Connection::open(&file).unwrap();
    let mut select = db.prepare("SELECT at FROM samples").unwrap();
    let samples = select.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    (kept.sent_alerts.into_iter().filter_map(percent).collect(), samples)
}

fn told(desk: &TestDesktop) -> BTreeMap<String, usize> {
    let mut told = BTreeMap::new();
    for notified in desk.notified() {
        *told.entry(notified.summary).or_default() += 1;
    }
    told
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn killed_tray_loses_no_alert_and_repeats_at_most_the_current() {
    let desk = TestDesktop::apart();
    let _parts = desk.session().all_well();
    desk.acme();
    desk.configure("thresholds = [10, 20, 30, 40, 50, 60, 70, 80]\nforecast_alert = false", &["Acme"]);
    let configuration = fs::read(desk.config_file()).unwrap();
    let (mut given, mut samples) = (BTreeSet::new(), BTreeSet::new());
    let mut most = BTreeMap::<String, usize>::new();
    for percent in (10..=80u16).step_by(10) {
        desk.used(u64::from(percent) * 10, 1000);
        let summary = format!("Acme passed {percent}% of its transfer");
        // Killed twice, a bit later each time, then not killed.
        for killed_after in [Some(30 + 5 * u64::from(percent)), Some(60 + 9 * u64::from(percent)), None] {
            let was_written = given.contains(&percent);
            let tray = desk.tray();
            match killed_after {
                Some(moment) => {
                    thread::sleep(Duration::from_millis(moment));
                    drop(tray);
                }
                None => {
                    tray.showing(&format!("Acme {percent}%"));
                    desk.refresh();
                    until("the alert written down", || on_disk(&desk).0.contains(&percent).then_some(()));
                    tray.quit();
                }
            }
            if !was_written {
                *most.entry(summary.clone()).or_default() += 1;
            }
            let (given_now, samples_now) = on_disk(&desk);
            assert!(given.is_subset(&given_now), "{given:?} {given_now:?}");
            assert!(samples.is_subset(&samples_now), "{samples:?} {samples_now:?}");
            (given, samples) = (given_now, samples_now);
        }
        assert!(told(&desk).contains_key(&summary), "{:?}", told(&desk));
    }
    // After an alert was stored, a start sends no notification.
    for (summary, times) in told(&desk) {
        assert!(times <= most[&summary], "{summary}: {times} times");
    }
    assert_eq!(fs::read(desk.config_file()).unwrap(), configuration);
}
