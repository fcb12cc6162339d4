//! `accounts …` with a real keyring. Needs a session bus with an unlocked Secret Service, preferably in a session of
//! its own. The tests only change what they made.

use std::process::Command;

use linode_bandwidth::app::accounts::token_guide::STEPS;
use linode_bandwidth::domain::failure::INVALID_TOKEN;

use serde_json::json;

use crate::support::server::Reply;
use assert_cmd::assert::Assert;
use predicates::str::contains;

use crate::{Checks, Home, TRANSFER, checked, invalid_token, missing_scope, token, transfer};

/// Runs the program with `input` in the session of the tests.
fn run(home: &Home, words: &str, input: &str) -> Assert {
    let mut program = home.program(words);
    let bus = std::env::var_os("DBUS_SESSION_BUS_ADDRESS").expect("a session bus");
    program.env("DBUS_SESSION_BUS_ADDRESS", bus);
    checked(words, assert_cmd::Command::from_std(program).write_stdin(input).output().unwrap())
}

/// The keyring's secret for `id`, as another program reads it.
fn in_keyring(id: &str) -> Option<String> {
    let mut look = Command::new("secret-tool");
    look.args(["lookup", "service", "linode-bandwidth", "username", id]);
    let output = look.output().expect("secret-tool");
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// Removes a test's secrets from the keyring, also if it fails.
struct Clears(&'static [&'static str]);

