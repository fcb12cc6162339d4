//! Screenshots of every state for people, in `target/screenshots`.

use crate::rig::parts::{on_lxqt, paint};
use crate::rig::program::{NEW_TOKEN, TOKEN, TestDesktop, refusal, transfer};
use crate::rig::running::Tray;
use crate::rig::{screen, until};
use crate::support::server::Reply;

const COLORS: [&str; 2] = ["light", "dark"];
const PANEL: &str = "200x28+1080+0";
/// An empty part of the panel.
const GROUND: &str = "40x20+400+4";

/// The process of the panel that shows the icons.
fn tray_area() -> &'static str {
    if on_lxqt() { "lxqt-panel" } else { "wrapper-2.0" }
}

/// The picture's name, with the panel's.
fn of_panel(name: &str) -> String {
    if on_lxqt() { format!("lxqt-{name}") } else { name.to_owned() }
}

/// Waits until the panel shows the new icon, and saves its end in original size and enlarged, light and dark.
fn keep(name: &str, before: &mut Vec<u8>) {
    let mut now = screen::changed(screen::ICON, before);
    for color in ["dark", "light"] {
        paint(color);
        now = screen::changed(screen::ICON, &now);
        screen::keep(PANEL, 4, &of_panel(&format!("panel-{color}-{name}")));
    }
    *before = now;
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_icon_in_each_state() {
    let desk = TestDesktop::alone();
    screen::away();
    paint("light");
    let mut seen = screen::bare_panel();
    desk.configure("", &[]);
    let tray = desk.tray();
    tray.showing("Linode Bandwidth");
    keep("no-account", &mut seen);
    desk.used(630, 1000);
    desk.acme();
    tray.showing("Acme 63%");
    keep("63", &mut seen);
    for (used, quota, title) in [(830, 1000, "Acme 83%"), (920, 1000, "Acme 92%"), (4620, 4368, "Acme 105%")]
    {
        desk.used(used, quota);
        desk.refresh();
        tray.showing(title);
        keep(title.trim_matches(|c: char| !c.is_ascii_digit()), &mut seen);
    }
    desk.answer(Reply::close());
    desk.refresh();
    tray.showing("Acme 105% (offline)");
    keep("105-offline", &mut seen);
    desk.used(630, 1000);
    desk.refresh();
    tray.showing("Acme 63%");
    seen = screen::changed(screen::ICON, &seen);
    desk.answer(Reply::close());
    desk.refresh();
    tray.showing("Acme 63% (offline)");
    keep("63-offline", &mut seen);
    desk.answer(refusal());
    desk.refresh();
    tray.showing("Acme: token refused");
    keep("token-refused", &mut seen);
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_open_menu_and_the_tooltip() {
    let desk = TestDesktop::alone();
    desk.configure("", &["Acme", "Client X", "Old project"]);
    desk.give_token("Acme", TOKEN);
    desk.give_token("Client X", NEW_TOKEN);
    desk.give_token("Old project", "0ddba11");
    let regions = r#"{"used": 830, "quota": 1000, "billable": 0,
        "region_transfers": [{"id": "id-cgk", "used": 1, "quota": 10, "billable": 0}]}"#;
    desk.api.answer(
        "/regions",
        Reply::json(
            200,
            r#"{"data": [{"id": "id-cgk", "label": "Jakarta, ID"}], "page": 1, "pages": 1, "results": 1}"#,
        ),
    );
    desk.api.answer_for(
        TOKEN,
        "/account/transfer",
        Reply::json(200, regions).header("X-OAuth-Scopes", "account:read_only"),
    );
    desk.api.answer_for(NEW_TOKEN, "/account/transfer", refusal());
    desk.api.answer_for("0ddba11", "/account/transfer", transfer(12, 2000));
    for color in COLORS {
        let before = screen::pixels(GROUND);
        paint(color);
        // The session starts with a light panel.
        if color == "dark" {
            screen::changed(GROUND, &before);
        }
        screen::away();
        screen::bare_panel();
        let tray = desk.tray();
        let item = tray.showing("Acme 83%");
        until("the region's name", || item.row("Jakarta, ID: 1 of 10 GB · 10%"));
        until("the token", || item.row("Token \"tray\""));
        screen::icon();
        let before = screen::windows(tray_area()).len();
        open_menu(&tray);
        screen::keep("760x400+520+0", 2, &of_panel(&format!("menu-{color}")));
        screen::keys(&["Escape", "Escape"]);
        screen::away();
        until("the menu's end", || (screen::windows(tray_area()).len() == before).then_some(()));
        // LXQt's tooltip is only the title.
        if !on_lxqt() {
            crate::rig::tool("xdotool", &["mousemove", "1260", "14", "mousemove", "1266", "15"]);
            until("the tooltip", || (screen::windows(tray_area()).len() > before).then_some(()));
            screen::settled(screen::ALL);
            screen::keep("500x140+780+0", 2, &format!("tooltip-{color}"));
            screen::away();
        }
        tray.quit();
    }
    paint("light");
}

fn open_menu(tray: &Tray<'_>) {
    tray.item();
    let before = screen::pixels(screen::ALL);
    screen::click(screen::ICON_AT, "3");
    let menu = screen::changed(screen::ALL, &before);
    screen::keys(&["Down", "Right"]);
    screen::changed(screen::ALL, &menu);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_notifications() {
    let desk = TestDesktop::alone();
    desk.acme();
    screen::away();
    desk.used(830, 1000);
    let before = screen::windows("xfce4-notifyd");
    let tray = desk.tray();
    let keep = |count, name: &str| {
        desk.wait_for_notifications(count);
        until("the notification on the screen", || {
            (screen::windows("xfce4-notifyd") != before).then_some(())
        });
        screen::settled(screen::ALL);
        screen::keep("420x220+860+0", 2, name);
    };
    keep(1, "notification-80");
    desk.wait_until_settled();
    desk.used(4620, 4368);
    desk.refresh();
    tray.showing("Acme 105%");
    keep(2, "notification-over");
    desk.answer(refusal());
    desk.refresh();
    keep(3, "notification-token-refused");
    tray.quit();
}
