//! StatusNotifierItem on the session bus.

use std::sync::Arc;

use jiff::tz::TimeZone;
use ksni::menu::{CheckmarkItem, MenuItem, StandardItem, SubMenu};
use ksni::{Handle, OfflineReason, Status, ToolTip, TrayMethods};

use super::icon::{Icon, SIZES};
use super::menu::{Kind, Row};
use super::{Looks, TrayEvent};
use crate::domain::snapshot::Snapshot;
use crate::domain::text::escaped;

/// Why there is no tray icon.
#[derive(Debug, thiserror::Error)]
#[error("no tray icon: {0}; start it inside a desktop session, which has a session bus")]
pub struct TrayError(#[from] ksni::Error);

/// Where the icon is put: the session bus, which needs nothing of the program.
pub struct Place;

/// Does `work` on this thread. Other systems have an event loop of their own there.
///
/// # Errors
/// None on this system.
pub fn run<T>(work: impl FnOnce(Place) -> T) -> Result<T, TrayError> {
    Ok(work(Place))
}

/// The icon in the panel.
pub struct Tray {
    handle: Handle<Item>,
    shown: Looks,
    zone: TimeZone,
}

impl Tray {
    /// Puts the icon into the panel, or waits for a panel that can show it. `happened` is called on the runtime and
    /// must return at once.
    ///
    /// # Errors
    /// [`TrayError`] when there is no session bus.
    pub async fn start(
        _place: Place,
        snapshot: &Snapshot,
        zone: TimeZone,
        happened: impl Fn(TrayEvent) + Send + Sync + 'static,
    ) -> Result<Tray, TrayError> {
        let shown = Looks::of(snapshot, &zone);
        let happened = Arc::new(happened);
        tell_when_the_session_ends(happened.clone());
        let item = Item { pixmaps: pixmaps(&shown.icon), looks: shown.clone(), happened };
        let handle = item.assume_sni_available(true).spawn().await?;
        Ok(Tray { handle, shown, zone })
    }

    /// Shows `snapshot`: sends what changed, and draws only when the pixels did.
    pub async fn show(&mut self, snapshot: &Snapshot) {
        let looks = Looks::of(snapshot, &self.zone);
        if looks == self.shown {
            return;
        }
        let drawn = (looks.icon != self.shown.icon).then(|| pixmaps(&looks.icon));
        self.shown = looks.clone();
        let change = |item: &mut Item| {
            item.looks = looks;
            if let Some(pixmaps) = drawn {
                item.pixmaps = pixmaps;
            }
        };
        if self.handle.update(change).await.is_none() {
            tracing::error!("the tray icon is gone: the session bus has closed its connection");
        }
    }

    /// Takes the icon out of the panel.
    pub async fn end(self) {
        self.handle.shutdown().await;
    }
}

/// A session's end closes its bus, and whoever is left without one is seen by nobody. The item's own connection does
/// not tell of that.
fn tell_when_the_session_ends(happened: Arc<dyn Fn(TrayEvent) + Send + Sync>) {
    tokio::spawn(async move {
        let Ok(bus) = zbus::Connection::session().await else { return };
        let mut messages = zbus::MessageStream::from(&bus);
        while let Some(Ok(_)) = crate::watch::bus::next(&mut messages).await {}
        happened(TrayEvent::SessionEnded);
    });
}

fn pixmaps(icon: &Icon) -> Vec<ksni::Icon> {
    let pixmap = |size| {
        let drawn = icon.draw(size);
        let side = i32::try_from(size).unwrap_or_default();
        ksni::Icon { width: side, height: side, data: drawn.argb32_be() }
    };
    SIZES.map(pixmap).into()
}

struct Item {
    looks: Looks,
    pixmaps: Vec<ksni::Icon>,
    happened: Arc<dyn Fn(TrayEvent) + Send + Sync>,
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "linode-bandwidth".to_owned()
    }

    fn title(&self) -> String {
        self.looks.title.clone()
    }

    fn status(&self) -> Status {
        if self.looks.attention { Status::NeedsAttention } else { Status::Active }
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.pixmaps.clone()
    }

    // Hosts show this one instead while the status is NeedsAttention.
    fn attention_icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.pixmaps.clone()
    }

    fn tool_tip(&self) -> ToolTip {
        // Both are markup.
        ToolTip {
            title: escaped(&self.looks.title),
            description: escaped(&self.looks.details.join("\n")),
            ..ToolTip::default()
        }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        self.looks.rows.iter().map(item).collect()
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        (self.happened)(TrayEvent::Clicked);
    }

    fn watcher_online(&self) {
        tracing::info!("a tray host is there");
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        tracing::warn!(
            ?reason,
            "no tray host shows the icon. On GNOME the AppIndicator extension brings one, for a tray that knows only \
             XEmbed snixembed does; the icon comes with it, and notifications come without"
        );
        true
    }
}

fn item(row: &Row) -> MenuItem<Item> {
    // An underscore would mark the next letter as the row's key.
    let label = row.label.replace('_', "__");
    // Also what only tells is enabled: it is to be read, by a screen reader too, and greyed text is neither.
    let Row { visible, action, .. } = row.clone();
    let act = move |item: &mut Item| {
        if let Some(action) = &action {
            (item.happened)(TrayEvent::Chose(action.clone()));
        }
    };
    match &row.kind {
        Kind::Separator => MenuItem::Separator,
        Kind::Line => {
            StandardItem { label, visible, activate: Box::new(act), ..StandardItem::default() }.into()
        }
        Kind::Check(checked) => {
            let (checked, activate) = (*checked, Box::new(act));
            CheckmarkItem { label, visible, checked, activate, ..CheckmarkItem::default() }.into()
        }
        Kind::Submenu(rows) => {
            SubMenu { label, visible, submenu: rows.iter().map(item).collect(), ..SubMenu::default() }.into()
        }
    }
}
