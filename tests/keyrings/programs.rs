//! GNOME Keyring, KWallet and KeePassXC: empty, locked, opened by others, and restarted.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use zbus::blocking::{Connection, connection};
use zbus::zvariant::{ObjectPath, OwnedObjectPath};

use crate::calls::Monitor;
use crate::session::{Process, Session, token};
use crate::until;

const SECRETS: &str = "org.freedesktop.secrets";
const PASSWORD: &str = "test";
/// The custom data that makes KeePassXC offer a database to other programs.
const DATABASE: &str = "<KeePassFile><Meta><CustomData><Item><Key>FDO_SECRETS_EXPOSED_GROUP</Key>\
    <Value>{00000000-0000-0000-0000-000000000001}</Value></Item></CustomData></Meta>\
    <Root><Group><UUID>AAAAAAAAAAAAAAAAAAAAAQ==</UUID><Name>Root</Name></Group></Root></KeePassFile>";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Program {
    Gnome,
    KWallet,
    /// `confirm`: asks the user about each client, as by default.
    KeePassXc {
        confirm: bool,
    },
}
use Program::{Gnome, KWallet, KeePassXc};

const ASKING_KEEPASSXC: Program = KeePassXc { confirm: true };

/// A session with the keyring.
struct Desk {
    program: Program,
    keyring: Option<Process>,
    bus: Connection,
    session: Session,
}

impl Desk {
    /// A keyring that was never used.
    fn new(program: Program) -> Desk {
        let session = Session::with_screen();
        let service =
            "[D-BUS Service]\nName=org.gnome.keyring.SystemPrompter\nExec=/usr/libexec/gcr-prompter\n";
        fs::write(session.path().join("services/prompter.service"), service).unwrap();
        let status = session.command("dbus-update-activation-environment").arg("DISPLAY").status().unwrap();
        assert!(status.success());
        let config = session.home().join(".config");
        fs::create_dir_all(config.join("keepassxc")).unwrap();
        let kwallet =
            "[Wallet]\nEnabled=true\nFirst Use=false\n\n[org.freedesktop.secrets]\napiEnabled=true\n";
        fs::write(config.join("kwalletrc"), kwallet).unwrap();
        let confirm = program != KeePassXc { confirm: false };
        let keepassxc = format!(
            "[FdoSecrets]\nEnabled=true\nConfirmAccessItem={confirm}\n\n[General]\nUpdateCheckMessageShown=true\n"
        );
        fs::write(config.join("keepassxc/keepassxc.ini"), keepassxc).unwrap();
        let bus = connection::Builder::address(session.address()).unwrap().build().unwrap();
        let mut desk = Desk { program, keyring: None, bus, session };
        desk.start();
        desk
    }

    /// A keyring with the token of the account `acme`.
    fn with_acme(program: Program) -> Desk {
        let mut desk = Desk::new(program);
        desk.session.used("acme", 630);
        if matches!(program, KeePassXc { .. }) {
            desk.stop();
            desk.make_database();
            desk.start();
        }
        let adding = desk.session.adding("acme");
        if !matches!(program, KeePassXc { .. }) {
            desk.set_up();
        }
        adding.finished().done();
        desk
    }

    fn start(&mut self) {
        let mut command = match self.program {
            Gnome => {
                let mut command = self.session.command("gnome-keyring-daemon");
                command.args(["--start", "--foreground", "--components=secrets"]);
                command
            }
            KWallet => self.session.command("kwalletd5"),
            KeePassXc { .. } => {
                let mut command = self.session.command("keepassxc");
                if self.database().exists() {
                    command.arg("--pw-stdin").arg(self.database()).stdin(Stdio::piped());
                }
                command
            }
        };
        let mut process = Process::start(command.stdout(Stdio::null()).stderr(Stdio::null()));
        process.type_in(&format!("{PASSWORD}\n"));
        self.keyring = Some(process);
        until("the keyring", || self.is_there().then_some(()));
        if matches!(self.program, KeePassXc { .. }) && self.database().exists() {
            until("its database", || (self.default_collection() != "/" && !self.is_locked()).then_some(()));
        }
    }

    fn stop(&mut self) {
        // KWallet saves changes some seconds later, or when it closes.
        if self.program == KWallet {
            self.lock();
        }
        self.keyring.take().unwrap().terminate();
        until("its end", || (!self.is_there()).then_some(()));
    }

    fn database(&self) -> std::path::PathBuf {
        self.session.home().join("test.kdbx")
    }

