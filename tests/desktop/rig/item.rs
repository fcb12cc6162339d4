//! The icon and its menu as a panel reads them.

use std::collections::HashMap;

use zbus::blocking::Connection;
use zbus::zvariant::{OwnedValue, Value};

use super::bus::{self, Place};
use super::until;

const WATCHER: Place<'static> =
    ("org.kde.StatusNotifierWatcher", "/StatusNotifierWatcher", "org.kde.StatusNotifierWatcher");

/// A process's icon.
pub struct Item {
    bus: Connection,
    name: String,
}

/// A pixmap: its width and its bytes.
pub type Pixmap = (i32, Vec<u8>);

/// A row of the menu, with its submenu.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub id: i32,
    pub label: String,
    pub visible: bool,
    pub enabled: bool,
    pub checked: bool,
    pub separator: bool,
    pub rows: Vec<Row>,
}

/// The icons of process `pid` on the panel's list.
pub fn of_process(bus: &Connection, pid: u32) -> Vec<Item> {
    let listed: Vec<String> =
        bus::try_property(bus, WATCHER, "RegisteredStatusNotifierItems").unwrap_or_default();
    let names = listed.iter().filter_map(|entry| Some(name_in(entry)?.to_owned()));
    names
        .filter(|name| process_of(bus, name) == Some(pid))
        .map(|name| Item { bus: bus.clone(), name })
        .collect()
}

/// The processes with an icon on the panel.
pub fn processes(bus: &Connection) -> Vec<u32> {
    let listed: Vec<String> =
        bus::try_property(bus, WATCHER, "RegisteredStatusNotifierItems").unwrap_or_default();
    listed.iter().filter_map(|entry| process_of(bus, name_in(entry)?)).collect()
}

/// Whether the panel lists a program that has ended. GNOME's extension does for half a second or longer, and moves all
/// icons when it removes that one.
pub fn is_one_dead(bus: &Connection) -> bool {
    let listed: Vec<String> =
        bus::try_property(bus, WATCHER, "RegisteredStatusNotifierItems").unwrap_or_default();
    listed.iter().filter_map(|entry| name_in(entry)).any(|name| process_of(bus, name).is_none())
}

/// The icon of process `pid`, once the panel has it.
pub fn wait_for(bus: &Connection, pid: u32) -> Item {
    let mut items = until("an icon in the panel", || Some(of_process(bus, pid)).filter(|i| !i.is_empty()));
    assert_eq!(items.len(), 1, "one icon");
    items.remove(0)
}

/// The bus name in an entry of the panel's list. Most panels append the path; GNOME's extension does not, or with an
/// `@`.
fn name_in(entry: &str) -> Option<&str> {
    entry.split(['/', '@']).next()
}

fn process_of(bus: &Connection, name: &str) -> Option<u32> {
    let daemon = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus");
    bus::try_call(bus, daemon, "GetConnectionUnixProcessID", &(name,)).ok()
}

impl Item {
    fn property<T: TryFrom<OwnedValue>>(&self, name: &str) -> T {
        bus::property(&self.bus, (&self.name, "/StatusNotifierItem", "org.kde.StatusNotifierItem"), name)
    }

