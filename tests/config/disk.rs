//! The file on disk: complete, private, and with one writer at a time.

use std::fs;
use std::path::Path;
use std::thread;

use linode_bandwidth::domain::config::{AccountConfig, IconStyle};
use linode_bandwidth::storage::config::{ConfigEditor, EditError, load, parse};

use crate::{WRITTEN, change, id, in_file, refused};

#[test]
fn a_broken_file_is_never_written_over() {
    let message =
        refused("icon = \"bar\"\nicon = \n", |editor| editor.set(|config| config.forecast_alert = false));
    assert_eq!(
        message,
        "config.toml:2:8: this is not TOML: string values must be quoted, expected literal string; nothing was changed: fix the file first"
    );
    let (_directory, path) = in_file("");
    fs::write(&path, b"\xff").unwrap();
    assert!(change(&path, |editor| editor.set(|config| config.forecast_alert = false)).is_err());
    assert_eq!(fs::read(&path).unwrap(), b"\xff");
    let inside = path.with_file_name("a directory");
    fs::create_dir(&inside).unwrap();
    assert!(change(&inside, |editor| editor.set(|config| config.forecast_alert = false)).is_err());
    assert!(inside.is_dir());
}

#[test]
fn a_file_that_grows_too_large_is_not_written() {
    let text = "#".repeat((1 << 20) - 10);
    assert_eq!(
        refused(&text, |editor| editor.set(|config| config.forecast_alert = false)),
        "config.toml is larger than 1 MiB; it is not a configuration file, move it away; nothing was changed: fix the file first"
    );
}

#[test]
fn an_editor_that_takes_no_lock_is_not_overwritten() {
    let (_directory, path) = in_file("icon = 'bar'\n");
    let error = change(&path, |editor| {
        fs::write(&path, "icon = 'ring' # mine\n").unwrap();
        editor.set(|config| config.forecast_alert = false)
    });
    assert!(matches!(error, Err(EditError::Overtaken { .. })));
    assert_eq!(fs::read_to_string(&path).unwrap(), "icon = 'ring' # mine\n");
    // If a directory can't be locked, the lock file is there too.
    let mut beside = fs::read_dir(path.parent().unwrap()).unwrap();
    assert!(!beside.any(|entry| entry.unwrap().file_name().to_string_lossy().contains("tmp-")));
}

