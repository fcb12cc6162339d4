//! The desktop's parts: the panel, the notification server, the keyring.

use std::collections::HashMap;
use std::process::Command;

use zbus::blocking::Connection;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use super::{bus, until};

/// The keyring.
pub const SECRETS: &str = "org.freedesktop.secrets";
/// The notification server.
pub const SERVER: bus::Place =
    ("org.freedesktop.Notifications", "/org/freedesktop/Notifications", "org.freedesktop.Notifications");
/// The collection that is unlocked with the keyring.
pub const LOGIN: &str = "/org/freedesktop/secrets/collection/login";

/// A part of the desktop that can be ended and started.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    Panel,
    Notifications,
    /// dunst instead of xfce4-notifyd, because its notifications can be answered with a command.
    Dunst,
    Keyring,
}

impl Part {
    /// Starts it and waits until it is on the bus.
    pub fn start(self) {
        self.session("start");
    }

    /// Ends it and waits until it is off the bus.
    pub fn stop(self) {
        self.session("stop");
    }

    /// Kills it and waits until it is off the bus.
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

/// Restores the initial state of the session, whatever a failed test has left.
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

/// Unlocks the keyring without a dialog.
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

/// Whether the keyring on this bus is locked.
pub fn locked_on(bus: &Connection) -> bool {
    bus::property(bus, (SECRETS, LOGIN, "org.freedesktop.Secret.Collection"), "Locked")
}

/// The windows that ask for a password.
pub fn password_dialogs() -> Vec<String> {
    // The command fails if a window closes while it runs.
    let windows = until("a list of the windows", || {
        let list = Command::new("wmctrl").arg("-lx").output().unwrap();
        list.status.success().then(|| String::from_utf8_lossy(&list.stdout).into_owned())
    });
    windows.lines().filter(|line| line.contains("rompter")).map(str::to_owned).collect()
}

/// Closes them like a user.
pub fn dismiss_password_dialogs() {
    for window in password_dialogs() {
        let id = window.split(' ').next().unwrap();
        // It may have closed by now.
        let _ = Command::new("wmctrl").args(["-ic", id]).status();
    }
}

fn session(arguments: &[&str], variables: &[(&str, &str)]) {
    let variables: HashMap<&str, &str> = variables.iter().filter(|(_, v)| !v.is_empty()).copied().collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/desktop/session.sh");
    let status = Command::new(script).args(arguments).envs(variables).status().unwrap();
    assert!(status.success(), "session.sh {arguments:?}");
}
