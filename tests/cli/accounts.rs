//! `accounts …` without a keyring.

use std::os::unix::fs::PermissionsExt;

use linode_bandwidth::domain::account::{AccountRecord, LinodeName};
use linode_bandwidth::domain::failure::INVALID_TOKEN;
use linode_bandwidth::storage::history::History;
use predicates::str::contains;
use serde_json::json;

use crate::support::server::Reply;
use crate::{Checks, Home, account, invalid_token, missing_scope, refusal, token, transfer};

#[test]
fn the_list_tells_everything_but_tokens() {
    let home = Home::new();
    home.configure(&format!(
        "thresholds = [50]\nshow_as = \"used\"\n{}watch = \"linode:12345\"\nthresholds = [80, 90]\nmuted = true\n\n\
         [[accounts]]\nid = \"b\"\nname = \"Client B\"\nenabled = false\n",
        account("acme", "Acme")
    ));
    assert_eq!(
        home.run("accounts list").done(),
        "NAME      ID    WATCH         THRESHOLDS  TOKEN\n\
         Acme      acme  linode:12345  80, 90      command  muted\n\
         Client B  b     global        50          keyring  disabled\n"
    );
    let expected = json!([
        {"id": "acme", "name": "Acme", "watch": "linode:12345", "watch_name": null, "thresholds": [80, 90], "show_as": "used",
         "token_source": "command", "muted": true, "muted_until": null, "enabled": true},
        {"id": "b", "name": "Client B", "watch": "global", "watch_name": null, "thresholds": [50], "show_as": "used",
         "token_source": "keyring", "muted": false, "muted_until": null, "enabled": false},
    ]);
    let expected = json!({"schema": 2, "accounts": expected});
    assert_eq!(home.run("accounts list --format json").json(), expected);
    assert!(home.api.requests().is_empty());
}

#[test]
fn the_list_names_what_the_tray_has_learnt_the_name_of() {
    let home = Home::new();
    home.configure(&format!("{}watch = \"linode:12345\"\n", account("acme", "Acme")));
    let linode = LinodeName { id: 12345, label: Some("web-1".into()) };
    let memory = AccountRecord { name: "Acme".into(), linode: Some(linode), ..AccountRecord::default() };
    std::fs::create_dir(home.data_dir()).unwrap();
    let history = home.data_dir().join("history.sqlite3");
    History::open(&history).unwrap().save_record(&"acme".parse().unwrap(), &memory).unwrap();
    let list = home.run("accounts list").done();
    assert!(list.contains(" linode:12345 (web-1) "), "{list}");
    assert_eq!(home.run("accounts list --format json").json()["accounts"][0]["watch_name"], json!("web-1"));
    assert!(home.api.requests().is_empty(), "no request is made for it");

    std::fs::write(&history, "no history").unwrap();
    let list = home.run("accounts list").done();
    assert!(list.contains(" linode:12345 ") && !list.contains("web-1"), "{list}");
}

#[test]
fn a_mute_that_a_notification_began_is_listed_and_lifted() {
    let home = Home::new();
    home.configure(&account("acme", "Acme"));
    let until = "2999-12-01T05:00:00Z";
    let record = AccountRecord {
        name: "Acme".into(),
        muted_until: Some(until.parse().unwrap()),
        ..AccountRecord::default()
    };
    std::fs::create_dir(home.data_dir()).unwrap();
    let history = home.data_dir().join("history.sqlite3");
    History::open(&history).unwrap().save_record(&"acme".parse().unwrap(), &record).unwrap();
    let listed = || home.run("accounts list --format json").json()["accounts"][0].take();
    assert_eq!((&listed()["muted"], &listed()["muted_until"]), (&json!(true), &json!(until)));
    let list = home.run("accounts list").done();
    assert!(list.contains("muted until 1 Dec "), "{list}");
    home.run("accounts edit Acme --name Acme_Ltd").done();
    assert_eq!(listed()["muted"], json!(true), "only --unmute lifts it");
    home.run("accounts edit acme --unmute").done();
    assert_eq!((&listed()["muted"], &listed()["muted_until"]), (&json!(false), &json!(null)));
}

#[test]
fn an_empty_list_says_how_to_add_one() {
    let said = "No account yet. Add one with: linode-bandwidth accounts add NAME\n";
    for words in ["accounts list", "top", "tokens"] {
        Home::new().run(words).success().stdout("").stderr(said);
    }
    assert_eq!(Home::new().run("accounts list --format json").json(), no_accounts());
}

#[test]
fn an_entry_with_a_token_command_is_removed_without_a_keyring() {
    let home = Home::new();
    home.configure(&format!("# mine\n{}# between\n{}", account("acme", "Acme"), account("b", "Client B")));
    assert_eq!(home.run("accounts remove Client_B").done(), "Removed \"Client B\"\n");
    assert!(home.configured().starts_with("# mine\n[[accounts]]\nid = \"acme\""), "{}", home.configured());
    assert!(!home.configured().contains("Client B"));
    assert_eq!(home.run("accounts remove acme --forget-history --yes").done(), "Removed \"Acme\"\n");
    assert_eq!(home.run("accounts list --format json").json(), no_accounts());
}

