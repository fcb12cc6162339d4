//! Windows and macOS: an icon and a menu that belong to the main thread, where the system's event loop runs.

#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

#[cfg(target_os = "macos")]
use macos::{self as system, PressAction};
#[cfg(windows)]
use windows as system;

mod rows;

use std::io;
use std::thread;

use jiff::tz::TimeZone;
use muda::{MenuEvent, MenuId};
use tao::event::Event;
use tao::event_loop::{ControlFlow, EventLoopBuilder, EventLoopProxy};
use tao::platform::run_return::EventLoopExtRunReturn;
use tokio::sync::{mpsc, oneshot};
use tray_icon::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};

use super::icon::Icon;
use super::{TrayEvent, TrayView};
use crate::domain::snapshot::Snapshot;
use crate::platform::task;
use crate::window_request::WindowRequest;
use rows::Rows;

/// Why there is no tray icon.
#[derive(Debug, thiserror::Error)]
pub enum TrayError {
    /// The system did not take the icon.
    #[error("no tray icon: {0}")]
    Icon(#[from] tray_icon::Error),
    /// It did not take the pixels.
    #[error("no tray icon: {0}")]
    Pixels(#[from] tray_icon::BadIcon),
    /// It did not take the menu.
    #[error("no tray menu: {0}")]
    Menu(#[from] muda::Error),
    /// The system has no thread to give.
    #[error("no tray icon: {0}; end other programs and start it again")]
    Thread(#[from] io::Error),
    /// The event loop ended before the program did.
    #[error("no tray icon: the desktop session has ended")]
    Ended,
    /// A fault of this program.
    #[error("it failed unexpectedly; start it again with RUST_LOG=debug and report the log")]
    Failed,
}

/// A command to the main thread.
enum TrayCommand {
    Start(Box<TrayView>, mpsc::UnboundedSender<TrayEvent>, oneshot::Sender<Result<(), TrayError>>),
    Show(Box<TrayView>),
    /// The screen may have another scale.
    #[cfg(windows)]
    Redraw,
    Clicked,
    PointerEntered,
    MenuItemSelected(MenuId),
    Remove,
    End,
}

/// The event loop on the main thread, for [`Tray::start`].
#[derive(Clone)]
pub struct EventLoopHandle {
    orders: EventLoopProxy<TrayCommand>,
}

/// Does `work` beside the event loop that the tray needs: on a thread of its own, because the loop has to have the
/// main thread.
///
/// # Errors
/// [`TrayError`] when there is no thread for it, or it panicked.
pub fn run<T: Send + 'static>(
    work: impl FnOnce(EventLoopHandle) -> T + Send + 'static,
) -> Result<T, TrayError> {
    let mut events = EventLoopBuilder::with_user_event().build();
    system::prepare(&mut events);
    let orders = events.create_proxy();
    listen(&orders);
    let event_loop = EventLoopHandle { orders: orders.clone() };
    let ends = Ends(orders);
    let worker = thread::Builder::new().name("poller".into()).spawn(move || {
        let _ends = ends;
        work(event_loop)
    })?;
    let mut shown = None;
    events.run_return(move |event, target, flow| {
        // Everything comes as an event: there is nothing to wake up for.
        *flow = ControlFlow::Wait;
        let Some(order) = command_from_event(event) else { return };
        match order {
            TrayCommand::Start(looks, happened, started) => {
                let made = Shown::new(&looks, system::icon_size(target), happened);
                let _ = started.send(made.map(|made| shown = Some(made)));
            }
            TrayCommand::Show(looks) => {
                if let Some(shown) = &mut shown {
                    shown.show(&looks, system::icon_size(target));
                }
            }
            #[cfg(windows)]
            TrayCommand::Redraw => {
                if let Some(shown) = &mut shown {
                    shown.redraw(system::icon_size(target));
                }
            }
            TrayCommand::Clicked => shown
                .iter()
                .for_each(|shown: &Shown| shown.emit(TrayEvent::OpenWindow(WindowRequest::default()))),
            TrayCommand::PointerEntered => {
                shown.iter().for_each(|shown: &Shown| shown.emit(TrayEvent::PointerEntered))
            }
            TrayCommand::MenuItemSelected(id) => {
                if let Some(shown) = &shown
                    && let Some(action) = shown.rows.chosen(&id)
                {
                    shown.emit(TrayEvent::MenuItemSelected(action));
                }
            }
            TrayCommand::Remove => shown = None,
            TrayCommand::End => {
                shown = None;
                *flow = ControlFlow::Exit;
            }
        }
    });
    worker.join().map_err(|_| TrayError::Failed)
}

/// What the event loop's own events ask for. A second start by Finder, Spotlight or the Dock is no second process on
/// macOS but a *reopen* of the first: what a user does who finds no icon.
fn command_from_event(event: Event<'_, TrayCommand>) -> Option<TrayCommand> {
    match event {
        Event::UserEvent(order) => Some(order),
        Event::Reopen { .. } => Some(TrayCommand::Clicked),
        _ => None,
    }
}

/// Ends the event loop when the work has ended, be it by a panic.
struct Ends(EventLoopProxy<TrayCommand>);

impl Drop for Ends {
    fn drop(&mut self) {
        send(&self.0, TrayCommand::End);
    }
}

fn send(orders: &EventLoopProxy<TrayCommand>, order: TrayCommand) {
    if orders.send_event(order).is_err() {
        tracing::error!("the tray icon is gone: its event loop has ended");
    }
}

/// Has the icon's and the menu's own events come as orders: they are handled when nothing else is.
fn listen(orders: &EventLoopProxy<TrayCommand>) {
    let chose = orders.clone();
    MenuEvent::set_event_handler(Some(move |event: MenuEvent| {
        send(&chose, TrayCommand::MenuItemSelected(event.id))
    }));
    let happened = orders.clone();
    TrayIconEvent::set_event_handler(Some(move |event| match event {
        TrayIconEvent::Enter { .. } => send(&happened, TrayCommand::PointerEntered),
        TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. }
            if !system::MENU_ON_LEFT_CLICK =>
        {
            send(&happened, TrayCommand::Clicked);
        }
        _ => {}
    }));
}

/// The icon in the tray, from the program's side.
pub struct Tray {
    orders: EventLoopProxy<TrayCommand>,
    shown: TrayView,
}

impl Tray {
    /// Puts the icon into the tray. `happened` is called on the runtime and must return at once.
    ///
    /// # Errors
    /// [`TrayError`] when the system does not take it.
    pub async fn start(
        event_loop: EventLoopHandle,
        snapshot: &Snapshot,
        zone: &TimeZone,
        happened: impl Fn(TrayEvent) + Send + 'static,
    ) -> Result<Tray, TrayError> {
        let shown = TrayView::new(snapshot, zone);
        let (tell, mut told) = mpsc::unbounded_channel();
        let (started, start) = oneshot::channel();
        send(&event_loop.orders, TrayCommand::Start(Box::new(shown.clone()), tell, started));
        start.await.map_err(|_| TrayError::Ended)??;
        #[cfg(windows)]
        {
            let orders = event_loop.orders.clone();
            task::spawn(crate::platform::system_events::watch_screen(move || {
                send(&orders, TrayCommand::Redraw)
            }));
        }
        task::spawn(async move {
            while let Some(event) = told.recv().await {
                happened(event);
            }
        });
        Ok(Tray { orders: event_loop.orders, shown })
    }

    /// Shows `snapshot`, with times by the clock of `zone`: sends it when it looks different.
    pub async fn show(&mut self, snapshot: &Snapshot, zone: &TimeZone) {
        let looks = TrayView::new(snapshot, zone);
        if looks != self.shown {
            self.shown = looks.clone();
            send(&self.orders, TrayCommand::Show(Box::new(looks)));
        }
    }

    /// Takes the icon out of the tray.
    pub async fn end(self) {
        send(&self.orders, TrayCommand::Remove);
    }
}

/// The icon in the tray, from the system's side. It stays on the main thread.
struct Shown {
    tray: TrayIcon,
    #[cfg(target_os = "macos")]
    _press: PressAction,
    rows: Rows,
    /// What was drawn last and taken, and how large.
    drawn: Option<(Icon, u32)>,
    title: String,
    tooltip: String,
    happened: mpsc::UnboundedSender<TrayEvent>,
}

impl Shown {
    fn new(
        looks: &TrayView,
        size: u32,
        happened: mpsc::UnboundedSender<TrayEvent>,
    ) -> Result<Shown, TrayError> {
        let rows = Rows::new(&looks.rows)?;
        // On macOS: a long one has no room beside a notch, and hides the icon with it. Windows shows none.
        let (title, tooltip) = (looks.short_title.clone(), system::tooltip(looks));
        let menu = rows.menu();
        let builder = TrayIconBuilder::new()
            .with_menu(Box::new(menu.clone()))
            .with_menu_on_left_click(system::MENU_ON_LEFT_CLICK)
            .with_title(&title)
            .with_tooltip(&tooltip);
        let tray = system::with_icon(builder, pixels(looks.icon, size)?).build()?;
        Ok(Shown {
            #[cfg(target_os = "macos")]
            _press: PressAction::new(&tray, &menu),
            tray,
            rows,
            drawn: Some((looks.icon, size)),
            title,
            tooltip,
            happened,
        })
    }

    /// Changes what differs. What the system does not take is tried again with the next change.
    fn show(&mut self, looks: &TrayView, size: u32) {
        let failed = |error: TrayError| tracing::warn!("the tray icon could not be changed: {error}");
        self.draw(looks.icon, size);
        if self.title != looks.short_title {
            self.title.clone_from(&looks.short_title);
            self.tray.set_title(Some(&self.title));
        }
        let tooltip = system::tooltip(looks);
        if self.tooltip != tooltip
            && self.tray.set_tooltip(Some(&tooltip)).map_err(|error| failed(error.into())).is_ok()
        {
            self.tooltip = tooltip;
        }
        let _ = self.rows.show(&looks.rows).map_err(|error| failed(error.into()));
    }

    /// Draws the icon again if `size` is another one.
    #[cfg(windows)]
    fn redraw(&mut self, size: u32) {
        if let Some((icon, _)) = self.drawn {
            self.draw(icon, size);
        }
    }

    fn draw(&mut self, icon: Icon, size: u32) {
        if self.drawn == Some((icon, size)) {
            return;
        }
        let set = pixels(icon, size).and_then(|pixels| Ok(system::set_icon(&self.tray, pixels)?));
        let failed = |error: &TrayError| tracing::warn!("the tray icon could not be changed: {error}");
        self.drawn = set.inspect_err(failed).ok().map(|()| (icon, size));
    }

    fn emit(&self, event: TrayEvent) {
        let _ = self.happened.send(event);
    }
}

fn pixels(icon: Icon, size: u32) -> Result<tray_icon::Icon, TrayError> {
    let drawn = system::draw(icon, size);
    Ok(tray_icon::Icon::from_rgba(drawn.data, drawn.width, drawn.height)?)
}
