//! What differs on macOS: the title stands beside the icon, the menu bar colors it, and a click opens the menu.

use std::cell::Cell;

use muda::ContextMenu;
use objc2::rc::Retained;
use objc2::runtime::{AnyObject, NSObject};
use objc2::{DefinedClass, MainThreadMarker, MainThreadOnly, define_class, msg_send, sel};
use objc2_app_kit::{NSMenu, NSStatusItem};
use tao::event_loop::{EventLoop, EventLoopWindowTarget};
use tao::platform::macos::{ActivationPolicy, EventLoopExtMacOS};
use tray_icon::{TrayIcon, TrayIconBuilder};

use super::super::TrayView;
use super::super::icon::{Icon, Rgba};
use crate::domain::config::IconColor;

/// As for every menu bar extra.
pub(super) const MENU_ON_LEFT_CLICK: bool = true;

/// An icon is 22 points high at most; twice that is crisp on Retina displays.
const SIZE: u32 = 44;
/// What is drawn in it, as high as the icons that macOS itself puts beside it: 18 points.
const DRAWN: u32 = 36;

/// No place in the Dock and no menu of its own, also when it is not started from a bundle that says so.
pub(super) fn prepare<T>(events: &mut EventLoop<T>) {
    events.set_activation_policy(ActivationPolicy::Accessory);
    events.set_activate_ignoring_other_apps(false);
}

pub(super) fn icon_size<T>(_target: &EventLoopWindowTarget<T>) -> u32 {
    SIZE
}

/// Black on nothing: of a template image only the alpha counts, and the menu bar chooses the color.
pub(super) fn draw(icon: Icon, size: u32) -> Rgba {
    Icon { color: IconColor::Dark, ..icon }.draw(DRAWN).centered_in(size)
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

/// Opens the menu for those who press the icon without a mouse, by VoiceOver or the keyboard: the library sets the menu
/// only during a click. The library's own function for it holds on to the icon until the menu closes, so that nothing
/// could be changed meanwhile.
pub(super) struct PressAction {
    /// The button does not keep it.
    _target: Option<Retained<Target>>,
}

impl PressAction {
    /// Opens `menu` when `tray` is pressed.
    pub(super) fn new(tray: &TrayIcon, menu: &muda::Menu) -> PressAction {
        let target = MainThreadMarker::new().and_then(|main| {
            let item = tray.ns_status_item()?;
            let button = item.button(main)?;
            // SAFETY: the pointer is null or to the menu, which is an NSMenu.
            #[allow(unsafe_code)]
            let menu = unsafe { Retained::retain(menu.ns_menu().cast::<NSMenu>()) }?;
            let target = Target::alloc(main).set_ivars(Pressed { item, menu, is_open: Cell::new(false) });
            // SAFETY: the signature of NSObject's initializer.
            #[allow(unsafe_code)]
            let target: Retained<Target> = unsafe { msg_send![super(target), init] };
            let object: &AnyObject = &target;
            // SAFETY: the target has a method of that name, which takes one object.
            #[allow(unsafe_code)]
            unsafe {
                button.setTarget(Some(object));
                button.setAction(Some(sel!(pressed:)));
            }
            Some(target)
        });
        PressAction { _target: target }
    }
}

/// What a press opens.
pub(super) struct Pressed {
    item: Retained<NSStatusItem>,
    menu: Retained<NSMenu>,
    is_open: Cell<bool>,
}

define_class!(
    // SAFETY: NSObject asks nothing of its subclasses, and this one has no `Drop`.
    #[unsafe(super(NSObject))]
    #[thread_kind = MainThreadOnly]
    #[name = "LinodeBandwidthPressTarget"]
    #[ivars = Pressed]
    pub(super) struct Target;

    #[allow(unsafe_code)]
    impl Target {
        #[unsafe(method(pressed:))]
        fn pressed(&self, _sender: Option<&AnyObject>) {
            let Pressed { item, menu, is_open } = self.ivars();
            let Some(button) = item.button(self.mtm()) else { return };
            // The click that opens the menu must not open another.
            if is_open.replace(true) {
                return;
            }
            item.setMenu(Some(menu));
            // SAFETY: there is no sender that could have a wrong type. Returns when the menu is closed.
            unsafe { button.performClick(None) };
            item.setMenu(None);
            is_open.set(false);
        }
    }
);
