//! `status --format waybar`: a line that waybar and i3status-rust read.

use serde_json::{Value, json};

use crate::support::server::Reply;
use crate::{Checks, Home, TRANSFER, account, invalid_token, token, transfer};

fn line(home: &Home, words: &str) -> Value {
    let text = home.run(&format!("status --format waybar {words}")).done();
    assert_eq!(text.matches('\n').count(), 1, "one line: {text}");
    let line: Value = serde_json::from_str(&text).unwrap();
    let keys: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["class", "percentage", "text", "tooltip"]);
    assert!(line["percentage"].is_u64(), "waybar takes no other: {line}");
    line
}

#[test]
fn the_entry_that_is_shown_gives_text_class_and_percentage() {
    let home = Home::with_acme(transfer(830, 1000, 0));
    let shown = line(&home, "");
    assert_eq!((&shown["text"], &shown["class"]), (&json!("Acme 83%"), &json!("warning")));
    assert_eq!(shown["percentage"], 83);
    let tooltip: Vec<&str> = shown["tooltip"].as_str().unwrap().lines().collect();
    assert_eq!(tooltip[0], "Acme 83%");
    assert!(tooltip[1].starts_with("830 of 1,000 GB · resets in "), "{tooltip:?}");
    assert!(tooltip.last().unwrap().starts_with("Updated "), "{tooltip:?}");

    home.configure(&(account("acme", "Acme") + &account("over", "Over")));
    home.api.answer_for(&token("over"), TRANSFER, transfer(4620, 4368, 252));
    let highest = line(&home, "");
    assert_eq!((&highest["text"], &highest["percentage"]), (&json!("Over 105%"), &json!(105)));
    assert_eq!(highest["class"], "exceeded");
    assert_eq!(line(&home, "--account Acme")["text"], "Acme 83%");
}

#[test]
fn a_state_that_is_not_ok_is_the_class() {
    let home = Home::with_acme(invalid_token());
    let refused = line(&home, "");
    assert_eq!((&refused["class"], &refused["percentage"]), (&json!("token_invalid"), &json!(0)));
    assert_eq!(refused["text"], "Acme: token refused");
    home.api.answer_for(&token("acme"), TRANSFER, Reply::close());
    assert_eq!(line(&home, "")["class"], "unreachable");
    assert_eq!(line(&home, "--cached")["class"], "pending");
    assert_eq!(line(&Home::new(), "")["class"], "pending");
}

#[test]
fn markup_in_a_name_is_escaped() {
    let home = Home::new();
    home.configure(&account("rd", "R&D <b>"));
    home.api.answer(TRANSFER, transfer(830, 1000, 0));
    let shown = line(&home, "");
    assert_eq!(shown["text"], "R&amp;D &lt;b&gt; 83%");
    assert!(shown["tooltip"].as_str().unwrap().starts_with("R&amp;D &lt;b&gt; 83%\n"));
}

#[test]
fn a_name_with_right_to_left_letters_turns_no_line_around() {
    let home = Home::new();
    home.configure(&account("he", "חיפה"));
    home.api.answer(TRANSFER, transfer(830, 1000, 0));
    let shown = line(&home, "");
    assert_eq!(shown["text"], "\u{200E}\u{2068}חיפה\u{2069} 83%");
    assert!(shown["tooltip"].as_str().unwrap().starts_with("\u{200E}\u{2068}חיפה\u{2069} 83%\n"));
}