    fn make_database(&self) {
        let text = self.session.home().join("test.xml");
        fs::write(&text, DATABASE).unwrap();
        let mut import = self.session.command("keepassxc-cli");
        import.args(["import", "--set-password"]).arg(text).arg(self.database());
        let mut import =
            Process::start(import.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()));
        import.type_in(&format!("{PASSWORD}\n{PASSWORD}\n"));
        assert_eq!(import.ended(), 0);
    }

    fn call<B, T>(&self, name: &str, path: &str, interface: &str, method: &str, body: &B) -> zbus::Result<T>
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
        T: serde::de::DeserializeOwned + zbus::zvariant::Type,
    {
        self.bus.call_method(Some(name), path, Some(interface), method, body)?.body().deserialize()
    }

    fn service<B, T>(&self, method: &str, body: &B) -> T
    where
        B: serde::Serialize + zbus::zvariant::DynamicType,
        T: serde::de::DeserializeOwned + zbus::zvariant::Type,
    {
        let interface = "org.freedesktop.Secret.Service";
        self.call(SECRETS, "/org/freedesktop/secrets", interface, method, body).unwrap()
    }

    fn is_there(&self) -> bool {
        let daemon = "org.freedesktop.DBus";
        self.call(daemon, "/org/freedesktop/DBus", daemon, "NameHasOwner", &(SECRETS,)).unwrap()
    }

    fn default_collection(&self) -> String {
        let path: OwnedObjectPath = self.service("ReadAlias", &("default",));
        path.to_string()
    }

    fn is_locked(&self) -> bool {
        let body = ("org.freedesktop.Secret.Collection", "Locked");
        let properties = "org.freedesktop.DBus.Properties";
        let collection = self.default_collection();
        let value: zbus::zvariant::OwnedValue =
            self.call(SECRETS, &collection, properties, "Get", &body).unwrap();
        value.try_into().unwrap()
    }

    /// Locks it with the keyring's own program.
    fn lock(&self) {
        match self.program {
            Gnome => {
                let collection = self.default_collection();
                let collections = [ObjectPath::try_from(collection.as_str()).unwrap()];
                let _: (Vec<OwnedObjectPath>, OwnedObjectPath) = self.service("Lock", &(&collections[..],));
            }
            KWallet => {
                let () = self
                    .call(SECRETS, "/modules/kwalletd5", "org.kde.KWallet", "closeAllWallets", &())
                    .unwrap();
            }
            KeePassXc { .. } => self.keepassxc("lockAllDatabases", &()),
        }
        until("the lock", || self.is_locked().then_some(()));
    }

    fn keepassxc<B: serde::Serialize + zbus::zvariant::DynamicType>(&self, method: &str, body: &B) {
        let name = "org.keepassxc.KeePassXC.MainWindow";
        let _: zbus::Result<()> = self.call(name, "/keepassxc", name, method, body);
    }

    /// Opens it without our program.
    fn open_by_itself(&self) {
        match self.program {
            Gnome => {
                let mut other = self.session.command("secret-tool");
                other.args(["lookup", "service", "linode-bandwidth", "username", "acme"]);
                let other = Process::start(other.stdout(Stdio::piped()).stderr(Stdio::piped()));
                self.give_password();
                assert_eq!(other.finished().done(), token("acme"));
            }
            KWallet => {
                let (interface, path) = ("org.kde.KWallet", "/modules/kwalletd5");
                let _: i32 = self
                    .call(
                        SECRETS,
                        path,
                        interface,
                        "openAsync",
                        &("kdewallet", 0i64, "kwalletmanager", false),
                    )
                    .unwrap();
                self.give_password();
                let is_open =
                    || self.call::<_, bool>(SECRETS, path, interface, "isOpen", &("kdewallet",)).unwrap();
                until("the open wallet", || is_open().then_some(()));
            }
            KeePassXc { .. } => {
                self.keepassxc("openDatabase", &(self.database().to_str().unwrap(), PASSWORD));
                until("the open database", || (!self.is_locked()).then_some(()));
            }
        }
    }

    fn tool(&self, words: &[&str]) -> String {
        let output = self.session.command("xdotool").args(words).output().unwrap();
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    /// All windows, with number, class and name.
    fn windows(&self) -> Vec<String> {
        let output = self.session.command("wmctrl").arg("-lx").output().unwrap();
        String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
    }

    /// The active window.
    fn in_front(&self) -> String {
        let number = number(&self.tool(&["getactivewindow"]));
        self.windows().into_iter().find(|window| window.starts_with(&number)).unwrap_or_default()
    }

    /// Number of dialogs that ask for a password or a permission.
    fn dialogs(&self) -> usize {
        let asks = ["rompter", "KDE Wallet Service", "Access Request", "Unlock Database"];
        self.windows().iter().filter(|window| asks.iter().any(|words| window.contains(words))).count()
    }

    /// Presses `keys` in a dialog with `words` in its name or class, once it is active, and waits until it closes.
    fn answer(&self, words: &str, keys: &[&str]) {
        until(&format!("{words:?} in front"), || self.in_front().contains(words).then_some(()));
        let window = self.tool(&["getactivewindow"]);
        for key in keys {
            // There is no event for a finished layout or for a handled key.
            thread::sleep(Duration::from_millis(400));
            match key.strip_prefix("click ") {
                Some(place) => {
                    let mut words = vec!["mousemove", "--window", &window];
                    words.extend(place.split(' '));
                    self.tool(&words);
                    self.tool(&["click", "1"])
                }
                None if key.len() == 1 || *key == PASSWORD => self.tool(&["type", key]),
                None => self.tool(&["key", key]),
            };
        }
        let window = number(&window);
        until(&format!("the end of {words:?}"), || {
            (!self.windows().iter().any(|other| other.starts_with(&window))).then_some(())
        });
    }

    fn unlock_dialog(&self) -> &'static str {
        match self.program {
            Gnome => "rompter",
            KWallet => "KDE Wallet Service",
            KeePassXc { .. } => "Unlock Database",
        }
    }

    fn give_password(&self) {
        self.answer(self.unlock_dialog(), &[PASSWORD, "Return"]);
    }

    /// Answers all dialogs between a locked keyring and the token.
    fn unlock(&self) {
        self.give_password();
        if self.program == ASKING_KEEPASSXC {
            self.allow();
        }
    }

    /// Allows the client in KeePassXC.
    fn allow(&self) {
        self.answer("Access Request", &["Return"]);
    }

    /// Answers the setup wizard of a new keyring.
    fn set_up(&self) {
        match self.program {
            Gnome => self.answer("rompter", &[PASSWORD, "Tab", PASSWORD, "Return"]),
            KWallet => {
                // The file format that needs no GPG key.
                self.answer("KDE Wallet Service", &["click 117 170", "alt+f"]);
                self.answer("KDE Wallet Service", &[PASSWORD, "Tab", PASSWORD, "Return"]);
            }
            KeePassXc { .. } => panic!("it wants a file"),
        }
    }

    /// The account's state, read without asking the user.
    fn state(&self) -> String {
        let state = self.session.state("status --format json", "acme");
        assert_eq!(self.dialogs(), 0, "asked for scripts");
        state
    }

    /// The D-Bus calls of `status`.
    fn calls(&self) -> Vec<String> {
        let monitor = Monitor::start(self.session.address());
        assert_eq!(self.state(), "ok");
        monitor.calls()
    }

    /// Starts the tray and closes its only dialog.
    fn tray_without_password(&self) -> Process {
        let tray = self.session.start("tray");
        self.answer(self.unlock_dialog(), &["Escape"]);
        self.session.wait_for("acme", "keyring_locked");
        tray
    }
}

