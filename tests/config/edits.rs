//! An edit changes one value and nothing else.

use std::time::Duration;

use linode_bandwidth::domain::config::{AccountConfig, IconAccount, IconStyle, ShowAs};
use linode_bandwidth::domain::usage::PoolId;
use linode_bandwidth::storage::config::{ConfigEditor, parse};

use crate::{WRITTEN, changed, id, refused};

#[test]
fn a_changed_value_changes_nothing_else() {
    let text = changed(WRITTEN, |editor| {
        editor.set(|config| config.icon = IconStyle::Number)?;
        editor.set(|config| config.poll_interval = Duration::from_secs(5400))?;
        editor.set_account(&id("acme"), |account| account.name = "Acme \"2\"".into())?;
        editor.set_account(&id("acme"), |account| account.muted = false)
    });
    let expected = WRITTEN
        .replace("'bar'", "\"number\"")
        .replace("\"300s\"", "\"1h30m\"")
        .replace("\"Acme\"", "'Acme \"2\"'")
        .replace("muted = true", "muted = false");
    assert_eq!(text, expected);
}

#[test]
fn a_new_setting_goes_below_the_last_of_its_kind() {
    let text = changed(WRITTEN, |editor| {
        editor.set(|config| config.forecast_alert = false)?;
        editor.set(|config| config.on_alert = vec!["x".into(), "y \"z\"".into()])?;
        editor.set_account(&id("b"), |account| account.thresholds = Some(vec![50, 100]))?;
        editor.set_account(&id("c"), |account| account.enabled = false)
    });
    let expected = WRITTEN
        .replace("# not a ring\n", "# not a ring\nforecast_alert = false\non_alert = [\"x\", 'y \"z\"']\n")
        .replace("  name = \"B\"\n", "  name = \"B\"\n  thresholds = [50, 100]\n")
        .replace("name = \"C\"\n", "name = \"C\"\nenabled = false\n");
    assert_eq!(text, expected);
}

#[test]
fn a_first_setting_goes_above_the_accounts_and_their_comments() {
    let set = |editor: &mut ConfigEditor| editor.set(|config| config.show_as = ShowAs::Used);
    let account = "# a\n[[accounts]]\nid = \"a\"\nname = \"A\"\n";
    assert_eq!(changed(account, set), format!("show_as = \"used\"\n\n{account}"));
    assert_eq!(
        changed(&format!("# top\n\n{account}"), set),
        format!("# top\n\nshow_as = \"used\"\n\n{account}")
    );
    assert_eq!(changed("# top", set), "# top\n\nshow_as = \"used\"\n");
    assert_eq!(changed("", set), "show_as = \"used\"\n");
    assert_eq!(changed("icon = 'bar'", set), "icon = 'bar'\nshow_as = \"used\"\n");
}

#[test]
fn a_setting_of_an_account_can_be_taken_out() {
    let text = "[[accounts]]\nid = \"a\"\nname = \"A\"\nthresholds = [\n  1, # one\n  2\n] # x\n# keep\nshow_as = \"used\"";
    let out = changed(text, |editor| {
        editor.set_account(&id("a"), |account| account.thresholds = None)?;
        editor.set_account(&id("a"), |account| account.show_as = None)
    });
    assert_eq!(out, "[[accounts]]\nid = \"a\"\nname = \"A\"\n# keep\n");
}

