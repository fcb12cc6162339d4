//! `status` as a table.

use serde_json::json;

use crate::support::server::Reply;
use crate::{Checks, Home, TRANSFER, account, good, invalid_token, token, transfer};

#[test]
fn figures_line_up_and_what_fails_says_what_to_do_below_its_row() {
    let home = Home::new();
    home.configure(
        &(account("acme", "Acme")
            + &account("x", "Client X")
            + &account("new", "New")
            + &account("over", "Over")),
    );
    let regions = json!([{"id": "id-cgk", "used": 1, "quota": 10, "billable": 0}]);
    home.api.answer_for(
        &token("acme"),
        TRANSFER,
        good(json!({"used": 830, "quota": 1000, "billable": 0, "region_transfers": regions})),
    );
    home.api.answer_for(&token("x"), TRANSFER, invalid_token());
    home.api.answer_for(&token("new"), TRANSFER, transfer(0, 0, 0));
    home.api.answer_for(&token("over"), TRANSFER, transfer(4620, 4368, 252));
    let named = json!({"data": [{"id": "id-cgk", "label": "Jakarta, ID"}], "pages": 1});
    home.api.answer("/regions", Reply::json(200, named.to_string()));
    let table = home.run("status").done();
    // The forecast depends on the day of the month, so it is left out.
    let heading = table.lines().next().unwrap();
    let (from, to) = (heading.find('%').unwrap() + 1, heading.find("STATE").unwrap() - 2);
    assert_eq!(heading[from..to].trim(), "FORECAST");
    let without_forecast =
        |line: &str| match line.starts_with("  Invalid") || line.starts_with("  No transfer") {
            false if line.len() > to => format!("{}{}", &line[..from], &line[to..]),
            _ => line.to_owned(),
        };
    let lines: Vec<String> = table
        .lines()
        .filter(|line| !line.starts_with("  On pace for "))
        .map(|line| if line.starts_with("The month") { line.to_owned() } else { without_forecast(line) })
        .map(|line| match line.rsplit_once(' ') {
            Some((row, clock)) if clock.len() == 5 && clock.contains(':') => format!("{row} HH:MM"),
            _ => line,
        })
        .collect();
    assert_eq!(
        lines[..8],
        [
            "ACCOUNT            USED        OF     %  STATE          UPDATED",
            "Acme             830 GB  1,000 GB   83%  warning        HH:MM",
            "  Jakarta, ID      1 GB     10 GB   10%  ok",
            "Client X              -         -     -  token_invalid  -",
            "  Invalid Personal Access Token. Please verify the token and scopes then try again.",
            "New                0 GB      0 GB     -  no pool yet    HH:MM",
            "  No transfer pool yet: it appears with the account's first Linode.",
            "Over           4,620 GB  4,368 GB  105%  exceeded       HH:MM",
        ]
    );
    assert!(lines[8].starts_with("The month resets in "), "{table}");
    assert_eq!(lines.len(), 9);
}

#[test]
fn without_an_account_it_says_how_to_add_one() {
    let said = "No account yet. Add one with: linode-bandwidth accounts add NAME\n";
    Home::new().run("status").success().stdout("").stderr(said);
}

#[test]
fn names_are_shown_as_typed_and_unmarked_for_programs() {
    let home = Home::new();
    let name = "חברה בע״מ";
    home.configure(&(account("he", name) + &account("ja", "東京本社") + &account("rd", "5\\\" R&D")));
    home.api.answer(TRANSFER, transfer(830, 1000, 0));
    home.api.answer("/regions", Reply::json(200, r#"{"data": [], "pages": 1}"#));
    let table = home.run("status").done();
    for row in [&format!("\u{2068}{name}\u{2069}  830 GB"), "東京本社   830 GB", "5\" R&D     830 GB"] {
        assert!(table.contains(row), "{row}: {table}");
    }
    let list = home.run("accounts list").done();
    assert!(list.contains("東京本社   ja ") && list.contains("5\" R&D     rd "), "{list}");
    let unknown = home.run("top é\"_x").failed(2);
    assert!(unknown.contains("no account \"é\" x\"; there are: \u{2068}"), "{unknown}");
    assert_eq!(home.run("accounts edit rd --name 5\"_हिन्दी").done(), "Changed \"5\" हिन्दी\"\n");

    for words in [
        "status --format json",
        "status --format prometheus",
        "accounts list --format json",
        "top --format json",
        "doctor --format json",
    ] {
        let ran = home.run(words);
        let said = ran.out();
        assert!(said.contains(name), "{words}: {said}");
        assert!(!said.contains(['\u{2068}', '\u{2069}']), "{words}: {said}");
    }
}

#[test]
fn a_template_prints_a_line_for_each_account() {
    let home = Home::new();
    home.configure(&(account("acme", "Acme") + &account("x", "Client X")));
    home.api.answer_for(&token("acme"), TRANSFER, transfer(830, 1000, 0));
    home.api.answer_for(&token("x"), TRANSFER, invalid_token());
    let lines = home.run("status --template {name}:{percent}:{left}:{state}").done();
    assert_eq!(lines, "Acme:83%:170GB:ok\nClient X:?:?:token_invalid\n");
    let refused = home.run("status --template {nme}").usage_error();
    assert!(refused.contains("{runs_out}, {resets}"), "{refused}");
}
