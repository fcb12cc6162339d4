//! How the program starts, is used, and ends.

use std::fs;
use std::process::Command;

use crate::rig::item;
use crate::rig::program::TestDesktop;
use crate::rig::running::Tray;
use crate::rig::until;

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn second_start_opens_the_first_ones_window() {
    let desk = TestDesktop::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    let second = desk.tray();
    let pid = second.pid();
    assert_eq!(second.ended().code(), Some(0));
    assert!(desk.log().contains("is already running"), "{}", desk.log());
    assert_eq!(
        (item::of_process(&desk.bus, tray.pid()).len(), item::of_process(&desk.bus, pid).len()),
        (1, 0)
    );
    tray.window().close();
    tray.alone();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn refresh_now_polls() {
    let desk = TestDesktop::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    desk.used(640, 1000);
    item.click("Refresh now");
    tray.showing("Acme 64%");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn quit_and_signals_end_it_cleanly() {
    let quit = |tray: &Tray<'_>| tray.item().click("Quit");
    let term = |tray: &Tray<'_>| tray.signal("-TERM");
    let interrupt = |tray: &Tray<'_>| tray.signal("-INT");
    let ways: [&dyn Fn(&Tray<'_>); 3] = [&quit, &term, &interrupt];
    let desk = TestDesktop::with_acme();
    desk.used(630, 1000);
    for end in ways {
        let tray = desk.tray();
        let pid = tray.pid();
        tray.showing("Acme 63%");
        end(&tray);
        assert_eq!(tray.ended().code(), Some(0));
        until("the icon gone", || item::of_process(&desk.bus, pid).is_empty().then_some(()));
        assert_eq!(desk.run(&["refresh"], "").status.code(), Some(1), "nobody is there to ask");
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn it_ends_at_once_while_the_api_does_not_answer() {
    let desk = TestDesktop::with_acme();
    desk.answer(crate::support::server::Reply::never());
    let tray = desk.tray();
    tray.item();
    until("a request", || (desk.asked() == 1).then_some(()));
    tray.signal("-TERM");
    assert_eq!(tray.ended().code(), Some(0));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn mute_from_the_menu_survives_a_restart_and_can_be_undone() {
    let desk = TestDesktop::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    item.click("Until the month ends");
    until("the row that ends it", || item.row("Unmute"));
    tray.quit();
    desk.used(830, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 83%");
    desk.refresh();
    assert_eq!(desk.notified().len(), 0);
    item.click("Unmute");
    assert_eq!(desk.wait_for_notifications(1)[0].summary, "Acme passed 80% of its transfer");
    until("the row gone", || item.row("Unmute").is_none().then_some(()));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn on_a_terminal_it_says_that_it_runs_and_how_it_ends() {
    let desk = TestDesktop::with_acme();
    desk.used(630, 1000);
    let shown = desk.folder().join("terminal");
    let mut terminal = Command::new("script");
    // `exec`, because not every shell that `script` may start replaces itself with its last command.
    let program = concat!("exec ", env!("CARGO_BIN_EXE_linode-bandwidth"));
    desk.surround(terminal.args(["-qefc", program]).arg(&shown));
    let terminal = desk.tray_of(terminal.env_remove("RUST_LOG"));
    let says = || fs::read_to_string(&shown).unwrap_or_default();
    let line = "Linode Bandwidth is in the system tray";
    until("its line", || says().contains(line).then_some(()));
    let pid = until("the program", || terminal.children().first().copied());
    let item = item::wait_for(&desk.bus, pid);
    until("the figure", || (item.title() == "Acme 63%").then_some(()));
    item.click("Quit");
    assert!(terminal.ended().success());
    let lines = says().lines().filter(|line| line.contains("Linode Bandwidth")).count();
    assert_eq!(lines, 1, "{}", says());
    // Nobody watches another terminal. Its log has what it has shown.
    let before = desk.log();
    let tray = desk.tray_of(desk.command(&["tray"]).env_remove("RUST_LOG"));
    tray.showing("Acme 63%");
    tray.quit();
    assert_eq!(desk.log(), before);
}
