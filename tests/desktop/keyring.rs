//! A keyring that is locked, missing, or back again. Each test has its own session, because an unreadable keyring is
//! checked again only after half a minute.

use crate::rig::isolated_session::Way;
use crate::rig::parts::{dismiss_password_dialogs, password_dialogs};
use crate::rig::program::{TOKEN, TestDesktop, screen};
use crate::rig::until;

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn locked_keyring_prompts_once_and_again_on_request() {
    let desk = TestDesktop::apart();
    let (_host, keyring) = (desk.session().host(Way::Well), desk.session().keyring());
    desk.acme();
    desk.used(630, 1000);
    // A dialog takes the keyboard from all windows.
    let screen = screen();
    keyring.lock();
    let prompts = || desk.watch.messages().iter().filter(|m| asks_for_a_dialog(m)).count();
    let close = |enough: usize| {
        until("a password dialog", || (!password_dialogs().is_empty()).then_some(()));
        until("no password dialog", || {
            dismiss_password_dialogs();
            password_dialogs().is_empty().then_some(())
        });
        until("the call that opened it", || (prompts() == enough).then_some(()));
    };
    let tray = desk.tray();
    let item = tray.showing("Acme: keyring locked");
    close(1);
    let account = desk.wait_for_state("keyring_locked");
    assert_eq!(account["percent"], serde_json::Value::Null);
    let below = item.below("Acme:");
    assert!(below[0].starts_with("The keyring is locked"), "{below:?}");
    assert_eq!(below[1], "Unlock keyring…", "{below:?}");
    item.click_of("Acme:", "Unlock keyring…");
    close(2);
    assert_eq!(desk.asked(), 0);
    keyring.unlock();
    drop(screen);
    tray.showing("Acme 63%");
    assert_eq!(prompts(), 2, "dialogs asked for");
}

/// Only the call that opens a dialog: calls that end one may arrive long after it has closed.
fn asks_for_a_dialog(message: &zbus::Message) -> bool {
    let header = message.header();
    header.interface().is_some_and(|name| name.as_str().ends_with("Prompter"))
        && header.member().is_some_and(|name| name.as_str() == "BeginPrompting")
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn an_absent_keyring_is_found_when_it_starts() {
    let desk = TestDesktop::apart();
    let (_host, mut keyring) = (desk.session().host(Way::Well), desk.session().keyring());
    desk.acme();
    desk.used(630, 1000);
    keyring.stop();
    let tray = desk.tray();
    let item = tray.showing("Acme: no keyring");
    assert!(item.below("Acme:")[0].starts_with("No keyring: "), "{:?}", item.below("Acme:"));
    desk.wait_for_state("keyring_unavailable");
    keyring.start();
    tray.showing("Acme 63%");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_keyring_that_was_restarted_is_read_again() {
    let desk = TestDesktop::apart();
    let (_host, mut keyring) = (desk.session().host(Way::Well), desk.session().keyring());
    desk.acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    keyring.stop();
    keyring.start();
    desk.used(640, 1000);
    desk.refresh();
    assert_eq!(desk.asked(), 2, "at the start, and by hand");
    tray.showing("Acme 64%");
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn token_removed_elsewhere_is_missing_until_restored() {
    let desk = TestDesktop::apart();
    let (_host, keyring) = (desk.session().host(Way::Well), desk.session().keyring());
    let server = desk.session().notifications(Way::Well);
    desk.acme();
    desk.used(630, 1000);
    let tray = desk.tray();
    tray.showing("Acme 63%");
    keyring.clear(&desk.id(0));
    desk.refresh();
    let item = tray.showing("Acme: no token");
    assert!(item.below("Acme:")[0].starts_with("No token in the keyring."), "{:?}", item.below("Acme:"));
    let account = desk.wait_for_state("token_missing");
    assert_eq!(account["used_gb"], 630.0, "the last figures stay");
    keyring.store(&desk.id(0), TOKEN);
    tray.showing("Acme 63%");
    assert_eq!(server.seen(), [], "nothing is notified");
}
