//! The line in Windows' Run key.

use std::path::{Path, PathBuf};

/// The program with the window, which starts the tray without a console.
pub(super) const WINDOW: &str = "linode-bandwidth-window.exe";
/// Its options.
pub(super) const OF_WINDOW: &[&str] = &["--tray", "--login"];
/// The options of the tray's own program, where there is no other.
pub(super) const OF_TRAY: &[&str] = &["tray", "--login"];

/// The program that `line` starts.
pub(super) fn program(line: &str) -> &str {
    let line = line.trim_start();
    match line.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        None => line.split(' ').next().unwrap_or_default(),
    }
}

/// `line` as this version writes it, if it is one of an older version: that opened a window at login, or started the
/// program with a console though there is (`exists`) one without.
pub(super) fn renewed(line: &str, exists: impl Fn(&Path) -> bool) -> Option<String> {
    let (tray, arguments) = line.strip_prefix('"')?.split_once("\" ")?;
    if !matches!(arguments, "tray" | "tray --login") {
        return None;
    }
    // By hand: tests run where a backslash separates nothing.
    let folder = tray.rfind(['\\', '/']).map_or("", |at| tray.get(..=at).unwrap_or_default());
    let window = PathBuf::from(format!("{folder}{WINDOW}"));
    let (program, options) = if exists(&window) {
        (window.display().to_string(), OF_WINDOW.join(" "))
    } else {
        (tray.to_owned(), OF_TRAY.join(" "))
    };
    let new = format!("\"{program}\" {options}");
    (new != line).then_some(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_what_is_quoted_or_the_first_word() {
        assert_eq!(program(r#""C:\a b\x.exe" tray --login"#), r"C:\a b\x.exe");
        assert_eq!(program(r"  C:\x.exe tray"), r"C:\x.exe");
        assert_eq!(program(""), "");
    }

    #[test]
    fn an_older_versions_line_is_brought_up_to_date_once() {
        let old = r#""C:\a b\linode-bandwidth.exe" tray"#;
        let without = renewed(old, |_| false).unwrap();
        assert_eq!(without, r#""C:\a b\linode-bandwidth.exe" tray --login"#);
        assert_eq!(renewed(&without, |_| false), None);
        let with = renewed(&without, |window| window == Path::new(r"C:\a b\linode-bandwidth-window.exe"));
        assert_eq!(with.as_deref(), Some(r#""C:\a b\linode-bandwidth-window.exe" --tray --login"#));
        assert_eq!(renewed(&with.unwrap(), |_| true), None);
    }

    #[test]
    fn a_line_that_its_user_has_changed_stays() {
        for line in [r#""C:\x.exe" tray --verbose"#, r"C:\x.exe tray", r#"cmd /c "C:\x.exe" tray"#, ""] {
            assert_eq!(renewed(line, |_| true), None, "{line}");
        }
    }
}
