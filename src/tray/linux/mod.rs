//! StatusNotifierItem on the session bus.

mod host_kind;
mod named_icon;

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use ksni::menu::{CheckmarkItem, MenuItem, StandardItem, SubMenu};
use ksni::{Handle, OfflineReason, Status, ToolTip, TrayMethods};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use self::host_kind::HostKind;
use self::named_icon::NamedIcon;
use super::icon::{Icon, Rgba, SIZES};
use super::menu::{Action, Kind, MenuRow};
use super::{TrayEvent, TrayView};
use crate::domain::snapshot::Snapshot;
use crate::domain::text::{left_to_right, without_markup};
use crate::platform::task;
use crate::window_request::{ActivationToken, WindowRequest};

/// How long the panel may take to show something before the program continues.
const REGISTER_TIMEOUT: Duration = Duration::from_secs(2);
/// How often a panel that turned the icon away is asked again.
const RETRY_INTERVAL: Duration = Duration::from_secs(5);

/// Why there is no tray icon.
#[derive(Debug, thiserror::Error)]
#[error("no tray icon: {0}; start it inside a desktop session, which has a session bus")]
pub struct TrayError(#[from] zbus::Error);

/// Where the icon is put: the session bus, which needs nothing of the program.
#[derive(Debug, Clone)]
pub struct EventLoopHandle;

/// Does `work` on this thread. Other systems have an event loop of their own there.
///
/// # Errors
/// None on this system.
pub fn run<T>(work: impl FnOnce(EventLoopHandle) -> T) -> Result<T, TrayError> {
    Ok(work(EventLoopHandle))
}

/// The icon in the panel.
///
/// A separate task talks to the panel, so that a panel that hangs or dies delays neither polls nor notifications.
pub struct Tray {
    wanted: watch::Sender<Versioned>,
    drawn: watch::Receiver<u64>,
    drawing: JoinHandle<()>,
}

/// What the tray shows, and how often that has changed.
#[derive(Clone)]
struct Versioned {
    number: u64,
    looks: TrayView,
}

impl Tray {
    /// Puts the icon into the panel, or waits for a panel that can show it. `happened` is called on the runtime and
    /// must return at once.
    ///
    /// # Errors
    /// [`TrayError`] when there is no session bus.
    pub async fn start(
        _place: EventLoopHandle,
        snapshot: &Snapshot,
        zone: &TimeZone,
        happened: impl Fn(TrayEvent) + Send + Sync + 'static,
    ) -> Result<Tray, TrayError> {
        let bus = zbus::Connection::session().await?;
        let happened = Arc::new(happened);
        let (watching, kind) = host_kind::watch(&bus).await?;
        watch_session_end(watching, happened.clone());
        let (wanted, to_draw) = watch::channel(Versioned { number: 1, looks: TrayView::new(snapshot, zone) });
        let (done, drawn) = watch::channel(0);
        let drawing = task::spawn(draw(to_draw, kind, done, happened));
        let tray = Tray { wanted, drawn, drawing };
        tray.wait_until_drawn(1).await;
        Ok(tray)
    }

    /// Shows `snapshot`, with times by the clock of `zone`: sends what changed, and draws only when the pixels did.
    pub async fn show(&mut self, snapshot: &Snapshot, zone: &TimeZone) {
        let looks = TrayView::new(snapshot, zone);
        if looks == self.wanted.borrow().looks {
            return;
        }
        let number = self.wanted.borrow().number + 1;
        let waited_for = *self.drawn.borrow() + 1 >= number;
        let _ = self.wanted.send(Versioned { number, looks });
        // Not again for one that let us wait already.
        if waited_for {
            self.wait_until_drawn(number).await;
        }
    }

    /// Returns when that is shown, or when it is not worth waiting any longer.
    async fn wait_until_drawn(&self, number: u64) {
        let mut drawn = self.drawn.clone();
        if tokio::time::timeout(REGISTER_TIMEOUT, drawn.wait_for(|done| *done >= number)).await.is_err() {
            tracing::warn!("the tray host does not answer: the icon is shown when it does");
        }
    }

    /// Takes the icon out of the panel.
    pub async fn end(self) {
        drop(self.wanted);
        let _ = tokio::time::timeout(REGISTER_TIMEOUT, self.drawing).await;
    }
}

/// Puts the icon up and keeps it as it is wanted and as the host reads it, until nobody wants it any more.
async fn draw(
    mut wanted: watch::Receiver<Versioned>,
    mut kind: watch::Receiver<HostKind>,
    done: watch::Sender<u64>,
    happened: Arc<dyn Fn(TrayEvent) + Send + Sync>,
) {
    let Some((handle, mut pictures, mut shown)) = register(&mut wanted, &mut kind, &done, happened).await
    else {
        return;
    };
    let _ = done.send(shown.number);
    loop {
        tokio::select! {
            changed = wanted.changed() => if changed.is_err() { break },
            Ok(()) = kind.changed() => {}
        }
        let next = wanted.borrow_and_update().clone();
        let reads = *kind.borrow_and_update();
        let drawn = pictures.update_picture(&next.looks.icon, reads);
        shown = next;
        let looks = shown.looks.clone();
        let change = |item: &mut Item| {
            item.looks = looks;
            item.reads = reads;
            if let Some(picture) = drawn {
                item.picture = picture;
            }
        };
        if handle.update(change).await.is_none() {
            tracing::error!("the tray icon is gone: the session bus has closed its connection");
        }
        pictures.forget_old();
        let _ = done.send(shown.number);
    }
    handle.shutdown().await;
}

/// The icon, once a host has taken it or said that it comes later. A host that fails over it is asked again.
async fn register(
    wanted: &mut watch::Receiver<Versioned>,
    kind: &mut watch::Receiver<HostKind>,
    done: &watch::Sender<u64>,
    happened: Arc<dyn Fn(TrayEvent) + Send + Sync>,
) -> Option<(Handle<Item>, Pictures, Versioned)> {
    loop {
        let first = wanted.borrow_and_update().clone();
        let reads = *kind.borrow_and_update();
        let mut pictures = Pictures::default();
        let picture = pictures.update_picture(&first.looks.icon, reads).unwrap_or_default();
        let item = Item { picture, reads, looks: first.looks.clone(), happened: happened.clone() };
        match item.assume_sni_available(true).spawn().await {
            Ok(handle) => return Some((handle, pictures, first)),
            Err(error) => tracing::warn!("the tray host turned the icon away, it is asked again: {error}"),
        }
        // Until then nothing can be drawn, so nothing waits for it.
        let end = tokio::time::Instant::now() + RETRY_INTERVAL;
        while let Ok(changed) = tokio::time::timeout_at(end, wanted.changed()).await {
            changed.ok()?;
            let _ = done.send(wanted.borrow_and_update().number);
        }
    }
}

/// Quits when the session's bus closes: without a bus nobody can see the icon. The item's own connection does not report
/// that.
fn watch_session_end(watching: host_kind::Watching, happened: Arc<dyn Fn(TrayEvent) + Send + Sync>) {
    task::spawn(async move {
        watching.bus_closed().await;
        happened(TrayEvent::SessionEnded);
    });
}

/// The icon's pixels as the host reads them.
#[derive(Default)]
struct Picture {
    pixmaps: Vec<ksni::Icon>,
    /// Folder and name, where it is known by name.
    named: Option<(String, String)>,
}

/// What the host was given last.
#[derive(Default)]
struct Pictures {
    given: Option<(Icon, HostKind)>,
    files: Option<NamedIcon>,
}

impl Pictures {
    /// `icon` for a host that reads it like this; `None` where it has that.
    fn update_picture(&mut self, icon: &Icon, reads: HostKind) -> Option<Picture> {
        if self.given == Some((*icon, reads)) {
            return None;
        }
        self.given = Some((*icon, reads));
        let drawn = SIZES.map(|size| icon.draw(size));
        // Nobody else is given a name: some prefer it to pixmaps, and scale what they find.
        let named = (reads == HostKind::IndicatorService).then(|| self.write(&drawn)).flatten();
        let pixmap = |drawn: Rgba| {
            let side = i32::try_from(drawn.width).unwrap_or_default();
            ksni::Icon { width: side, height: side, data: drawn.into_argb32_be() }
        };
        Some(Picture { pixmaps: drawn.map(pixmap).into(), named })
    }

    /// Folder and name of files with these pixels.
    fn write(&mut self, drawn: &[Rgba]) -> Option<(String, String)> {
        let written = match &mut self.files {
            Some(files) => files.write(drawn),
            empty => NamedIcon::new().and_then(|new| empty.insert(new).write(drawn)),
        };
        if let Err(error) = written {
            tracing::warn!("this tray host shows no icon, because its file can't be written: {error}");
            return None;
        }
        let files = self.files.as_ref()?;
        Some((files.folder().to_str()?.to_owned(), files.name().to_owned()))
    }

    /// Removes the files that the host needs no longer.
    fn forget_old(&mut self) {
        match self.given {
            Some((_, HostKind::IndicatorService)) => self.files.iter().for_each(NamedIcon::remove_others),
            _ => self.files = None,
        }
    }
}

struct Item {
    looks: TrayView,
    picture: Picture,
    reads: HostKind,
    happened: Arc<dyn Fn(TrayEvent) + Send + Sync>,
}

impl ksni::Tray for Item {
    fn id(&self) -> String {
        "linode-bandwidth".to_owned()
    }

    fn title(&self) -> String {
        left_to_right(&self.looks.title).into_owned()
    }

    fn status(&self) -> Status {
        if self.looks.attention { Status::NeedsAttention } else { Status::Active }
    }

    fn icon_theme_path(&self) -> String {
        self.picture.named.as_ref().map(|(folder, _)| folder.clone()).unwrap_or_default()
    }

    fn icon_name(&self) -> String {
        self.picture.named.as_ref().map(|(_, name)| name.clone()).unwrap_or_default()
    }

    fn attention_icon_name(&self) -> String {
        self.icon_name()
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.picture.pixmaps.clone()
    }

    // Hosts show this one instead while the status is NeedsAttention.
    fn attention_icon_pixmap(&self) -> Vec<ksni::Icon> {
        self.picture.pixmaps.clone()
    }

    fn tool_tip(&self) -> ToolTip {
        let mut lines = self.looks.lines().into_iter();
        let title = lines.next().unwrap_or_default();
        // Hosts disagree on which of the two is markup.
        ToolTip {
            title: without_markup(&left_to_right(title)),
            description: without_markup(&left_to_right(&lines.collect::<Vec<_>>().join("\n"))),
            ..ToolTip::default()
        }
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        self.looks.rows.iter().map(|row| item(row, self.reads)).collect()
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        (self.happened)(TrayEvent::OpenWindow(WindowRequest {
            activation: activation_token(),
            ..WindowRequest::default()
        }));
    }

    fn watcher_online(&self) {
        tracing::debug!("a tray host is there");
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        // A panel is restarted now and then; the look for one says what is missing.
        tracing::debug!(?reason, "no tray host shows the icon");
        true
    }
}

/// The activation token that came with the click.
fn activation_token() -> Option<ActivationToken> {
    ksni::current_xdg_activation_token().and_then(|given| ActivationToken::new(&given))
}

fn item(row: &MenuRow, reads: HostKind) -> MenuItem<Item> {
    let label = reads.menu_label(&left_to_right(&row.label));
    // All rows are enabled: screen readers skip greyed text.
    let MenuRow { visible, action, .. } = row.clone();
    let act = move |item: &mut Item| match action.clone() {
        Some(Action::Open(view)) => (item.happened)(TrayEvent::OpenWindow(WindowRequest {
            activation: activation_token(),
            ..view.into()
        })),
        Some(action) => (item.happened)(TrayEvent::MenuItemSelected(action)),
        None => {}
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
            let submenu = rows.iter().map(|row| item(row, reads)).collect();
            SubMenu { label, visible, submenu, ..SubMenu::default() }.into()
        }
    }
}