#[test]
fn failed_token_removal_is_reported() {
    let home = Home::new();
    home.configure("[[accounts]]\nid = \"a\"\nname = \"A\"\n");
    let said = home.run("accounts remove a").failed(1);
    assert!(said.starts_with("\"A\" was removed, but its token is still in the keyring: "), "{said}");
    assert_eq!(home.run("accounts list --format json").json(), no_accounts());
}

#[test]
fn unknown_account_lists_the_existing_ones() {
    let home = Home::new();
    for words in ["accounts remove x", "accounts token x --token-stdin", "status --account x"] {
        let said = home.run(words).failed(2);
        assert_eq!(
            said, "there is no account \"x\": none is configured, add one with `accounts add NAME`",
            "{words}"
        );
    }
    home.configure(&(account("acme", "Acme") + &account("b", "Client B")));
    for words in ["accounts remove x", "accounts token x --token-stdin", "status --account x"] {
        assert_eq!(
            home.run(words).failed(2),
            "there is no account \"x\"; there are: Acme, Client B",
            "{words}"
        );
    }
    home.configure(&(1..=21).map(|n| account(&format!("a{n}"), &format!("A{n}"))).collect::<String>());
    let many = "A1, A2, A3, A4, A5, A6, A7, A8, and 13 more, see `linode-bandwidth accounts list`";
    assert_eq!(
        home.run("status --account x").failed(2),
        format!("there is no account \"x\"; there are: {many}")
    );
}

#[test]
fn without_a_terminal_the_token_has_to_be_piped_in() {
    let home = Home::new();
    assert!(home.run("accounts add Acme").failed(2).contains("--token-stdin"));
    home.configure("[[accounts]]\nid = \"a\"\nname = \"A\"\n");
    assert!(home.run("accounts token A").failed(2).contains("--token-stdin"));
}

#[test]
fn invalid_names_are_refused_before_the_token_prompt() {
    let home = Home::new();
    home.configure(&account("acme", "Acme"));
    let said = home.run("accounts add Acme --token-stdin").failed(2);
    assert!(
        said.starts_with("there is an account \"Acme\" already") && said.contains("accounts token"),
        "{said}"
    );
    let said = home.run("accounts add _Acme --token-stdin").failed(2);
    assert!(said.contains("no space at either end"), "{said}");
}

#[test]
fn what_is_no_token_is_refused() {
    let home = Home::new();
    for (input, hint) in [
        (String::new(), "the token is empty"),
        ("\n".to_owned(), "the token is empty"),
        (format!("{} with spaces", token("a")), "that is not a token"),
        (format!("{}\nsecond line", token("a")), "that is not a token"),
        (token("a").repeat(500), "that is not a token"),
    ] {
        let said = home.run_with("accounts add Acme --token-stdin", &input).failed(1);
        assert!(said.contains(hint), "{said}");
    }
    assert!(home.api.requests().is_empty());
}

#[test]
fn a_token_that_is_not_verified_keeps_nothing() {
    for (reply, hint) in [
        (invalid_token(), INVALID_TOKEN),
        (missing_scope(), "Missing scope: account:read_only."),
        (
            refusal(403, "Unauthorized"),
            "role Account Viewer or unrestricted access; nothing was changed: give its user that role",
        ),
        (
            Reply::new(500, ""),
            "Invalid response from server (HTTP 500); nothing was changed: try again, or use --no-verify",
        ),
        (Reply::close(), "without an answer; nothing was changed: try again, or use --no-verify"),
    ] {
        let home = Home::new();
        home.api.answer(crate::TRANSFER, reply);
        let said = home.run_with("accounts add Acme --token-stdin", &token("acme")).failed(1);
        assert!(said.contains(hint), "{said}");
        assert!(!home.config_file().exists() && !home.data_dir().exists(), "{hint}");
    }
}

#[test]
fn the_scope_of_a_linode_is_what_is_verified_for_one() {
    let home = Home::new();
    let refusal = refusal(401, "Your OAuth token is not authorized to use this endpoint.")
        .header("X-OAuth-Scopes", "account:read_only");
    home.api.answer("/linode/instances/7/transfer", refusal);
    let said = home.run_with("accounts add Node --watch linode:7 --token-stdin", &token("n")).failed(1);
    assert!(said.ends_with("Missing scope: linodes:read_only."), "{said}");
}

#[test]
fn without_a_keyring_nothing_is_kept() {
    let home = Home::new();
    home.api.answer(crate::TRANSFER, transfer(630, 1000, 0));
    for words in ["accounts add Acme --token-stdin", "accounts add Acme --token-stdin --no-verify"] {
        let said = home.run_with(words, &token("acme")).failed(1);
        assert!(
            said.starts_with("no keyring: ") && said.contains("accounts add NAME --token-command"),
            "{said}"
        );
        assert!(!home.config_file().exists());
    }
}

#[test]
fn a_token_command_is_not_replaced_by_a_token() {
    let home = Home::new();
    home.configure(&account("acme", "Acme"));
    let said = home.run_with("accounts token Acme --token-stdin", &token("new")).failed(2);
    assert!(said.contains("token_command"), "{said}");
}

