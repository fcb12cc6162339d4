//! A monitor of all messages on the bus.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use zbus::Message;
use zbus::blocking::fdo::MonitoringProxy;
use zbus::blocking::{Connection, MessageIterator};
use zbus::message::Type;
use zbus::zvariant::OwnedValue;

use super::until;

/// The monitor, with all messages since its start.
pub struct Watch {
    seen: Arc<Mutex<Vec<Message>>>,
    bus: Connection,
    /// A second connection, because a monitor may not send.
    speaker: Connection,
}

/// A signal that tells a monitor how much it has seen, and from which connection.
const HERE: &str = "org.example.linode_bandwidth.Here";

/// A notification as it was sent.
#[derive(Debug, Clone)]
pub struct Notified {
    pub replaces: u32,
    pub summary: String,
    pub body: String,
    /// The labels of its buttons.
    pub actions: Vec<String>,
    /// Whether a click on the notification itself does something.
    pub clickable: bool,
    pub critical: bool,
    /// The file with its picture.
    pub picture: PathBuf,
    /// The id from the server.
    pub id: u32,
}

impl Watch {
    pub fn on(bus: Connection, speaker: Connection) -> Watch {
        let messages = MessageIterator::from(&bus);
        MonitoringProxy::new(&bus).unwrap().become_monitor(&[], 0).unwrap();
        let seen = Arc::<Mutex<Vec<Message>>>::default();
        let to = seen.clone();
        std::thread::spawn(move || {
            for message in messages.map_while(Result::ok) {
                to.lock().unwrap_or_else(PoisonError::into_inner).push(message);
            }
        });
        Watch { seen, bus, speaker }
    }

    /// All messages up to now. A monitor receives messages later than their recipients, so this waits: what is missing
    /// was not sent.
    pub fn messages(&self) -> MutexGuard<'_, Vec<Message>> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        // A bus that has ended sends no more signals.
        if self.speaker.emit_signal(None::<&str>, "/", HERE, "Now", &number).is_ok() {
            let of = self.speaker.unique_name().map(ToString::to_string);
            let is = |message: &Message| {
                let header = message.header();
                header.interface().is_some_and(|interface| interface.as_str() == HERE)
                    && header.sender().map(ToString::to_string) == of
                    && message.body().deserialize::<u32>().is_ok_and(|told| told == number)
            };
            until("what went over the bus", || self.seen().iter().rev().any(is).then_some(()));
        }
        self.seen()
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Message>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of calls or signals with this name.
    pub fn count(&self, kind: Type, interface: &str, member: &str) -> usize {
        self.matching(kind, interface, member).len()
    }

    /// The calls or signals with this name.
    pub fn matching(&self, kind: Type, interface: &str, member: &str) -> Vec<Message> {
        let is = |message: &&Message| {
            let header = message.header();
            header.message_type() == kind
                && header.interface().is_some_and(|i| i.as_str() == interface)
                && header.member().is_some_and(|m| m.as_str() == member)
        };
        self.messages().iter().filter(is).cloned().collect()
    }

    /// Without the copy that GNOME's server forwards to the shell with the same call.
    fn notify_calls(&self) -> Vec<Message> {
        const SERVER: &str = "org.freedesktop.Notifications";
        let mut calls = self.matching(Type::MethodCall, SERVER, "Notify");
        calls.retain(|call| call.header().destination().is_some_and(|name| name.as_str() == SERVER));
        calls
    }

    /// The notifications that the server accepted from the program with its data in `folder`.
    pub fn notified(&self, folder: &std::path::Path) -> Vec<Notified> {
        let calls = self.notify_calls();
        let all = calls.iter().filter_map(|call| notified(call, self.answer_to(call)?));
        all.filter(|notified| notified.picture.starts_with(folder)).collect()
    }

    /// The number of notifications that the program has sent, accepted or not.
    pub fn sent(&self, folder: &std::path::Path) -> usize {
        let calls = self.notify_calls();
        let all = calls.iter().filter_map(|call| notified(call, 0));
        all.filter(|notified| notified.picture.starts_with(folder)).count()
    }

    /// Waits for `count` notifications and returns them.
    pub fn wait_for(&self, folder: &std::path::Path, count: usize) -> Vec<Notified> {
        let enough = || Some(self.notified(folder)).filter(|all| all.len() >= count);
        let all = until(&format!("{count} notifications"), enough);
        assert_eq!(all.len(), count, "{all:#?}");
        all
    }

    /// The number of calls with this name that failed, in the server or because there is none.
    pub fn failed(&self, interface: &str, member: &str) -> usize {
        let calls = self.matching(Type::MethodCall, interface, member);
        calls.iter().filter(|call| self.answered(call, Type::Error).is_some()).count()
    }

    /// The number of finished checks whether a panel shows the icon. Each check has its own connection.
    pub fn looks_for_a_panel(&self) -> usize {
        let asked = self.matching(Type::MethodCall, "org.freedesktop.DBus", "NameHasOwner");
        let watcher = |call: &&Message| {
            call.body().deserialize::<String>().is_ok_and(|name| name == "org.kde.StatusNotifierWatcher")
        };
        let changed = self.matching(Type::Signal, "org.freedesktop.DBus", "NameOwnerChanged");
        let left: Vec<String> = changed
            .iter()
            .filter_map(|signal| signal.body().deserialize::<(String, String, String)>().ok())
            .filter_map(|(name, _, owner)| owner.is_empty().then_some(name))
            .collect();
        let is_over = |call: &&Message| {
            call.header().sender().is_some_and(|sender| left.iter().any(|name| name == sender.as_str()))
        };
        asked.iter().filter(watcher).filter(is_over).count()
    }

    fn answer_to(&self, call: &Message) -> Option<u32> {
        self.answered(call, Type::MethodReturn)?.body().deserialize().ok()
    }

    fn answered(&self, call: &Message, kind: Type) -> Option<Message> {
        let serial = call.primary_header().serial_num();
        let to = call.header().sender()?.to_string();
        let messages = self.seen();
        let answer = messages.iter().find(|message| {
            let header = message.header();
            header.message_type() == kind
                && header.reply_serial() == Some(serial)
                && header.destination().is_some_and(|name| name.as_str() == to)
        });
        answer.cloned()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.bus.clone().close();
    }
}

fn notified(call: &Message, id: u32) -> Option<Notified> {
    type Notify = (String, u32, String, String, String, Vec<String>, HashMap<String, OwnedValue>, i32);
    let (_, replaces, _, summary, body, actions, mut hints, _): Notify = call.body().deserialize().ok()?;
    let picture: String = hints.remove("image-path")?.try_into().ok()?;
    let urgency: u8 = hints.remove("urgency")?.try_into().ok()?;
    let clickable = actions.chunks(2).any(|pair| pair[0] == "default");
    let actions = actions.chunks(2).filter_map(|pair| pair.get(1).cloned()).collect();
    Some(Notified {
        replaces,
        summary,
        body,
        actions,
        clickable,
        critical: urgency == 2,
        picture: picture.into(),
        id,
    })
}
