//! Every invalid value of every setting, with its exact error.

use linode_bandwidth::storage::config::{ConfigError, load};

use crate::in_file;

#[test]
fn every_bad_file_is_refused_in_one_line() {
    const A: &str = "[[accounts]]\nid = \"a\"\nname = \"A\"\n";
    let in_account = |line: &str| format!("{A}{line}\n");
    let long = format!("name = \"{}\"", "n".repeat(101));
    let interval = "allowed is \"1m\" to \"24h\", for example \"5m\"";
    let url = "allowed is an https address, or http on a loopback address, without a name, password, query or fragment";
    let percents = "allowed is a list of whole percentages from 1 to 1000, rising, for example [80, 90, 100]";
    let days = "allowed is a list of whole days from 1 to 365, each once, for example [7, 1]";
    let months = "allowed is a whole number of months from 1 to 1200, for example 25";
    let alert = "allowed is a list of a program and its arguments, none empty, for example [\"logger\", \"transfer\"], or []";
    let command = "allowed is a list of a program and its arguments, none empty, for example [\"pass\", \"show\", \"linode\"]";
    let ids = "allowed is a-z, 0-9 and -, at most 80 of them, not \"highest\", for example \"acme\"";
    let names = "allowed is 1 to 100 characters, no control characters, no space at either end, and nothing that looks like a token";
    let pools = "allowed is \"global\", \"region:ID\" or \"linode:NUMBER\"";
    let forms = "allowed is \"percent\", \"used\", \"used_and_total\" or \"left\"";
    let template = "allowed is a text with any of {name}, {percent}, {used}, {quota}, {left}, {figure}, {forecast}, {cost}, {runs_out}, {resets}, {updated} and {state}, and {{ for a brace";
    let all = "the settings are api_url, poll_interval, show_as, title, icon, icon_account, icon_color, thresholds, forecast_alert, spike_alert, token_expiry_alert_days, breakdown_interval, history_months, on_alert, accounts";
    let rows: Vec<(String, String)> = vec![
        // api_url
        ("api_url = \"http://api.linode.com\"".into(), format!("1:11: api_url is \"http://api.linode.com\"; {url}")),
        ("api_url = 4".into(), format!("1:11: api_url is 4; {url}")),
        ("api_url = \"https://me:hunter2@h\"".into(), format!("1:11: api_url is a string; {url}")),
        // poll_interval
        ("\n\n\n\n\n\npoll_interval = \"10s\"".into(), format!("7:17: poll_interval is \"10s\"; {interval}")),
        ("poll_interval = \"24h1s\"".into(), format!("1:17: poll_interval is \"24h1s\"; {interval}")),
        ("poll_interval = 300".into(), format!("1:17: poll_interval is 300; {interval}")),
        ("poll_interval = \"5 moments\"".into(), format!("1:17: poll_interval is \"5 moments\"; {interval}")),
        ("poll_interval = \"90.5s\"".into(), format!("1:17: poll_interval is \"90.5s\"; {interval}")),
        ("poll_interval.m = 5".into(), format!("1:1: poll_interval is a table; {interval}")),
        // words
        ("show_as = \"Percent\"".into(), format!("1:11: show_as is \"Percent\"; {forms}")),
        ("show_as = true".into(), format!("1:11: show_as is true; {forms}")),
        ("icon = \"pie\"".into(), "1:8: icon is \"pie\"; allowed is \"ring\", \"bar\" or \"number\"".into()),
        ("icon = []".into(), "1:8: icon is []; allowed is \"ring\", \"bar\" or \"number\"".into()),
        (
            "icon_color = \"red\"".into(),
            "1:14: icon_color is \"red\"; allowed is \"auto\", \"light\" or \"dark\"".into(),
        ),
        // title
        ("title = \"{nme}\"".into(), format!("1:9: title is \"{{nme}}\"; {template}")),
        ("title = \"\"".into(), format!("1:9: title is \"\"; {template}")),
        // icon_account
        (
            "icon_account = \"acme\"".into(),
            "1:16: icon_account is \"acme\"; allowed is \"highest\" or an account's id".into(),
        ),
        (
            format!("icon_account = \"A\"\n{A}"),
            "1:16: icon_account is \"A\"; allowed is \"highest\" or an account's id".into(),
        ),
        (
            format!("icon_account = 1\n{A}[[accounts]]\nid = \"b\"\nname = \"B\""),
            "1:16: icon_account is 1; allowed is \"highest\" or an account's id".into(),
        ),
        // thresholds
        ("thresholds = []".into(), format!("1:14: thresholds is []; {percents}")),
        ("thresholds = 80".into(), format!("1:14: thresholds is 80; {percents}")),
        ("thresholds = [90, 80]".into(), format!("1:14: thresholds is [90, 80]; {percents}")),
        ("thresholds = [80, 80]".into(), format!("1:14: thresholds is [80, 80]; {percents}")),
        ("thresholds = [80.5]".into(), format!("1:15: thresholds has 80.5; {percents}")),
        ("thresholds = [\n  0,\n]".into(), format!("1:14: thresholds is a list; {percents}")),
        ("thresholds = [80, 1001]".into(), format!("1:14: thresholds is [80, 1001]; {percents}")),
        ("thresholds = [\"80\"]".into(), format!("1:15: thresholds has \"80\"; {percents}")),
        ("thresholds = [-9223372036854775808]".into(), format!("1:15: thresholds has -9223372036854775808; {percents}")),
        // forecast_alert
        ("forecast_alert = \"yes\"".into(), "1:18: forecast_alert is \"yes\"; allowed is true or false".into()),
        ("forecast_alert = 1".into(), "1:18: forecast_alert is 1; allowed is true or false".into()),
        // spike_alert
        ("spike_alert = \"yes\"".into(), "1:15: spike_alert is \"yes\"; allowed is true or false".into()),
        // token_expiry_alert_days
        ("token_expiry_alert_days = 7".into(), format!("1:27: token_expiry_alert_days is 7; {days}")),
        ("token_expiry_alert_days = [7, 0]".into(), format!("1:27: token_expiry_alert_days is [7, 0]; {days}")),
        ("token_expiry_alert_days = [366]".into(), format!("1:27: token_expiry_alert_days is [366]; {days}")),
        ("token_expiry_alert_days = [7, 1, 7]".into(), format!("1:27: token_expiry_alert_days is [7, 1, 7]; {days}")),
        // history_months
        ("history_months = 0".into(), format!("1:18: history_months is 0; {months}")),
        ("history_months = 1201".into(), format!("1:18: history_months is 1201; {months}")),
        ("history_months = 2.5".into(), format!("1:18: history_months is 2.5; {months}")),
        ("history_months = 2026-01-01".into(), format!("1:18: history_months is 2026-01-01; {months}")),
        // on_alert
        ("on_alert = \"logger\"".into(), format!("1:12: on_alert is a string; {alert}")),
        ("on_alert = [\"\"]".into(), format!("1:12: on_alert is a list; {alert}")),
        ("on_alert = [\"x\", 1]".into(), format!("1:18: on_alert has a whole number; {alert}")),
        ("on_alert = [\"x\", \"\\u0000\"]".into(), format!("1:12: on_alert is a list; {alert}")),
        // keys
        (
            "poll_intervall = \"5m\"".into(),
            "1:1: poll_intervall is not a setting; did you mean poll_interval?".into(),
        ),
        ("  Show-As = 1".into(), "1:3: Show-As is not a setting; did you mean show_as?".into()),
        ("[[account]]\nid = \"a\"".into(), "1:3: account is not a setting; did you mean accounts?".into()),
        ("colour = 1".into(), format!("1:1: colour is not a setting; {all}")),
        ("[a.b]".into(), format!("1:2: a is not a setting; {all}")),
        ("muted = true".into(), "1:1: muted is not a setting; move it into an [[accounts]] block".into()),
        (
            in_account("poll_interval = \"5m\""),
            "4:1: poll_interval is not a setting of an account; move it above the first [[accounts]]".into(),
        ),
        (
            in_account("enable = true"),
            "4:1: enable is not a setting of an account; did you mean enabled?".into(),
        ),
        (
            in_account("token = \"0123456789abcdef\""),
            "4:1: token is not a setting of an account; tokens are never in this file: store one with `linode-bandwidth accounts token NAME`".into(),
        ),
        (
            in_account(&format!("{} = 1", "0123456789abcdef".repeat(4))),
            "4:1: this is not a setting of an account; the settings are id, name, watch, thresholds, show_as, token_command, muted, enabled".into(),
        ),
        (
            in_account("[accounts.more]"),
            "4:11: more is not a setting of an account; the settings are id, name, watch, thresholds, show_as, token_command, muted, enabled".into(),
        ),
        // accounts
        ("accounts = 1".into(), "1:12: accounts is 1; allowed is an [[accounts]] block for each account".into()),
        (
            "[accounts]\nid = \"a\"".into(),
            "1:1: accounts is a table; allowed is an [[accounts]] block for each account".into(),
        ),
        (
            "accounts = [{id = \"a\", name = \"A\"}, \"b\"]".into(),
            "1:37: accounts has \"b\"; allowed is an [[accounts]] block for each account".into(),
        ),
        ("\n[[accounts]]".into(), "2:1: this account has no name; add one, for example name = \"Acme\"".into()),
        (
            "[[accounts]]\nname = \"Client X\"".into(),
            "1:1: this account has no id; add one, for example id = \"client-x\"".into(),
        ),
        (
            format!("{A}[[accounts]]\nname = \"a!\""),
            "4:1: this account has no id; add one, for example id = \"a-2\"".into(),
        ),
        (
            "accounts = [{id = \"a\"}]".into(),
            "1:13: this account has no name; add one, for example name = \"Acme\"".into(),
        ),
        ("[[accounts]]\nid = \"Acme\"".into(), format!("2:6: id is \"Acme\"; {ids}")),
        ("[[accounts]]\nid = \"\"".into(), format!("2:6: id is \"\"; {ids}")),
        ("[[accounts]]\nid = 7".into(), format!("2:6: id is 7; {ids}")),
        (
            "[[accounts]]\nid = \"highest\"".into(),
            format!("2:6: id is \"highest\"; {ids}"),
        ),
        ("[[accounts]]\nname = \" A\"".into(), format!("2:8: name is \" A\"; {names}")),
        ("[[accounts]]\nname = \"\"".into(), format!("2:8: name is \"\"; {names}")),
        ("[[accounts]]\nname = \"a\\nb\"".into(), format!("2:8: name is \"a\\nb\"; {names}")),
        ("[[accounts]]\nname = '''a\nb'''".into(), format!("2:8: name is a string; {names}")),
        (format!("[[accounts]]\n{long}"), format!("2:8: name is a string; {names}")),
        ("[[accounts]]\nname = false".into(), format!("2:8: name is false; {names}")),
        (
            format!("{A}[[accounts]]\nid = 'a'\nname = \"B\""),
            "5:6: id is 'a', as is that of the account at line 2; each account needs its own".into(),
        ),
        (
            format!("{A}[[accounts]]\nid = \"b\"\nname = \"A\""),
            "6:8: name is \"A\", as is that of the account at line 3; each account needs its own".into(),
        ),
        (in_account("watch = \"region\""), format!("4:9: watch is \"region\"; {pools}")),
        (in_account("watch = \"linode:x\""), format!("4:9: watch is \"linode:x\"; {pools}")),
        (in_account("watch = 5"), format!("4:9: watch is 5; {pools}")),
        (in_account("thresholds = []"), format!("4:14: thresholds is []; {percents}")),
        (in_account("show_as = \"all\""), format!("4:11: show_as is \"all\"; {forms}")),
        (in_account("token_command = []"), format!("4:17: token_command is an empty list; {command}")),
        (in_account("token_command = \"0123secret\""), format!("4:17: token_command is a string; {command}")),
        (in_account("token_command = [\"pass\", true]"), format!("4:26: token_command has a boolean; {command}")),
        (in_account("muted = \"no\""), "4:9: muted is \"no\"; allowed is true or false".into()),
        (in_account("enabled = 0"), "4:11: enabled is 0; allowed is true or false".into()),
        // TOML itself; columns are characters
        ("icon = \"ring".into(), "1:13: this is not TOML: invalid basic string, expected `\"`".into()),
        ("icon =".into(), "1:7: this is not TOML: string values must be quoted, expected literal string".into()),
        ("icon = ring".into(), "1:8: this is not TOML: string values must be quoted, expected literal string".into()),
        ("icon = 'bar'\nicon = 'bar'".into(), "2:1: this is not TOML: duplicate key".into()),
        ("on_alert = ['ööö' 'x']".into(), "1:19: this is not TOML: missing comma between array elements, expected `,`".into()),
        ("on_alert = ['ööö', 5]".into(), format!("1:20: on_alert has a whole number; {alert}")),
        ("\u{feff}icon = 1".into(), "1:8: icon is 1; allowed is \"ring\", \"bar\" or \"number\"".into()),
        ("icon = 'bar'\r\nicon = 1\r\n".into(), "2:1: this is not TOML: duplicate key".into()),
        ("icon = 'bar'\r\nshow_as = 1\r\n".into(), format!("2:11: show_as is 1; {forms}")),
        ("[[accounts]".into(), "1:12: this is not TOML: unclosed array table, expected `]`".into()),
    ];
    let mut wrong = Vec::new();
    for (text, message) in &rows {
        let (_directory, path) = in_file(text);
        let error = load(&path).unwrap_err();
        assert!(matches!(error, ConfigError::Bad { .. }), "{text}");
        let full = error.to_string();
        assert!(!full.contains('\n'), "{full}");
        let expected = format!("{}:{message}", path.display());
        if full != expected {
            wrong.push(format!("{text:?}\n    is {full}\nshould {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
