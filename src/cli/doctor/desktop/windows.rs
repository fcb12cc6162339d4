//! Checks of Windows' own settings: notifications, links, Credential Manager, graphics, time zone, PATH, start at
//! login.

use std::env;
use std::path::Path;

use jiff::tz::TimeZone;
use windows_sys::Win32::Graphics::Gdi::{
    DISPLAY_DEVICE_ATTACHED_TO_DESKTOP, DISPLAY_DEVICEW, EnumDisplayDevicesW,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{GetSystemMetrics, SM_REMOTESESSION};

use crate::api::proxy;
use crate::cli::doctor::Finding;
use crate::domain::config::AccountConfig;
use crate::notifications::{self, ToastError};
use crate::platform::app_identity;
use crate::platform::autostart::{self, Status};
use crate::storage::keyring::{self, Keyring};

/// More adapters than any machine has.
const MAX_ADAPTERS: u32 = 64;

/// Runs the checks. Credential Manager never asks, so there is nothing to unlock.
pub async fn look(_: &Keyring, _: &[&AccountConfig], _unlock: bool) -> Vec<Finding> {
    let tray = Finding::advise(
        "tray",
        "the system's own",
        "if you don't see the icon, click ^ in the taskbar, and drag it from there to keep it in view",
    );
    let mut findings = vec![tray];
    findings.extend(notifications());
    findings.extend([keyring().await, graphics(), time_zone(), start_at_login()]);
    findings.extend(path());
    findings.extend(proxy());
    findings
}

fn notifications() -> Vec<Finding> {
    let check = "notifications";
    if !app_identity::is_registered() {
        return vec![Finding::advise(
            check,
            "not set up yet",
            "start the tray once: it tells Windows its name",
        )];
    }
    let setting = match notifications::setting() {
        Ok(()) => Finding::pass(check, "on"),
        Err(error @ ToastError::Muted(_)) => Finding::warn(
            check,
            error.to_string(),
            "turn them on in Settings > System > Notifications; \"Do not disturb\" only delays them",
        ),
        Err(error) => Finding::fail(check, error.to_string(), "log out and in"),
    };
    let links = match app_identity::link_command() {
        Some(_) => Finding::pass("links", "a click on a notification opens the window"),
        None => Finding::warn(
            "links",
            "a click on a notification opens nothing",
            "install both programs in one folder and start the tray again",
        ),
    };
    vec![setting, links]
}

async fn keyring() -> Finding {
    match keyring::try_out().await {
        Ok(()) => Finding::pass("keyring", "Credential Manager stores and returns secrets"),
        Err(error) => Finding::fail("keyring", error.to_string(), "log on to Windows with your password"),
    }
}

/// The graphics adapters that draw the window.
fn graphics() -> Finding {
    // SAFETY: it takes and returns a number.
    #[allow(unsafe_code)]
    let remote = unsafe { GetSystemMetrics(SM_REMOTESESSION) } != 0;
    let adapters = adapters();
    let names = if adapters.is_empty() { "no adapter".to_owned() } else { adapters.join(", ") };
    let session = if remote { "; a remote session" } else { "" };
    Finding::pass("graphics", format!("{names}{session}; OpenGL 2, or else Direct3D 12, draws the window"))
}

/// The names of the graphics adapters with a screen.
fn adapters() -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for number in 0..MAX_ADAPTERS {
        let mut device =
            DISPLAY_DEVICEW { cb: size_of::<DISPLAY_DEVICEW>() as u32, ..DISPLAY_DEVICEW::default() };
        // SAFETY: a null name is allowed, and `cb` is the structure's size.
        #[allow(unsafe_code)]
        let found = unsafe { EnumDisplayDevicesW(std::ptr::null(), number, &raw mut device, 0) };
        if found == 0 {
            break;
        }
        let name = String::from_utf16_lossy(&device.DeviceString);
        let name = name.trim_end_matches('\0').to_owned();
        if device.StateFlags & DISPLAY_DEVICE_ATTACHED_TO_DESKTOP != 0 && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

fn time_zone() -> Finding {
    let check = "time zone";
    match TimeZone::try_system() {
        Ok(zone) => Finding::pass(check, zone.iana_name().unwrap_or("set").to_owned()),
        Err(error) => Finding::warn(
            check,
            format!("unknown, so times are UTC: {error}"),
            "set it in Settings > Time & language",
        ),
    }
}

fn start_at_login() -> Finding {
    let check = "start at login";
    match autostart::status() {
        Ok(Status::On(program)) => Finding::pass(check, format!("on: {program}")),
        Ok(Status::Off) if autostart::is_switched_off() => Finding::advise(
            check,
            "switched off in Windows' list of startup apps",
            "turn it on in Settings > Apps > Startup",
        ),
        Ok(Status::Off) => Finding::pass(check, "off"),
        Ok(Status::Broken(program)) => {
            Finding::fail(check, format!("{program} does not exist"), "run `linode-bandwidth autostart on`")
        }
        Err(error) => Finding::warn(check, error.to_string(), "sign out and in"),
    }
}

/// Whether `PATH` contains the program's folder.
fn path() -> Option<Finding> {
    let program = env::current_exe().ok()?;
    let folder = program.parent()?;
    let same = |other: &Path| match (other.canonicalize(), folder.canonicalize()) {
        (Ok(other), Ok(folder)) => other == folder,
        _ => other == folder,
    };
    let found = env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|entry| same(&entry)));
    let folder = folder.display();
    Some(if found {
        Finding::pass("PATH", format!("has {folder}"))
    } else {
        let hint = "install it with the .msi, or add the folder to your PATH; then open a new terminal";
        Finding::advise("PATH", format!("lacks {folder}, so the commands need the full path"), hint)
    })
}

fn proxy() -> Option<Finding> {
    proxy::needs_script().then(|| {
        Finding::warn(
            "proxy",
            "Windows' settings name a setup script, which this program does not run",
            "if the API does not answer, set HTTPS_PROXY to the proxy's address, such as http://proxy.example:3128",
        )
    })
}
