//! The title beside the icon, and the tooltip.

use super::*;

#[test]
fn a_tooltip_lists_the_worst_accounts_first() {
    let account = |name: &str, used: u64, level: Level| AccountSnapshot {
        id: name.to_lowercase().parse().unwrap(),
        name: name.to_owned(),
        pool: Some(Pool::from_gb(used, 100, 0)),
        level: Some(level),
        pool_level: Some(level),
        ..acme()
    };
    let off = AccountSnapshot { state: EntryState::Disabled, ..account("Off", 99, Level::Critical) };
    let refused = AccountSnapshot { name: "Refused".to_owned(), ..failing(Failure::TokenInvalid) };
    let refused = AccountSnapshot { level: None, pool: None, ..refused };
    let by_region = AccountSnapshot {
        level: Some(Level::Critical),
        regions: vec![RegionSnapshot {
            label: "São Paulo, BR".to_owned(),
            pool: Pool::from_gb(91, 100, 0),
            level: Level::Critical,
            ..jakarta()
        }],
        ..account("Tri", 44, Level::Ok)
    };
    let accounts = vec![
        off,
        account("Low", 1, Level::Ok),
        account("More", 60, Level::Ok),
        refused,
        account("Full", 90, Level::Critical),
        by_region.clone(),
        account("Over", 116, Level::Exceeded),
    ];
    let view = TrayView::new(&snapshot(accounts), &TimeZone::UTC);
    assert_eq!(
        view.details,
        [
            "Over 116%",
            "Tri 44% · São Paulo, BR 91%",
            "Full 90%",
            "Refused: token refused",
            "More 60%",
            "Low 1%",
            "Off off",
            "Updated 14:02",
        ]
    );
    let alone = TrayView::new(&snapshot(vec![by_region]), &TimeZone::UTC);
    assert_eq!(
        alone.lines(),
        ["Tri 44%", "44 of 100 GB · resets in 9 days", "São Paulo, BR: 91 of 100 GB · 91%", "Updated 14:02",]
    );
}

#[test]
fn tooltip_has_at_most_eight_lines_and_counts_the_rest() {
    let looks = |count: usize, problem: Option<&str>| {
        let entry = |at| AccountSnapshot { name: format!("Account {at}"), ..acme() };
        let accounts = (1..=count).map(entry).collect();
        let config_problem = problem.map(str::to_owned);
        TrayView::new(&Snapshot { config_problem, ..snapshot(accounts) }, &TimeZone::UTC).details
    };
    let seven = looks(7, None);
    assert_eq!((seven.len(), seven[6].as_str(), seven[7].as_str()), (8, "Account 7 83%", "Updated 14:02"));
    let eight = looks(8, None);
    assert_eq!((eight.len(), eight[6].as_str()), (8, "Account 7 83%"));
    assert_eq!(eight[7], "and 1 more · Updated 14:02");
    let many = looks(1200, Some("line 3, column 1: no equals sign"));
    assert_eq!((many.len(), many[6].as_str()), (8, "Account 6 83%"));
    assert_eq!(many[7], "and 1,194 more · Updated 14:02");
    let entry = |at: u64| AccountSnapshot {
        id: format!("a{at}").parse().unwrap(),
        name: format!("Account {at}"),
        pool: Some(Pool::from_gb(at, 100, 0)),
        ..acme()
    };
    let view = TrayView::new(&snapshot((1..=12).map(entry).collect()), &TimeZone::UTC);
    let lines = view.lines();
    assert_eq!((lines[0], lines[1], lines[6]), ("Account 12 12%", "Account 11 11%", "Account 6 6%"));
    assert_eq!(lines[7], "and 5 more · Updated 14:02");
    let chosen = IconAccount::Id("a3".parse().unwrap());
    let view = Snapshot { icon_account: chosen, ..snapshot((1..=12).map(entry).collect()) };
    let view = TrayView::new(&view, &TimeZone::UTC);
    let lines = view.lines();
    assert_eq!((lines[0], lines[1], lines[6]), ("Account 3 3%", "Account 12 12%", "Account 7 7%"));
    assert_eq!(lines[7], "and 5 more · Updated 14:02", "the title's account is one of those that are there");
}

#[test]
fn a_template_is_the_title_and_each_line_of_the_tooltip() {
    let title = Some("{name} {left}".parse().unwrap());
    let account = |name: &str| AccountSnapshot { name: name.to_owned(), title: title.clone(), ..acme() };
    let shown = TrayView::new(&snapshot(vec![account("Acme"), account("Client X")]), &TimeZone::UTC);
    assert_eq!(shown.title, "Acme 170GB");
    assert_eq!(shown.details[..2], ["Acme 170GB", "Client X 170GB"]);
    let refused = AccountSnapshot {
        state: EntryState::TokenInvalid,
        failure: Some(Failure::TokenInvalid),
        ..account("Acme Ltd")
    };
    let over = AccountSnapshot { pool: Some(Pool::from_gb(1262, 1000, 262)), ..account("T1") };
    let shown = TrayView::new(&snapshot(vec![refused.clone(), over]), &TimeZone::UTC);
    assert_eq!(shown.details[..2], ["T1: 262 GB over", "Acme Ltd: token refused"], "no template hides that");
    let alone = TrayView::new(&snapshot(vec![refused]), &TimeZone::UTC);
    assert_eq!(alone.details[0], "Acme Ltd: token refused");
}

#[test]
fn the_menu_bar_has_the_figure_alone() {
    let short = |accounts| TrayView::new(&snapshot(accounts), &TimeZone::UTC).short_title;
    assert_eq!(short(vec![acme()]), "83%");
    assert_eq!(short(vec![]), "", "not set up");
    let other = AccountSnapshot { name: "A customer with a long name".to_owned(), ..acme() };
    assert_eq!(short(vec![acme(), other.clone()]), "Acme 83%");
    assert_eq!(short(vec![other, acme()]), "A custome… 83%");
    assert_eq!(short(vec![AccountSnapshot { show_as: ShowAs::Left, ..acme() }]), "170GB");
    let refused = AccountSnapshot { pool: None, state: EntryState::TokenInvalid, ..acme() };
    assert_eq!(short(vec![refused]), "", "the icon says it");
    let own = AccountSnapshot { title: Some("{name}: {left}".parse().unwrap()), ..acme() };
    assert_eq!(short(vec![own]), "Acme: 170GB");
}
