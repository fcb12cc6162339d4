//! The icons that a panel receives.

use jiff::Timestamp;
use linode_bandwidth::domain::config::{IconColor, IconStyle};
use linode_bandwidth::domain::level::Level;
use linode_bandwidth::domain::month::Month;
use linode_bandwidth::domain::text::SET_UP_ACCOUNT;
use linode_bandwidth::tray::icon::{Badge, Glyph, Icon, MonthMarker, SIZES};
use zbus::message::Type;

use crate::rig::item::Pixmap;
use crate::rig::program::{TOKEN, TestDesktop};
use crate::rig::until;

/// A ring with `percent` and today's month marker.
pub fn ring(percent: u16, level: Level) -> Icon {
    let now = Timestamp::now();
    let month_marker = Some(MonthMarker::from_elapsed(Month::containing(now).elapsed(now)))
        .filter(|_| level != Level::Exceeded);
    let glyph = Glyph::Figure { style: IconStyle::Ring, percent: Some(percent), level, month_marker };
    Icon { color: IconColor::Auto, glyph, dimmed: false, badge: None }
}

/// The same for an old figure.
pub fn old_ring(percent: u16, level: Level) -> Icon {
    let glyph = Glyph::Figure { style: IconStyle::Ring, percent: Some(percent), level, month_marker: None };
    Icon { color: IconColor::Auto, glyph, dimmed: true, badge: Some(Badge::Old) }
}

/// `icon` in the format on the bus.
pub fn pixmaps(icon: &Icon) -> Vec<Pixmap> {
    SIZES.iter().map(|&size| (i32::try_from(size).unwrap(), icon.draw(size).into_argb32_be())).collect()
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn new_account_is_in_icon_title_tooltip_menu_and_status() {
    let desk = TestDesktop::alone();
    desk.used(630, 1000);
    let said = desk.done(&["accounts", "add", "Acme", "--token-stdin"], TOKEN);
    assert!(said.contains("Added \"Acme\" (id acme): 630 of 1,000 GB · 63%"), "{said}");

    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    let sides: Vec<i32> = item.icon().iter().map(|(side, _)| *side).collect();
    assert_eq!(sides, [16, 22, 24, 32, 44, 48, 64, 96]);
    assert_eq!(item.icon(), pixmaps(&ring(63, Level::Ok)));
    assert_ne!(item.icon(), pixmaps(&ring(64, Level::Ok)));
    assert_eq!(item.status(), "Active");
    let (title, text) = item.tooltip();
    assert_eq!(title, "Acme 63%");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("630 of 1,000 GB · resets in "), "{text}");
    assert!(lines[1].starts_with("Updated "), "{text}");
    assert!(item.row("Acme: 630 of 1,000 GB · 63%").is_some(), "{:?}", item.labels());
    let below = until("what is known of the token", || {
        Some(item.below("Acme:")).filter(|rows| rows.iter().any(|row| row.starts_with("Token")))
    });
    assert_eq!(below[0], "Used 630 GB of 1,000 GB (63%)");
    assert!(below[1].starts_with("370 GB left · resets in "), "{below:?}");
    // The forecast is shown from the second day of the month.
    let below: Vec<&String> = below[2..].iter().filter(|row| !row.starts_with("On pace for ")).collect();
    assert_eq!(
        below,
        [
            // GNOME's way to write an underscore, which this host shares.
            "A token with linodes:read__only also shows which Linode used it",
            "Token \"tray\": read-only, never expires",
            "Open in Cloud Manager",
            "Edit…",
            "Duplicate",
            "Mute"
        ]
    );

    for account in [desk.status(&[]), desk.wait_for_figures(630, 1000)] {
        assert_eq!((&account["state"], &account["level"]), (&"ok".into(), &"ok".into()), "{account}");
        assert_eq!(account["percent"], 63.0);
        assert_eq!(account["used_gb"], 630.0);
    }
    desk.done(&["accounts", "remove", "Acme"], "");
    until("the entry gone from the menu", || {
        item.labels().iter().any(|row| row == SET_UP_ACCOUNT).then_some(())
    });
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn entries_with_one_token_share_one_request() {
    let desk = TestDesktop::shared();
    desk.used(630, 1000);
    desk.configure("", &["Acme", "Acme again"]);
    desk.give_token("Acme", TOKEN);
    desk.give_token("Acme again", TOKEN);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    until("both entries' figures", || item.row("Acme again: 630 of 1,000 GB · 63%"));
    assert_eq!(desk.asked(), 1);
    desk.used(640, 1000);
    desk.refresh();
    until("both entries' new figures", || item.row("Acme again: 640 of 1,000 GB · 64%"));
    assert_eq!(desk.asked(), 2);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_new_figure_changes_its_row_in_place() {
    let desk = TestDesktop::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    // The first response adds the token's row.
    until("what is known of the token", || item.row("Token \"tray\""));
    let (revision, rows) = item.layout();
    let changes = || desk.watch.count(Type::Signal, "com.canonical.dbusmenu", "ItemsPropertiesUpdated");
    let before = changes();
    desk.used(640, 1000);
    desk.refresh();
    tray.showing("Acme 64%");
    let row = until("the row's new label", || item.row("Acme: 640 of 1,000 GB · 64%"));
    let (new_revision, new_rows) = item.layout();
    assert_eq!(new_revision, revision);
    // The panel may get the signal a moment after the row has changed.
    until("word of the change", || (changes() > before).then_some(()));
    let ids = |rows: &[crate::rig::item::Row]| rows.iter().map(|row| row.id).collect::<Vec<_>>();
    assert_eq!(ids(&new_rows), ids(&rows));
    assert!(rows.iter().any(|old| old.id == row.id && old.label == "Acme: 630 of 1,000 GB · 63%"));
}
