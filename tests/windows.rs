//! Tests of Windows.
#![cfg(windows)]

use std::env;
use std::process::Command;

use jiff::{Timestamp, tz::TimeZone};
use windows_sys::Win32::System::Time::{GetTimeZoneInformation, TIME_ZONE_INFORMATION};

/// The taskbar clock's offset from UTC, in seconds.
fn added_by_windows() -> i32 {
    let mut zone = TIME_ZONE_INFORMATION::default();
    // SAFETY: it fills the given structure, which contains only numbers.
    #[allow(unsafe_code)]
    let season = unsafe { GetTimeZoneInformation(&raw mut zone) };
    let season = match season {
        1 => zone.StandardBias,
        2 => zone.DaylightBias,
        _ => 0,
    };
    -60 * (zone.Bias + season)
}

#[test]
fn system_time_zone_is_the_one_of_windows() {
    // `TZ` would override the system's time zone.
    let mut without = Command::new(env::current_exe().unwrap());
    let without = without.env_remove("TZ").args(["--exact", "--ignored", "--nocapture", "the_time_zone"]);
    assert!(without.status().unwrap().success());
}

#[test]
#[ignore = "the process that the test before this one starts"]
fn the_time_zone() {
    assert_eq!(env::var_os("TZ"), None);
    let zone = TimeZone::try_system().unwrap();
    let added = zone.to_offset(Timestamp::now()).seconds();
    println!("{:?} adds {added} s", zone.iana_name());
    assert_eq!(added, added_by_windows());
}
