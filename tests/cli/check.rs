//! `status --check`: the exit codes of monitoring plugins.

use crate::support::server::Reply;
use crate::{Checks, Home, TRANSFER, account, invalid_token, token, transfer};

fn exit_code(home: &Home, words: &str) -> i32 {
    home.run(&format!("status --check {words}")).get_output().status.code().unwrap()
}

#[test]
fn each_level_has_its_exit_code() {
    for (used, code) in [(0, 0), (799, 0), (800, 1), (899, 1), (900, 2), (999, 2), (1000, 2), (5000, 2)] {
        let home = Home::with_acme(transfer(used, 1000, 0));
        assert_eq!(exit_code(&home, ""), code, "{used}");
        assert_eq!(exit_code(&home, "--format json"), code, "{used}");
    }
}

#[test]
fn everything_that_is_not_known_is_3() {
    for reply in [invalid_token(), Reply::close(), Reply::new(500, ""), Reply::new(429, "")] {
        assert_eq!(exit_code(&Home::with_acme(reply), ""), 3);
    }
    let home = Home::with_acme(transfer(1, 1000, 0));
    assert_eq!(exit_code(&home, "--cached"), 3, "never polled");
    assert_eq!(exit_code(&Home::new(), ""), 3, "no account");
    home.run("status --check --account nobody").failed(3);
    home.run("status --check --format xml").code(3).stdout("");
    home.configure("poll_interval = 5\n");
    home.run("status --check").failed(3);
}

#[test]
fn without_check_a_failing_entry_is_no_failing_command() {
    Home::with_acme(invalid_token()).run("status").success();
    Home::with_acme(transfer(5000, 1000, 0)).run("status").success();
}

#[test]
fn the_worst_entry_counts_and_a_disabled_one_does_not() {
    let home = Home::new();
    home.api.answer_for(&token("ok"), TRANSFER, transfer(1, 1000, 0));
    home.api.answer_for(&token("warning"), TRANSFER, transfer(800, 1000, 0));
    home.api.answer_for(&token("bad"), TRANSFER, invalid_token());
    let (ok, warning, bad) = (account("ok", "Ok"), account("warning", "Warning"), account("bad", "Bad"));
    let off = |block: &str| format!("{block}enabled = false\n");
    for (config, code) in [
        (format!("{ok}{warning}"), 1),
        (format!("{warning}{ok}"), 1),
        (format!("{warning}{bad}"), 3),
        (format!("{ok}{}", off(&bad)), 0),
        (off(&ok), 3),
    ] {
        home.configure(&config);
        assert_eq!(exit_code(&home, ""), code, "{config}");
    }
    home.configure(&format!("{ok}{warning}{bad}"));
    assert_eq!([exit_code(&home, "--account ok"), exit_code(&home, "--account Warning")], [0, 1]);
}

#[test]
fn thresholds_of_the_configuration_decide() {
    let home = Home::with_acme(transfer(500, 1000, 0));
    home.configure(&format!("thresholds = [40, 60]\n{}", account("acme", "Acme")));
    assert_eq!(exit_code(&home, ""), 1);
    home.configure(&(account("acme", "Acme") + "thresholds = [20, 50]\n"));
    assert_eq!(exit_code(&home, ""), 2);
}
