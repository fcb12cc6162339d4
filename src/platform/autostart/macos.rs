//! A LaunchAgent, which launchd starts when the user logs in.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::BaseDirs;
use plist::{Dictionary, Value};

use super::{AutostartError, Status};
use crate::platform::app_identity::BUNDLE_ID;

/// The agent's label.
const LABEL: &str = BUNDLE_ID;

pub(super) fn status() -> Result<Status, AutostartError> {
    let agent = match Value::from_file(file()?) {
        Ok(agent) => agent,
        // launchd ignores a file that it can't read.
        Err(_) => return Ok(Status::Off),
    };
    let agent = agent.as_dictionary();
    let is = |key: &str| agent.and_then(|agent| agent.get(key)?.as_boolean()).unwrap_or(false);
    let arguments = agent.and_then(|agent| agent.get("ProgramArguments")?.as_array());
    let program = arguments.and_then(|arguments| arguments.first()?.as_string());
    Ok(match program {
        Some(program) if is("RunAtLoad") && !is("Disabled") => {
            if Path::new(program).is_file() {
                Status::On(program.to_owned())
            } else {
                Status::Broken(program.to_owned())
            }
        }
        _ => Status::Off,
    })
}

pub(super) fn renew() -> Result<(), AutostartError> {
    let file = file()?;
    let Ok(mut agent) = Value::from_file(&file) else { return Ok(()) };
    let arguments =
        agent.as_dictionary_mut().and_then(|agent| agent.get_mut("ProgramArguments")?.as_array_mut());
    match arguments {
        Some(arguments)
            if arguments.get(1).and_then(Value::as_string) == Some("tray") && arguments.len() == 2 =>
        {
            arguments.push("--login".into());
            agent.to_file_xml(&file).map_err(|error| failed(&file, io::Error::other(error)))
        }
        _ => Ok(()),
    }
}

pub(super) fn turn_on() -> Result<(), AutostartError> {
    let program = super::program()?;
    // macOS runs a downloaded application from a temporary folder until the user moves it.
    if program.components().any(|part| part.as_os_str() == "AppTranslocation") {
        let why =
            "macOS runs it from a temporary folder; move the application into Applications and open it there";
        return Err(AutostartError::NoProgram(why.to_owned()));
    }
    let program = program.to_string_lossy().into_owned();
    let arguments = [program, "tray".to_owned(), "--login".to_owned()].map(Value::from).to_vec();
    let mut agent = Dictionary::new();
    agent.insert("Label".to_owned(), LABEL.into());
    agent.insert("AssociatedBundleIdentifiers".to_owned(), LABEL.into());
    agent.insert("ProgramArguments".to_owned(), Value::Array(arguments));
    agent.insert("RunAtLoad".to_owned(), true.into());
    // Without this, macOS gives it the low priority of background work.
    agent.insert("ProcessType".to_owned(), "Interactive".into());
    let file = file()?;
    let write = || {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder)?;
        }
        Value::Dictionary(agent).to_file_xml(&file).map_err(io::Error::other)
    };
    write().map_err(|source| failed(&file, source))
}

pub(super) fn turn_off() -> Result<(), AutostartError> {
    let file = file()?;
    match fs::remove_file(&file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(&file, error)),
        _ => Ok(()),
    }
}

/// The files to watch.
pub(super) fn files() -> Vec<PathBuf> {
    file().into_iter().collect()
}

fn file() -> Result<PathBuf, AutostartError> {
    let home = BaseDirs::new().ok_or(AutostartError::NoHome)?;
    Ok(home.home_dir().join("Library/LaunchAgents").join(format!("{LABEL}.plist")))
}

fn failed(file: &Path, source: io::Error) -> AutostartError {
    AutostartError::Failed { place: file.display().to_string(), source }
}
