//! Names with letters that mean something to a panel.

use crate::rig::program::{Desk, TOKEN};
use crate::rig::until;

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn markup_and_mnemonics_in_a_name_are_shown_as_they_are_written() {
    let desk = Desk::shared();
    desk.used(830, 1000);
    desk.configure("", &["R&D <b>_x_"]);
    desk.give_token("R&D <b>_x_", TOKEN);
    let tray = desk.tray();
    let item = tray.showing("R&D <b>_x_ 83%");
    assert_eq!(item.tooltip().0, "R&amp;D &lt;b&gt;_x_ 83%");
    until("the label", || item.row("R&D <b>__x__: 830 of 1,000 GB · 83%"));
    // A summary is plain text.
    assert_eq!(desk.wait_for_notifications(1)[0].summary, "R&D <b>_x_ passed 80% of its transfer");
}
