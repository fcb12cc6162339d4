//! The user's Run key, combined with the state in the Task Manager's list of startup programs.

use std::io;
use std::path::{Path, PathBuf};

use auto_launch::{AutoLaunch, WindowsEnableMode};
use windows_registry::CURRENT_USER;

use super::{AutostartError, Status, run_line};

const NAME: &str = "Linode Bandwidth";
const RUN: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";

pub(super) fn status() -> Result<Status, AutostartError> {
    if !entry()?.is_enabled().map_err(failed)? {
        return Ok(Status::Off);
    }
    let line = CURRENT_USER.open(RUN).and_then(|key| key.get_string(NAME)).unwrap_or_default();
    let program = run_line::program(&line).to_owned();
    // Windows resolves other forms, such as `%APPDATA%\…`.
    let gone = Path::new(&program).is_absolute() && !Path::new(&program).is_file();
    Ok(if gone { Status::Broken(program) } else { Status::On(program) })
}

pub(super) fn turn_on() -> Result<(), AutostartError> {
    entry()?.enable().map_err(failed)
}

pub(super) fn renew() -> Result<(), AutostartError> {
    let Ok(line) = CURRENT_USER.open(RUN).and_then(|key| key.get_string(NAME)) else { return Ok(()) };
    let Some(line) = run_line::renewed(&line, |window| window.is_file()) else { return Ok(()) };
    let renewed = CURRENT_USER.create(RUN).and_then(|key| key.set_string(NAME, line));
    renewed.map_err(|error| failed_with(io::Error::other(error.to_string())))
}

pub(super) fn turn_off() -> Result<(), AutostartError> {
    entry()?.disable().map_err(failed)
}

/// Whether the Task Manager's list has the program switched off.
pub fn is_switched_off() -> bool {
    let listed = CURRENT_USER.open(RUN).is_ok_and(|key| key.get_string(NAME).is_ok());
    listed && entry().and_then(|entry| entry.is_enabled().map_err(failed)).is_ok_and(|enabled| !enabled)
}

/// Watches nothing: the registry is read when the pointer enters the icon.
pub(super) fn files() -> Vec<PathBuf> {
    Vec::new()
}

fn entry() -> Result<AutoLaunch, AutostartError> {
    let tray = super::program()?;
    let window = tray.with_file_name(run_line::WINDOW);
    // Before Windows 11 24H2 a console of the tray's own program would flash.
    let (program, arguments) =
        if window.is_file() { (window, run_line::OF_WINDOW) } else { (tray, run_line::OF_TRAY) };
    // The library writes the path as is, so a path with a space needs its own quotes.
    let program = format!("\"{}\"", program.display());
    Ok(AutoLaunch::new(NAME, &program, WindowsEnableMode::CurrentUser, arguments))
}

fn failed(error: auto_launch::Error) -> AutostartError {
    failed_with(io::Error::other(error))
}

fn failed_with(source: io::Error) -> AutostartError {
    AutostartError::Failed { place: format!(r"HKEY_CURRENT_USER\{RUN}"), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One test, because all tests would share the user's key (Wine's in CI).
    #[test]
    fn status_follows_changes_by_other_programs() {
        turn_off().unwrap();
        assert_eq!(status().unwrap(), Status::Off);
        turn_on().unwrap();
        let program = super::super::program().unwrap().display().to_string();
        assert_eq!(status().unwrap(), Status::On(program.clone()));
        let key = CURRENT_USER.create(RUN).unwrap();
        assert_eq!(key.get_string(NAME).unwrap(), format!("\"{program}\" tray --login"));
        key.set_string(NAME, format!("\"{program}\" tray")).unwrap();
        for _ in 0..2 {
            renew().unwrap();
            assert_eq!(key.get_string(NAME).unwrap(), format!("\"{program}\" tray --login"));
        }
        // With the window's program next to it, that one starts the tray.
        let folder = tempfile::tempdir().unwrap();
        let window = folder.path().join(run_line::WINDOW);
        std::fs::write(&window, "").unwrap();
        let tray = folder.path().join("linode-bandwidth.exe");
        key.set_string(NAME, format!("\"{}\" tray --login", tray.display())).unwrap();
        renew().unwrap();
        assert_eq!(key.get_string(NAME).unwrap(), format!("\"{}\" --tray --login", window.display()));
        assert_eq!(status().unwrap(), Status::On(window.display().to_string()));
        key.set_string(NAME, r#""C:\gone away\x.exe" tray"#).unwrap();
        assert_eq!(status().unwrap(), Status::Broken(r"C:\gone away\x.exe".to_owned()));
        key.remove_value(NAME).unwrap();
        assert_eq!(status().unwrap(), Status::Off);
        turn_on().unwrap();
        turn_off().unwrap();
        turn_off().unwrap();
        assert_eq!(status().unwrap(), Status::Off);
    }
}
