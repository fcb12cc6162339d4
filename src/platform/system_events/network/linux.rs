//! The kernel's word of new routes (rtnetlink(7)): whatever sets the network up, NetworkManager, networkd, a VPN or a
//! person, ends in one.

use std::io;

use rustix::io::Errno;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType, bind, recv, socket_with};

use crate::platform::system_events::descriptor::waited_for;
use crate::platform::system_events::machine::{Sign, Signs};

/// `RTMGRP_IPV4_ROUTE` and `RTMGRP_IPV6_ROUTE`.
const ROUTES: u32 = 0x40 | 0x400;
/// `RTM_NEWROUTE`
const NEW_ROUTE: u16 = 24;
/// Of `struct nlmsghdr`.
const HEADER: usize = 16;

/// Tells each time that a way to the internet appears; ends where the kernel's word can't be had.
pub async fn watch(signs: Signs) {
    if let Err(error) = listen(&signs).await {
        tracing::info!("nothing tells of a new network, a failed poll is tried again in its time: {error}");
    }
}

async fn listen(signs: &Signs) -> io::Result<()> {
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    // The protocol that is not named here, 0, is NETLINK_ROUTE.
    let socket = socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
    bind(&socket, &SocketAddrNetlink::new(0, ROUTES))?;
    let socket = waited_for(socket)?;
    let mut buffer = [0; 8192];
    loop {
        let mut ready = socket.readable().await?;
        let heard = ready.try_io(|socket| {
            let (_, length) = recv(socket.get_ref(), &mut buffer[..], RecvFlags::empty())?;
            Ok(length)
        });
        let new = match heard {
            Ok(Ok(length)) => leads_out(buffer.get(..length).unwrap_or_default()),
            // More was told than we took: a route may have been among it.
            Ok(Err(error)) if error.raw_os_error() == Some(Errno::NOBUFS.raw_os_error()) => true,
            Ok(Err(error)) => return Err(error),
            Err(_not_yet) => continue,
        };
        if new {
            let _ = signs.send(Sign::Network);
        }
    }
}

/// Whether one of the messages tells of a new default route. A VPN may lay two over it, each for half of all addresses.
fn leads_out(mut messages: &[u8]) -> bool {
    while let Some((header, rest)) = messages.split_at_checked(HEADER) {
        let [a, b, c, d, kind, more, ..] = *header else { return false };
        let length = u32::from_ne_bytes([a, b, c, d]) as usize;
        let body = rest.get(..length.saturating_sub(HEADER)).unwrap_or(rest);
        // `struct rtmsg`: the family, then how many bits of the destination count.
        if u16::from_ne_bytes([kind, more]) == NEW_ROUTE && body.get(1).is_some_and(|bits| *bits <= 1) {
            return true;
        }
        let Some(next) = messages.get(length.next_multiple_of(4).max(HEADER)..) else { return false };
        messages = next;
    }
    false
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
    fn only_a_new_default_route_leads_out() {
        assert!(leads_out(&message(NEW_ROUTE, 0)));
        assert!(leads_out(&message(NEW_ROUTE, 1)), "half of all addresses");
        assert!(!leads_out(&message(NEW_ROUTE, 24)), "the local network");
        assert!(!leads_out(&message(25, 0)), "a route that goes");
        assert!(leads_out(&[message(NEW_ROUTE, 24), message(NEW_ROUTE, 0)].concat()), "the second one");
    }

    #[test]
    fn messages_that_are_none_are_passed_over() {
        for length in 0..28 {
            leads_out(&message(NEW_ROUTE, 0)[..length]);
        }
        assert!(!leads_out(&[0; 64]), "lengths of 0");
        assert!(!leads_out(&[0xff; 64]), "lengths beyond the end");
    }
}
