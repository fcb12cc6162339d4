//! The usage page.

use eframe::egui::Key;
use eframe::egui::accesskit::Role;
use jiff::{SignedDuration, Timestamp};
use linode_bandwidth::app::accounts::token_guide::STEPS;
use linode_bandwidth::domain::account::{AccountRecord, Reading};
use linode_bandwidth::domain::breakdown::{Breakdown, Consumer, ConsumerId};
use linode_bandwidth::domain::failure::INVALID_TOKEN;
use linode_bandwidth::domain::month::Month;
use linode_bandwidth::domain::plot::NO_MONTHS;
use linode_bandwidth::domain::plot::NO_SAMPLES;
use linode_bandwidth::domain::text::SET_UP_ACCOUNT;
use linode_bandwidth::domain::usage::{GB, Pool, PoolId, Usage};
use linode_bandwidth::storage::history::History;
use linode_bandwidth::window_request::Page;

use serde_json::json;

use crate::rig::{TOKEN, TestWindow, account, invalid_token, missing_scope};
use crate::support::server::Reply;

#[test]
fn without_an_account_the_page_leads_to_the_guide() {
    let mut window = TestWindow::new(Page::Usage, "");
    window.sees("No account yet");
    window.press(SET_UP_ACCOUNT);
    window.sees(STEPS[0].text);
}

#[test]
fn fresh_figures_come_without_a_tray_too() {
    let mut window = TestWindow::with(Page::Usage, &account("acme", "Acme"), &[("acme", TOKEN)]);
    window.takes(TOKEN, "Acme", "account:read_only");
    window.sees("No figures yet");
    window.press("Refresh now");
    window.sees("83%");
    for text in
        ["Acme", "830 GB", "170 GB", "1,000 GB", "thresholds at 80%, 90%, 100%", "Warning", "Updated "]
    {
        assert!(window.shows(text), "{text}\n{}", window.tree());
    }
    assert!(!window.tree().contains(TOKEN));
}

#[test]
fn a_refused_token_says_what_to_do_and_leads_to_its_field() {
    let mut window = TestWindow::with(Page::Usage, &account("acme", "Acme"), &[("acme", TOKEN)]);
    window.api.answer(crate::rig::TRANSFER, invalid_token());
    window.press("Refresh now");
    window.sees(INVALID_TOKEN);
    window.press("Replace token of Acme");
    window.sees("Edit Acme");
    assert!(window.is_focused("Personal Access Token"));
}

#[test]
fn invalid_config_is_shown_with_its_line() {
    let mut window = TestWindow::new(Page::Usage, "thresholds = [0]\n");
    window.sees("config.toml:2:");
    window.press("Accounts");
    window.sees("config.toml:2:");
}

#[test]
fn many_accounts_are_searchable_lines_that_open_cards() {
    let all: String = (1..=12).map(|at| account(&format!("a{at}"), &format!("Customer {at}"))).collect();
    let mut window = TestWindow::new(Page::Usage, &all);
    window.sees("Show Customer 12");
    assert!(!window.shows("Which Linodes of"), "{}", window.tree());
    window.type_into("Search accounts", "mer 11");
    assert!(window.shows("Show Customer 11") && !window.shows("Show Customer 12"));
    window.press("Show Customer 11");
    assert!(window.has("Which Linodes of Customer 11?") && window.has("Hide Customer 11"));
    window.replace("Search accounts", "nobody");
    assert!(window.shows("No matching accounts"));
    window.replace("Search accounts", " ");
    window.press("Compact");
    assert!(window.has("Which Linodes of Customer 1?") && !window.shows("Show Customer 1"));
}

/// Stores samples with a constant use per day since the month began, and a previous month that went over.
fn keep_history(window: &TestWindow) {
    let mut history = History::open(&window.history_file()).unwrap();
    let now = Timestamp::now();
    let month = Month::containing(now);
    let acme = "acme".parse().unwrap();
    let keep = |history: &mut History, at, used| {
        history.save_samples(&acme, at, &[(PoolId::Global, Pool::from_gb(used, 1000, 0))]).unwrap();
    };
    keep(&mut history, month.starts_at - SignedDuration::from_mins(5), 1252);
    for hour in 0.. {
        let at = month.starts_at + SignedDuration::from_hours(hour);
        if at > now {
            break;
        }
        keep(&mut history, at, hour as u64);
    }
}