/// A window's number in wmctrl's format, from xdotool's.
fn number(window: &str) -> String {
    format!("0x{:08x}", window.parse::<u64>().unwrap_or_default())
}

/// There is no wallet yet: only an action of the user makes one.
fn fresh(program: Program) {
    let desk = Desk::new(program);
    desk.session.configure(&["acme"]);
    desk.session.used("acme", 630);
    assert_eq!(desk.state(), "token_missing");
    assert!(desk.session.run("doctor").stdout.contains("without a default collection"));
    fs::remove_file(desk.session.path().join("config.toml")).unwrap();
    let adding = desk.session.adding("acme");
    desk.set_up();
    adding.finished().done();
    assert_eq!(desk.state(), "ok");
    let listed = desk.session.run("doctor").stdout;
    assert!(listed.contains("available and unlocked"), "{listed}");
}

/// A locked keyring: one dialog from the tray, and one per action of the user.
fn locked(program: Program) {
    let desk = Desk::with_acme(program);
    desk.lock();
    assert_eq!(desk.state(), "keyring_locked");
    let doctor = desk.session.run("doctor").stdout;
    assert!(doctor.contains("locked for acme"), "{doctor}");
    let tray = desk.tray_without_password();
    let refreshing = desk.session.start("refresh");
    desk.unlock();
    refreshing.finished().done();
    desk.session.wait_for_used("acme", 630.0);
    // No other dialog: the user's permission is kept.
    desk.session.used("acme", 640);
    desk.session.run("refresh").done();
    desk.session.wait_for_used("acme", 640.0);
    assert_eq!(desk.dialogs(), 0);
    tray.terminate();
}

/// Another program opens the keyring: the token is found within half a minute, without a dialog.
fn opened(program: Program) {
    let desk = Desk::with_acme(program);
    desk.lock();
    let tray = desk.tray_without_password();
    desk.open_by_itself();
    desk.session.wait_for_used("acme", 630.0);
    assert_eq!(desk.dialogs(), 0);
    assert_eq!(desk.state(), "ok");
    tray.terminate();
}

