use super::*;

fn config() -> Config {
    let account = |id: &str, name: &str| AccountConfig::new(id.parse().unwrap(), name);
    Config { accounts: vec![account("acme", "Acme"), account("b", "Bee")], ..Config::default() }
}

#[test]
fn every_wrong_field_says_so_and_nothing_is_lost() {
    let mut form = AccountForm::new();
    (form.name, form.pool, form.linode) = ("ACME".into(), WatchChoice::Linode, "x".into());
    (form.own_thresholds, form.thresholds) = (true, "90, 80".into());
    form.token.push_str("a b");
    assert!(form.submit(&config(), true).is_none());
    assert_eq!(form.focus, Some(Focus::Name));
    assert!(form.wrong.name.as_ref().unwrap().contains("already an account \"Acme\""));
    assert!(form.wrong.thresholds.as_ref().unwrap().starts_with("Enter whole percentages"));
    assert_eq!(form.refused_fields(), ["Name", "Personal Access Token", "Watch", "Thresholds"]);
    assert_eq!((form.linode.as_str(), form.token.as_str(), form.saving), ("x", "a b", false));
}

#[test]
fn a_field_is_wrong_from_when_it_is_touched_until_it_is_right() {
    let mut form = AccountForm::new();
    form.check(&config());
    assert_eq!(form.wrong, FieldErrors::default(), "nothing was typed");
    form.name = "0123456789abcdef0123456789abcdef".into();
    assert!(form.check(&config()) && form.wrong.name.as_ref().unwrap().contains("looks like a token"));
    form.name = "Client X".into();
    assert!(form.check(&config()) && form.wrong == FieldErrors::default());
    assert!(form.submit(&config(), true).is_none() && form.wrong.token.is_some(), "a token is needed");
    form.token.push_str("abc");
    form.check(&config());
    assert_eq!((&form.wrong, form.refused_fields()), (&FieldErrors::default(), vec![]));
}

#[test]
fn an_account_keeps_its_own_name_and_its_token() {
    let config = config();
    let mut form = AccountForm::for_account(&config.accounts[0], &config);
    let wanted = form.submit(&config, true).unwrap();
    assert!(wanted.token.is_none() && !wanted.verify && !wanted.new, "nothing to ask the API");
    let mut form = AccountForm::for_account(&config.accounts[0], &config);
    (form.pool, form.region) = (WatchChoice::Region, "id-cgk".into());
    assert!(form.submit(&config, true).unwrap().verify, "it watches something else");
    let mut form = AccountForm::for_account(&config.accounts[0], &config);
    form.name = "Bee".into();
    assert!(form.submit(&config, true).is_none(), "another's name");
}

#[test]
fn a_refused_token_stays_in_the_form_and_a_kept_one_does_not() {
    let mut form = AccountForm::new();
    form.name = "New".into();
    form.token.push_str("abc");
    assert!(form.submit(&config(), true).unwrap().verify);
    assert!(form.saved(Err(SaveError::Refused("no".into()))).is_none());
    form.check(&config());
    assert_eq!((form.token.as_str(), form.wrong.token.as_deref()), ("abc", Some("no")));
    let saved = Saved { name: Some("New".into()), ..Saved::default() };
    assert_eq!(form.saved(Ok(&saved)), Some((Tone::Good, "Added \"New\"".to_owned())));
    assert!(form.token.is_empty());
}

fn with_command(command: &str) -> Config {
    let mut config = config();
    config.accounts[0].token_command = Some(command.split(' ').map(str::to_owned).collect());
    config
}

#[test]
fn a_command_takes_the_place_of_a_token_and_is_verified() {
    let mut form = AccountForm::new();
    (form.name, form.token_source) = ("New".into(), TokenSource::Command);
    assert!(form.submit(&config(), true).is_none() && form.focus == Some(Focus::Command));
    form.command = "pass show 'linode".into();
    assert!(form.submit(&config(), true).is_none());
    assert_eq!(form.wrong.command, Some(TokenCommandError::OpenQuote.to_string()));
    assert_eq!(form.refused_fields(), ["Command"]);
    form.command = "pass show 'my linode'".into();
    let wanted = form.submit(&config(), true).unwrap();
    let words = ["pass", "show", "my linode"].map(str::to_owned).to_vec();
    assert_eq!((wanted.account.token_command, wanted.verify), (Some(words), true));
    assert!(wanted.new && wanted.token.is_none());
    assert!(form.saved(Err(SaveError::Refused("no".into()))).is_none());
    form.check(&config());
    assert_eq!((form.focus, form.wrong.command.as_deref()), (Some(Focus::Command), Some("no")));
}

