//! A token can be pasted like in any program, and is then removed from the clipboard.

use std::process::{Child, Command, Stdio};

use crate::rig::program::{NEW_TOKEN, TOKEN, TestDesktop, refusal, transfer};
use crate::rig::running::{AppWindow, Tray};
use crate::rig::{screen, until};
use crate::window::{Copied, drawn, held};

const TRANSFER: &str = "/account/transfer";
/// The token field in the account's form, relative to the window.
const FIELD: (i32, i32) = (500, 139);

/// A desk with an open form: its only account has a refused token, and `NEW_TOKEN` is accepted.
fn with_form() -> TestDesktop {
    let desk = TestDesktop::alone();
    desk.acme();
    desk.api.answer_for(TOKEN, TRANSFER, refusal());
    desk.api.answer_for(NEW_TOKEN, TRANSFER, transfer(630, 1000));
    screen::away();
    desk
}

fn form(tray: &Tray<'_>) -> AppWindow {
    let item = tray.showing("Acme: token refused");
    until("the row", || item.row_of("Acme:", "Replace token…"));
    item.click_of("Acme:", "Replace token…");
    let window = tray.window();
    drawn(&window);
    window.activate();
    window
}

/// Waits until neither the clipboard nor the selection contains the token.
fn gone(token: &str) {
    for selection in ["clipboard", "primary"] {
        until(selection, || (held(selection) != token).then_some(()));
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn shift_and_insert_paste_the_token() {
    let desk = with_form();
    let tray = desk.tray();
    let window = form(&tray);
    let _copied = Copied::text(NEW_TOKEN);
    let empty = window.pixels();
    screen::keys(&["shift+Insert"]);
    until("the token in the field", || (window.pixels() != empty).then_some(()));
    drawn(&window);
    screen::keys(&["Return"]);
    tray.showing("Acme 63%");
    gone(NEW_TOKEN);
    window.close();
    tray.alone();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn middle_button_pastes_the_selected_token() {
    let desk = with_form();
    let tray = desk.tray();
    let window = form(&tray);
    let _selected = Copied::into("primary", NEW_TOKEN);
    let _copied = Copied::text(NEW_TOKEN);
    let empty = window.pixels();
    window.click(FIELD, "2");
    until("the token in the field", || (window.pixels() != empty).then_some(()));
    screen::away();
    drawn(&window);
    screen::keys(&["Return"]);
    tray.showing("Acme 63%");
    gone(NEW_TOKEN);
    window.close();
    tray.alone();
}

/// A clipboard manager that never leaves the clipboard empty: it restores the last text.
struct Manager(Child);

impl Manager {
    fn start() -> Manager {
        let script = r#"while :; do
            now=$(xclip -out -selection clipboard 2>/dev/null; printf x)
            if [ "$now" != x ]; then last=${now%x}; else printf %s "$last" | xclip -selection clipboard; fi
        done"#;
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Manager(shell.spawn().unwrap())
    }
}

impl Drop for Manager {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn clipboard_manager_does_not_restore_the_token() {
    let desk = with_form();
    let tray = desk.tray();
    let window = form(&tray);
    drop(Copied::text("something else"));
    let copied = Copied::text(NEW_TOKEN);
    let _manager = Manager::start();
    let empty = window.pixels();
    screen::keys(&["ctrl+v"]);
    until("the token in the field", || (window.pixels() != empty).then_some(()));
    drawn(&window);
    screen::keys(&["Return"]);
    tray.showing("Acme 63%");
    until("what stands there in its place", || (held("clipboard") == " ").then_some(()));
    drop(copied);
    assert_eq!(held("clipboard"), " ");
    window.close();
    tray.alone();
}
