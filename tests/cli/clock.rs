//! A changed system clock. A test must not set this machine's clock, so the program runs in user-mode Linux, a kernel
//! of its own, which sees this machine's files but can't change them.
#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Command, Stdio};

use crate::support::server::Server;
use crate::support::skip;

/// The init script of that kernel: it starts an API and an exporter that polls once a day, sets the clock three times,
/// and prints the number of requests each time.
const INIT: &str = r#"#!/bin/sh
export PATH=/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t tmpfs tmpfs /mnt
ip link set lo up
cd /mnt
mkdir data
SERVE_API=yes TESTS --ignored --exact --nocapture clock::the_api_on_a_kernel_of_its_own >asked 2>&1 &
until url=$(grep -o 'http://.*' asked); do sleep 0.1; done
cat >config.toml <<'END'
poll_interval = "24h"
[[accounts]]
id = "acme"
name = "Acme"
token_command = ["printf", "made-up"]
END
export HOME=/mnt LINODE_BANDWIDTH_CONFIG=/mnt/config.toml LINODE_BANDWIDTH_DATA_DIR=/mnt/data
export LINODE_BANDWIDTH_API_URL="$url"
asked() { grep -c account/transfer asked; }
# As many requests, within half a minute.
until_asked() { tries=300; while [ "$(asked)" != "$1" ] && [ $tries -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done; }
PROGRAM exporter --listen 127.0.0.1:9489 >log 2>&1 &
until_asked 1
echo "CLOCK as it was: $(asked)"
n=1
for by in '+2 hours' '-3 hours' '+40 days'; do
    date --set "$(date --date "$by" '+%F %T')" >/dev/null
    n=$((n + 1))
    until_asked $n
    echo "CLOCK $by: $(asked)"
done
sed 's/^/LOG /' log
echo o >/proc/sysrq-trigger
sleep 10
"#;

#[test]
#[ignore = "boots a kernel: tests/run starts it"]
fn a_clock_that_is_set_forth_or_back_brings_one_poll_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let init = folder.path().join("init");
    let tests = std::env::current_exe().unwrap();
    let script = INIT.replace("PROGRAM", env!("CARGO_BIN_EXE_linode-bandwidth"));
    fs::write(&init, script.replace("TESTS", tests.to_str().unwrap())).unwrap();
    fs::set_permissions(&init, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let booted = Command::new("timeout")
        .args([
            "--kill-after=5",
            "180",
            "linux.uml",
            "mem=256M",
            "panic=1",
            "quiet",
            "con=null",
            "con0=null,fd:1",
        ])
        .args([
            "root=/dev/root",
            "rootfstype=hostfs",
            "rootflags=/",
            "ro",
            &format!("init={}", init.display()),
        ])
        .env("HOME", folder.path())
        .stdin(Stdio::null())
        .output();
    let said = match booted {
        Ok(output) => String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
        Err(error) => error.to_string(),
    };
    let seen: Vec<&str> = said.lines().filter_map(|line| line.trim_end().strip_prefix("CLOCK ")).collect();
    if seen.is_empty() {
        return skip(&format!("no kernel of one's own can be run here: {said}"));
    }
    assert_eq!(seen, ["as it was: 1", "+2 hours: 2", "-3 hours: 3", "+40 days: 4"], "{said}");
}

#[test]
#[ignore = "the test above runs it, on the other kernel"]
fn the_api_on_a_kernel_of_its_own() {
    if std::env::var_os("SERVE_API").is_none() {
        return;
    }
    let api = Server::start();
    api.answer(crate::TRANSFER, crate::transfer(630, 1000, 0));
    println!("{}", api.url());
    api.print_requests();
}