#[test]
fn an_account_changes_between_keyring_and_command() {
    let config = with_command("pass show linode");
    let mut form = AccountForm::for_account(&config.accounts[0], &config);
    assert_eq!((form.token_source, form.command.as_str()), (TokenSource::Command, "pass show linode"));
    assert!(!form.touched() && form.uses_stored_token());
    form.token_source = TokenSource::Keyring;
    assert!(form.touched() && !form.can_ask());
    assert!(form.submit(&config, true).is_none() && form.focus == Some(Focus::Token), "a token is needed");
    form.token.push_str("abc");
    let wanted = form.submit(&config, true).unwrap();
    assert_eq!(wanted.changes, Patch::from_iter([("token_command", serde_json::Value::Null)]));
    assert!(wanted.verify && wanted.token.is_some());

    let config = super::tests::config();
    let mut form = AccountForm::for_account(&config.accounts[0], &config);
    // The token that was pasted before the choice is gone.
    form.token.push_str("abc");
    (form.token_source, form.command) = (TokenSource::Command, "pass show x".into());
    let wanted = form.submit(&config, true).unwrap();
    assert_eq!(wanted.changes, Patch::from_iter([("token_command", vec!["pass", "show", "x"].into())]));
    assert!(wanted.verify && wanted.token.is_none());
}

#[test]
fn a_command_that_was_changed_elsewhere_follows_unless_it_is_being_changed() {
    let (before, after) = (with_command("pass show a"), with_command("pass show b"));
    let mut form = AccountForm::for_account(&before.accounts[0], &before);
    form.follow(&after);
    assert_eq!(form.command, "pass show b");
    form.command = "pass show c".into();
    form.follow(&before);
    assert_eq!(form.command, "pass show c");
}

#[test]
fn an_account_that_was_saved_before_it_could_be_cancelled_is_this_forms() {
    let mut form = AccountForm::new();
    (form.number, form.saving) = (3, true);
    let saved = Saved { name: Some("New".into()), ..Saved::default() };
    assert!(form.takes(3, Err(&SaveError::Cancelled)) && !form.takes(2, Ok(&saved)));
    form.saving = false;
    assert!(form.takes(3, Ok(&saved)), "saved after all");
    assert!(!form.takes(3, Ok(&Saved::default())) && !form.takes(3, Err(&SaveError::Cancelled)));
}

#[test]
fn only_what_was_changed_is_written_and_what_others_change_follows() {
    let config = config();
    let mut form = AccountForm::for_account(&config.accounts[0], &config);
    form.name = "Acme Ltd.".into();
    let mut theirs = config.clone();
    theirs.accounts[0].watch = PoolId::Region("id-cgk".to_owned());
    theirs.accounts[0].show_as = Some(ShowAs::Used);
    form.follow(&theirs);
    assert_eq!((form.pool, form.region.as_str()), (WatchChoice::Region, "id-cgk"));
    let wanted = form.submit(&theirs, true).unwrap();
    assert_eq!(wanted.changes, Patch::from_iter([("name", "Acme Ltd.".into())]));
    assert!(!wanted.verify);
}

#[test]
fn a_new_account_needs_a_name_only_where_nobody_can_suggest_one() {
    let mut form = AccountForm::new();
    form.token.push_str("abc");
    assert_eq!(form.submit(&config(), true).unwrap().account.name, "");
    assert!(form.saved(Err(SaveError::Unverified("offline".into()))).is_none());
    assert!(form.submit(&config(), false).is_none() && form.wrong.name.is_some());
    assert!(form.unverified.is_some(), "it can still be saved anyway");
}
