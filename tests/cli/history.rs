//! `history`: the samples that a tray has stored.

use jiff::Timestamp;
use linode_bandwidth::domain::plot::NO_SAMPLES;
use linode_bandwidth::domain::usage::{Pool, PoolId};
use linode_bandwidth::storage::history::History;
use serde_json::json;

use crate::{Checks, Home, account, token};

/// A home with two samples of Acme, with a region, one of Böse, and one of a removed account.
fn home() -> Home {
    let home = Home::new();
    home.configure(&(account("zoo", "Böse, AG") + &account("acme", "Acme")));
    let mut history = History::open(&home.data_dir().join("history.sqlite3")).unwrap();
    let jakarta = PoolId::Region("id-cgk".into());
    let mut keep = |id: &str, at: &str, pools: &[(PoolId, Pool)]| {
        history.save_samples(&id.parse().unwrap(), at.parse::<Timestamp>().unwrap(), pools).unwrap();
    };
    keep("acme", "2026-10-31T22:00:00Z", &[(PoolId::Global, Pool::from_gb(830, 1000, 0))]);
    let both = [(PoolId::Global, Pool::from_gb(4620, 4368, 252)), (jakarta, Pool::from_gb(1, 10, 0))];
    keep("acme", "2026-11-22T05:10:00Z", &both);
    keep("zoo", "2026-11-22T05:10:00Z", &[(PoolId::Linode(7), Pool { used: 5_000_000, ..Pool::default() })]);
    keep("gone", "2026-11-01T12:00:00Z", &[(PoolId::Global, Pool::from_gb(1, 2, 0))]);
    home
}

#[test]
fn it_is_a_table_by_entry_pool_and_time() {
    let table = home().run("history").done();
    assert_eq!(
        table.lines().collect::<Vec<_>>(),
        [
            "ACCOUNT   POOL           TIME                  USED        OF     %",
            "Böse, AG  linode:7       2026-11-22 05:10      0 GB      0 GB     -",
            "Acme      global         2026-10-31 22:00    830 GB  1,000 GB   83%",
            "Acme      global         2026-11-22 05:10  4,620 GB  4,368 GB  105%",
            "Acme      region:id-cgk  2026-11-22 05:10      1 GB     10 GB   10%",
            "gone      global         2026-11-01 12:00      1 GB      2 GB   50%",
        ]
    );
}

#[test]
fn as_csv_it_keeps_to_rfc_4180() {
    let text = home().run("history --format csv").done();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines.len(), 7, "{text:?}");
    assert_eq!(lines[0], "account,name,pool,at,used_gb,quota_gb,billable_gb,percent");
    assert_eq!(lines[1], "zoo,\"Böse, AG\",linode:7,2026-11-22T05:10:00Z,0.005,0.0,0.0,");
    assert_eq!(lines[3], "acme,Acme,global,2026-11-22T05:10:00Z,4620.0,4368.0,252.0,105.77");
    assert!(!text.replace("\r\n", "").contains('\n'));
}

#[test]
fn as_json_it_has_the_fields_that_are_documented() {
    let home = home();
    let report = home.run("history Acme --format json --since 2026-11-22").json();
    assert_eq!(report["schema"], 1);
    assert_eq!(report["samples"].as_array().unwrap().len(), 2);
    assert_eq!(
        report["samples"][0],
        json!({"account": "acme", "name": "Acme", "pool": "global", "at": "2026-11-22T05:10:00Z",
            "used_gb": 4620.0, "quota_gb": 4368.0, "billable_gb": 252.0, "percent": 105.77})
    );
    let other = home.run("history zoo --format json").json();
    assert_eq!(other["samples"][0]["percent"], json!(null));
}

#[test]
fn a_day_begins_at_the_users_midnight_and_a_time_is_itself() {
    let home = home();
    let rows = |since: &str, zone: &str| {
        let mut program = home.program(&format!("history Acme --since {since}"));
        let ran = crate::checked(since, program.env("TZ", zone).output().unwrap());
        ran.done().lines().count() - 1
    };
    assert_eq!(rows("2026-11-01", "UTC"), 2);
    // 22:00 UTC is already the next day in Tokyo.
    assert_eq!(rows("2026-11-01", "JST-9"), 3);
    assert_eq!(rows("2026-10-31T22:00:00Z", "JST-9"), 3);
    assert_eq!(rows("2026-10-31T22:00:01Z", "JST-9"), 2);
    assert_eq!(rows("2026-11-01T07:00:00+09:00", "UTC"), 3);
}

#[test]
fn invalid_date_shows_the_format() {
    let home = home();
    for wrong in
        ["yesterday", "2026-13-01", "2026-11-31", "11/22/2026", "2026-11-22T05", "2026-11-22T05:10:00"]
    {
        let said = home.run(&format!("history --since {wrong}")).usage_error();
        assert!(
            said.contains("must be a date such as 2026-11-01 or a time such as 2026-11-01T12:00:00Z"),
            "{said}"
        );
    }
}