#[test]
fn a_missing_file_is_made_with_its_directories() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a/b/config.toml");
    change(&path, |_| Ok(())).unwrap();
    assert!(!path.exists());
    change(&path, |editor| editor.add(&AccountConfig::new(id("acme"), "Acme"))).unwrap();
    assert_eq!(
        fs::read_to_string(&path).unwrap(),
        "# Settings of linode-bandwidth. Those that are not here have their defaults:\n\
         # docs/configuration.md lists all of them.\n\
         # `linode-bandwidth config check` validates this file. Tokens are never in it.\n\
         \n\
         [[accounts]]\nid = \"acme\"\nname = \"Acme\"\n"
    );
    change(&path, |editor| editor.set(|config| config.icon = IconStyle::Bar)).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.ends_with("in it.\n\nicon = \"bar\"\n\n[[accounts]]\nid = \"acme\"\nname = \"Acme\"\n"),
        "{text}"
    );
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
    use std::time::Duration;

    use linode_bandwidth::storage::config::tighten;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    fn set_icon(path: &Path) {
        change(path, |editor| editor.set(|config| config.icon = IconStyle::Bar)).unwrap();
    }

    #[test]
    fn the_file_is_for_its_user_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a/b/config.toml");
        set_icon(&path);
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(mode(&directory.path().join("a")), 0o700);
        let link = directory.path().join("link");
        symlink("a/b/config.toml", &link).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        tighten(&link).unwrap();
        assert_eq!(mode(&path), 0o600);
        fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).unwrap();
        tighten(&link).unwrap();
        assert_eq!(mode(&path), 0o400);
        tighten(&directory.path().join("none")).unwrap();
        fs::set_permissions(&path, PermissionsExt::from_mode(0o644)).unwrap();
        change(&path, |editor| editor.set(|config| config.icon = IconStyle::Ring)).unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn symbolic_links_stay() {
        let directory = tempfile::tempdir().unwrap();
        let at = |name: &str| directory.path().join(name);
        fs::create_dir(at("dots")).unwrap();
        fs::create_dir(at("home")).unwrap();
        fs::write(at("dots/real.toml"), "# mine\n").unwrap();
        symlink("real.toml", at("dots/link.toml")).unwrap();
        symlink("../dots/link.toml", at("home/config.toml")).unwrap();
        set_icon(&at("home/config.toml"));
        assert_eq!(fs::read_link(at("home/config.toml")).unwrap(), Path::new("../dots/link.toml"));
        assert_eq!(fs::read_link(at("dots/link.toml")).unwrap(), Path::new("real.toml"));
        assert_eq!(fs::read_to_string(at("dots/real.toml")).unwrap(), "# mine\n\nicon = \"bar\"\n");
        assert_eq!(fs::read_dir(at("dots")).unwrap().count(), 2);

        symlink(at("new/there.toml"), at("dangling")).unwrap();
        set_icon(&at("dangling"));
        assert!(fs::symlink_metadata(at("dangling")).unwrap().is_symlink());
        assert_eq!(load(&at("new/there.toml")).unwrap().icon, IconStyle::Bar);

        symlink("round", at("round")).unwrap();
        let error =
            change(&at("round"), |editor| editor.set(|config| config.forecast_alert = false)).unwrap_err();
        assert!(error.to_string().contains("its symbolic links form a loop"), "{error}");
    }

    #[test]
    fn no_change_writes_nothing() {
        let (_directory, path) = in_file(WRITTEN);
        let before = fs::metadata(&path).unwrap().ino();
        change(&path, |editor| {
            editor.set(|config| config.poll_interval = Duration::from_secs(300))?;
            editor.set(|config| config.history_months = 25)?;
            editor.set_account(&id("b"), |account| account.muted = false)?;
            editor.set_account(&id("b"), |account| account.thresholds = None)
        })
        .unwrap();
        assert_eq!(fs::metadata(&path).unwrap().ino(), before);
        assert_eq!(fs::read_to_string(&path).unwrap(), WRITTEN);
    }
}

#[test]
fn writers_at_the_same_time_lose_nothing() {
    let (_directory, path) = in_file(WRITTEN);
    thread::scope(|scope| {
        for writer in 0..4 {
            let path = &path;
            scope.spawn(move || {
                for entry in 0..8 {
                    let name = format!("{writer} {entry}");
                    change(path, |editor| {
                        let id = editor.unused_id("new", |_| false);
                        editor.add(&AccountConfig::new(id, &name))
                    })
                    .unwrap();
                }
            });
        }
    });
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with(WRITTEN));
    assert_eq!(parse(&text).unwrap().accounts.len(), 3 + 4 * 8);
}

/// The child process of the next test; does nothing without its environment variable.
#[test]
fn another_process_adds_accounts() {
    let Some(path) = std::env::var_os("TEST_CONFIG_TO_ADD_TO") else { return };
    for _ in 0..8 {
        let add = |editor: &mut ConfigEditor| {
            let id = editor.unused_id("new", |_| false);
            editor.add(&AccountConfig::new(id.clone(), id.as_str()))
        };
        change(Path::new(&path), add).unwrap();
    }
}

#[test]
fn processes_at_the_same_time_lose_nothing() {
    let (_directory, path) = in_file("");
    let others: Vec<_> = (0..3)
        .map(|_| {
            std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "disk::another_process_adds_accounts"])
                .env("TEST_CONFIG_TO_ADD_TO", &path)
                .stdout(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for other in others {
        let output = other.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
    assert_eq!(load(&path).unwrap().accounts.len(), 3 * 8);
}
