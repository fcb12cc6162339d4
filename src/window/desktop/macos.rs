//! macOS: the bundle says that the program has no place in the Dock, which is the tray's part. The window has one while
//! it is open, as every window has.

use eframe::NativeOptions;
use winit::platform::macos::{ActivationPolicy, EventLoopBuilderExtMacOS};

/// Gives the window its place in the Dock, and the menu bar while it is in front.
pub fn prepare(options: &mut NativeOptions) {
    options.event_loop_builder = Some(Box::new(|builder| {
        builder.with_activation_policy(ActivationPolicy::Regular);
    }));
}
