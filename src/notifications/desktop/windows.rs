//! Toasts.

use std::sync::Once;

use notify_rust::Urgency;
use windows_registry::CURRENT_USER;

use crate::domain::alert::Notification;

/// The AppUserModelID.
const APP_ID: &str = "LinodeBandwidth.LinodeBandwidth";
/// Where a program that is no package tells Windows who it is.
const NAMES: &str = r"Software\Classes\AppUserModelId";

static NAMED: Once = Once::new();

/// Says whose it is and how urgent: a critical one stays until it is dismissed.
pub(super) fn set_platform_options(shown: &mut notify_rust::Notification, notification: &Notification) {
    // Before the first one: Windows shows no toast of an ID that it does not know.
    NAMED.call_once(|| {
        if let Err(error) = introduce() {
            tracing::warn!(
                "Windows does not learn this program's name, and may show no notifications: {error}"
            );
        }
    });
    shown.app_id(APP_ID).urgency(if notification.critical { Urgency::Critical } else { Urgency::Normal });
}

fn introduce() -> windows_registry::Result<()> {
    let key = CURRENT_USER.create(format!(r"{NAMES}\{APP_ID}"))?;
    key.set_string("DisplayName", "Linode Bandwidth")?;
    // The installer puts the picture beside the program.
    let picture = std::env::current_exe().ok().map(|program| program.with_file_name("linode-bandwidth.png"));
    match picture.filter(|picture| picture.is_file()) {
        Some(picture) => key.set_string("IconUri", picture.display().to_string()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_learns_the_programs_name() {
        introduce().unwrap();
        let key = CURRENT_USER.open(format!(r"{NAMES}\{APP_ID}")).unwrap();
        assert_eq!(key.get_string("DisplayName").unwrap(), "Linode Bandwidth");
    }
}
