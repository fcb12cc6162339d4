//! The StatusNotifierWatcher on the session bus.

use std::time::Duration;

use zbus::fdo::DBusProxy;
use zbus::message::Type;
use zbus::names::BusName;
use zbus::zvariant::OwnedValue;
use zbus::{MatchRule, MessageStream};

use super::NoHost;

const WATCHER: &str = "org.kde.StatusNotifierWatcher";
const PATH: &str = "/StatusNotifierWatcher";
/// The signals about hosts: the bus's for the watcher's name, and the watcher's own.
const TOLD: [&str; 3] =
    ["NameOwnerChanged", "StatusNotifierHostRegistered", "StatusNotifierHostUnregistered"];
/// A watcher that takes longer counts as dead.
const BUS_TIMEOUT: Duration = Duration::from_secs(5);

/// Looks for a tray host.
///
/// # Errors
/// [`NoHost`] with advice on how to get one.
pub async fn find() -> Result<(), NoHost> {
    let no_bus = |error: zbus::Error| NoHost::NoBus(error.to_string());
    let bus = zbus::Connection::session().await.map_err(no_bus)?;
    let names = DBusProxy::new(&bus).await.map_err(no_bus)?;
    let watcher = BusName::try_from(WATCHER).map_err(|error| NoHost::NoBus(error.to_string()))?;
    let no_host = || NoHost::NoHost(hint(&std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default()));
    match names.name_has_owner(watcher).await {
        Ok(true) => {}
        Ok(false) => return Err(no_host()),
        Err(error) => return Err(NoHost::NoBus(error.to_string())),
    }
    match tokio::time::timeout(BUS_TIMEOUT, shows_icons(&bus)).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(no_host()),
        Err(_) => Err(NoHost::Silent),
    }
}

/// A subscription to hosts that appear and disappear.
pub struct Changes {
    messages: MessageStream,
    _bus: zbus::Connection,
}

impl Changes {
    /// Subscribes.
    ///
    /// # Errors
    /// If there is no session bus, or it rejects the subscription.
    pub async fn watch() -> zbus::Result<Changes> {
        let bus = zbus::Connection::session().await?;
        let messages = MessageStream::from(&bus);
        let daemon = DBusProxy::new(&bus).await?;
        let [owner, came, went] = TOLD;
        for rule in [
            format!("type='signal',sender='org.freedesktop.DBus',member='{owner}',arg0='{WATCHER}'"),
            format!("type='signal',path='{PATH}',interface='{WATCHER}',member='{came}'"),
            format!("type='signal',path='{PATH}',interface='{WATCHER}',member='{went}'"),
        ] {
            daemon.add_match_rule(MatchRule::try_from(rule.as_str())?).await?;
        }
        Ok(Changes { messages, _bus: bus })
    }

    /// Returns when a host may have appeared or disappeared; `None` if the bus is gone.
    pub async fn next(&mut self) -> Option<()> {
        loop {
            let message = crate::platform::dbus::next_message(&mut self.messages).await?.ok()?;
            let header = message.header();
            // The bus also sends each connection a signal about its own name.
            let tells = header.member().is_some_and(|member| TOLD.contains(&member.as_str()));
            if message.message_type() == Type::Signal && tells {
                return Some(());
            }
        }
    }
}

/// Whether the watcher has a host. Assumes so if it does not answer the question.
async fn shows_icons(bus: &zbus::Connection) -> bool {
    let properties = Some("org.freedesktop.DBus.Properties");
    let asked = (WATCHER, "IsStatusNotifierHostRegistered");
    let Ok(answer) = bus.call_method(Some(WATCHER), PATH, properties, "Get", &asked).await else {
        return true;
    };
    let value = answer.body().deserialize::<OwnedValue>();
    value.ok().and_then(|value| bool::try_from(value).ok()).unwrap_or(true)
}

/// The tray's name for a sentence, such as `the system tray of Xfce`.
pub fn host_name() -> String {
    match desktop_name(&std::env::var("XDG_CURRENT_DESKTOP").unwrap_or_default()) {
        Some(name) => format!("the system tray of {name}"),
        None => "the system tray".to_owned(),
    }
}

/// The name of the desktop in `XDG_CURRENT_DESKTOP`.
fn desktop_name(desktop: &str) -> Option<&'static str> {
    const NAMES: [(&str, &str); 8] = [
        ("XFCE", "Xfce"),
        ("GNOME", "GNOME"),
        ("KDE", "KDE Plasma"),
        ("MATE", "MATE"),
        ("LXQt", "LXQt"),
        ("X-Cinnamon", "Cinnamon"),
        ("Budgie", "Budgie"),
        ("Unity", "Unity"),
    ];
    let is = |name: &str| desktop.split(':').any(|word| word.eq_ignore_ascii_case(name));
    NAMES.into_iter().find(|(word, _)| is(word)).map(|(_, name)| name)
}

/// How to get a host on the desktop in `XDG_CURRENT_DESKTOP`.
pub fn hint(desktop: &str) -> &'static str {
    let is = |name: &str| desktop.split(':').any(|word| word.eq_ignore_ascii_case(name));
    if is("GNOME") || is("Unity") {
        "install and enable GNOME's extension \"AppIndicator and KStatusNotifierItem Support\""
    } else if is("XFCE") {
        "add the plugin \"Status Tray\" to the panel"
    } else if is("MATE") {
        "add the \"Notification Area\" to the panel"
    } else if is("LXQt") {
        "add the plugin \"Status Notifier\" to the panel"
    } else if is("sway") || is("Hyprland") || is("wlroots") {
        "run a bar with a tray, such as waybar"
    } else {
        "add a system tray to the panel; for a tray that knows only XEmbed run snixembed"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_desktop_gets_its_own_hint() {
        assert!(hint("ubuntu:GNOME").contains("AppIndicator"));
        assert!(hint("XFCE").contains("Status Tray"));
        assert!(hint("i3").contains("snixembed"));
        assert_eq!(desktop_name("ubuntu:GNOME"), Some("GNOME"));
        assert_eq!(desktop_name("xfce"), Some("Xfce"));
        assert_eq!(desktop_name(""), None);
    }
}
