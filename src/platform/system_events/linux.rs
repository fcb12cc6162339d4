//! Linux: logind's signals, the kernel's timers and route messages, inotify. All of them sleep until an event.

use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use zbus::message::Type;
use zbus::{Connection, MatchRule, MessageStream};

use super::{Sender, SystemEvent, clock};
use crate::platform::dbus::next_message;

/// The expiry of the clock's timer, which must never be reached: in ten years.
const FAR: Duration = Duration::from_secs(10 * 365 * 24 * 3600);
/// `RTMGRP_IPV4_ROUTE` and `RTMGRP_IPV6_ROUTE`.
const ROUTES: u32 = 0x40 | 0x400;
/// `RTM_NEWROUTE`
const NEW_ROUTE: u16 = 24;
/// The length of `struct nlmsghdr`, in bytes.
const HEADER_LEN: usize = 16;

/// Reports each wake from sleep. Returns if there is no system bus; reports nothing without logind.
pub(super) async fn watch_sleep(events: Sender) {
    match listen_to_logind(&events).await {
        Ok(()) => tracing::info!("the system bus is gone: the clock alone tells of sleep from now on"),
        Err(error) => tracing::info!("the clock alone tells of sleep: {error}"),
    }
}

async fn listen_to_logind(events: &Sender) -> zbus::Result<()> {
    let bus = Connection::system().await?;
    let rule = MatchRule::builder()
        .msg_type(Type::Signal)
        .sender("org.freedesktop.login1")?
        .path("/org/freedesktop/login1")?
        .interface("org.freedesktop.login1.Manager")?
        .member("PrepareForSleep")?
        .build();
    let mut messages = MessageStream::for_match_rule(rule, &bus, None).await?;
    tracing::debug!("logind tells of sleep");
    while let Some(message) = next_message(&mut messages).await {
        // True before sleep, false after waking.
        if let Ok(false) = message?.body().deserialize::<bool>() {
            let _ = events.send(SystemEvent::Woke);
        }
    }
    Ok(())
}

/// Reports each time the clock was set or the machine woke. Polls the clock if the kernel can't report it.
pub(super) async fn watch_clock(events: Sender) {
    if let Err(error) = listen_to_timer(&events).await {
        tracing::info!("the clock is looked at once a minute: {error}");
        clock::poll(events).await;
    }
}

/// The kernel cancels the timer when the clock is set or the machine wakes.
async fn listen_to_timer(events: &Sender) -> io::Result<()> {
    let timer = timerfd_create(TimerfdClockId::Realtime, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
    let timer = readable(timer)?;
    loop {
        arm(timer.get_ref())?;
        let mut ready = timer.readable().await?;
        match ready.try_io(|timer| Ok(rustix::io::read(timer.get_ref(), &mut [0; 8])?)) {
            // The clock was set past the expiry.
            Ok(Ok(_)) => {}
            Ok(Err(error)) if error.raw_os_error() == Some(Errno::CANCELED.raw_os_error()) => {}
            Ok(Err(error)) => return Err(error),
            Err(_would_block) => continue,
        }
        let _ = events.send(SystemEvent::ClockJumped);
    }
}

fn arm(timer: &OwnedFd) -> io::Result<()> {
    let far = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default() + FAR;
    let at = Timespec { tv_sec: i64::try_from(far.as_secs()).unwrap_or(i64::MAX), tv_nsec: 0 };
    let never = Timespec { tv_sec: 0, tv_nsec: 0 };
    let flags = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
    timerfd_settime(timer, flags, &Itimerspec { it_interval: never, it_value: at })?;
    Ok(())
}

/// Reports each new default route; returns if the kernel can't.
pub(super) async fn watch_network(events: Sender) {
    if let Err(error) = listen_to_routes(&events).await {
        tracing::info!("nothing tells of a new network, a failed poll is tried again in its time: {error}");
    }
}

/// rtnetlink(7): every way to connect (NetworkManager, networkd, a VPN, a command) adds a route.
async fn listen_to_routes(events: &Sender) -> io::Result<()> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    // The default protocol, 0, is NETLINK_ROUTE.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
    bind(&socket, &SocketAddrNetlink::new(0, ROUTES))?;
    let socket = readable(socket)?;
    let mut buffer = [0; 8192];
    loop {
        let mut ready = socket.readable().await?;
        let received = ready.try_io(|socket| {
            let (_, length) = recv(socket.get_ref(), &mut buffer[..], RecvFlags::empty())?;
            Ok(length)
        });
        let new = match received {
            Ok(Ok(length)) => has_default_route(buffer.get(..length).unwrap_or_default()),
            // Messages were lost, perhaps one about a route.
            Ok(Err(error)) if error.raw_os_error() == Some(Errno::NOBUFS.raw_os_error()) => true,
            Ok(Err(error)) => return Err(error),
            Err(_would_block) => continue,
        };
        if new {
            let _ = events.send(SystemEvent::NetworkChanged);
        }
    }
}