#[test]
fn a_new_account_goes_below_the_others() {
    let text = changed(WRITTEN, |editor| {
        let id = editor.unused_id("Acme", |used| used == "acme-2");
        assert_eq!(id.as_str(), "acme-3");
        editor.add(&AccountConfig {
            watch: PoolId::Region("id-cgk".into()),
            ..AccountConfig::new(id, "Acme Jakarta")
        })
    });
    let added = "\n\n[[accounts]]\nid = \"acme-3\"\nname = \"Acme Jakarta\"\nwatch = \"region:id-cgk\"\n";
    assert_eq!(text, format!("{WRITTEN}{added}"));
    let account = AccountConfig {
        thresholds: Some(vec![5]),
        show_as: Some(ShowAs::UsedAndTotal),
        token_command: Some(vec!["pass".into()]),
        muted: true,
        enabled: false,
        ..AccountConfig::new(id("x"), "X")
    };
    let entry = "[[accounts]]\nid = \"x\"\nname = \"X\"\nthresholds = [5]\nshow_as = \"used_and_total\"\ntoken_command = [\"pass\"]\nmuted = true\nenabled = false\n";
    assert_eq!(changed("", |editor| editor.add(&account)), entry);
    assert_eq!(changed("icon = 'bar'\n", |editor| editor.add(&account)), format!("icon = 'bar'\n\n{entry}"));
}

#[test]
fn an_account_goes_with_the_comments_that_touch_it() {
    let without = |which: &str| changed(WRITTEN, |editor| editor.remove(&id(which)));
    let first = WRITTEN.find("# the first one").unwrap();
    let others = WRITTEN.find("# --- others").unwrap();
    let second = WRITTEN.find("  [[accounts]]").unwrap();
    let last = WRITTEN.find("# the last").unwrap();
    assert_eq!(without("acme"), format!("{}{}", &WRITTEN[..first], &WRITTEN[others..]));
    assert_eq!(without("b"), format!("{}{}", &WRITTEN[..second], &WRITTEN[last..]));
    assert_eq!(without("c"), format!("{}\n", WRITTEN[..last].trim_end()));
    let none = changed(WRITTEN, |editor| {
        for account in ["b", "c", "acme"] {
            editor.remove(&id(account))?;
        }
        Ok(())
    });
    assert_eq!(none, format!("{}# --- others ---\n", &WRITTEN[..first]));
}

#[test]
fn an_icon_that_showed_a_removed_account_shows_the_highest() {
    let text = "icon_account = \"a\" # me\nicon = 'bar'\n\n[[accounts]]\nid = \"a\"\nname = \"A\"\n";
    assert_eq!(changed(text, |editor| editor.remove(&id("a"))), "icon = 'bar'\n");
}

#[test]
fn a_copy_has_everything_of_its_original() {
    let text = changed(WRITTEN, |editor| {
        let (copy, name) = (editor.unused_id("Acme", |_| false), editor.config().free_name("Acme"));
        editor.duplicate(&id("acme"), &copy, &name)
    });
    let first = WRITTEN.find("# the first one").unwrap();
    let end = WRITTEN.find("# below\n").unwrap() + "# below\n".len();
    let copy = WRITTEN[first..end].replace("\"acme\"", "\"acme-2\"").replace("\"Acme\"", "\"Acme 2\"");
    assert_eq!(text, format!("{}\n{copy}{}", &WRITTEN[..end], &WRITTEN[end..]));
    assert!(parse(&text).unwrap().accounts[1].muted);
    // Below the existing copies.
    let text = changed(WRITTEN, |editor| {
        editor.duplicate(&id("c"), &id("d"), "C copy")?;
        editor.duplicate(&id("c"), &id("e"), "C copy 2")
    });
    let ids: Vec<_> =
        parse(&text).unwrap().accounts.into_iter().map(|account| account.id.to_string()).collect();
    assert_eq!(ids[ids.len() - 3..], ["c", "d", "e"]);
    // The last account, in a file without a final newline.
    let text = changed(WRITTEN, |editor| editor.duplicate(&id("c"), &id("d"), "D"));
    assert_eq!(text, format!("{WRITTEN}\n\n# the last\n[[accounts]]\nid = \"d\"\nname = \"D\"\n# end\n"));
}

