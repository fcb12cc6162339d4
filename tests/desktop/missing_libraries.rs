//! A machine without the libraries that the window needs for drawing: one sentence names what is missing.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use linode_bandwidth::app::window_opener::NOT_SHOWN;

use crate::rig::program::{PROGRAMS, TestDesktop};
use crate::rig::running::AppWindow;
use crate::rig::{screen, until};
use crate::window::{drawn, type_into};

/// The error of `window`. Checks that it is the only output and that the exit code is 1.
fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{error}");
    let (first, rest) = error.split_once('\n').unwrap();
    assert_eq!(rest, "", "{error}");
    first.strip_prefix("linode-bandwidth: ").unwrap().to_owned()
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_library_that_is_missing_is_named_in_one_sentence() {
    let desk = TestDesktop::shared();
    let window = |files: &[&str]| {
        let folder = desk.folder().join(files[0]);
        fs::create_dir(&folder).unwrap();
        // An empty file can't be loaded, and the search ends there.
        files.iter().for_each(|file| fs::write(folder.join(file), "").unwrap());
        said(desk.command(&["window"]).env("LD_LIBRARY_PATH", folder))
    };
    for (files, what) in [
        (&["libxkbcommon-x11.so.0", "libxkbcommon-x11.so"][..], "(libxkbcommon-x11 is missing): install it;"),
        (&["libXcursor.so.1", "libXcursor.so"], "(libXcursor is missing): install it;"),
        (&["libEGL.so.1", "libEGL.so", "libGL.so.1", "libGL.so"], "(OpenGL: not found): install Mesa's"),
    ] {
        let said = window(files);
        assert!(said.starts_with(&format!("the window can't be opened {what}")), "{said}");
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn an_input_method_that_does_not_run_keeps_no_letter_back() {
    let desk = TestDesktop::alone();
    desk.by_command("", &["Acme"]);
    let mut window =
        desk.command(&["window", "--edit", "Acme"]).env("XMODIFIERS", "@im=fcitx").spawn().unwrap();
    let shown = until("the window", || AppWindow::of(window.id()));
    drawn(&shown);
    type_into(&shown, " and sons");
    drawn(&shown);
    screen::keys(&["Return"]);
    let name = "name = \"Acme and sons\"";
    until(name, || fs::read_to_string(desk.config_file()).unwrap().contains(name).then_some(()));
    shown.close();
    assert!(window.wait().unwrap().success());
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn missing_or_insufficient_display_is_reported_in_one_sentence() {
    let desk = TestDesktop::shared();
    let none = said(desk.command(&["window"]).env("DISPLAY", ":250"));
    assert!(
        none.starts_with("the window can't be opened (Failed to open connection to X server): run"),
        "{none}"
    );
    let old = NetworkDisplay::start("RANDR");
    let lacking = said(desk.command(&["window"]).env("DISPLAY", &old.name));
    let over_network = said(desk.command(&["window"]).env("DISPLAY", old.over_network()));
    let words =
        "the window can't be opened: this display lacks what it needs (failed to request XRandR version";
    assert!(lacking.starts_with(words) && !lacking.contains("ssh"), "{lacking}");
    assert!(over_network.starts_with(words) && over_network.contains("`ssh -Y`"), "{over_network}");
}

/// An X server without an extension, which other machines can reach too.
struct NetworkDisplay {
    server: Child,
    name: String,
}

impl NetworkDisplay {
    fn start(without: &str) -> NetworkDisplay {
        let mut server = Command::new("Xvfb")
            .args(["-displayfd", "1", "-listen", "tcp", "-noreset", "-extension", without])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut number = String::new();
        BufReader::new(server.stdout.take().unwrap()).read_line(&mut number).unwrap();
        NetworkDisplay { server, name: format!(":{}", number.trim()) }
    }

    /// Its name in `ssh -X`.
    fn over_network(&self) -> String {
        format!("localhost{}.0", self.name)
    }
}

impl Drop for NetworkDisplay {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn window_opens_on_a_remote_display_without_a_session_bus() {
    let desk = TestDesktop::shared();
    desk.by_command("", &["Acme"]);
    let display = NetworkDisplay::start("GLX");
    let over_ssh = |words: &[&str]| {
        let mut command = desk.command(words);
        command.env("DISPLAY", display.over_network()).env_remove("XAUTHORITY");
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere").env("LIBGL_ALWAYS_INDIRECT", "1");
        command
    };
    let tray = said(&mut over_ssh(&["tray"]));
    assert!(
        tray.starts_with("no tray icon: ") && tray.contains("start it inside a desktop session"),
        "{tray}"
    );
    let mut window = over_ssh(&["window"]).spawn().unwrap();
    // Its windows are on another display than those of other tests.
    let search = || {
        let mut search = Command::new("xdotool");
        search
            .args(["search", "--onlyvisible", "--name", "^Usage .* Linode Bandwidth$"])
            .env("DISPLAY", &display.name);
        search.output().unwrap()
    };
    until("the window", || search().status.success().then_some(()));
    window.kill().unwrap();
    window.wait().unwrap();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn tray_says_where_it_looked_for_the_windows_program() {
    let desk = TestDesktop::shared();
    desk.acme();
    desk.used(630, 1000);
    let folder = desk.folder().join("alone");
    fs::create_dir(&folder).unwrap();
    let [program, window] = PROGRAMS.map(|program| folder.join(Path::new(program).file_name().unwrap()));
    fs::copy(PROGRAMS[0], &program).unwrap();
    let mut command = Command::new(program);
    desk.surround(command.arg("tray"));
    let tray = desk.tray_of(&mut command);
    let item = tray.showing("Acme 63%");
    item.activate();
    let told = desk.wait_for_notifications(1).remove(0);
    assert_eq!(told.summary, NOT_SHOWN);
    let place = format!("there is no linode-bandwidth-window in {}, the only place", folder.display());
    assert!(told.body.starts_with(&place), "{told:?}");
    // The program is looked up each time, but not in PATH.
    fs::copy(PROGRAMS[1], window).unwrap();
    item.activate();
    drawn(&tray.window());
}
