//! A session for one test: a bus with only what the test starts, and a fake panel and notification server that can
//! behave badly.

use std::collections::HashMap;
use std::fs;
use std::future::pending;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;
use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::fdo::{self, RequestNameFlags};
use zbus::message::Header;
use zbus::zvariant::OwnedValue;

use super::keyring::Keyring;
use super::{bus, until};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const NOTIFICATIONS: &str = "org.freedesktop.Notifications";

/// A session bus. It ends when this is dropped.
pub struct Session {
    daemon: Mutex<Child>,
    address: String,
    folder: TempDir,
}

impl Session {
    pub fn start() -> Session {
        let folder = tempfile::tempdir().unwrap();
        // The bus starts only one service by itself, the keyring's password dialog.
        let services = folder.path().join("services");
        fs::create_dir(&services).unwrap();
        for name in ["org.gnome.keyring.SystemPrompter.service", "org.gnome.keyring.PrivatePrompter.service"]
        {
            symlink(Path::new("/usr/share/dbus-1/services").join(name), services.join(name)).unwrap();
        }
        let settings = folder.path().join("bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth><servicedir>{}\
             </servicedir><policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow eavesdrop=\"true\"/><allow \
             own=\"*\"/><allow user=\"*\"/></policy></busconfig>",
            folder.path().display(),
            services.display()
        );
        fs::write(&settings, text).unwrap();
        let mut daemon = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", settings.display()))
            .args(["--nofork", "--print-address=1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(daemon.stdout.take().unwrap()).read_line(&mut address).unwrap();
        Session { daemon: Mutex::new(daemon), address: address.trim_end().to_owned(), folder }
    }

    pub fn address(&self) -> &str {
        &self.address
    }

    pub fn connect(&self) -> Connection {
        self.builder().build().unwrap()
    }

    fn builder(&self) -> Builder<'_> {
        Builder::address(self.address.as_str()).unwrap()
    }

    /// Starts a panel, a notification server and a keyring that all work.
    pub fn all_well(&self) -> (Host, Notifications, Keyring) {
        (self.host(Way::Well), self.notifications(Way::Well), self.keyring())
    }

    /// Starts a keyring.
    pub fn keyring(&self) -> Keyring {
        Keyring::on(self.connect(), &self.address, self.folder.path().join("keyring"))
    }

    /// Ends the bus and everything on it.
    pub fn end(&self) {
        let mut daemon = self.daemon.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = daemon.kill();
        let _ = daemon.wait();
    }

    /// Starts a panel that behaves in this way.
    pub fn host(&self, way: Way) -> Host {
        let way = Shared::new(way);
        let watcher = Watcher { way: way.clone(), items: Vec::new() };
        let bus = self.builder().serve_at("/StatusNotifierWatcher", watcher).unwrap().build().unwrap();
        // This one queues behind an existing one.
        bus.request_name_with_flags(WATCHER, RequestNameFlags::ReplaceExisting.into()).unwrap();
        Host { bus: Some(bus), way }
    }

    /// Starts a fake systemd user manager with this environment.
    pub fn systemd(&self, environment: &[&str]) -> Connection {
        let manager = Manager { environment: environment.iter().map(|line| (*line).to_owned()).collect() };
        let bus = self.builder().serve_at("/org/freedesktop/systemd1", manager).unwrap();
        bus.name("org.freedesktop.systemd1").unwrap().build().unwrap()
    }

    /// Starts a notification server that behaves in this way.
    pub fn notifications(&self, way: Way) -> Notifications {
        let (way, seen) = (Shared::new(way), Shared::new(Vec::new()));
        let closed = Shared::new(Vec::new());
        let server = Server { way: way.clone(), seen: seen.clone(), closed: closed.clone() };
        let bus = self.builder().serve_at("/org/freedesktop/Notifications", server).unwrap();
        let bus = bus.name(NOTIFICATIONS).unwrap().build().unwrap();
        Notifications { bus: Some(bus), way, seen, closed }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.end();
    }
}

/// How a fake service behaves.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Way {
    Well,
    /// Never answers.
    Never,
    /// Answers questions about itself, but no others.
    Sits,
    /// Returns an error.
    Refuses,
    /// A panel whose watcher runs but which shows no icons.
    Blind,
}

/// State that the test and the fake service share.
struct Shared<T>(Arc<Mutex<T>>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Shared(self.0.clone())
    }
}

impl<T> Shared<T> {
    fn new(value: T) -> Shared<T> {
        Shared(Arc::new(Mutex::new(value)))
    }

    fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A panel. It ends when this is dropped.
pub struct Host {
    bus: Option<Connection>,
    way: Shared<Way>,
}

impl Host {
    pub fn answers(&self, way: Way) {
        *self.way.lock() = way;
    }

