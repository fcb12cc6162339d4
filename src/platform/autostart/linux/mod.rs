//! The session's autostart entries: `linode-bandwidth.desktop` in the user's `autostart` folder, which takes
//! precedence over the system's (Desktop Application Autostart Specification).

mod entry;

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use directories::BaseDirs;

use super::{AutostartError, Status};
use crate::platform::private_file::{self, Staged};
use entry::Entry;

const FILE: &str = "autostart/linode-bandwidth.desktop";
/// Present in every Flatpak sandbox.
const FLATPAK: &str = "/.flatpak-info";

pub(super) fn status() -> Result<Status, AutostartError> {
    Ok(Places::from_env()?.status())
}

pub(super) fn turn_on() -> Result<(), AutostartError> {
    Places::from_env()?.turn_on(&super::program()?)
}

pub(super) fn turn_off() -> Result<(), AutostartError> {
    Places::from_env()?.turn_off()
}

pub(super) fn renew() -> Result<(), AutostartError> {
    Places::from_env()?.renew()
}

/// The files to watch.
pub(super) fn files() -> Vec<PathBuf> {
    Places::from_env().map(|places| places.files().cloned().collect()).unwrap_or_default()
}

/// The paths of the entries, and the desktop that reads them.
struct Places {
    users: PathBuf,
    systems: Vec<PathBuf>,
    /// `XDG_CURRENT_DESKTOP`
    desktop: String,
}

impl Places {
    fn from_env() -> Result<Places, AutostartError> {
        sandbox(Path::new(FLATPAK))?;
        let home = BaseDirs::new().ok_or(AutostartError::NoHome)?;
        let folders = env::var_os("XDG_CONFIG_DIRS").filter(|folders| !folders.is_empty());
        let folders = folders.unwrap_or_else(|| "/etc/xdg".into());
        let systems = env::split_paths(&folders).filter(|folder| folder.is_absolute());
        Ok(Places {
            users: home.config_dir().join(FILE),
            systems: systems.map(|folder| folder.join(FILE)).collect(),
            desktop: env::var("XDG_CURRENT_DESKTOP").unwrap_or_default(),
        })
    }

    fn files(&self) -> impl Iterator<Item = &PathBuf> {
        std::iter::once(&self.users).chain(&self.systems)
    }

    /// The first existing file decides, whatever its content.
    fn status(&self) -> Status {
        self.said_by(self.files())
    }

    fn said_by<'a>(&self, files: impl Iterator<Item = &'a PathBuf>) -> Status {
        let first = files.filter_map(|file| fs::read(file).ok()).next();
        let entry = first.and_then(|text| Entry::read(&String::from_utf8_lossy(&text)));
        let Some(entry) = entry.filter(|entry| entry.applies_to(&self.desktop)) else { return Status::Off };
        let Some(program) = entry.program() else { return Status::Off };
        if found(&program) && entry.needs().is_none_or(|needed| found(&needed)) {
            Status::On(program)
        } else {
            Status::Broken(program)
        }
    }

    fn turn_on(&self, program: &Path) -> Result<(), AutostartError> {
        let odd = || AutostartError::NoProgram(format!("{} is not UTF-8", program.display()));
        self.write(&entry::starting(program.to_str().ok_or_else(odd)?))
    }

    fn renew(&self) -> Result<(), AutostartError> {
        let text = fs::read_to_string(&self.users).ok();
        text.and_then(|text| entry::renewed(&text)).map_or(Ok(()), |text| self.write(&text))
    }

    fn turn_off(&self) -> Result<(), AutostartError> {
        if self.said_by(self.systems.iter()) == Status::Off {
            match fs::remove_file(&self.users) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(self.failed(error)),
                _ => Ok(()),
            }
        } else {
            self.write(&entry::hidden())
        }
    }

    fn write(&self, text: &str) -> Result<(), AutostartError> {
        let write = || {
            let target = private_file::link_target(&self.users)?;
            private_file::create_dir(private_file::directory_of(&target))?;
            Staged::write(&target, text.as_bytes())?.commit()
        };
        write().map_err(|error| self.failed(error))
    }

    fn failed(&self, source: io::Error) -> AutostartError {
        AutostartError::Failed { place: self.users.display().to_string(), source }
    }
}

