//! Names with letters that have a meaning for panels, or that not every font has.

use std::fs;

use crate::rig::isolated_session::Way;
use crate::rig::program::{TOKEN, TestDesktop};
use crate::rig::{screen, until};
use crate::window::drawn;

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn markup_and_mnemonics_in_a_name_are_shown_as_they_are_written() {
    let desk = TestDesktop::shared();
    desk.used(830, 1000);
    desk.configure("", &["R&D <b>_x_"]);
    desk.give_token("R&D <b>_x_", TOKEN);
    let tray = desk.tray();
    let item = tray.showing("R&D <b>_x_ 83%");
    // Neither markup nor escaped: hosts disagree about whether a tooltip is markup.
    assert_eq!(item.tooltip().0, "R\u{FF06}D \u{2039}b\u{203A}_x_ 83%");
    until("the label", || item.row("R&D <b>__x__: 830 of 1,000 GB · 83%"));
    // A summary is plain text.
    assert_eq!(desk.wait_for_notifications(1)[0].summary, "R&D <b>_x_ passed 80% of its transfer");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn right_to_left_name_is_isolated_everywhere_but_in_hooks() {
    let desk = TestDesktop::apart();
    let server = desk.session().notifications(Way::Well);
    let _host = desk.session().host(Way::Well);
    let (name, told) = ("חברה בע״מ", desk.folder().join("told"));
    let script =
        format!("printf '%s' \\\"$LINODE_BANDWIDTH_SUMMARY\\\" >{0}.new; mv {0}.new {0}", told.display());
    desk.by_command(&format!("on_alert = [\"sh\", \"-c\", \"{script}\"]\n"), &[name]);
    desk.used(830, 1000);
    let tray = desk.tray();
    // With an extra mark for panels that take a line's direction from letters inside an isolate.
    let isolated = format!("\u{200E}\u{2068}{name}\u{2069}");
    let item = tray.showing(&format!("{isolated} 83%"));
    assert_eq!(item.tooltip().0, format!("{isolated} 83%"));
    until("the row", || item.row(&format!("{isolated}: 830 of 1,000 GB · 83%")));
    assert_eq!(server.wait_for(1)[0].0, format!("{isolated} passed 80% of its transfer"));
    let told = until("the hook's output", || fs::read_to_string(&told).ok());
    assert_eq!(told, format!("{name} passed 80% of its transfer"));
    assert_eq!(desk.cached()["name"], name);
    tray.quit();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn gnome_is_given_underscores_in_the_form_that_it_shows_as_one() {
    let desk = TestDesktop::apart();
    let _host = desk.session().host(Way::Well);
    desk.by_command("", &["web_1_eu"]);
    desk.used(630, 1000);
    let tray = desk.tray();
    let item = tray.showing("web_1_eu 63%");
    until("the row", || item.row("web__1__eu: 630 of 1,000 GB · 63%"));
    // The same process now has that name too, like GNOME's, whose extension is the host.
    let shell = desk.session().connect();
    shell.request_name("org.gnome.Shell").unwrap();
    until("the row for GNOME", || item.row("_web_1_eu: 630 of 1,000 GB · 63%"));
    shell.release_name("org.gnome.Shell").unwrap();
    until("the row for others", || item.row("web__1__eu: 630 of 1,000 GB · 63%"));
    tray.quit();
}

/// Letters without a font are boxes, which all look the same.
#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn window_shows_all_scripts_with_a_system_font() {
    let desk = TestDesktop::alone();
    screen::away();
    let pairs = [
        ("東京本社", "大阪支店"),
        ("한국", "부산"),
        ("القاهرة", "المنصور"),
        ("חיפה", "תלאב"),
        ("กขค", "งจฉ"),
        ("कमल", "जयप"),
        ("🚀", "🍀"),
    ];
    let picture = |name: &str| {
        desk.configure("", &[name]);
        let tray = desk.tray();
        tray.item().click("Accounts…");
        let window = tray.window();
        drawn(&window);
        let seen = window.pixels();
        window.keep(&format!("window-{name}"));
        window.close();
        tray.alone();
        tray.quit();
        seen
    };
    for (one, other) in pairs {
        assert!(picture(one) != picture(other), "{one} and {other} look the same");
    }
}
