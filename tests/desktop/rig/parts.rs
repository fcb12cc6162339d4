//! The desktop's parts: the panel, the notification server, the keyring.

use std::collections::HashMap;
use std::process::Command;

use zbus::blocking::Connection;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use super::{bus, until};

/// The keyring.
pub const SECRETS: &str = "org.freedesktop.secrets";
/// Whoever shows notifications.
pub const SERVER: bus::Place =
    ("org.freedesktop.Notifications", "/org/freedesktop/Notifications", "org.freedesktop.Notifications");
/// The collection that the keyring is unlocked with.
pub const LOGIN: &str = "/org/freedesktop/secrets/collection/login";

/// A part that can be ended and started.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    Panel,
    Notifications,
    /// dunst in place of xfce4-notifyd: its notifications are answered by a command.
    Dunst,
    Keyring,
}

impl Part {
    /// Starts it, and returns when it is on the bus.
    pub fn start(self) {
        self.session("start");
    }

    /// Ends it, and returns when it is off the bus.
    pub fn stop(self) {
        self.session("stop");
    }

    /// The same without a word of warning.
    pub fn kill(self) {
        self.session("kill");
    }

    fn session(self, order: &str) {
        let (name, server) = match self {
            Part::Panel => ("panel", ""),
            Part::Notifications => ("notifications", "xfce4"),
            Part::Dunst => ("notifications", "dunst"),
            Part::Keyring => ("keyring", ""),
        };
        session(&[order, name], &[("NOTIFY", server)]);
    }
}

/// Brings everything back as the session began, whatever a test that failed has left.
pub fn restore() {
    let bus = Connection::session().unwrap();
    let daemon = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus");
    let there = |name: &str| bus::try_call(&bus, daemon, "NameHasOwner", &(name,)).unwrap_or(false);
    if !there("org.kde.StatusNotifierWatcher") {
        Part::Panel.start();
    }
    let named =
        || bus::try_call::<_, (String, String, String, String)>(&bus, SERVER, "GetServerInformation", &());
    if there(SERVER.0) && named().is_ok_and(|(name, ..)| name == "dunst") {
        Part::Dunst.stop();
    }
    if !there(SERVER.0) {
        Part::Notifications.start();
    }
    if !there(SECRETS) {
        Part::Keyring.start();
    }
    if locked() {
        unlock();
    }
}

/// Whether the panel is LXQt's.
pub fn on_lxqt() -> bool {
    std::env::var("HOST").is_ok_and(|host| host == "lxqt")
}

/// Makes the panel light or dark.
pub fn paint(color: &str) {
    session(&["paint", color], &[]);
}

/// Locks the keyring.
pub fn lock() {
    session(&["lock"], &[]);
    until("the lock", || locked().then_some(()));
}

/// Unlocks it as a password dialog would, without one.
pub fn unlock() {
    unlock_on(&Connection::session().unwrap());
}

/// Unlocks the keyring of this bus.
pub fn unlock_on(bus: &Connection) {
    let (_, session): (OwnedValue, OwnedObjectPath) = bus::call(
        bus,
        (SECRETS, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service"),
        "OpenSession",
        &("plain", Value::from("")),
    );
    let secret = (session, Vec::<u8>::new(), b"test".to_vec(), "text/plain");
    let () = bus::call(
        bus,
        (SECRETS, "/org/freedesktop/secrets", "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"),
        "UnlockWithMasterPassword",
        &(ObjectPath::from_static_str_unchecked(LOGIN), secret),
    );
    assert!(!locked_on(bus));
}

fn locked() -> bool {
    locked_on(&Connection::session().unwrap())
}

/// Whether the keyring of this bus is locked.
pub fn locked_on(bus: &Connection) -> bool {
    bus::property(bus, (SECRETS, LOGIN, "org.freedesktop.Secret.Collection"), "Locked")
}

/// The windows on the screen that ask for a password.
pub fn password_dialogs() -> Vec<String> {
    // It fails when a window closes while it looks.
    let windows = until("a list of the windows", || {
        let list = Command::new("wmctrl").arg("-lx").output().unwrap();
        list.status.success().then(|| String::from_utf8_lossy(&list.stdout).into_owned())
    });
    windows.lines().filter(|line| line.contains("rompter")).map(str::to_owned).collect()
}

/// Closes them as a user does.
pub fn dismiss_password_dialogs() {
    for window in password_dialogs() {
        let id = window.split(' ').next().unwrap();
        // It may be gone by now.
        let _ = Command::new("wmctrl").args(["-ic", id]).status();
    }
}

fn session(arguments: &[&str], variables: &[(&str, &str)]) {
    let variables: HashMap<&str, &str> = variables.iter().filter(|(_, v)| !v.is_empty()).copied().collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/desktop/session.sh");
    let status = Command::new(script).args(arguments).envs(variables).status().unwrap();
    assert!(status.success(), "session.sh {arguments:?}");
}