#[test]
fn an_account_moves_with_its_comments() {
    let order = |text: &str| -> Vec<String> {
        parse(text).unwrap().accounts.iter().map(|account| account.id.to_string()).collect()
    };
    let text = changed(WRITTEN, |editor| editor.move_to(&id("c"), 0));
    let first = WRITTEN.find("# the first one").unwrap();
    let last = WRITTEN.find("# the last").unwrap();
    let rest = WRITTEN[first..last].trim_end();
    assert_eq!(text, format!("{}{}\n\n{rest}\n", &WRITTEN[..first], &WRITTEN[last..]));
    for (which, to, expected) in [
        ("acme", 1, ["b", "acme", "c"]),
        ("acme", 2, ["b", "c", "acme"]),
        ("acme", 99, ["b", "c", "acme"]),
        ("b", 0, ["b", "acme", "c"]),
        ("c", 1, ["acme", "c", "b"]),
    ] {
        let text = changed(WRITTEN, |editor| editor.move_to(&id(which), to));
        assert_eq!(order(&text), expected);
        let lines = |text: &str| {
            let mut lines: Vec<String> =
                text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(lines(&text), lines(WRITTEN), "{which} to {to}");
    }
    assert_eq!(changed(WRITTEN, |editor| editor.move_to(&id("b"), 1)), WRITTEN);
}

#[test]
fn line_endings_and_byte_order_mark_stay() {
    let windows = format!("\u{feff}{}", WRITTEN.replace('\n', "\r\n"));
    let text = changed(&windows, |editor| {
        editor.set(|config| config.history_months = 12)?;
        editor.set_account(&id("acme"), |account| account.enabled = false)?;
        editor.add(&AccountConfig::new(id("d"), "D"))?;
        editor.duplicate(&id("acme"), &id("e"), "E")?;
        editor.move_to(&id("b"), 0)?;
        editor.remove(&id("c"))
    });
    assert!(text.starts_with("\u{feff}# My settings\r\n"));
    assert_eq!(text.matches('\n').count(), text.matches("\r\n").count());
    assert_eq!(parse(&text).unwrap().accounts.len(), 4);
}

#[test]
fn invalid_edits_are_refused_and_change_nothing() {
    let two = "[[accounts]]\nid = \"a\"\nname = \"A\"\n[[accounts]]\nid = \"b\"\nname = \"B\"\n";
    let set = |change: fn(&mut AccountConfig)| refused(two, |editor| editor.set_account(&id("a"), change));
    assert_eq!(
        set(|account| account.thresholds = Some(vec![])),
        "thresholds is []; allowed is a list of whole percentages from 1 to 1000, rising, for example [80, 90, 100]"
    );
    for name in ["B", "b"] {
        let taken = refused(two, |editor| editor.set_account(&id("a"), |account| account.name = name.into()));
        assert_eq!(taken, "there is an account \"B\" already; choose another name");
    }
    assert!(
        set(|account| account.token_command = Some(vec![]))
            .starts_with("token_command is an empty list; allowed")
    );
    assert_eq!(
        refused(two, |editor| editor.set(|config| config.poll_interval = Duration::from_secs(10))),
        "poll_interval is \"10s\"; allowed is \"1m\" to \"24h\", for example \"5m\""
    );
    assert_eq!(
        refused(two, |editor| editor.set(|config| config.icon_account = IconAccount::Id(id("x")))),
        "icon_account is \"x\"; allowed is \"highest\" or an account's id"
    );
    assert_eq!(
        refused(two, |editor| editor.remove(&id("x"))),
        "there is no account \"x\"; `linode-bandwidth accounts list` shows those there are"
    );
    assert!(
        refused(two, |editor| editor.add(&AccountConfig::new(id("a"), "New")))
            .starts_with("id is \"a\", as is")
    );
    // Nothing of a refused edit is written, including what came before the error.
    refused(two, |editor| {
        editor.set(|config| config.forecast_alert = false)?;
        editor.set(|config| config.history_months = 0)
    });
}

#[test]
fn an_api_url_is_written_without_a_slash_at_its_end() {
    let set = |editor: &mut ConfigEditor| {
        editor.set(|config| config.api_url = "https://api.example.com/v4/".parse().unwrap())
    };
    assert_eq!(changed("", set), "api_url = \"https://api.example.com/v4\"\n");
}