#[test]
fn one_entry_goes_by_name_or_id_also_when_it_is_gone() {
    let home = home();
    for (word, rows) in [("Acme", 3), ("acme", 3), ("Böse,_AG", 1), ("gone", 1)] {
        assert_eq!(home.run(&format!("history {word}")).done().lines().count(), rows + 1, "{word}");
    }
    let configured = home.configured();
    home.configure("show_as = \n");
    let said = home.run("history").success();
    assert!(said.err().contains("config.toml:1:11: ") && said.out().lines().count() > 1, "{said}");
    assert!(home.run("history Nobody").failed(2).contains("config.toml:1:11: "));
    home.configure(&configured);
    let said = home.run("history Nobody").failed(2);
    assert!(said.contains("there is no account \"Nobody\"; there are: Böse"), "{said}");
}

#[test]
fn without_samples_it_says_so_and_scripts_get_an_empty_list() {
    let home = Home::new();
    home.configure(&account("acme", "Acme"));
    let said = "No samples yet: the tray records one at every poll.\n";
    home.run("history").success().stdout("").stderr(said);
    assert_eq!(home.run("history Acme --format json").json(), json!({"schema": 1, "samples": []}));
    assert_eq!(home.run("history --format csv").done().lines().count(), 1);
    assert!(!home.data_dir().exists(), "asking makes no file");
    self::home().run("history --since 2100-01-01").stderr("No samples since then.\n");
}

#[test]
fn it_reads_beside_the_program_that_writes() {
    let home = home();
    let mut writer = History::open(&home.data_dir().join("history.sqlite3")).unwrap();
    let later = "2026-11-22T05:15:00Z".parse().unwrap();
    writer
        .save_samples(&"acme".parse().unwrap(), later, &[(PoolId::Global, Pool::from_gb(5, 9, 0))])
        .unwrap();
    assert!(home.run("history Acme").done().contains("2026-11-22 05:15"));
}

#[test]
fn a_file_of_a_newer_version_is_refused_in_one_line() {
    let home = home();
    let db = rusqlite::Connection::open(home.data_dir().join("history.sqlite3")).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    let said = home.run("history").failed(1);
    assert!(
        said.contains("newer linode-bandwidth (version 99") && said.contains("update this program"),
        "{said}"
    );
}

#[test]
fn samples_outlive_their_entry_unless_they_are_to_be_forgotten() {
    let home = home();
    home.api.answer_for(&token("acme"), crate::TRANSFER, crate::transfer(1, 2, 0));
    home.run("accounts remove Acme").done();
    assert_eq!(home.run("history acme").done().lines().count(), 4);
    home.run("accounts remove zoo --forget-history").done();
    assert!(!home.run("history").done().contains("linode:7"));
    let said = home.run("history zoo").failed(2);
    assert!(said.contains("there is no account"), "{said}");
    // The history file keeps only the id, which is never reused.
    let db = rusqlite::Connection::open(home.data_dir().join("history.sqlite3")).unwrap();
    for table in ["samples", "entries", "alerts"] {
        let count = format!("SELECT count(*) FROM {table} WHERE account = 'zoo'");
        assert_eq!(db.query_row(&count, [], |row| row.get::<_, i64>(0)).unwrap(), 0, "{table}");
    }
}

#[test]
fn a_plot_is_a_picture_with_text_and_replaces_the_one_before_it() {
    let home = home();
    let file = home.dir.path().join("plot.svg");
    let drawn = |words: &str| {
        let said = home.run(&format!("history {words} --plot {}", file.display())).done();
        assert_eq!(said, format!("Saved the plot to {}\n", file.display()));
        std::fs::read_to_string(&file).unwrap()
    };
    let all = drawn("");
    assert!(all.starts_with("<svg") && all.trim_end().ends_with("</svg>"), "{all}");
    for title in
        ["Böse, AG · Transfer of Linode 7", "Acme · Global transfer pool", "gone · Global transfer pool"]
    {
        assert!(all.contains(title), "{title}");
    }
    assert!(all.contains("The last 12 months") && all.contains("1 "));
    let one = drawn("Acme");
    assert!(one.contains("Acme · Transfer pool of id-cgk") && !one.contains("gone"), "{one}");
    let names: Vec<_> = std::fs::read_dir(home.dir.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.iter().filter(|name| name.to_string_lossy().contains("plot")).count(), 1, "{names:?}");
}

#[test]
fn account_without_samples_has_an_empty_plot() {
    let home = Home::new();
    home.configure(&account("acme", "Acme"));
    let file = home.dir.path().join("plot.svg");
    home.run(&format!("history --plot {}", file.display())).done();
    let drawn = std::fs::read_to_string(&file).unwrap();
    assert!(drawn.contains("Acme · Global transfer pool") && drawn.contains(NO_SAMPLES));
    home.configure("");
    let said = home.run(&format!("history --plot {}", file.display())).failed(1);
    assert!(said.contains("nothing to plot yet: add an account"), "{said}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), drawn, "what was there stays");
    home.configure(&account("acme", "Acme"));
    let said = home.run("history --plot /nonexistent/plot.svg").failed(1);
    assert!(said.contains("/nonexistent/plot.svg can't be written"), "{said}");
    let said = home.run("history --plot a.svg --format csv").usage_error();
    assert!(said.contains("cannot be used with"), "{said}");
}