#[test]
fn single_accounts_history_is_open_even_if_empty() {
    let mut window = TestWindow::with(Page::Usage, &account("acme", "Acme"), &[("acme", TOKEN)]);
    window.sees(NO_SAMPLES);
    window.sees(NO_MONTHS);
    window.press("Hide history of Acme");
    assert!(!window.shows("No samples yet"));
    window.press("Show history of Acme");
    window.sees(NO_SAMPLES);
}

#[test]
fn plots_have_descriptions() {
    let mut window = TestWindow::new(Page::Accounts, &account("acme", "Acme"));
    keep_history(&window);
    window.press("Usage");
    // The history was read before there were samples.
    window.press("Hide history of Acme");
    window.press("Show history of Acme");
    window.sees(&format!("Acme: {}, by ", Month::containing(Timestamp::now()).id.title()));
    let over = Month::containing(Timestamp::now()).id.previous().title();
    window.sees(&format!("over quota: {over}: 1,252 of 1,000 GB, 125%, 252 GB over"));
}

/// Stores the figures of `acme` at `at`, and who used them: 20 Linodes with 1 to 20 GB, and a rest of 90 GB.
fn keep_breakdown(window: &TestWindow, at: Timestamp) {
    let usage = Usage { pool: Pool::from_gb(300, 1000, 0), regions: Vec::new() };
    let consumer = |id: u64| Consumer {
        id: ConsumerId::Linode(id),
        label: if id == 20 { "a-long-name-".repeat(8) } else { format!("web-{id}") },
        region: "us-east".to_owned(),
        used: id * GB,
    };
    let consumers: Vec<Consumer> = (1..=20).map(consumer).collect();
    let breakdown = Breakdown::new(at, &PoolId::Global, &usage, &consumers);
    let mut record = AccountRecord { name: "Acme".to_owned(), ..AccountRecord::default() };
    record.take_reading(Reading { at, watch: PoolId::Global, usage });
    let mut history = History::open(&window.history_file()).unwrap();
    let acme = "acme".parse().unwrap();
    history.save_record(&acme, &record).unwrap();
    history.save_breakdown(&acme, &breakdown).unwrap();
}

#[test]
fn who_used_the_pool_is_a_list_in_the_order_of_the_bar() {
    let mut window = TestWindow::new(Page::Usage, &account("acme", "Acme"));
    window.sees("No figures yet");
    keep_breakdown(&window, Timestamp::now());
    window.sees("web-19: 19 GB, 6%");
    let heard = window.all_heard();
    let list = (Role::List, "Who used the global transfer pool of Acme".to_owned());
    let parts = heard.iter().filter(|it| it.role == Role::ListItem && it.within.contains(&list));
    let names: Vec<&str> = parts.map(|part| part.name.as_str()).collect();
    let long = format!("{}: 20 GB, 6%", "a-long-name-".repeat(8));
    assert_eq!(
        names,
        [
            &long,
            "web-19: 19 GB, 6%",
            "web-18: 18 GB, 6%",
            "web-17: 17 GB, 5%",
            "web-16: 16 GB, 5%",
            "Others (15): 120 GB, 40%",
            "NodeBalancers, deleted Linodes and other: 90 GB, 30%",
        ]
    );
    assert_eq!(window.heard("Acme: who used the global transfer pool").role, Role::Image);
    for (width, height) in [(620.0, 420.0), (480.0, 1000.0)] {
        window.resize(width, height);
        assert!(window.beyond_the_edge().is_empty(), "{:?}, {width} wide", window.beyond_the_edge());
    }
}

