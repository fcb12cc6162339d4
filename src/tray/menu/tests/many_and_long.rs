//! Many accounts and regions, and long or right-to-left names.

use super::*;

/// `count` accounts, the last one refused, and their menu.
fn many(count: usize) -> Vec<MenuRow> {
    let mut accounts: Vec<_> = (1..=count)
        .map(|at| AccountSnapshot {
            id: format!("a{at}").parse().unwrap(),
            name: format!("Account {at}"),
            pool: Some(Pool::from_gb(at as u64, 1000, 0)),
            ..acme()
        })
        .collect();
    if let Some(last) = accounts.last_mut() {
        last.failure = Some(Failure::TokenInvalid);
    }
    rows(&snapshot(accounts), &TimeZone::UTC)
}

#[test]
fn up_to_fifteen_accounts_have_a_row_each_and_more_are_grouped() {
    let entries = |rows: &[MenuRow]| {
        let first = rows.iter().filter(|row| row.visible).take_while(|row| row.kind != Kind::Separator);
        first.map(|row| row.label.clone()).collect::<Vec<_>>()
    };
    assert_eq!(entries(&many(15)).len(), 15);
    assert_eq!(
        entries(&many(25)),
        [
            "Account 1 to Account 10 · up to 1%",
            "Account 11 to Account 20 · up to 2%",
            "Account 21 to Account 25 · up to 2% · 1 failing",
        ]
    );
    let in_groups = |count| {
        let of_group = |row: MenuRow| match row.kind {
            Kind::Submenu(rows) if row.label.starts_with("Account") => Some(rows.len()),
            _ => None,
        };
        many(count).into_iter().filter_map(of_group).collect::<Vec<_>>()
    };
    assert_eq!(in_groups(25), [10, 10, 5]);
    assert_eq!(in_groups(180), [12; 15], "as many groups as there are rows without");
    assert_eq!(in_groups(400), [20; 20]);
}

#[test]
fn menu_shows_the_most_used_of_ten_thousand_regions() {
    let region = |n: u64| RegionSnapshot {
        id: format!("xx-{n}"),
        label: format!("Region {n}"),
        pool: Pool::from_gb(n % 5000, 10_000, 0),
        ..jakarta()
    };
    let mut many = acme();
    many.regions = (0..10_000).map(region).collect();
    many.regions[17].pool = Pool::from_gb(1, 0, 1);
    let all = rows(&snapshot(vec![many]), &TimeZone::UTC);
    let labels: Vec<&str> = all
        .iter()
        .flat_map(|row| match &row.kind {
            Kind::Submenu(rows) => rows.iter().map(|row| row.label.as_str()).collect(),
            _ => Vec::new(),
        })
        .filter(|label| label.starts_with("Region ") || label.contains("more regions"))
        .collect();
    assert_eq!(labels.len(), 21, "{labels:?}");
    assert_eq!(labels[0], "Region 17: 1 of 0 GB · over", "in the API's order");
    assert_eq!(labels[1], "Region 4990: 4,990 of 10,000 GB · 49%");
    assert_eq!(labels[20], "and 9,980 more regions: see `linode-bandwidth status`");
}

#[test]
fn a_long_name_never_pushes_the_figure_out() {
    let name = "Kunde ".repeat(16);
    let account = |name: &str| AccountSnapshot { name: name.trim().to_owned(), ..acme() };
    let view = TrayView::new(&snapshot(vec![account(&name), account("B")]), &TimeZone::UTC);
    let short = "Kunde Kunde Kunde Ku…e Kunde Kunde Kunde";
    assert_eq!(view.title, format!("{short} 83%"));
    assert_eq!(view.details[0], format!("{short} 83%"));
    assert_eq!(view.rows[2].label, format!("{short}: 830 of 1,000 GB · 83%"));
    let group = text::group_row(&[account(&name), account(&name)]);
    assert_eq!(group, "Kunde Kund…nde Kunde to Kunde Kund…nde Kunde · up to 83%");
}

#[test]
fn a_name_with_right_to_left_letters_turns_no_row_around() {
    let name = "חברה בע״מ";
    let account = AccountSnapshot { name: name.to_owned(), ..acme() };
    let isolated = format!("\u{2068}{name}\u{2069}");
    let zone = &TimeZone::UTC;
    let looks = TrayView::new(&snapshot(vec![account.clone(), acme()]), zone);
    assert_eq!(looks.rows[2].label, format!("{isolated}: 830 of 1,000 GB · 83%"));
    assert_eq!(looks.title, format!("{isolated} 83%"));
    assert_eq!(looks.details[0], format!("{isolated} 83%"));
    assert_eq!(looks.details[1], "Acme 83%");
    let group = text::group_row(&[acme(), account.clone()]);
    assert_eq!(group, format!("Acme to {isolated} · up to 83%"));
    let report =
        serde_json::to_string(&crate::domain::report::Report::new(&snapshot(vec![account]))).unwrap();
    assert!(report.contains(name) && !report.contains(['\u{2068}', '\u{2069}']), "{report}");
}