impl Drop for Clears {
    fn drop(&mut self) {
        for id in self.0 {
            let mut clear = Command::new("secret-tool");
            let _ = clear.args(["clear", "service", "linode-bandwidth", "username", id]).output();
        }
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn an_account_is_added_shown_and_removed() {
    let _clears = Clears(&["round-trip"]);
    let home = Home::new();
    home.api.answer_for(&token("round"), TRANSFER, transfer(830, 1000, 0));
    let said = run(&home, "accounts add Round_Trip --token-stdin", &format!("{}\n", token("round"))).done();
    assert_eq!(said, "Added \"Round Trip\" (id round-trip): 830 of 1,000 GB · 83%\n");
    assert_eq!(in_keyring("round-trip").as_deref(), Some(token("round").as_str()));
    let list = run(&home, "accounts list --format json", "").json()["accounts"].take();
    assert_eq!((&list[0]["id"], &list[0]["token_source"]), (&json!("round-trip"), &json!("keyring")));
    assert!(!home.configured().contains(crate::MARK));
    let report = run(&home, "status --format json", "").json();
    assert_eq!(report["accounts"][0]["used_gb"], json!(830.0));

    run(&home, "accounts add Round_Trip --token-stdin", &token("other")).failed(2);
    assert_eq!(in_keyring("round-trip").as_deref(), Some(token("round").as_str()));

    let picture = home.data_dir().join("notification-round-trip.png");
    std::fs::write(&picture, "as the tray leaves it").unwrap();
    assert_eq!(run(&home, "accounts remove round-trip", "").done(), "Removed \"Round Trip\"\n");
    assert!(!picture.exists());
    assert_eq!(in_keyring("round-trip"), None);
    assert_eq!(run(&home, "accounts list --format json", "").json()["accounts"], json!([]));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_token_that_is_refused_is_not_kept() {
    let home = Home::new();
    for (name, reply, hint) in [
        ("Refused", invalid_token(), "Please verify the token and scopes then try again."),
        ("Refused", missing_scope(), "Missing scope: account:read_only."),
        ("Refused", Reply::close(), "--no-verify"),
    ] {
        home.api.answer(TRANSFER, reply);
        let said = run(&home, &format!("accounts add {name} --token-stdin"), &token("refused")).failed(1);
        assert!(said.contains(hint), "{said}");
        assert!(!home.config_file().exists());
        assert_eq!(in_keyring("refused"), None);
    }
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_token_is_kept_unverified_when_that_is_asked_for() {
    let _clears = Clears(&["unverified"]);
    let home = Home::new();
    let words = "accounts add Unverified --watch region:id-cgk --token-stdin --no-verify";
    assert_eq!(
        run(&home, words, &token("unverified")).done(),
        "Added \"Unverified\" (id unverified): not verified\n"
    );
    assert!(home.api.requests().is_empty());
    assert_eq!(in_keyring("unverified").as_deref(), Some(token("unverified").as_str()));
    assert!(home.configured().contains("watch = \"region:id-cgk\""), "{}", home.configured());
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn excessive_token_is_saved_with_a_warning_and_its_scopes() {
    let _clears = Clears(&["wide"]);
    let home = Home::new();
    let wide = Reply::json(200, r#"{"used": 1, "quota": 2, "billable": 0}"#)
        .header("X-OAuth-Scopes", "account:read_only linodes:read_write domains:read_only");
    home.api.answer(TRANSFER, wide);
    let ran = run(&home, "accounts add Wide --token-stdin", &token("wide"));
    let warning =
        "This token can do more than read. Scopes it does not need: linodes:read_write, domains:read_only\n";
    ran.success().stdout("Added \"Wide\" (id wide): 1 of 2 GB · 50%\n").stderr(warning);
    assert!(in_keyring("wide").is_some());
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn an_id_is_never_given_twice() {
    let _clears = Clears(&["twice", "twice-2", "twice-3"]);
    let home = Home::new();
    for (name, id) in [("Twice", "twice"), ("Twice", "twice-2")] {
        let said = run(&home, &format!("accounts add {name} --token-stdin --no-verify"), &token(id)).done();
        assert!(said.contains(&format!("(id {id})")), "{said}");
        run(&home, &format!("accounts remove {name} --forget-history"), "").done();
    }
    // An account that was added by hand and never polled counts too.
    home.configure("[[accounts]]\nid = \"twice-3\"\nname = \"By hand\"\n");
    run(&home, "accounts remove By_hand", "").done();
    let said = run(&home, "accounts add Twice --token-stdin --no-verify", &token("new")).done();
    assert!(said.contains("(id twice-4)"), "{said}");
    run(&home, "accounts remove Twice", "").done();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_name_that_would_make_a_word_of_the_file_gets_another_id() {
    let _clears = Clears(&["highest-2"]);
    let home = Home::new();
    let said = run(&home, "accounts add Highest --token-stdin --no-verify", &token("highest")).done();
    assert!(said.contains("(id highest-2)"), "{said}");
    run(&home, "config check", "").done();
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn accounts_that_are_added_at_once_get_an_id_and_a_token_each() {
    const IDS: [&str; 4] = ["at-once", "at-once-2", "at-once-3", "at-once-4"];
    let _clears = Clears(&IDS);
    let home = Home::new();
    std::thread::scope(|scope| {
        for name in ["At once", "At-once", "At+once", "At, once"] {
            let home = &home;
            let words = format!("accounts add {} --token-stdin --no-verify", name.replace(' ', "_"));
            scope.spawn(move || run(home, &words, &token(&name.replace(' ', "."))).done());
        }
    });
    let list = run(&home, "accounts list --format json", "").json()["accounts"].take();
    for entry in list.as_array().unwrap() {
        let kept = in_keyring(entry["id"].as_str().unwrap());
        assert_eq!(kept, Some(token(&entry["name"].as_str().unwrap().replace(' ', "."))), "{entry}");
    }
    let mut ids: Vec<&str> = list.as_array().unwrap().iter().map(|e| e["id"].as_str().unwrap()).collect();
    ids.sort_unstable();
    assert_eq!(ids, IDS);
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_token_is_replaced_by_one_that_the_api_takes() {
    let _clears = Clears(&["replaced"]);
    let home = Home::new();
    home.api.answer(TRANSFER, invalid_token());
    home.api.answer_for(&token("new"), TRANSFER, transfer(630, 1000, 0));
    run(&home, "accounts add Replaced --token-stdin --no-verify", &token("old")).done();
    run(&home, "accounts token Replaced --token-stdin", &token("wrong")).failed(1);
    assert_eq!(in_keyring("replaced").as_deref(), Some(token("old").as_str()), "the old one stays");
    let said = run(&home, "accounts token Replaced --token-stdin", &token("new")).done();
    assert_eq!(said, "Replaced the token of \"Replaced\": 630 of 1,000 GB · 63%\n");
    assert_eq!(in_keyring("replaced").as_deref(), Some(token("new").as_str()));
    // The account of the former token is not stored, so the API is asked.
    let whose = |name: &str, company: &str, last: char| {
        let euuid = format!("A1BC2DEF-34GH-567I-J890KLMN12O34P5{last}");
        let identity = json!({"company": company, "euuid": euuid}).to_string();
        home.api.answer_for(&token(name), "/account", Reply::json(200, identity));
    };
    home.api.answer_for(&token("others"), TRANSFER, transfer(630, 1000, 0));
    whose("new", "Acme", '6');
    whose("others", "Beta", '7');
    let said = run(&home, "accounts token Replaced --token-stdin", &token("others")).success();
    assert_eq!(
        said.err(),
        "This token is for another Linode account than before (Beta). The history of both is shown as one; add a new \
         account to keep them apart.\n"
    );
    run(&home, "accounts token Replaced --token-stdin", &token("others")).done();
    let said = run(&home, "accounts token replaced --token-stdin --no-verify", &token("newer")).done();
    assert_eq!(said, "Replaced the token of \"Replaced\": not verified\n");
    assert_eq!(in_keyring("replaced").as_deref(), Some(token("newer").as_str()));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn an_entry_without_its_token_says_how_to_store_one() {
    let home = Home::new();
    home.configure("[[accounts]]\nid = \"nothing-kept\"\nname = \"Nothing kept\"\n");
    let report = run(&home, "status --format json", "").json();
    let message = "No token in the keyring. Store one with: linode-bandwidth accounts token NAME";
    assert_eq!(report["accounts"][0]["error"], json!({"kind": "token_missing", "message": message}));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn a_copy_has_a_token_of_its_own_that_outlives_the_originals() {
    let _clears = Clears(&["original", "original-copy"]);
    let home = Home::new();
    home.api.answer_for(&token("original"), TRANSFER, transfer(1, 2, 0));
    run(&home, "accounts add Original --token-stdin", &token("original")).done();
    run(&home, "accounts duplicate Original", "").done();
    assert_eq!(in_keyring("original-copy").as_deref(), Some(token("original").as_str()));
    run(&home, "accounts remove Original", "").done();
    assert_eq!(in_keyring("original"), None);
    assert_eq!(in_keyring("original-copy").as_deref(), Some(token("original").as_str()));
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn the_users_of_linode_cli_are_taken_over_once() {
    let _clears = Clears(&["anna", "bert"]);
    let home = Home::new();
    home.api.answer_for(&token("anna"), TRANSFER, transfer(1, 2, 0));
    home.api.answer_for(&token("bert"), TRANSFER, invalid_token());
    let folder = home.dir.path().join("home").join(".config");
    std::fs::create_dir_all(&folder).unwrap();
    let (anna, bert) = (token("anna"), token("bert"));
    let file = format!(
        "[DEFAULT]\ndefault-user = anna\n[anna]\ntoken = {anna}\n[bert]\ntoken = {bert}\n[none]\nx = 1\n"
    );
    std::fs::write(folder.join("linode-cli"), &file).unwrap();
    let ran = run(&home, "accounts import linode-cli", "").code(1);
    ran.stdout("Added \"anna\" (id anna): 1 of 2 GB · 50%\n")
        .stderr(contains("bert: Invalid Personal Access Token."));
    assert_eq!((in_keyring("anna"), in_keyring("bert")), (Some(anna), None));
    run(&home, "accounts import linode-cli", "").stdout(contains("\"anna\" already exists"));
    assert_eq!(std::fs::read_to_string(folder.join("linode-cli")).unwrap(), file);
}

/// Whether the terminal of `script` has its echo turned off.
fn shows_nothing(script: u32) -> bool {
    let said = |program: &str, words: &[&str]| {
        let output = Command::new(program).args(words).output().unwrap();
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let tty = said("ps", &["-o", "tty=", "--ppid", &script.to_string()]);
    said("stty", &["-F", &format!("/dev/{}", tty.trim()), "-a"]).contains(" -echo ")
}

/// What a terminal shows if each line of `typed` is typed at a `prompt`.
fn on_a_terminal(home: &Home, words: &str, prompt: &str, typed: &[String]) -> String {
    use std::io::{Read, Write};
    use std::process::Stdio;
    let program = home.program(words);
    let line: Vec<String> = std::iter::once(program.get_program())
        .chain(program.get_args())
        .map(|word| format!("'{}'", word.to_str().unwrap()))
        .collect();
    let mut terminal = Command::new("script");
    terminal.args(["--quiet", "--return", "--command", &line.join(" "), "/dev/null"]);
    terminal.env_clear().envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    for name in ["PATH", "DBUS_SESSION_BUS_ADDRESS"] {
        terminal.env(name, std::env::var_os(name).unwrap());
    }
    terminal.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = terminal.spawn().unwrap();
    let (mut keys, mut screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let (mut seen, mut typed) = (Vec::new(), typed.iter());
    let mut bytes = [0; 1024];
    let mut prompts = 0;
    loop {
        let count = screen.read(&mut bytes).unwrap();
        seen.extend_from_slice(&bytes[..count]);
        let so_far = String::from_utf8_lossy(&seen).into_owned();
        if so_far.matches(prompt).count() > prompts
            && let Some(line) = typed.next()
        {
            prompts += 1;
            // The prompt appears shortly before the echo is turned off.
            while !shows_nothing(child.id()) {
                std::thread::yield_now();
            }
            keys.write_all(format!("{line}\n").as_bytes()).unwrap();
        }
        if count == 0 {
            break;
        }
    }
    child.wait().unwrap();
    String::from_utf8_lossy(&seen).into_owned()
}

#[test]
#[ignore = "needs the private desktop: tests/run starts it"]
fn terminal_shows_the_guide_and_prompts_again_after_refusal() {
    let _clears = Clears(&["walked"]);
    let home = Home::new();
    home.api.answer_for(&token("bad"), TRANSFER, invalid_token());
    home.api.answer_for(&token("good"), TRANSFER, transfer(830, 1000, 0));
    let prompt = "Personal Access Token of Walked (not shown):";
    let seen = on_a_terminal(&home, "accounts add Walked", prompt, &[token("bad"), token("good")]);
    assert_eq!(seen.matches(prompt).count(), 2);
    for words in [
        &format!("1. {}", STEPS[0].text),
        "https://cloud.linode.com/profile/tokens",
        "Select All  No Access",
        "Account     Read Only",
        INVALID_TOKEN,
        "Added \"Walked\" (id walked): 830 of 1,000 GB",
    ] {
        assert!(seen.contains(words), "{words:?} in {seen}");
    }
    assert!(!seen.contains(&token("good")) && !seen.contains(&token("bad")), "not shown");
    assert_eq!(in_keyring("walked").as_deref(), Some(token("good").as_str()));
}