/// Stores who used the pool since the month began: `web` 1 GB per hour, `db` half of that, and a rest of half a GB.
fn keep_consumers(window: &TestWindow) {
    let mut history = History::open(&window.history_file()).unwrap();
    let (now, acme) = (Timestamp::now(), "acme".parse().unwrap());
    let month = Month::containing(now);
    let times = (0..).map(|hour| month.starts_at + SignedDuration::from_hours(2 * hour));
    for at in times.take_while(|at| *at < now).chain([now]) {
        let used = at.duration_since(month.starts_at).as_secs() as u64 * (GB / 3600);
        let consumer = |id, label: &str, used| Consumer {
            id: ConsumerId::Linode(id),
            label: label.to_owned(),
            region: "us-east".to_owned(),
            used,
        };
        let consumers = [consumer(1, "web", used), consumer(2, "db", used / 2)];
        let pool = Pool { used: used * 2, quota: 10_000 * GB, ..Pool::default() };
        let usage = Usage { pool, regions: Vec::new() };
        history.save_samples(&acme, at, &[(PoolId::Global, pool)]).unwrap();
        history.save_breakdown(&acme, &Breakdown::new(at, &PoolId::Global, &usage, &consumers)).unwrap();
    }
}

#[test]
fn a_day_lists_who_used_it_by_mouse_and_by_keyboard() {
    let mut window = TestWindow::new(Page::Accounts, &account("acme", "Acme"));
    keep_consumers(&window);
    window.press("Usage");
    // The history was read before there were samples.
    window.press("Hide history of Acme");
    window.press("Show history of Acme");
    window.sees(&format!("Acme: {} by day", Month::containing(Timestamp::now()).id.title()));
    let days: Vec<String> = window
        .controls()
        .into_iter()
        .filter(|(role, name)| role == "Button" && name.starts_with("Acme, "))
        .map(|(_, name)| name)
        .collect();
    let (first, today) = (days.first().unwrap().clone(), days.last().unwrap().clone());
    assert!(!window.shows("Close "), "{}", window.tree());
    window.press(&first);
    let date = first.strip_prefix("Acme, ").unwrap().split(':').next().unwrap().to_owned();
    let list = (Role::List, format!("Who used the pool of Acme on {date}"));
    let parts = |window: &TestWindow| -> Vec<String> {
        let heard = window.all_heard();
        let parts = heard.into_iter().filter(|it| it.role == Role::ListItem && it.within.contains(&list));
        parts.map(|it| it.name.split(':').next().unwrap().to_owned()).collect()
    };
    assert_eq!(parts(&window), ["web", "db", "NodeBalancers, deleted Linodes and other"]);
    // Esc in a field closes what the field belongs to, and only that.
    window.press("Save as CSV: samples of Acme");
    window.replace("Save to: samples of Acme", "saved.csv");
    window.key(Key::Escape);
    window.settle();
    assert!(!window.shows("Save to: samples of Acme"), "{}", window.tree());
    assert_eq!(parts(&window).len(), 3, "{}", window.tree());
    window.key(Key::Escape);
    assert!(parts(&window).is_empty(), "{}", window.tree());
    window.settle();
    assert_eq!(window.focused(), first, "back to the day");
    // Around the end to today.
    window.key(Key::ArrowLeft);
    window.settle();
    assert_eq!(window.focused(), today);
    window.key(Key::ArrowRight);
    window.settle();
    assert_eq!(window.focused(), first);
    window.key(Key::Enter);
    assert_eq!(parts(&window).len(), 3, "{}", window.tree());
    window.press_starting(&format!("Close {date}"));
    assert!(parts(&window).is_empty());
    // Tab stops at one day only.
    window.settle();
    assert_eq!(window.focused(), first);
    window.key(Key::Tab);
    assert!(!window.focused().starts_with("Acme, "), "{}", window.focused());
    for (width, height) in [(620.0, 420.0), (480.0, 1000.0)] {
        window.resize(width, height);
        assert!(window.beyond_the_edge().is_empty(), "{:?}, {width} wide", window.beyond_the_edge());
    }
}

const SAVE: &str = "Save the file with the samples of Acme";

