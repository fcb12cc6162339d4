//! Where the one program of this package finds the other: in its own folder, whether that is `/usr/bin`, `target/debug` or
//! inside a bundle, and nowhere else. What a `PATH` leads to may be of another version, or another's.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The program with the window.
const WINDOW: &str = "linode-bandwidth-window";
/// The program with everything else.
const TRAY: &str = "linode-bandwidth";

/// The other program in the same folder, whether it exists or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sibling {
    name: &'static str,
    path: PathBuf,
}

/// Why it can't be started.
#[derive(Debug, thiserror::Error)]
pub enum SiblingError {
    /// It is not where it should be.
    #[error(
        "there is no {name} in {}, the only place where this program looks for it: install the complete package, or build it with `cargo build`; the commands do the same without a window, see `linode-bandwidth --help`",
        folder.display()
    )]
    Missing {
        /// What it is called.
        name: &'static str,
        /// The folder of this program.
        folder: PathBuf,
    },
    /// The system's words.
    #[error("{} can't be started: {source}", program.display())]
    Failed {
        program: PathBuf,
        /// What was said.
        source: io::Error,
    },
    /// The system does not say where this program is.
    #[error(transparent)]
    Unknown(#[from] io::Error),
}

impl Sibling {
    /// The program with the window. Ask early: an update may put another file in this program's place.
    ///
    /// # Errors
    /// When the system does not say where this program is.
    pub fn window() -> io::Result<Sibling> {
        Ok(Sibling::beside(&env::current_exe()?, WINDOW))
    }

    /// The program with the tray, from the one with the window.
    ///
    /// # Errors
    /// As [`Sibling::window`].
    pub fn tray() -> io::Result<Sibling> {
        Ok(Sibling::beside(&env::current_exe()?, TRAY))
    }

    /// Beside the file itself, where `program` is a link to it: macOS names the link.
    fn beside(program: &Path, name: &'static str) -> Sibling {
        let linked = program.is_symlink().then(|| fs::canonicalize(program).ok()).flatten();
        let file = format!("{name}{}", env::consts::EXE_SUFFIX);
        Sibling { name, path: linked.as_deref().unwrap_or(program).with_file_name(file) }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Words the error of a failed start.
    pub fn explain(&self, error: io::Error) -> SiblingError {
        match self.path.parent() {
            Some(folder) if error.kind() == io::ErrorKind::NotFound => {
                SiblingError::Missing { name: self.name, folder: folder.to_owned() }
            }
            _ => SiblingError::Failed { program: self.path.clone(), source: error },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(folder: &Path) -> PathBuf {
        folder.join(format!("{WINDOW}{}", env::consts::EXE_SUFFIX))
    }

    #[test]
    fn it_is_looked_for_in_the_programs_own_folder() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("linode-bandwidth");
        assert_eq!(Sibling::beside(&program, WINDOW).path(), named(folder.path()));
    }

    #[test]
    fn program_replaced_while_running_has_the_same_folder() {
        let program = Sibling::beside(Path::new("/usr/bin/linode-bandwidth (deleted)"), WINDOW);
        assert_eq!(program.path(), named(Path::new("/usr/bin")));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_leads_to_the_folder_of_the_program_itself() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        for part in ["app", "bin"] {
            fs::create_dir(folder.join(part)).unwrap();
        }
        let (program, link) = (folder.join("app/linode-bandwidth"), folder.join("bin/linode-bandwidth"));
        fs::write(&program, "").unwrap();
        std::os::unix::fs::symlink(&program, &link).unwrap();
        assert_eq!(Sibling::beside(&link, WINDOW).path(), named(&folder.join("app")));
    }

    #[test]
    fn a_missing_program_is_reported_in_one_sentence() {
        let program = Sibling::beside(Path::new("/opt/app/linode-bandwidth"), WINDOW);
        let missing = program.explain(io::ErrorKind::NotFound.into()).to_string();
        assert!(
            missing.starts_with("there is no linode-bandwidth-window in /opt/app, the only"),
            "{missing}"
        );
        let refused = program.explain(io::ErrorKind::PermissionDenied.into()).to_string();
        assert!(
            refused.starts_with(&program.path().display().to_string()) && refused.contains("permission"),
            "{refused}"
        );
    }
}
