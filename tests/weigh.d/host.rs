//! A minimal tray host: accepts icons, reads them like a panel, and clicks their menu items.

use std::collections::HashMap;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant};

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::message::Header;
use zbus::zvariant::{OwnedValue, Value};

struct Watcher(Sender<(Instant, String)>);

#[zbus::interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: &str, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let name = if service.starts_with('/') { sender } else { service.to_owned() };
        let _ = self.0.send((Instant::now(), name));
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        Vec::new()
    }
}

pub struct Host {
    bus: Connection,
    told: Receiver<(Instant, String)>,
}

/// An icon's registration.
pub struct Item {
    bus: Connection,
    name: String,
    /// When the icon was registered.
    pub told_at: Instant,
}

impl Host {
    pub fn start() -> Host {
        let (sender, told) = mpsc::channel();
        let bus = Builder::session()
            .unwrap()
            .serve_at("/StatusNotifierWatcher", Watcher(sender))
            .unwrap()
            .name("org.kde.StatusNotifierWatcher")
            .unwrap()
            .build()
            .unwrap();
        Host { bus, told }
    }

    /// Waits for the next icon.
    pub fn item(&self) -> Item {
        let (told_at, name) = self.told.recv_timeout(Duration::from_secs(20)).expect("an icon within 20 s");
        Item { bus: self.bus.clone(), name, told_at }
    }
}

impl Item {
    /// Reads everything that a panel reads. Returns the title.
    pub fn read(&self) -> String {
        let body = ("org.kde.StatusNotifierItem",);
        let place = "org.freedesktop.DBus.Properties";
        let reply = self
            .bus
            .call_method(Some(self.name.as_str()), "/StatusNotifierItem", Some(place), "GetAll", &body)
            .unwrap();
        let all: HashMap<String, OwnedValue> = reply.body().deserialize().unwrap();
        let title = all.get("Title").and_then(|title| title.downcast_ref::<String>().ok());
        title.unwrap_or_default()
    }

    /// Clicks the menu item `label`. Returns the time of the click.
    pub fn click(&self, label: &str) -> Instant {
        type Layout = (u32, (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>));
        let names: [&str; 0] = [];
        let call = |method: &str, body: &dyn Fn() -> zbus::Result<zbus::Message>| {
            body().unwrap_or_else(|error| panic!("{method}: {error}"))
        };
        let menu = |method: &'static str| (self.name.as_str(), "/MenuBar", "com.canonical.dbusmenu", method);
        let (name, path, interface, method) = menu("GetLayout");
        let reply = call(method, &|| {
            self.bus.call_method(Some(name), path, Some(interface), method, &(0, -1, &names[..]))
        });
        let layout: Layout = reply.body().deserialize().unwrap();
        let (_, (_, _, rows)) = layout;
        let id = rows.into_iter().find_map(|row| {
            let (id, properties, _): (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>) =
                row.try_into().ok()?;
            let text = properties.get("label")?.downcast_ref::<String>().ok()?;
            (text == label).then_some(id)
        });
        let id = id.unwrap_or_else(|| panic!("no row {label:?}"));
        let at = Instant::now();
        let event = (id, "clicked", Value::from(0), 0u32);
        self.bus.call_method(Some(name), path, Some(interface), "Event", &event).unwrap();
        at
    }
}
