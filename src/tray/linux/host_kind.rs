//! What kind of host shows the icon. Some read an item otherwise than the specifications say.

use tokio::sync::watch;
use zbus::fdo::DBusProxy;
use zbus::message::Type;
use zbus::names::BusName;
use zbus::{Connection, MatchRule, Message, MessageStream};

const WATCHER: &str = "org.kde.StatusNotifierWatcher";

/// What else the process of a host that reads otherwise is called on the bus.
const NAMES: [(&str, HostKind); 3] = [
    ("org.ayatana.indicator.application", HostKind::IndicatorService),
    ("com.canonical.indicator.application", HostKind::IndicatorService),
    ("org.gnome.Shell", HostKind::GnomeShell),
];

/// How a host reads the icon and the menu.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HostKind {
    /// As the specifications say: pixmaps, and `__` for an underscore in a row.
    #[default]
    Standard,
    /// GNOME's AppIndicator extension. Of a row's underscores it takes out the first one that stands before another
    /// letter, and no other (`dbusMenu.js`, `/_([^_])/`).
    GnomeShell,
    /// Ayatana's indicator service (Ubuntu MATE, Xubuntu, Budgie), and Unity's. It knows icons by name only
    /// (`application-service-appstore.c`).
    IndicatorService,
}

impl HostKind {
    /// A row's text in the form that this host shows as `label`.
    pub fn menu_label(self, label: &str) -> String {
        match self {
            HostKind::GnomeShell if label.contains('_') => format!("_{label}"),
            HostKind::GnomeShell => label.to_owned(),
            HostKind::Standard | HostKind::IndicatorService => label.replace('_', "__"),
        }
    }
}

/// Keeps `kind` true until the bus ends.
///
/// # Errors
/// When the bus does not take the request.
pub async fn watch(bus: &Connection) -> zbus::Result<(Watching, watch::Receiver<HostKind>)> {
    let messages = MessageStream::from(bus);
    let daemon = DBusProxy::new(bus).await?;
    for name in std::iter::once(WATCHER).chain(NAMES.map(|(name, _)| name)) {
        let rule =
            format!("type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',arg0='{name}'");
        daemon.add_match_rule(MatchRule::try_from(rule.as_str())?).await?;
    }
    let (kind, known) = watch::channel(find(&daemon).await);
    Ok((Watching { messages, daemon, kind }, known))
}

/// The look-out for another host.
pub struct Watching {
    messages: MessageStream,
    daemon: DBusProxy<'static>,
    kind: watch::Sender<HostKind>,
}

impl Watching {
    /// Looks out until the bus has closed the connection.
    pub async fn bus_closed(mut self) {
        while let Some(Ok(message)) = crate::platform::dbus::next_message(&mut self.messages).await {
            if has_owner(&message) {
                let kind = find(&self.daemon).await;
                self.kind.send_if_modified(|known| std::mem::replace(known, kind) != kind);
            }
        }
    }
}

fn has_owner(message: &Message) -> bool {
    let header = message.header();
    message.message_type() == Type::Signal
        && header.member().is_some_and(|member| member.as_str() == "NameOwnerChanged")
}

/// The kind of the host that has the watcher's name. By processes: one program may have a connection for each name.
async fn find(daemon: &DBusProxy<'_>) -> HostKind {
    let Some(host) = process(daemon, WATCHER).await else { return HostKind::Standard };
    for (name, kind) in NAMES {
        if process(daemon, name).await == Some(host) {
            return kind;
        }
    }
    HostKind::Standard
}

async fn process(daemon: &DBusProxy<'_>, name: &'static str) -> Option<u32> {
    daemon.get_connection_unix_process_id(BusName::try_from(name).ok()?).await.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What GNOME's extension makes of a label: `label.replace(/_([^_])/, '$1')`.
    fn gnome_shows(label: &str) -> String {
        let letters: Vec<char> = label.chars().collect();
        let key = letters.windows(2).position(|pair| pair[0] == '_' && pair[1] != '_');
        letters.iter().enumerate().filter(|(at, _)| Some(*at) != key).map(|(_, letter)| letter).collect()
    }

    /// What GTK and Qt make of it: one underscore of two stays, one of one marks a key.
    fn toolkit_shows(label: &str) -> String {
        let mut shown = String::new();
        let mut letters = label.chars();
        while let Some(letter) = letters.next() {
            shown.extend(if letter == '_' { letters.next() } else { Some(letter) });
        }
        shown
    }

    #[test]
    fn underscores_are_shown_as_they_were_typed_in_every_host() {
        for label in ["Acme: 83%", "web_1: 83%", "_a_b__c_d_: 83%", "a_b_c: 83%", "__x: 1%", "x_"] {
            assert_eq!(gnome_shows(&HostKind::GnomeShell.menu_label(label)), label);
            assert_eq!(toolkit_shows(&HostKind::Standard.menu_label(label)), label);
            assert_eq!(toolkit_shows(&HostKind::IndicatorService.menu_label(label)), label);
        }
    }
}
