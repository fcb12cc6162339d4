//! Properties of any text, any configuration and any sequence of edits.

use std::fs;
use std::time::Duration;

use linode_bandwidth::domain::config::{
    AccountConfig, AccountId, Config, IconAccount, IconColor, IconStyle, ShowAs,
};
use linode_bandwidth::domain::usage::PoolId;
use linode_bandwidth::storage::config::{ConfigEditor, EditError, load, parse};
use proptest::prelude::*;

use crate::{EXAMPLE, WRITTEN, change, id, in_file};

fn words() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[^\\x00]{1,12}", 1..4)
}

fn rising() -> impl Strategy<Value = Vec<u16>> {
    prop::collection::btree_set(1u16..=1000, 1..5).prop_map(|set| set.into_iter().collect())
}

fn form() -> impl Strategy<Value = ShowAs> {
    prop::sample::select(vec![ShowAs::Percent, ShowAs::Used, ShowAs::UsedAndTotal, ShowAs::Left])
}

fn account() -> impl Strategy<Value = AccountConfig> {
    let pool = prop_oneof![
        Just(PoolId::Global),
        "[a-z0-9-]{1,9}".prop_map(PoolId::Region),
        any::<u64>().prop_map(PoolId::Linode)
    ];
    let name = "[^\\p{C}\\s]{1,20}( [^\\p{C}\\s]{1,5})?";
    let options = (prop::option::of(rising()), prop::option::of(form()), prop::option::of(words()));
    (name, pool, options, any::<bool>(), any::<bool>()).prop_map(|(name, watch, options, muted, enabled)| {
        let (thresholds, show_as, token_command) = options;
        AccountConfig {
            watch,
            thresholds,
            show_as,
            token_command,
            muted,
            enabled,
            ..AccountConfig::new(id("x"), &name)
        }
    })
}

fn configuration() -> impl Strategy<Value = Config> {
    let style = prop::sample::select(vec![IconStyle::Ring, IconStyle::Bar, IconStyle::Number]);
    let color = prop::sample::select(vec![IconColor::Auto, IconColor::Light, IconColor::Dark]);
    let days = prop::collection::hash_set(1u16..=365, 0..4);
    let command = prop_oneof![Just(Vec::new()), words()];
    let numbers = (60u64..=86_400, 1u16..=1200, rising(), days);
    let accounts = prop::collection::vec(account(), 0..5);
    let icon = any::<prop::sample::Index>();
    (form(), style, color, any::<bool>(), numbers, command, accounts, icon).prop_map(
        |(show_as, style, icon_color, forecast_alert, numbers, on_alert, mut accounts, icon)| {
            let (seconds, history_months, thresholds, days) = numbers;
            for (number, account) in accounts.iter_mut().enumerate() {
                account.id = id(&format!("a-{number}"));
                account.name.push_str(&number.to_string());
            }
            let icon_account = match icon.index(accounts.len() + 1) {
                0 => IconAccount::Highest,
                number => IconAccount::Id(accounts[number - 1].id.clone()),
            };
            Config {
                file_api_url: None,
                api_url: "https://localhost:8443/v4".parse().unwrap(),
                poll_interval: Duration::from_secs(seconds),
                icon: style,
                token_expiry_alert_days: days.into_iter().collect(),
                show_as,
                title: Some("{name}: {left}".parse().unwrap()).filter(|_| forecast_alert),
                icon_account,
                icon_color,
                thresholds,
                forecast_alert,
                spike_alert: !forecast_alert,
                breakdown_interval: Some(Duration::from_secs(seconds.max(900)))
                    .filter(|_| history_months > 9),
                history_months,
                on_alert,
                accounts,
            }
        },
    )
}

fn write_out(editor: &mut ConfigEditor, config: &Config) -> Result<(), EditError> {
    for account in &config.accounts {
        editor.add(account)?;
    }
    editor.set(|settings| *settings = config.clone())
}

/// Lines that are almost a valid configuration.
fn nearly() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        prop::sample::select(EXAMPLE.lines().map(str::to_owned).collect::<Vec<_>>()),
        "[a-z_.\"'\\[\\]]{1,14} ?= ?[a-z0-9\"'\\[\\]{},=ö# -]{0,14}",
        Just("accounts = [{id = 'x', name = 'X'},]".to_owned()),
        "\\PC{0,20}",
    ];
    let end = prop::sample::select(vec!["\n", "\r\n", "\r", ""]);
    prop::collection::vec((line, end), 0..12)
        .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
}

fn is_within(text: &str) {
    if let Err(problem) = parse(text) {
        let source = text.strip_prefix('\u{feff}').unwrap_or(text);
        let line = source.split('\n').nth(problem.line - 1);
        assert!(line.is_some_and(|line| problem.column <= line.chars().count() + 1), "{problem} in {text:?}");
        assert!(problem.column >= 1 && !problem.to_string().contains(['\n', '\r']), "{problem} in {text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_breaks_the_parser(text in any::<String>()) {
        is_within(&text);
    }

    #[test]
    fn no_text_that_is_nearly_right_breaks_the_parser(text in nearly()) {
        is_within(&text);
    }
}

// Fewer cases, because each writes and syncs files.
proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_written_reads_back_equal(
        config in configuration(),
        start in prop::sample::select(vec!["", "# mine", "accounts = [] # x\n", "accounts = [\r\n  # none yet\r\n]\r\n"]),
    ) {
        let (_directory, path) = in_file(start);
        change(&path, |editor| write_out(editor, &config)).unwrap();
        prop_assert_eq!(load(&path).unwrap(), config);
    }

    #[test]
    fn any_changes_in_a_row_keep_the_comments(
        steps in prop::collection::vec((0u8..7, any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..12),
        windows in any::<bool>(),
    ) {
        let start = if windows { WRITTEN.replace('\n', "\r\n") } else { WRITTEN.to_owned() };
        let (_directory, path) = in_file(&start);
        let mut kept: Vec<&str> = vec!["# My settings", "# five minutes", "# the look", "# not a ring", "# --- others ---"];
        for (step, which, other) in steps {
            change(&path, |editor| {
                let ids: Vec<AccountId> = editor.config().accounts.iter().map(|account| account.id.clone()).collect();
                if ids.is_empty() {
                    return editor.add(&AccountConfig::new(id("again"), "Again"));
                }
                let one = which.get(&ids).clone();
                match step {
                    0 => editor.remove(&one),
                    1 => editor.move_to(&one, other.index(ids.len())),
                    2 => {
                        let (id, name) = (editor.unused_id("copy", |_| false), editor.config().free_name("Copy"));
                        editor.duplicate(&one, &id, &name)
                    }
                    3 => editor.set_account(&one, |account| account.muted = other.index(2) == 0),
                    4 => editor.set_account(&one, |account| account.thresholds = (other.index(2) == 0).then(|| vec![7])),
                    5 => editor.set(|config| config.icon_account = IconAccount::Id(one)),
                    _ => editor.set(|config| config.history_months = other.index(9) as u16 + 1),
                }
            })
            .unwrap();
        }
        let text = fs::read_to_string(&path).unwrap();
        kept.retain(|comment| !text.contains(comment));
        prop_assert!(kept.is_empty(), "{kept:?} lost in {text}");
        prop_assert!(!windows || !text.replace("\r\n", "").contains('\n'));
    }
}
