//! How the program starts, is used, and ends.

use crate::rig::item;
use crate::rig::program::Desk;
use crate::rig::running::Tray;
use crate::rig::until;

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_second_start_opens_the_window_of_the_first_and_makes_no_icon() {
    let desk = Desk::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    let second = desk.tray();
    let pid = second.pid();
    assert_eq!(second.ended().code(), Some(0));
    assert!(desk.log().contains("runs already"), "{}", desk.log());
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
    let desk = Desk::with_acme();
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
    let desk = Desk::with_acme();
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
    let desk = Desk::with_acme();
    desk.answer(crate::support::server::Reply::never());
    let tray = desk.tray();
    tray.item();
    until("a request", || (desk.asked() == 1).then_some(()));
    tray.signal("-TERM");
    assert_eq!(tray.ended().code(), Some(0));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn muting_from_the_menu_is_kept_over_a_restart_and_can_be_undone() {
    let desk = Desk::with_acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 63%");
    item.click("Until the month ends");
    until("the row that ends it", || item.row("Muted until "));
    tray.quit();
    desk.used(830, 1000);
    let tray = desk.tray();
    let item = tray.showing("Acme 83%");
    desk.refresh();
    assert_eq!(desk.notified().len(), 0);
    item.click("Muted until ");
    assert_eq!(desk.wait_for_notifications(1)[0].summary, "Acme passed 80% of its transfer");
    until("the row gone", || item.row("Muted until ").is_none().then_some(()));
}