    fn menu(&self) -> Place<'_> {
        (&self.name, "/MenuBar", "com.canonical.dbusmenu")
    }

    /// Its title.
    pub fn title(&self) -> String {
        self.property("Title")
    }

    /// The title, if the icon still exists.
    pub fn try_title(&self) -> Option<String> {
        let place = (self.name.as_str(), "/StatusNotifierItem", "org.kde.StatusNotifierItem");
        bus::try_property(&self.bus, place, "Title").ok()
    }

    /// `Active` or `NeedsAttention`.
    pub fn status(&self) -> String {
        self.property("Status")
    }

    /// The icon's name, for hosts that only support icons by name.
    pub fn icon_name(&self) -> String {
        self.property("IconName")
    }

    /// The folder with the icon of that name.
    pub fn icon_folder(&self) -> String {
        self.property("IconThemePath")
    }

    /// The icon in all its sizes.
    pub fn icon(&self) -> Vec<Pixmap> {
        self.pixmaps("IconPixmap")
    }

    /// The icon with the status `NeedsAttention`.
    pub fn attention_icon(&self) -> Vec<Pixmap> {
        self.pixmaps("AttentionIconPixmap")
    }

    fn pixmaps(&self, property: &str) -> Vec<Pixmap> {
        let all: Vec<(i32, i32, Vec<u8>)> = self.property::<Wrapped>(property).read();
        all.into_iter()
            .map(|(width, height, bytes)| {
                assert_eq!((width, bytes.len()), (height, (width * height * 4) as usize));
                (width, bytes)
            })
            .collect()
    }

    /// The tooltip's title and text.
    pub fn tooltip(&self) -> (String, String) {
        type ToolTip = (String, Vec<(i32, i32, Vec<u8>)>, String, String);
        let (_, _, title, text): ToolTip = self.property::<Wrapped>("ToolTip").read();
        (title, text)
    }

    /// A left click.
    pub fn activate(&self) {
        let place = (self.name.as_str(), "/StatusNotifierItem", "org.kde.StatusNotifierItem");
        bus::call(&self.bus, place, "Activate", &(0, 0))
    }

    /// Passes an activation token, like a panel on Wayland before a click. It is valid for 0.1 s.
    pub fn give_activation_token(&self, activation: &str) {
        let place = (self.name.as_str(), "/StatusNotifierItem", "org.kde.StatusNotifierItem");
        bus::call(&self.bus, place, "ProvideXdgActivationToken", &(activation,))
    }

    /// The menu's revision, which changes when rows are added or removed, and its rows.
    pub fn layout(&self) -> (u32, Vec<Row>) {
        type Layout = (u32, (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>));
        let names: [&str; 0] = [];
        let (revision, root): Layout = bus::call(&self.bus, self.menu(), "GetLayout", &(0, -1, &names[..]));
        (revision, row(root).rows)
    }

    /// The visible rows.
    pub fn rows(&self) -> Vec<Row> {
        shown(self.layout().1)
    }

    /// The labels of the visible rows, without submenus.
    pub fn labels(&self) -> Vec<String> {
        labels(&self.rows())
    }

    /// The row whose label starts with `label`, at any depth.
    pub fn row(&self, label: &str) -> Option<Row> {
        find(&self.rows(), label)
    }

    /// The labels in the submenu of the row that starts with `label`.
    pub fn below(&self, label: &str) -> Vec<String> {
        self.row(label).map(|row| labels(&row.rows)).unwrap_or_default()
    }

    /// The row `label` in the submenu of the row that starts with `entry`.
    pub fn row_of(&self, entry: &str, label: &str) -> Option<Row> {
        self.row(entry)?.rows.into_iter().find(|row| row.label == label)
    }

    /// Whether the mute row in the submenu of the row that starts with `entry` is checked.
    pub fn is_muted(&self, entry: &str) -> bool {
        let rows = self.row(entry).map(|row| row.rows).unwrap_or_default();
        rows.iter().any(|row| row.label.starts_with("Mute") && row.checked)
    }

    /// Clicks the row that starts with `label`.
    pub fn click(&self, label: &str) {
        until(label, || {
            let row = self.row(label).unwrap_or_else(|| panic!("no row {label:?} in {:?}", self.labels()));
            self.choose(&row)
        });
    }

    /// Clicks the row `label` in the submenu of the row that starts with `entry`.
    pub fn click_of(&self, entry: &str, label: &str) {
        until(label, || {
            let row = self.row_of(entry, label);
            self.choose(&row.unwrap_or_else(|| panic!("no row {label:?} in {:?}", self.below(entry))))
        });
    }

    /// Clicks a row. Returns `None` if its id has changed because another row was added or removed: then the menu must
    /// be read again, as a panel does.
    fn choose(&self, row: &Row) -> Option<()> {
        assert!(row.enabled, "{:?} can't be chosen", row.label);
        let event = (row.id, "clicked", Value::from(0), 0u32);
        match bus::try_call::<_, ()>(&self.bus, self.menu(), "Event", &event) {
            // A program that quits may be gone before it answers.
            Err(zbus::Error::MethodError(name, ..))
                if row.label == "Quit" && name == "org.freedesktop.DBus.Error.NoReply" => {}
            Err(zbus::Error::MethodError(name, ..)) if name == "org.freedesktop.DBus.Error.InvalidArgs" => {
                return None;
            }
            chosen => chosen.unwrap_or_else(|error| panic!("{:?}: {error}", row.label)),
        }
        Some(())
    }
}

fn labels(rows: &[Row]) -> Vec<String> {
    rows.iter().filter(|row| !row.separator).map(|row| row.label.clone()).collect()
}

fn shown(rows: Vec<Row>) -> Vec<Row> {
    let rows = rows.into_iter().filter(|row| row.visible);
    rows.map(|row| Row { rows: shown(row.rows.clone()), ..row }).collect()
}

fn find(rows: &[Row], label: &str) -> Option<Row> {
    let here = rows.iter().find(|row| !row.separator && row.label.starts_with(label)).cloned();
    here.or_else(|| rows.iter().find_map(|row| find(&row.rows, label)))
}

fn row((id, properties, children): (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>)) -> Row {
    let text = |name: &str| properties.get(name).and_then(|v| String::try_from(v.try_clone().ok()?).ok());
    let flag = |name: &str| properties.get(name).and_then(|v| bool::try_from(v.try_clone().ok()?).ok());
    let number = |name: &str| properties.get(name).and_then(|v| i32::try_from(v.try_clone().ok()?).ok());
    Row {
        id,
        label: text("label").unwrap_or_default(),
        visible: flag("visible").unwrap_or(true),
        enabled: flag("enabled").unwrap_or(true),
        checked: number("toggle-state") == Some(1),
        separator: text("type").as_deref() == Some("separator"),
        rows: children.into_iter().map(|child| row(Wrapped::from(child).read())).collect(),
    }
}

/// A value whose type only the reader knows.
struct Wrapped(OwnedValue);

impl From<OwnedValue> for Wrapped {
    fn from(value: OwnedValue) -> Wrapped {
        Wrapped(value)
    }
}

impl Wrapped {
    fn read<T>(self) -> T
    where
        T: TryFrom<OwnedValue>,
        T::Error: std::fmt::Debug,
    {
        T::try_from(self.0).unwrap()
    }
}
