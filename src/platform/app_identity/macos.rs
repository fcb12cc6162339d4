//! The right to come to the front, which macOS 14 and later give by agreement only.

use dispatch2::DispatchQueue;
use objc2::{MainThreadMarker, runtime::NSObjectProtocol, sel};
use objc2_app_kit::NSApplication;
use objc2_foundation::NSString;

use super::BUNDLE_ID;

pub(super) fn allow_foreground() {
    DispatchQueue::main().exec_async(|| {
        let Some(main) = MainThreadMarker::new() else { return };
        let application = NSApplication::sharedApplication(main);
        // Before macOS 14, a window that asked came to the front.
        if application.respondsToSelector(sel!(yieldActivationToApplicationWithBundleIdentifier:)) {
            // Only the active application can pass it on. The tray is not, though its menu was clicked.
            application.activate();
            application.yieldActivationToApplicationWithBundleIdentifier(&NSString::from_str(BUNDLE_ID));
        }
    });
}