#[test]
fn a_changed_file_is_its_users_alone() {
    let home = Home::new();
    home.configure(&(account("acme", "Acme") + &account("b", "B")));
    std::fs::set_permissions(home.config_file(), std::fs::Permissions::from_mode(0o644)).unwrap();
    home.run("accounts remove b").done();
    assert_eq!(home.config_file().metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

fn no_accounts() -> serde_json::Value {
    json!({"schema": 2, "accounts": []})
}

/// The arguments that add `name` with a token command.
fn add(name: &str) -> String {
    format!("accounts add {name} --token-command printf {}", token("acme"))
}

#[test]
fn a_command_gives_the_token_where_there_is_no_keyring() {
    let home = Home::new();
    home.api.answer_for(&token("acme"), crate::TRANSFER, transfer(630, 1000, 0));
    let said = home.run(&add("Acme")).done();
    assert_eq!(said, "Added \"Acme\" (id acme): 630 of 1,000 GB · 63%\n");
    let set = format!("token_command = [\"printf\", \"{}\"]", token("acme"));
    assert!(home.configured().contains(&set), "{}", home.configured());
    home.run("status").done();
    // All that follows is the command, even what looks like an option.
    home.run("accounts edit Acme --token-command ls --no-such-option")
        .success()
        .stderr(contains("ls ended with"));
    assert!(home.configured().contains("token_command = [\"ls\", \"--no-such-option\"]"));
    home.run("accounts edit Acme --token-command default").done();
    assert!(!home.configured().contains("token_command"));
    let failed = home.run("accounts add B --token-command sh -c echo_oops_>&2;exit_3").failed(1);
    assert!(failed.contains("exit status: 3: oops"), "{failed}");
    assert!(!home.configured().contains("\"B\""), "nothing is kept");
    let said = home.run_with("accounts add B --token-stdin --no-verify", &token("b")).failed(1);
    assert!(said.contains("accounts add NAME --token-command"), "{said}");
    assert!(!said.contains("give the account a token_command"), "the advice comes once: {said}");
}

#[test]
fn an_account_that_is_added_again_goes_on_with_its_history() {
    let home = Home::new();
    home.api.answer_for(&token("acme"), crate::TRANSFER, transfer(630, 1000, 0));
    let answer = |euuid: &str| {
        let account = json!({"company": "Acme", "email": "a@example.com", "euuid": euuid});
        home.api.answer_for(&token("acme"), "/account", Reply::json(200, account.to_string()));
    };
    answer("A1BC2DEF-34GH-567I-J890KLMN12O34P56");
    home.run(&add("Acme")).done();
    let mut history = History::open(&home.data_dir().join("history.sqlite3")).unwrap();
    let id = "acme".parse().unwrap();
    history.save_record(&id, &AccountRecord { name: "Acme".into(), ..AccountRecord::default() }).unwrap();
    let pool = linode_bandwidth::domain::usage::Pool::from_gb(1, 2, 0);
    let at = "2024-08-03T12:00:00Z".parse().unwrap();
    history.save_samples(&id, at, &[(linode_bandwidth::domain::usage::PoolId::Global, pool)]).unwrap();
    home.run("accounts remove Acme").done();
    let said = home.run(&add("Acme")).done();
    assert!(
        said.contains("(id acme)") && said.contains(". It continues its history from 3 Aug 2024\n"),
        "{said}"
    );
    home.run("accounts remove Acme").done();
    let said = home.run(&add("Acme").replace("Acme", "Acme --new-history")).done();
    assert!(said.contains("(id acme-2)") && !said.contains("history"), "{said}");
    home.run("accounts remove Acme").done();
    answer("A1BC2DEF-34GH-567I-J890KLMN12O34P57");
    let said = home.run(&add("Acme")).done();
    assert!(said.contains("(id acme-3)"), "another Linode account has a history of its own: {said}");
}

#[test]
fn a_region_that_does_not_exist_is_refused_at_once() {
    let home = Home::new();
    home.api.answer_for(&token("acme"), crate::TRANSFER, transfer(630, 1000, 0));
    let regions = r#"{"data": [{"id": "id-cgk", "label": "Jakarta, ID"}], "pages": 1}"#;
    home.api.answer("/regions", Reply::json(200, regions));
    let words = |region: &str| add("Acme").replace("Acme", &format!("Acme --watch region:{region}"));
    let said = home.run(&words("xx-foo")).failed(2);
    assert!(said.contains("Linode has no region \"xx-foo\""), "{said}");
    let said = home.run(&words("id-cgk")).success();
    let no_pool = "Jakarta, ID has no transfer pool of its own yet. It appears with the account's first Linode there.\n";
    assert_eq!(said.err(), no_pool);
    assert_eq!(home.run("accounts edit Acme --watch region:id-cgk").success().err(), no_pool);
    let said = home.run("accounts edit Acme --watch region:xx-foo").failed(2);
    assert!(said.contains("Linode has no region \"xx-foo\""), "{said}");
    assert!(home.configured().contains("region:id-cgk"));
}
