//! The window: pages that each consist of a pure model and a view, in a separate process.
//!
//! It shows the tray's state and sends requests to the tray. It has no keyring, no history file and no connection to
//! the API.

mod about;
mod accounts;
mod allowed;
mod app;
mod arrow_keys;
mod clipboard;
mod desktop;
mod guide;
mod opening;
pub mod owner;
mod search;
mod second_click;
mod settings;
pub mod texts;
mod theme;
mod usage;
mod visual;
mod widgets;
mod window_size;

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use eframe::egui::{Context, ViewportBuilder, ViewportCommand};

use crate::app::sibling::Sibling;
use crate::storage::paths::Paths;
use crate::window_request::WindowRequest;
use owner::{OwnerLink, Tray, Wake};

pub use app::App;
pub use desktop::FileDialogs;

/// The application id for desktops.
const APP_ID: &str = "linode-bandwidth";
/// The window's title, also for screen readers.
const TITLE: &str = "Linode Bandwidth";
/// The title of the demo's window.
const DEMO_TITLE: &str = "Linode Bandwidth (demo)";
/// Why the window can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// There is no display.
    #[error(
        "the window can't be opened ({0}): run it inside a graphical session; the commands do the same without one, see `linode-bandwidth --help`"
    )]
    NoDisplay(String),
    /// A library that it needs for drawing is missing.
    #[error(
        "the window can't be opened ({0} is missing): install it; the commands do the same without a window, see `linode-bandwidth --help`"
    )]
    NoLibrary(String),
    /// The display can't draw the window.
    #[error(
        "the window can't be opened (OpenGL: {0}): install Mesa's libEGL and libGL, or your graphics card's; the commands do the same without a window, see `linode-bandwidth --help`"
    )]
    NoOpenGl(String),
    /// There is neither OpenGL 2 nor Direct3D 12.
    #[cfg(windows)]
    #[error(
        "the window can't be opened (OpenGL 2 is missing; Direct3D 12: {0}): update Windows and the graphics card's driver; the commands do the same without a window, see `linode-bandwidth --help`"
    )]
    NoDirect3D(String),
    /// The display is too old.
    #[error(
        "the window can't be opened: this display lacks what it needs ({0}); the commands do the same without a window, see `linode-bandwidth --help`"
    )]
    Lacking(String),
    /// The display is on another machine, which restricts untrusted programs.
    #[error(
        "the window can't be opened: this display lacks what it needs ({0}); over ssh connect with `ssh -Y`; the commands do the same without a window, see `linode-bandwidth --help`"
    )]
    LackingOverNetwork(String),
    /// The display has gone.
    #[error("the window is gone: the graphical session has ended ({0})")]
    Lost(String),
    /// The system failed to start a thread or make a socket.
    #[error("the window can't be opened: {0}")]
    System(#[from] std::io::Error),
}

/// Opens the window with `request` and returns when it is closed. If a window is already open, that one comes to the
/// front and shows it. Starts `tray` if none runs; `None` for the demo's window, whose tray is not started again.
///
/// # Errors
/// [`WindowError`] if there is no display, or the system failed to start a thread.
pub fn open(request: WindowRequest, paths: &Paths, tray: Option<Sibling>) -> Result<(), WindowError> {
    #[cfg(windows)]
    crate::platform::system_events::end_with_session();
    let style = desktop::Style::ask();
    let window: Arc<OnceLock<Window>> = Arc::default();
    let (mut link, end) = OwnerLink::pair();
    let to_wake = window.clone();
    let wake = move |wake| {
        if let Some(window) = to_wake.get() {
            window.wake(wake);
        }
    };
    let title = if tray.is_some() { TITLE } else { DEMO_TITLE };
    let tray = Tray { data_dir: paths.data_dir.clone(), program: tray };
    owner::connect(tray, request.clone(), end, Arc::new(wake))?;
    if !link.wait_for_first() {
        return Ok(());
    }
    let (icon, size) = (icon()?, window_size::read(&paths.window_size_file()));
    let options = move |renderer| {
        let mut options = eframe::NativeOptions {
            viewport: ViewportBuilder::default()
                .with_app_id(APP_ID)
                .with_title(title)
                .with_icon(icon.clone())
                .with_inner_size(size)
                .with_min_inner_size(window_size::MIN_SIZE),
            renderer,
            ..eframe::NativeOptions::default()
        };
        desktop::prepare(&mut options);
        options
    };
    let foreground = desktop::Foreground::new();
    let found = foreground.clone();
    let opened = opening::Opened::default();
    let is_there = opened.clone();
    let paths = paths.clone();
    let made = move |context: &eframe::CreationContext<'_>| {
        let ctx = &context.egui_ctx;
        found.set_window(context);
        let dialogs = style.follow(ctx).above(found.portal_handle(context));
        let app = App::new(ctx, &paths, link, request.view).on_desktop(dialogs).titled(title);
        let _ = window.set(Window { ctx: ctx.clone(), foreground: found });
        is_there.now();
        Ok(Box::new(app) as Box<dyn eframe::App>)
    };
    // Until a renderer has taken it.
    let made = Arc::new(Mutex::new(Some(made)));
    let show = |renderer| {
        let made = made.clone();
        let make = move |context: &eframe::CreationContext<'_>| {
            let made = made.lock().unwrap_or_else(PoisonError::into_inner).take();
            made.ok_or("there is a window already")?(context)
        };
        eframe::run_native(APP_ID, options(renderer), Box::new(make))
    };
    let ended = opening::run(&opened, || opening::with_any_renderer(show));
    foreground.end();
    ended
}

/// The window, for the connection's thread: a minimized window draws nothing, so its own loop does not run.
struct Window {
    ctx: Context,
    foreground: desktop::Foreground,
}

impl Window {
    fn wake(&self, wake: Wake) {
        match wake {
            Wake::Repaint => {}
            Wake::Show(WindowRequest { activation, .. }) => {
                self.ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
                self.ctx.send_viewport_cmd(ViewportCommand::Focus);
                self.foreground.come(activation.as_ref());
            }
            Wake::Close => self.ctx.send_viewport_cmd(ViewportCommand::Close),
        }
        self.ctx.request_repaint();
    }
}

/// The icon, for desktops that don't find it by the application id.
fn icon() -> Result<eframe::egui::IconData, WindowError> {
    let drawn = include_bytes!("../../icons/window.png");
    eframe::icon_data::from_png_bytes(drawn).map_err(|error| WindowError::NoDisplay(error.to_string()))
}