    /// Waits until it owns the name on the bus.
    pub fn in_charge(&self) {
        let bus = self.bus.as_ref().unwrap();
        let place = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus");
        let own = bus.unique_name().unwrap().to_string();
        until("the panel's turn", || {
            let owner = bus::try_call::<_, String>(bus, place, "GetNameOwner", &WATCHER).ok()?;
            (owner == own).then_some(())
        });
    }
}

/// A hanging call would keep the connection and its name alive.
impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.bus.take().map(Connection::close);
    }
}

struct Watcher {
    way: Shared<Way>,
    items: Vec<String>,
}

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    async fn register_status_notifier_item(
        &mut self,
        _service: String,
        #[zbus(header)] header: Header<'_>,
    ) -> fdo::Result<()> {
        answer(&self.way).await?;
        let name = header.sender().map(ToString::to_string).unwrap_or_default();
        self.items.push(format!("{name}/StatusNotifierItem"));
        Ok(())
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.clone()
    }

    #[zbus(property)]
    async fn is_status_notifier_host_registered(&self) -> bool {
        let way = *self.way.lock();
        if way == Way::Never {
            pending::<()>().await;
        }
        way != Way::Blind
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// Returns when an answer is due; with `Never`, once the test changes that.
async fn answer(way: &Shared<Way>) -> fdo::Result<()> {
    let now = *way.lock();
    match now {
        Way::Well | Way::Blind => Ok(()),
        Way::Never | Way::Sits => pending().await,
        Way::Refuses => Err(fdo::Error::Failed("not today".to_owned())),
    }
}

/// A notification server. It ends when this is dropped.
pub struct Notifications {
    bus: Option<Connection>,
    way: Shared<Way>,
    seen: Shared<Vec<(String, String)>>,
    closed: Shared<Vec<u32>>,
}

impl Notifications {
    /// The ids that it was asked to close. The first id is 1.
    pub fn closed(&self) -> Vec<u32> {
        self.closed.lock().clone()
    }

    pub fn answers(&self, way: Way) {
        *self.way.lock() = way;
    }

    /// Summary and body of all notifications, answered or not.
    pub fn seen(&self) -> Vec<(String, String)> {
        self.seen.lock().clone()
    }

    /// Simulates a click in the notification with this id, like a server on Wayland: the signals go to everybody, or
    /// only to the sender.
    pub fn clicked(&self, whom: Option<&str>, id: u32, key: &str, activation: &str) {
        let bus = self.bus.as_ref().unwrap();
        for (signal, word) in [("ActivationToken", activation), ("ActionInvoked", key)] {
            bus.emit_signal(whom, "/org/freedesktop/Notifications", NOTIFICATIONS, signal, &(id, word))
                .unwrap();
        }
    }

    pub fn wait_for(&self, count: usize) -> Vec<(String, String)> {
        let all =
            until(&format!("{count} notifications"), || Some(self.seen()).filter(|seen| seen.len() >= count));
        assert_eq!(all.len(), count, "{all:#?}");
        all
    }
}

impl Drop for Notifications {
    fn drop(&mut self) {
        let _ = self.bus.take().map(Connection::close);
    }
}

struct Manager {
    environment: Vec<String>,
}

#[zbus::interface(name = "org.freedesktop.systemd1.Manager")]
impl Manager {
    #[zbus(property)]
    fn environment(&self) -> Vec<String> {
        self.environment.clone()
    }
}

struct Server {
    way: Shared<Way>,
    seen: Shared<Vec<(String, String)>>,
    closed: Shared<Vec<u32>>,
}

#[zbus::interface(name = "org.freedesktop.Notifications")]
impl Server {
    #[allow(clippy::too_many_arguments, reason = "the specification's")]
    async fn notify(
        &self,
        _name: String,
        replaces: u32,
        _icon: String,
        summary: String,
        body: String,
        _actions: Vec<String>,
        _hints: HashMap<String, OwnedValue>,
        _timeout: i32,
    ) -> fdo::Result<u32> {
        let count = {
            let mut seen = self.seen.lock();
            seen.push((summary, body));
            u32::try_from(seen.len()).unwrap()
        };
        answer(&self.way).await?;
        Ok(if replaces == 0 { count } else { replaces })
    }

    fn close_notification(&self, id: u32) {
        self.closed.lock().push(id);
    }

    async fn get_capabilities(&self) -> Vec<String> {
        if *self.way.lock() == Way::Never {
            pending::<()>().await;
        }
        ["actions", "body", "body-markup"].map(str::to_owned).into()
    }

    async fn get_server_information(&self) -> fdo::Result<(String, String, String, String)> {
        if *self.way.lock() == Way::Never {
            answer(&self.way).await?;
        }
        Ok(["stand-in", "tests", "1", "1.2"].map(str::to_owned).into())
    }
}