/// Whether a message adds a default route. A VPN may add two routes instead, each for half of all addresses.
fn has_default_route(mut messages: &[u8]) -> bool {
    while let Some((header, rest)) = messages.split_at_checked(HEADER_LEN) {
        let [a, b, c, d, kind, more, ..] = *header else { return false };
        let length = u32::from_ne_bytes([a, b, c, d]) as usize;
        let body = rest.get(..length.saturating_sub(HEADER_LEN)).unwrap_or(rest);
        // `struct rtmsg`: the family, then the length of the destination's prefix in bits.
        if u16::from_ne_bytes([kind, more]) == NEW_ROUTE && body.get(1).is_some_and(|bits| *bits <= 1) {
            return true;
        }
        let Some(next) = messages.get(length.next_multiple_of(4).max(HEADER_LEN)..) else { return false };
        messages = next;
    }
    false
}

/// Calls `on_change` on each change in `/etc`, which contains the link `/etc/localtime`.
pub(super) async fn watch_time_zone(on_change: impl Fn()) -> io::Result<()> {
    let mut etc = FolderWatch::start(Path::new("/etc"))?;
    loop {
        etc.changed().await?;
        on_change();
    }
}

/// Watches the files of one folder on the runtime, without a thread.
pub(super) struct FolderWatch(AsyncFd<OwnedFd>);

impl FolderWatch {
    /// # Errors
    /// If the folder does not exist or can't be watched.
    pub(super) fn start(folder: &Path) -> io::Result<FolderWatch> {
        let events = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
        let changes = WatchFlags::CREATE
            | WatchFlags::CLOSE_WRITE
            | WatchFlags::DELETE
            | WatchFlags::MOVED_FROM
            | WatchFlags::MOVED_TO;
        inotify::add_watch(&events, folder, changes | WatchFlags::ONLYDIR)?;
        Ok(FolderWatch(readable(events)?))
    }

    /// Returns when a file was written, added or removed.
    ///
    /// # Errors
    /// If the watch fails.
    pub(super) async fn changed(&mut self) -> io::Result<()> {
        loop {
            let mut ready = self.0.readable().await?;
            // Discard the details: the caller checks its files.
            match ready.try_io(|events| Ok(rustix::io::read(events.get_ref(), &mut [0; 4096])?)) {
                Ok(read) => return read.map(drop),
                Err(_would_block) => {}
            }
        }
    }
}

/// Registers `descriptor` for input events.
#[allow(unsafe_code)]
fn readable(descriptor: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: an `OwnedFd` is open and the same until it is dropped, and it is dropped with the `AsyncFd`.
    Ok(unsafe { AsyncFd::register_with_interest(descriptor, Interest::READABLE) }?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u16, bits: u8) -> Vec<u8> {
        let mut bytes = 28u32.to_ne_bytes().to_vec();
        bytes.extend(kind.to_ne_bytes());
        bytes.extend([0; 10]);
        bytes.extend([2, bits, 0, 0, 254, 0, 0, 1, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn only_new_default_routes_count() {
        assert!(has_default_route(&message(NEW_ROUTE, 0)));
        assert!(has_default_route(&message(NEW_ROUTE, 1)), "half of all addresses");
        assert!(!has_default_route(&message(NEW_ROUTE, 24)), "the local network");
        assert!(!has_default_route(&message(25, 0)), "a route that goes");
        let second = [message(NEW_ROUTE, 24), message(NEW_ROUTE, 0)].concat();
        assert!(has_default_route(&second), "the second one");
    }

    #[test]
    fn malformed_route_messages_are_ignored() {
        for length in 0..28 {
            has_default_route(&message(NEW_ROUTE, 0)[..length]);
        }
        assert!(!has_default_route(&[0; 64]), "lengths of 0");
        assert!(!has_default_route(&[0xff; 64]), "lengths beyond the end");
    }
}
