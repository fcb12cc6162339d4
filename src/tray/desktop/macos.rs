//! What differs on macOS: the title stands beside the icon, the menu bar colors it, and a click opens the menu.

use tao::event_loop::{EventLoop, EventLoopWindowTarget};
use tao::platform::macos::{ActivationPolicy, EventLoopExtMacOS};
use tray_icon::{TrayIcon, TrayIconBuilder};

use super::super::TrayView;
use super::super::icon::Icon;
use crate::domain::config::IconColor;

/// As for every menu bar extra.
pub(super) const MENU_ON_LEFT_CLICK: bool = true;

/// The menu bar is 22 points high at most; twice that is crisp on Retina displays.
const SIZE: u32 = 44;

/// No place in the Dock and no menu of its own, also when it is not started from a bundle that says so.
pub(super) fn prepare<T>(events: &mut EventLoop<T>) {
    events.set_activation_policy(ActivationPolicy::Accessory);
    events.set_activate_ignoring_other_apps(false);
}

pub(super) fn icon_size<T>(_target: &EventLoopWindowTarget<T>) -> u32 {
    SIZE
}

/// Black on nothing: of a template image only the alpha counts, and the menu bar chooses the color.
pub(super) fn adapt_icon(icon: Icon) -> Icon {
    Icon { color: IconColor::Dark, ..icon }
}

pub(super) fn with_icon(builder: TrayIconBuilder, icon: tray_icon::Icon) -> TrayIconBuilder {
    // By a name of its own: macOS 26 mixes up the places of icons that have none.
    builder.with_icon_templated(icon).with_autosave_name("linode-bandwidth")
}

pub(super) fn set_icon(tray: &TrayIcon, icon: tray_icon::Icon) -> tray_icon::Result<()> {
    tray.set_icon_templated(Some(icon))
}

/// Title and details; there is room for all of it.
pub(super) fn tooltip(looks: &TrayView) -> String {
    looks.lines().join("\n")
}