/// The keyring is restarted while the tray runs.
fn restarted(program: Program) {
    let mut desk = Desk::with_acme(program);
    let tray = desk.session.start("tray");
    if program == ASKING_KEEPASSXC {
        desk.allow();
    }
    desk.session.wait_for_used("acme", 630.0);
    desk.stop();
    desk.session.used("acme", 640);
    desk.session.run("refresh");
    assert_eq!(desk.session.state("status --cached --format json", "acme"), "keyring_unavailable");
    desk.start();
    let refreshing = desk.session.start("refresh");
    match program {
        KeePassXc { confirm: false } => {}
        KeePassXc { confirm: true } => desk.allow(),
        _ => desk.give_password(),
    }
    refreshing.finished().done();
    desk.session.wait_for_used("acme", 640.0);
    tray.terminate();
}

#[test]
#[ignore = "needs GNOME Keyring: tests/run has it"]
fn gnome_keyring_without_a_collection() {
    fresh(Gnome);
}

#[test]
#[ignore = "needs GNOME Keyring: tests/run has it"]
fn gnome_keyring_locked() {
    locked(Gnome);
}

#[test]
#[ignore = "needs GNOME Keyring: tests/run has it"]
fn gnome_keyring_opened_by_another_program() {
    opened(Gnome);
}

#[test]
#[ignore = "needs GNOME Keyring: tests/run has it"]
fn gnome_keyring_restarted() {
    restarted(Gnome);
}

#[test]
#[ignore = "needs GNOME Keyring: tests/run has it"]
fn gnome_keyring_gives_all_tokens_at_once() {
    let desk = Desk::with_acme(Gnome);
    let mut one = desk.calls();
    // The order of the default and the session collection is not fixed.
    one.sort();
    assert_eq!(one, ["Get", "GetAll", "GetSecrets", "Hello", "OpenSession", "SearchItems", "SearchItems"]);
    for id in ["bert", "carl", "dora"] {
        desk.session.used(id, 630);
        desk.session.adding(id).finished().done();
    }
    assert_eq!(desk.calls().len(), one.len() + 3, "one call more for each account");
    // More than one call returns, because GNOME Keyring has little memory for secrets.
    let ids: Vec<String> = (0..60).map(|at| format!("more{at}")).collect();
    for id in &ids {
        desk.session.used(id, 640);
        desk.session.adding(id).finished().done();
    }
    let report = desk.session.run("status --format json").done();
    assert_eq!(report.matches("\"used_gb\":640").count(), ids.len(), "{report}");
}

#[test]
#[ignore = "needs KWallet: tests/run has it"]
fn kwallet_without_a_wallet() {
    fresh(KWallet);
}

#[test]
#[ignore = "needs KWallet: tests/run has it"]
fn kwallet_locked() {
    locked(KWallet);
}

#[test]
#[ignore = "needs KWallet: tests/run has it"]
fn kwallet_opened_by_another_program() {
    opened(KWallet);
}

#[test]
#[ignore = "needs KWallet: tests/run has it"]
fn kwallet_restarted() {
    restarted(KWallet);
}

#[test]
#[ignore = "needs KeePassXC: tests/run has it"]
fn keepassxc_without_a_database() {
    let desk = Desk::new(ASKING_KEEPASSXC);
    desk.session.configure(&["acme"]);
    assert_eq!(desk.state(), "token_missing");
    let adding = desk.session.adding("second");
    desk.answer("Create a new", &["Escape"]);
    let said = adding.finished().failed();
    assert!(said.contains("no keyring was set up, because its dialog was closed"), "{said}");
}

#[test]
#[ignore = "needs KeePassXC: tests/run has it"]
fn keepassxc_locked() {
    locked(ASKING_KEEPASSXC);
}

#[test]
#[ignore = "needs KeePassXC: tests/run has it"]
fn keepassxc_opened_in_its_window() {
    opened(KeePassXc { confirm: false });
}

#[test]
#[ignore = "needs KeePassXC: tests/run has it"]
fn keepassxc_restarted() {
    restarted(ASKING_KEEPASSXC);
}

#[test]
#[ignore = "needs KeePassXC: tests/run has it"]
fn keepassxc_confirms_the_tray_once_and_scripts_never() {
    let desk = Desk::with_acme(ASKING_KEEPASSXC);
    assert_eq!(desk.state(), "keyring_locked");
    let doctor = desk.session.run("doctor").stdout;
    assert!(doctor.contains("locked for acme"), "{doctor}");
    let tray = desk.session.start("tray");
    desk.allow();
    desk.session.wait_for_used("acme", 630.0);
    desk.session.used("acme", 640);
    desk.session.run("refresh").done();
    desk.session.wait_for_used("acme", 640.0);
    assert_eq!(desk.dialogs(), 0);
    tray.terminate();
}
