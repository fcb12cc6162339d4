//! Calls to Windows and its registry.

use windows_registry::CURRENT_USER;
use windows_sys::Win32::System::Recovery::{RESTART_NO_CRASH, RESTART_NO_HANG, RegisterApplicationRestart};
use windows_sys::Win32::UI::Shell::SetCurrentProcessExplicitAppUserModelID;
use windows_sys::Win32::UI::WindowsAndMessaging::{ASFW_ANY, AllowSetForegroundWindow};
use windows_sys::w;

use super::{APP_ID, Installed, RegistryData, app_id_key, link_command_key, registry_values};
use crate::app::sibling::Sibling;

pub(super) fn adopt() {
    let id: Vec<u16> = APP_ID.encode_utf16().chain([0]).collect();
    // SAFETY: the text ends with 0 and is copied.
    #[allow(unsafe_code)]
    let set = unsafe { SetCurrentProcessExplicitAppUserModelID(id.as_ptr()) };
    if set != 0 {
        tracing::debug!("Windows does not take the program's id: {set:x}");
    }
}

pub(super) fn register() {
    if let Err(error) = write() {
        tracing::warn!(
            "Windows does not learn this program's name and links, and may show no notifications: {error}"
        );
    }
}

fn write() -> windows_registry::Result<()> {
    let window = Sibling::window().ok().map(|window| window.path().to_owned()).filter(|path| path.is_file());
    let picture = std::env::current_exe().ok().map(|program| program.with_file_name("linode-bandwidth.png"));
    let picture = picture.filter(|picture| picture.is_file());
    let installed = Installed { window: window.as_deref(), picture: picture.as_deref() };
    for value in registry_values(&installed) {
        let key = CURRENT_USER.create(&value.key)?;
        match value.data {
            RegistryData::Text(text) => key.set_string(value.name, text)?,
            RegistryData::Number(number) => key.set_u32(value.name, number)?,
        }
    }
    Ok(())
}

/// Whether Windows knows the program's id.
pub fn is_registered() -> bool {
    CURRENT_USER.open(app_id_key()).and_then(|key| key.get_string("DisplayName")).is_ok()
}

/// The command that Windows runs for a link, if the scheme is registered.
pub fn link_command() -> Option<String> {
    CURRENT_USER.open(link_command_key()).and_then(|key| key.get_string("")).ok()
}

pub(super) fn restart_after_update() {
    // Only after an update: after a crash or a hang, it would probably happen again.
    // SAFETY: the text ends with 0 and is copied.
    #[allow(unsafe_code)]
    let registered =
        unsafe { RegisterApplicationRestart(w!("tray --login"), RESTART_NO_CRASH | RESTART_NO_HANG) };
    if registered != 0 {
        tracing::debug!("Windows does not start the tray again after an update: {registered:x}");
    }
}

pub(super) fn allow_foreground() {
    // Fails if this process has no such right itself, which is normal.
    // SAFETY: it takes a number.
    #[allow(unsafe_code)]
    unsafe {
        AllowSetForegroundWindow(ASFW_ANY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_learns_the_programs_name() {
        register();
        let key = CURRENT_USER.open(app_id_key()).unwrap();
        assert_eq!(key.get_string("DisplayName").unwrap(), "Linode Bandwidth");
        assert!(is_registered());
    }
}
