//! Autostart entries in the format of the Desktop Entry Specification.

use std::collections::BTreeMap;

/// Characters that require quotes in an argument of `Exec`.
const RESERVED: &[char] =
    &[' ', '\t', '\n', '"', '\'', '\\', '>', '<', '~', '|', '&', ';', '$', '*', '?', '#', '(', ')', '`'];

/// Characters to escape within quotes.
const ESCAPED: &[char] = &['"', '`', '$', '\\'];

/// The arguments at login.
const AT_LOGIN: &str = " tray --login";
/// The arguments in entries by older versions, which open the window of a running tray.
const BEFORE: &str = " tray";

/// An entry that starts `program`.
pub(super) fn starting(program: &str) -> String {
    let exec = in_file(&format!("{}{AT_LOGIN}", quoted(program)));
    format!(
        "[Desktop Entry]\n\
         Type=Application\n\
         Name=Linode Bandwidth\n\
         Comment=Your Linode accounts' network transfer in the system tray\n\
         Icon=linode-bandwidth\n\
         Exec={exec}\n\
         Terminal=false\n\
         X-GNOME-Autostart-enabled=true\n\
         X-GNOME-UsesNotifications=true\n\
         X-KDE-autostart-after=panel\n"
    )
}

/// An entry that hides a system-wide one.
pub(super) fn hidden() -> String {
    "[Desktop Entry]\nType=Application\nName=Linode Bandwidth\nHidden=true\n".to_owned()
}

/// Updates an entry by an older version; `None` if there is nothing to change.
pub(super) fn renewed(text: &str) -> Option<String> {
    let mut inside = false;
    let renew = |line: &str| {
        if line.starts_with('[') {
            inside = line.trim_end() == "[Desktop Entry]";
        }
        let exec = line.trim_end();
        match exec.strip_suffix(BEFORE) {
            Some(start) if inside && start.starts_with("Exec=") => {
                line.replacen(exec, &format!("{start}{AT_LOGIN}"), 1)
            }
            _ => line.to_owned(),
        }
    };
    let new: String = text.split_inclusive('\n').map(renew).collect();
    (new != text).then_some(new)
}

/// Quotes an argument of `Exec`.
fn quoted(argument: &str) -> String {
    let argument = argument.replace('%', "%%");
    if !argument.contains(RESERVED) {
        return argument;
    }
    let mut text = String::from('"');
    for character in argument.chars() {
        if ESCAPED.contains(&character) {
            text.push('\\');
        }
        text.push(character);
    }
    text + "\""
}

/// Escapes the value of a key, on top of the value's own quoting.
fn in_file(value: &str) -> String {
    value.replace('\\', r"\\").replace('\n', r"\n").replace('\t', r"\t").replace('\r', r"\r")
}

fn from_file(value: &str) -> String {
    let mut text = String::new();
    let mut characters = value.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            text.push(character);
            continue;
        }
        match characters.next() {
            Some('s') => text.push(' '),
            Some('n') => text.push('\n'),
            Some('t') => text.push('\t'),
            Some('r') => text.push('\r'),
            Some('\\') | None => text.push('\\'),
            Some(other) => text.extend(['\\', other]),
        }
    }
    text
}

/// The keys of an application entry.
pub(super) struct Entry(BTreeMap<String, String>);

impl Entry {
    /// Parses `text`; `None` if it is not an application entry.
    pub(super) fn read(text: &str) -> Option<Entry> {
        let lines = text.lines().map(str::trim).skip_while(|line| *line != "[Desktop Entry]").skip(1);
        let group = lines.take_while(|line| !line.starts_with('[')).filter(|line| !line.starts_with('#'));
        let keys = group.filter_map(|line| line.split_once('='));
        let entry =
            Entry(keys.map(|(key, value)| (key.trim().to_owned(), from_file(value.trim()))).collect());
        (entry.get("Type") == Some("Application")).then_some(entry)
    }

    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key).map(String::as_str)
    }

    /// Whether `desktop` (such as `ubuntu:GNOME`) starts the entry.
    pub(super) fn applies_to(&self, desktop: &str) -> bool {
        let is = |key: &str, value: &str| self.get(key) == Some(value);
        let lists = |key: &str| {
            let listed = self.get(key)?;
            Some(listed.split(';').any(|name| !name.is_empty() && desktop.split(':').any(|d| d == name)))
        };
        !is("Hidden", "true")
            && !is("X-GNOME-Autostart-enabled", "false")
            && !is("X-MATE-Autostart-enabled", "false")
            && lists("OnlyShowIn").unwrap_or(true)
            && !lists("NotShowIn").unwrap_or(false)
    }

    /// The program, without its arguments.
    pub(super) fn program(&self) -> Option<String> {
        first_argument(self.get("Exec")?)
    }

    /// A second program that must exist.
    pub(super) fn needs(&self) -> Option<String> {
        self.get("TryExec").filter(|needed| !needed.is_empty()).map(str::to_owned)
    }
}

fn first_argument(exec: &str) -> Option<String> {
    let mut text = String::new();
    let mut characters = exec.trim_start().chars().peekable();
    let quotes = characters.next_if_eq(&'"').is_some();
    while let Some(character) = characters.next() {
        match character {
            '"' if quotes => break,
            ' ' | '\t' if !quotes => break,
            '\\' if quotes => text.extend(characters.next()),
            '%' => text.extend(characters.next().filter(|next| *next == '%')),
            other => text.push(other),
        }
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quoting of unusual paths, worked out by hand from the specification.
    #[test]
    fn exec_is_quoted_per_specification() {
        let line = |program: &str| {
            let entry = starting(program);
            let line = entry.lines().find_map(|line| line.strip_prefix("Exec="));
            line.unwrap().strip_suffix(" tray --login").unwrap().to_owned()
        };
        for (program, exec) in [
            ("/usr/bin/linode-bandwidth", "/usr/bin/linode-bandwidth"),
            ("/a b/c", r#""/a b/c""#),
            ("/a\"b", r#""/a\\"b""#),
            ("/a$b`c", r#""/a\\$b\\`c""#),
            (r"/a\b", r#""/a\\\\b""#),
            ("/100%", "/100%%"),
            ("/a\nb", r#""/a\nb""#),
        ] {
            assert_eq!(line(program), exec, "{program}");
        }
    }

    #[test]
    fn entries_round_trip() {
        for program in ["/usr/bin/x", "/a b/c", "/a\"b", "/a$b`c", r"/a\b", "/100%", "/a\nb\tc", "/ä;(ö)"] {
            assert_eq!(Entry::read(&starting(program)).unwrap().program().as_deref(), Some(program));
        }
    }

    #[test]
    fn other_groups_and_comments_are_ignored() {
        let text = "# A comment\n[Desktop Action x]\nHidden=true\n[Desktop Entry]\n#Hidden=true\nType=Application\n\
                    Exec = \"/a b\" %U\n[Desktop Action y]\nExec=z\nHidden=true\n";
        let entry = Entry::read(text).unwrap();
        assert!(entry.applies_to("GNOME"));
        assert_eq!(entry.program().as_deref(), Some("/a b"));
        assert!(Entry::read("[Desktop Entry]\nType=Link\n").is_none());
        assert!(Entry::read("").is_none());
    }
}
