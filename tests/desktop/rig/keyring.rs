//! A real keyring in a session of one test, which no other test uses.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use zbus::blocking::Connection;
use zbus::zvariant::{ObjectPath, OwnedObjectPath};

use super::parts::{LOGIN, SECRETS, locked_on, unlock_on};
use super::{bus, tool, until};

/// A keyring. It ends when this is dropped.
pub struct Keyring {
    bus: Connection,
    address: String,
    home: PathBuf,
    daemon: Option<Child>,
}

impl Keyring {
    /// Starts a keyring on the bus at this address, with its files in `home`.
    pub fn on(bus: Connection, address: &str, home: PathBuf) -> Keyring {
        fs::create_dir_all(&home).unwrap();
        let mut keyring = Keyring { bus, address: address.to_owned(), home, daemon: None };
        keyring.start();
        keyring
    }

    /// Starts it unlocked and waits until it is on the bus.
    pub fn start(&mut self) {
        let mut daemon = Command::new("gnome-keyring-daemon")
            .args(["--unlock", "--foreground", "--components=secrets"])
            .env("DBUS_SESSION_BUS_ADDRESS", &self.address)
            .envs(
                ["HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"].map(|name| (name, &self.home)),
            )
            .env("XDG_RUNTIME_DIR", &self.home)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        // It reads the password until the end of standard input.
        daemon.stdin.take().unwrap().write_all(b"test").unwrap();
        self.daemon = Some(daemon);
        until("the keyring", || self.is_there().then_some(()));
    }

    /// Ends it and waits until it is off the bus.
    pub fn stop(&mut self) {
        let mut daemon = self.daemon.take().unwrap();
        tool("kill", &["-TERM", &daemon.id().to_string()]);
        daemon.wait().unwrap();
        until("the keyring's end", || (!self.is_there()).then_some(()));
    }

    pub fn lock(&self) {
        let service = (SECRETS, "/org/freedesktop/secrets", "org.freedesktop.Secret.Service");
        let collection = [ObjectPath::from_static_str_unchecked(LOGIN)];
        let _: (Vec<OwnedObjectPath>, OwnedObjectPath) =
            bus::call(&self.bus, service, "Lock", &(&collection[..],));
        until("the lock", || locked_on(&self.bus).then_some(()));
    }

    /// Unlocks it without a dialog.
    pub fn unlock(&self) {
        unlock_on(&self.bus);
    }

    /// Stores a token without the program.
    pub fn store(&self, id: &str, token: &str) {
        let mut child = self
            .secret_tool(&["store", "--label", "by another program"], id)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(token.as_bytes()).unwrap();
        assert!(child.wait().unwrap().success());
    }

    /// Removes a token without the program.
    pub fn clear(&self, id: &str) {
        assert!(self.secret_tool(&["clear"], id).status().unwrap().success());
    }

    fn secret_tool(&self, words: &[&str], id: &str) -> Command {
        let mut command = Command::new("secret-tool");
        command.args(words).args(["service", "linode-bandwidth", "username", id]);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command
    }

    fn is_there(&self) -> bool {
        let daemon = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus");
        bus::call(&self.bus, daemon, "NameHasOwner", &(SECRETS,))
    }
}

impl Drop for Keyring {
    fn drop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = daemon.kill();
            let _ = daemon.wait();
        }
    }
}
