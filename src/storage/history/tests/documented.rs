//! Compares docs/files.md with the schema.

use super::*;

/// The page's section on the history file.
fn documented() -> &'static str {
    let page = include_str!("../../../../docs/files.md");
    page.split("\n## History file\n").nth(1).unwrap().split("\n## ").next().unwrap()
}

/// The code spans of a table cell.
fn in_code(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn page_lists_all_tables_and_columns() {
    let history = History::in_memory().unwrap();
    let mut there_are = BTreeMap::new();
    let mut tables = history.db.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").unwrap();
    for table in tables.query_map([], |row| row.get::<_, String>(0)).unwrap().map(Result::unwrap) {
        let mut columns = history.db.prepare("SELECT name FROM pragma_table_info(?)").unwrap();
        let columns = columns.query_map([&table], |row| row.get::<_, String>(0)).unwrap();
        let columns: Vec<String> = columns.map(Result::unwrap).collect();
        there_are.insert(table, columns);
    }
    let rows = documented().lines().filter_map(|line| line.strip_prefix("| `"));
    let told: BTreeMap<String, Vec<String>> = rows
        .map(|row| {
            let mut cells = row.split(" | ");
            (cells.next().unwrap().trim_end_matches('`').to_owned(), in_code(cells.next().unwrap()))
        })
        .collect();
    assert_eq!(told, there_are);
    assert!(documented().contains(&format!("version, {VERSION};")), "{VERSION}");
    assert!(documented().contains("`0x4C6E4277`"), "{APPLICATION_ID:X}");
}

#[test]
fn page_lists_all_kinds_of_alerts() {
    let (account, pool, month) = (acme(), PoolId::Global, "2026-11".parse().unwrap());
    let token = TokenId("f00".into());
    let keys = [
        AlertKey::Threshold { account: account.clone(), pool: pool.clone(), month, percent: 80 },
        AlertKey::Spike { account: account.clone(), pool: pool.clone(), month, day: 22 },
        AlertKey::Forecast { account, pool, month },
        AlertKey::TokenInvalid { token: token.clone() },
        AlertKey::TokenExpiry { token, days: 7 },
        AlertKey::NoHost,
    ];
    let mut history = History::in_memory().unwrap();
    history.save_alerts(&keys, at("2026-11-22T05:10:00Z")).unwrap();
    let mut kinds = history.db.prepare("SELECT DISTINCT kind FROM alerts").unwrap();
    let kinds: Vec<String> = kinds.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert_eq!(kinds.len(), keys.len());
    let row = documented().lines().find(|line| line.starts_with("| `alerts`")).unwrap();
    let unsaid: Vec<_> = kinds.iter().filter(|kind| !row.contains(&format!("`{kind}`"))).collect();
    assert!(unsaid.is_empty(), "{unsaid:?}");
}
