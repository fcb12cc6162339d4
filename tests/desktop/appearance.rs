//! What the window gets from the desktop's portal as a user whose processes nobody may inspect: dark colors, and the
//! file dialog.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{MetadataExt, chown, symlink};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::rig::program::{PROGRAMS, TOKEN, TestDesktop};
use crate::rig::running::AppWindow;
use crate::rig::{screen, until};

/// root may inspect every process, so root runs this test as `nobody`.
const NOBODY: u32 = 65534;
/// The services that the bus starts: the portal, its backend for GNOME's settings, and their storage.
const SERVICES: [&str; 4] = [
    "org.freedesktop.portal.Desktop",
    "org.freedesktop.impl.portal.desktop.gtk",
    "org.freedesktop.impl.portal.PermissionStore",
    "ca.desrt.dconf",
];

/// A user with a home and a bus, both removed when this is dropped.
pub struct User {
    bus: Child,
    address: String,
    pub folder: TempDir,
}

impl User {
    pub fn new() -> User {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        for part in ["home", "run", "services"] {
            fs::create_dir(at.join(part)).unwrap();
        }
        for name in SERVICES.map(|name| format!("{name}.service")) {
            symlink(Path::new("/usr/share/dbus-1/services").join(&name), at.join("services").join(name))
                .unwrap();
        }
        let settings = at.join("bus.conf");
        let text = format!(
            "<busconfig><type>session</type><listen>unix:dir={}</listen><auth>EXTERNAL</auth><servicedir>{}\
             </servicedir><policy context=\"default\"><allow send_destination=\"*\" eavesdrop=\"true\"/><allow \
             eavesdrop=\"true\"/><allow own=\"*\"/><allow user=\"*\"/></policy></busconfig>",
            at.join("run").display(),
            at.join("services").display()
        );
        fs::write(&settings, text).unwrap();
        // The build folder is closed to that user.
        for program in PROGRAMS {
            fs::copy(program, at.join(Path::new(program).file_name().unwrap())).unwrap();
        }
        if rustix::process::geteuid().is_root() {
            for part in ["", "home", "run"] {
                chown(at.join(part), Some(NOBODY), Some(NOBODY)).unwrap();
            }
        }
        let mut bus = User::command(at, "dbus-daemon")
            .arg(format!("--config-file={}", settings.display()))
            .args(["--nofork", "--print-address=1"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut address = String::new();
        BufReader::new(bus.stdout.take().unwrap()).read_line(&mut address).unwrap();
        User { bus, address: address.trim_end().to_owned(), folder }
    }

    /// A program of that user.
    fn command(folder: &Path, program: &str) -> Command {
        let nobody = format!("--reuid={NOBODY} --regid={NOBODY} --clear-groups");
        let mut command = if rustix::process::geteuid().is_root() {
            let mut command = Command::new("setpriv");
            command.args(nobody.split(' ')).arg(program);
            command
        } else {
            Command::new(program)
        };
        for (name, part) in [("HOME", "home"), ("XDG_RUNTIME_DIR", "run"), ("TMPDIR", "run")] {
            command.env(name, folder.join(part));
        }
        for name in ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "GTK_THEME"] {
            command.env_remove(name);
        }
        command.env("XDG_CURRENT_DESKTOP", "GNOME").stdin(Stdio::null()).stderr(Stdio::null());
        command
    }

    pub fn run(&self, program: &str) -> Command {
        let mut command = User::command(self.folder.path(), program);
        command.env("DBUS_SESSION_BUS_ADDRESS", &self.address);
        command
    }

    /// Changes the desktop's style like its settings do, and waits until the portal reports it to a process that it may
    /// inspect.
    fn prefers(&self, style: &str, number: u32) {
        let set = ["set", "org.gnome.desktop.interface", "color-scheme", style];
        let set = self.run("gsettings").args(set).env("GSETTINGS_BACKEND", "dconf").status().unwrap();
        assert!(set.success());
        let portal = ["org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop"];
        let read = ["org.freedesktop.portal.Settings.Read", "org.freedesktop.appearance", "color-scheme"];
        let call = [["call", "--session", "-d", portal[0], "-o", portal[1], "-m"].as_slice(), &read].concat();
        until("the portal", || {
            let said = self.run("gdbus").args(&call).output().unwrap();
            String::from_utf8_lossy(&said.stdout).contains(&format!("uint32 {number}>")).then_some(())
        });
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let _ = self.bus.kill();
        let _ = self.bus.wait();
    }
}

/// A process that is killed when this is dropped.
struct Window(Child);

impl Drop for Window {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Whether most of the window is dark.
fn is_dark(window: &AppWindow) -> bool {
    let pixels = window.pixels();
    pixels.iter().filter(|part| **part < 128).count() * 2 > pixels.len()
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn window_follows_the_portal_without_access_to_the_process() {
    let _desk = TestDesktop::alone();
    let user = User::new();
    user.prefers("prefer-dark", 1);
    let program = user.folder.path().join("linode-bandwidth");
    let mut window = user.run(program.to_str().unwrap());
    let window = Window(window.args(["window", "settings"]).spawn().unwrap());
    let shown = until("the window", || AppWindow::of(window.0.id()));
    crate::window::drawn(&shown);
    assert!(is_dark(&shown), "it opens as the desktop is");
    // Processes that can't be inspected belong to root.
    assert_eq!(fs::metadata(format!("/proc/{}/environ", shown.pid)).unwrap().uid(), 0);
    for (style, number, dark) in [("default", 0, false), ("prefer-dark", 1, true), ("prefer-light", 2, false)]
    {
        user.prefers(style, number);
        until(style, || (is_dark(&shown) == dark).then_some(()));
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn samples_are_saved_where_the_desktops_own_dialog_says() {
    let desk = TestDesktop::alone();
    desk.used(830, 1000);
    let user = User::new();
    user.prefers("prefer-dark", 1);
    let home = user.folder.path().join("home");
    let config = home.join("config.toml");
    let account =
        format!("[[accounts]]\nid = \"acme\"\nname = \"Acme\"\ntoken_command = [\"echo\", \"{TOKEN}\"]\n");
    fs::write(&config, format!("api_url = \"{}\"\n{account}", desk.api.url())).unwrap();
    chown(&config, Some(NOBODY), Some(NOBODY)).unwrap();
    let mut window = user.run(user.folder.path().join("linode-bandwidth").to_str().unwrap());
    window.env("LINODE_BANDWIDTH_CONFIG", &config).args(["window", "usage"]);
    let window = Window(window.spawn().unwrap());
    let shown = until("the window", || AppWindow::of(window.0.id()));
    crate::window::drawn(&shown);
    until("the figures", || {
        let mut status = user.run(user.folder.path().join("linode-bandwidth").to_str().unwrap());
        let status =
            status.env("LINODE_BANDWIDTH_CONFIG", &config).args(["status", "--cached"]).output().unwrap();
        String::from_utf8_lossy(&status.stdout).contains("830").then_some(())
    });
    crate::window::drawn(&shown);
    let saved = || {
        let mut files = fs::read_dir(&home).unwrap().map(|file| file.unwrap().path());
        files.find(|file| file.extension().is_some_and(|end| end == "csv"))
    };
    shown.activate();
    // To "Save as CSV…", whose row opens above it; then past the row's Cancel and Save to "Choose…".
    screen::keys(&["Tab"; 8]);
    screen::keys(&["space"]);
    screen::keys(&["Tab"; 10]);
    let before = screen::settled(screen::ALL);
    screen::keys(&["space"]);
    screen::changed(screen::ALL, &before);
    screen::keys(&["Return"]);
    let saved = fs::read_to_string(until("the file", saved)).unwrap();
    assert!(saved.contains("830"), "{saved}");
}