fn found(program: &str) -> bool {
    if program.contains('/') {
        return Path::new(program).is_file();
    }
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// Flatpak and Snap give the program a private configuration folder, which no session reads.
fn sandbox(flatpak: &Path) -> Result<(), AutostartError> {
    let told = |name: &str, by: &str| env::var(by).unwrap_or_else(|_| name.to_owned());
    if flatpak.exists() {
        let command = format!("flatpak run {}", told("APP", "FLATPAK_ID"));
        return Err(AutostartError::Sandboxed { sandbox: "Flatpak", instead: manual_hint(&command) });
    }
    // Every program started by a snap inherits the variable, so check the path too.
    let snap = env::var_os("SNAP").map(PathBuf::from).filter(|snap| !snap.as_os_str().is_empty());
    let inside = |snap: &PathBuf| env::current_exe().is_ok_and(|exe| exe.starts_with(snap));
    if snap.as_ref().is_some_and(inside) {
        let command = format!("snap run {}", told("NAME", "SNAP_NAME"));
        return Err(AutostartError::Sandboxed { sandbox: "Snap", instead: manual_hint(&command) });
    }
    Ok(())
}

fn manual_hint(command: &str) -> String {
    format!("add `{command}` to the desktop's list of startup applications")
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Machine {
        places: Places,
        program: PathBuf,
        _disk: tempfile::TempDir,
    }

    fn machine() -> Machine {
        let disk = tempfile::tempdir().unwrap();
        let program = disk.path().join("a folder").join("linode-bandwidth");
        fs::create_dir(program.parent().unwrap()).unwrap();
        fs::write(&program, "").unwrap();
        let (users, system) = (disk.path().join("user").join(FILE), disk.path().join("xdg").join(FILE));
        let places = Places { users, systems: vec![system], desktop: "ubuntu:GNOME".to_owned() };
        Machine { places, program, _disk: disk }
    }

    impl Machine {
        fn on(&self) -> bool {
            self.places.status() == Status::On(self.program.to_str().unwrap().to_owned())
        }

        fn by_hand(&self, file: &Path, text: &str) {
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        }

        /// The administrator's entry for all users.
        fn for_everybody(&self) {
            let entry = entry::starting(self.program.to_str().unwrap());
            self.by_hand(&self.places.systems[0], &entry);
        }
    }

    #[test]
    fn on_and_off_leave_no_files() {
        let machine = machine();
        assert_eq!(machine.places.status(), Status::Off);
        machine.places.turn_on(&machine.program).unwrap();
        assert!(machine.on());
        machine.places.turn_off().unwrap();
        machine.places.turn_off().unwrap();
        assert_eq!(machine.places.status(), Status::Off);
        assert!(!machine.places.users.exists());
    }

    #[test]
    fn renewing_keeps_changes_by_others() {
        let machine = machine();
        machine.places.renew().unwrap();
        assert!(!machine.places.users.exists());
        machine.places.turn_on(&machine.program).unwrap();
        let ours = fs::read_to_string(&machine.places.users).unwrap();
        let new = format!("{ours}OnlyShowIn=XFCE;\n\n[Other]\nExec=x tray\n");
        let old = new.replace(" tray --login\n", " tray\n");
        assert_ne!(new, old);
        for text in [&old, &new] {
            machine.by_hand(&machine.places.users, text);
            machine.places.renew().unwrap();
            assert_eq!(fs::read_to_string(&machine.places.users).unwrap(), new);
        }
        let theirs = "[Desktop Entry]\nType=Application\nExec=sh -c \"sleep 9; linode-bandwidth tray\"\n";
        machine.by_hand(&machine.places.users, theirs);
        machine.places.renew().unwrap();
        assert_eq!(fs::read_to_string(&machine.places.users).unwrap(), theirs);
    }

    #[test]
    fn status_respects_changes_by_others() {
        let machine = machine();
        machine.places.turn_on(&machine.program).unwrap();
        let ours = fs::read_to_string(&machine.places.users).unwrap();
        for line in [
            "Hidden=true",
            "X-GNOME-Autostart-enabled=false",
            "X-MATE-Autostart-enabled = false",
            "OnlyShowIn=KDE;XFCE;",
            "NotShowIn=GNOME;",
        ] {
            let key = line.split(['=', ' ']).next().unwrap();
            let rest = ours.lines().filter(|line| !line.starts_with(key)).collect::<Vec<_>>().join("\n");
            machine.by_hand(&machine.places.users, &format!("{rest}\n{line}\n"));
            assert_eq!(machine.places.status(), Status::Off, "{line}");
        }
        machine.by_hand(&machine.places.users, &format!("{ours}OnlyShowIn=KDE;GNOME;\nNotShowIn=XFCE\n"));
        assert!(machine.on());
        machine.by_hand(&machine.places.users, "no entry at all");
        assert_eq!(machine.places.status(), Status::Off);
        machine.places.turn_on(&machine.program).unwrap();
        assert!(machine.on(), "turning it on repairs it");
    }

    #[test]
    fn user_entry_precedes_system_entry() {
        let machine = machine();
        machine.for_everybody();
        assert!(machine.on());
        machine.places.turn_off().unwrap();
        assert_eq!(machine.places.status(), Status::Off);
        assert!(machine.places.users.exists(), "it has to hide the system's");
        machine.places.turn_on(&machine.program).unwrap();
        assert!(machine.on());
    }

    #[test]
    fn missing_program_is_broken() {
        let machine = machine();
        machine.places.turn_on(&machine.program).unwrap();
        fs::remove_file(&machine.program).unwrap();
        assert_eq!(machine.places.status(), Status::Broken(machine.program.to_str().unwrap().to_owned()));
        machine.by_hand(&machine.places.users, "[Desktop Entry]\nType=Application\nExec=env A=b x\n");
        assert_eq!(machine.places.status(), Status::On("env".to_owned()));
        machine.by_hand(
            &machine.places.users,
            "[Desktop Entry]\nType=Application\nExec=env A=b x\nTryExec=/nonexistent/x\n",
        );
        assert_eq!(machine.places.status(), Status::Broken("env".to_owned()));
    }

    #[test]
    fn flatpak_gives_advice() {
        let disk = tempfile::tempdir().unwrap();
        let info = disk.path().join("info");
        sandbox(&info).unwrap();
        fs::write(&info, "[Application]\n").unwrap();
        let said = sandbox(&info).unwrap_err().to_string();
        assert!(
            said.starts_with("inside Flatpak the program can't change what the session starts: "),
            "{said}"
        );
        assert!(said.contains("add `flatpak run "), "{said}");
    }

    #[test]
    fn linked_entry_stays_a_link() {
        let machine = machine();
        let real = machine.places.users.parent().unwrap().join("elsewhere.desktop");
        machine.by_hand(&real, "");
        std::os::unix::fs::symlink(&real, &machine.places.users).unwrap();
        machine.places.turn_on(&machine.program).unwrap();
        assert!(machine.places.users.is_symlink());
        assert!(machine.on());
    }
}
