//! How the system knows this program. On Windows: by an id that its taskbar buttons, shortcut and notifications share, and
//! by the scheme of its links. Elsewhere the packages say it.

#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

#[cfg(any(windows, test))]
use std::path::Path;

#[cfg(windows)]
pub use windows::{is_registered, link_command};

#[cfg(any(windows, test))]
use crate::window_request::LINK_SCHEME;

/// The AppUserModelID. The installer's shortcut has it too.
pub const APP_ID: &str = "LinodeBandwidth.LinodeBandwidth";

/// The identifier of the application on macOS. Its Info.plist has it too.
#[cfg(target_os = "macos")]
pub const BUNDLE_ID: &str = "io.github.linode-bandwidth";

/// Gives this process its id. To be called before it has a window.
pub fn adopt() {
    #[cfg(windows)]
    windows::adopt();
}

/// Registers id and links for this user, with the programs in this program's folder.
pub fn register() {
    #[cfg(windows)]
    windows::register();
}

/// Has Windows start the tray again after an update that ended it.
pub fn restart_after_update() {
    #[cfg(windows)]
    windows::restart_after_update();
}

/// Lets the process that shows the window come to the front. Windows and macOS give that right to the process that the
/// user clicked in, and only that one can pass it on.
pub fn allow_foreground() {
    #[cfg(target_os = "macos")]
    macos::allow_foreground();
    #[cfg(windows)]
    windows::allow_foreground();
}

/// A value under `HKEY_CURRENT_USER`.
#[cfg(any(windows, test))]
#[derive(Debug, Clone, PartialEq, Eq)]
struct RegistryValue {
    key: String,
    /// Empty for the key's default value.
    name: &'static str,
    data: RegistryData,
}

#[cfg(any(windows, test))]
#[derive(Debug, Clone, PartialEq, Eq)]
enum RegistryData {
    Text(String),
    Number(u32),
}

/// The programs as the registry names them.
#[cfg(any(windows, test))]
struct Installed<'a> {
    /// The program with the window, if it is there. It opens links, because it has no console that would flash.
    window: Option<&'a Path>,
    /// The installer puts it beside the programs.
    picture: Option<&'a Path>,
}

#[cfg(any(windows, test))]
fn registry_values(installed: &Installed) -> Vec<RegistryValue> {
    let value = |key: &str, name, data| RegistryValue { key: key.to_owned(), name, data };
    let text = |key: &str, name, text: String| value(key, name, RegistryData::Text(text));
    let mut values = vec![text(&app_id_key(), "DisplayName", "Linode Bandwidth".to_owned())];
    values.extend(
        installed.picture.map(|picture| text(&app_id_key(), "IconUri", picture.display().to_string())),
    );
    if let Some(window) = installed.window.map(Path::display) {
        let scheme = format!(r"Software\Classes\{LINK_SCHEME}");
        values.extend([
            text(&scheme, "", "URL:Linode Bandwidth".to_owned()),
            text(&scheme, "URL Protocol", String::new()),
            text(&format!(r"{scheme}\DefaultIcon"), "", format!("\"{window}\",0")),
            // The option takes no other beside it, so that no link can add one.
            text(&link_command_key(), "", format!("\"{window}\" --link \"%1\"")),
        ]);
    }
    // A report may contain memory, and so a token.
    let reports = r"Software\Microsoft\Windows\Windows Error Reporting\ExcludedApplications";
    let programs = ["linode-bandwidth.exe", "linode-bandwidth-window.exe"];
    values.extend(programs.map(|program| value(reports, program, RegistryData::Number(1))));
    values
}

#[cfg(any(windows, test))]
fn app_id_key() -> String {
    format!(r"Software\Classes\AppUserModelId\{APP_ID}")
}

#[cfg(any(windows, test))]
fn link_command_key() -> String {
    format!(r"Software\Classes\{LINK_SCHEME}\shell\open\command")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(installed: &Installed, key: &str, name: &str) -> Option<String> {
        let values = registry_values(installed);
        let value = values.into_iter().find(|value| value.key == key && value.name == name)?;
        let RegistryData::Text(text) = value.data else { panic!("{key} has a number") };
        Some(text)
    }

    #[test]
    fn a_link_starts_the_program_without_a_console_and_is_quoted() {
        let window = Path::new(r"C:\Program Files\Linode Bandwidth\linode-bandwidth-window.exe");
        let installed = Installed { window: Some(window), picture: None };
        let command = text(&installed, r"Software\Classes\linode-bandwidth\shell\open\command", "");
        assert_eq!(command.unwrap(), format!("\"{}\" --link \"%1\"", window.display()));
        let scheme = r"Software\Classes\linode-bandwidth";
        assert_eq!(text(&installed, scheme, "URL Protocol").as_deref(), Some(""));
        let none = Installed { window: None, picture: None };
        assert_eq!(text(&none, scheme, "URL Protocol"), None, "a link that leads nowhere");
    }

    #[test]
    fn the_picture_is_named_only_where_there_is_one() {
        let key = r"Software\Classes\AppUserModelId\LinodeBandwidth.LinodeBandwidth";
        let without = Installed { window: None, picture: None };
        assert_eq!(text(&without, key, "DisplayName").as_deref(), Some("Linode Bandwidth"));
        assert_eq!(text(&without, key, "IconUri"), None);
        let with = Installed { window: None, picture: Some(Path::new(r"C:\lb\linode-bandwidth.png")) };
        assert_eq!(text(&with, key, "IconUri").as_deref(), Some(r"C:\lb\linode-bandwidth.png"));
    }

    #[test]
    fn no_error_report_is_made_of_either_program() {
        let values = registry_values(&Installed { window: None, picture: None });
        let excluded = values.iter().filter(|value| value.data == RegistryData::Number(1));
        let names: Vec<_> = excluded.map(|value| value.name).collect();
        assert_eq!(names, ["linode-bandwidth.exe", "linode-bandwidth-window.exe"]);
    }
}
