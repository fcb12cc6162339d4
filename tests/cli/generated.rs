//! Shell completions and the manual page, which are generated from the commands.

use std::process::Command;

use crate::{Checks, Home};

/// All commands in the help.
fn commands(home: &Home, of: &str) -> Vec<String> {
    let help = home.run(&format!("{of} --help")).done();
    let Some((_, listed)) = help.split_once("Commands:") else { return Vec::new() };
    let listed = listed.split("Options:").next().unwrap().lines().filter(|line| line.starts_with("  "));
    listed
        .filter(|line| !line.starts_with("   "))
        .map(|l| l.split_whitespace().next().unwrap().to_owned())
        .collect()
}

/// The long options in a command's help.
fn options(home: &Home, of: &str) -> Vec<String> {
    let help = home.run(&format!("{of} --help")).done();
    let (_, listed) = help.split_once("\nOptions:").unwrap();
    let words = listed.lines().filter_map(|line| {
        // Continuation lines of the help don't start with a dash.
        let line = line.trim_start().strip_prefix('-')?;
        let long = if let Some(long) = line.strip_prefix('-') { long } else { line.split_once(", --")?.1 };
        long.split([' ', '.', '[', '=']).next()
    });
    words.map(|word| format!("--{word}")).collect()
}

/// Whether `script` offers `word` after the command `path`, in the syntax of `shell`.
fn offers(shell: &str, script: &str, path: &[&str], word: &str) -> bool {
    let between = |from: &str, to: &str| {
        let (_, rest) = script.split_once(from).unwrap_or_else(|| panic!("{shell}: no {from:?}"));
        rest.split(to).next().unwrap().to_owned()
    };
    let joined = |first: &str, by: &str| [&[first], path].concat().join(by);
    match shell {
        "bash" => {
            let case = between(&format!("\n        {})\n", joined("linode__bandwidth", "__subcmd__")), ";;");
            let (_, opts) = case.split_once("opts=\"").unwrap();
            opts.split('"').next().unwrap().split(' ').any(|offered| offered == word)
        }
        "elvish" => {
            let case = between(&format!("&'{}'= {{\n", joined("linode-bandwidth", ";")), "\n        }");
            case.contains(&format!("cand {word} "))
        }
        "powershell" => {
            let case = between(&format!("\n        '{}' {{\n", joined("linode-bandwidth", ";")), "break");
            case.contains(&format!("('{word}', "))
        }
        "fish" => {
            let when = match path {
                [] => "__fish_linode_bandwidth_needs_command".to_owned(),
                [command] => format!("__fish_linode_bandwidth_using_subcommand {command}"),
                [command, inner] => {
                    format!(
                        "__fish_linode_bandwidth_using_subcommand {command}; and __fish_seen_subcommand_from {inner}"
                    )
                }
                _ => panic!("{path:?}"),
            };
            let what = match word.strip_prefix("--") {
                Some(option) => format!(" -l {option} "),
                None => format!(" -a \"{word}\" "),
            };
            let here = |line: &&str| {
                let rest = line.strip_prefix(&format!("complete -c linode-bandwidth -n \"{when}"));
                rest.is_some_and(|rest| rest.starts_with('"') || rest.starts_with("; and not "))
            };
            script.lines().filter(here).any(|line| line.contains(&what))
        }
        "zsh" if word.starts_with("--") => {
            let mut lines = script.lines().map(str::trim_start);
            for part in path {
                let case = lines.find(|line| *line == format!("({part})"));
                assert!(case.is_some(), "{shell}: no {path:?}");
            }
            // `'--format=[…`, `'*--tag=[…`, `'(-a --all)--all[…`
            let named = |line: &str| {
                let (before, _) = line.split_once('[')?;
                Some(before.trim_end_matches('=').ends_with(word))
            };
            lines.take_while(|line| *line != "&& ret=0").any(|line| named(line) == Some(true))
        }
        "zsh" => {
            let function = format!("\n_{}_commands() {{\n", joined("linode-bandwidth", "__subcmd__"));
            between(&function, "_describe").contains(&format!("\n'{word}:"))
        }
        other => panic!("{other}"),
    }
}

#[test]
fn every_shell_completes_all_commands_and_options() {
    let home = Home::new();
    let mut paths = vec![String::new()];
    for command in commands(&home, "") {
        paths.extend(commands(&home, &command).into_iter().map(|inner| format!("{command} {inner}")));
        paths.push(command);
    }
    let told: Vec<_> =
        paths.iter().map(|path| (path, [commands(&home, path), options(&home, path)].concat())).collect();
    assert!(told.iter().map(|(_, words)| words.len()).sum::<usize>() > 100, "{told:?}");
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = home.run(&format!("completions {shell}")).done();
        for (path, words) in &told {
            let path: Vec<&str> = path.split_whitespace().collect();
            for word in words {
                assert!(offers(shell, &script, &path, word), "{shell} does not offer {word} after {path:?}");
            }
            let belongs = words.iter().any(|word| word == "--forget-history");
            assert_eq!(offers(shell, &script, &path, "--forget-history"), belongs, "{shell} {path:?}");
        }
    }
    assert!(home.run("completions tcsh").usage_error().contains("tcsh"));
}

#[test]
fn bash_completes_a_command_and_its_option() {
    let home = Home::new();
    let completed = |words: &str, at: usize| {
        let script = format!(
            r#"{}
COMP_WORDS=({words}); COMP_CWORD={at}; COMPREPLY=()
_linode__bandwidth linode-bandwidth "${{COMP_WORDS[at]}}" "${{COMP_WORDS[at-1]}}" 2>&1
echo "${{COMPREPLY[*]}}""#,
            home.run("completions bash").done()
        )
        .replace("[at]", &format!("[{at}]"))
        .replace("[at-1]", &format!("[{}]", at - 1));
        let done = Command::new("bash").args(["-c", &script]).output().unwrap();
        String::from_utf8(done.stdout).unwrap().trim().to_owned()
    };
    assert_eq!(completed("linode-bandwidth sta", 1), "status");
    assert_eq!(completed("linode-bandwidth accounts rem", 2), "remove");
    assert_eq!(completed("linode-bandwidth accounts remove --forget", 3), "--forget-history");
}

#[test]
fn the_manual_page_has_every_command_and_the_day_it_is_told() {
    let home = Home::new();
    let mut man = home.program("man");
    man.env("SOURCE_DATE_EPOCH", "1764000000");
    let page = String::from_utf8(man.output().unwrap().stdout).unwrap();
    assert!(page.contains("\n.TH linode-bandwidth 1 2025-11-24 "), "{page}");
    let plain = page.replace('\\', "");
    for command in commands(&home, "") {
        let nested = commands(&home, &command);
        let names = nested.iter().map(|inner| format!("{command}-{inner}")).chain([command.clone()]);
        for name in names {
            let title = format!("\n.TH linode-bandwidth-{name} 1 2025-11-24 ");
            assert!(plain.contains(&title), "{name}: {plain}");
        }
    }
    for text in ["Exit status:", "LINODE_BANDWIDTH_CONFIG", "--forget-history"] {
        assert!(plain.contains(text), "{text}");
    }
}