#[test]
fn the_samples_are_saved_where_the_user_says() {
    let mut window = TestWindow::new(Page::Accounts, &account("acme", "Acme"));
    keep_history(&window);
    let file = window.config_file().with_file_name("saved.csv");
    window.press("Usage");
    // The history was read before there were samples.
    window.press("Hide history of Acme");
    window.press("Show history of Acme");
    window.press("Save as CSV: samples of Acme");
    window.replace("Save to: samples of Acme", "saved.csv");
    window.press(SAVE);
    window.sees("Enter a full path");
    window.replace("Save to: samples of Acme", "~/no such folder/saved.csv");
    window.press(SAVE);
    window.sees("no such folder: choose another, or make it first.");
    assert_eq!(window.value("Save to: samples of Acme"), "~/no such folder/saved.csv", "it can be corrected");
    std::fs::write(&file, "mine").unwrap();
    window.replace("Save to: samples of Acme", file.to_str().unwrap());
    window.press(SAVE);
    window.sees("This file already exists. Replace it?");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
    window.press("Replace the file with the samples of Acme");
    window.sees("samples to ");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(
        text.starts_with("account,name,pool,at,used_gb,quota_gb,billable_gb,percent\r\nacme,Acme,global,")
    );
    assert!(text.contains(",1252.0,1000.0,0.0,125.2\r\n"), "{text}");
}

#[test]
fn the_linodes_that_use_the_pool_are_asked_for_on_request() {
    let mut window = TestWindow::with(Page::Usage, &account("acme", "Acme"), &[("acme", TOKEN)]);
    window.takes(TOKEN, "Acme", "account:read_only linodes:read_only");
    window.sees("Which Linodes of Acme?");
    assert!(window.api.requests().is_empty(), "nothing is asked before that");
    let good = |body: serde_json::Value| Reply::json(200, body.to_string());
    let listed: Vec<_> =
        (0..20).map(|id| json!({"id": id, "label": format!("web-{id}"), "region": "us-east"})).collect();
    window.api.answer("/linode/instances", good(json!({"data": listed, "page": 1, "pages": 1})));
    for id in 0..20u64 {
        let used = json!({"used": (id + 1) * 10_000_000_000, "quota": 1000, "billable": 0});
        window.api.answer(&format!("/linode/instances/{id}/transfer"), good(used));
    }
    window.press("Which Linodes of Acme?");
    window.sees("web-19");
    assert!(window.shows("200 GB · 9%") && window.shows("and 8 more that used less"), "{}", window.tree());
    // In the smallest window the list fits into its card.
    window.resize(620.0, 1400.0);
    let wide = window.right("Hide history of Acme");
    window.press("Hide who used the pool of Acme");
    assert_eq!(window.right("Hide history of Acme"), wide);
    window.press("Which Linodes of Acme?");
    window.sees("web-19");
    window.resize(860.0, 1400.0);
    window.api.answer("/linode/instances", missing_scope());
    window.press("Refresh who used the pool of Acme");
    window.sees("Missing scope: ");
    window.press("Hide who used the pool of Acme");
    window.sees("Which Linodes of Acme?");
    assert!(!window.shows("Missing scope") && !window.tree().contains(TOKEN));
}

#[test]
fn list_of_linodes_closes_when_the_watched_pool_changes() {
    let mut window = TestWindow::with(Page::Usage, &account("acme", "Acme"), &[("acme", TOKEN)]);
    window.takes(TOKEN, "Acme", "account:read_only linodes:read_only");
    window.api.answer("/linode/instances", missing_scope());
    window.api.hold();
    window.press("Which Linodes of Acme?");
    window.sees("Asking Linode for each");
    window.press("Accounts");
    window.press("Edit Acme");
    window.press("A region's pool");
    window.api.go_on();
    window.type_into("Region id", "id-cgk");
    window.press("Verify and save");
    window.sees("Changed \"Acme\"");
    window.press("Usage");
    window.sees("Which Linodes of Acme?");
    assert!(!window.shows("Missing scope"));
}
