//! macOS: the bundle asks for no place in the Dock, because the tray needs none. The window has one while it is open.

use eframe::NativeOptions;
use winit::platform::macos::{ActivationPolicy, EventLoopBuilderExtMacOS};

/// Gives the window a place in the Dock, and the menu bar while it is in front.
pub fn prepare(options: &mut NativeOptions) {
    options.event_loop_builder = Some(Box::new(|builder| {
        builder.with_activation_policy(ActivationPolicy::Regular);
    }));
}
