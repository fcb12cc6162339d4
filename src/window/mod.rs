//! The window: the pages, each as a pure model and its view, in a process of its own.
//!
//! It shows what the tray tells it and asks the tray for everything else: it has no keyring, no history file and no
//! connection to the API.

mod about;
mod accounts;
mod allowed;
mod app;
mod clipboard;
mod desktop;
mod guide;
mod opening;
pub mod owner;
mod search;
mod second_click;
mod settings;
mod theme;
mod usage;
mod visual;
mod widgets;
mod window_size;

use std::sync::{Arc, OnceLock};

use eframe::egui::{Context, ViewportBuilder, ViewportCommand};

use crate::app::sibling::Sibling;
use crate::storage::paths::Paths;
use crate::window_request::WindowRequest;
use owner::{OwnerLink, Tray, Wake};

pub use app::App;
pub use desktop::FileDialogs;

/// The name that desktops know the program by.
const APP_ID: &str = "linode-bandwidth";
/// The window's title, to a screen reader too.
const TITLE: &str = "Linode Bandwidth";
/// The title of the demo's window.
const DEMO_TITLE: &str = "Linode Bandwidth (demo)";
/// Why there is no window.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// There is no display.
    #[error(
        "the window can't be opened ({0}): run it inside a graphical session; the commands do the same without one, see `linode-bandwidth --help`"
    )]
    NoDisplay(String),
    /// What it draws with is not installed.
    #[error(
        "the window can't be opened ({0} is missing): install it; the commands do the same without a window, see `linode-bandwidth --help`"
    )]
    NoLibrary(String),
    /// There is a display, and it can't draw.
    #[error(
        "the window can't be opened (OpenGL: {0}): install Mesa's libEGL and libGL, or your graphics card's; the commands do the same without a window, see `linode-bandwidth --help`"
    )]
    NoOpenGl(String),
    /// There is a display, and it is not like those of today.
    #[error(
        "the window can't be opened: this display lacks what it needs ({0}); the commands do the same without a window, see `linode-bandwidth --help`"
    )]
    Lacking(String),
    /// There is another machine's display, which lets a program that it does not trust do next to nothing.
    #[error(
        "the window can't be opened: this display lacks what it needs ({0}); over ssh connect with `ssh -Y`; the commands do the same without a window, see `linode-bandwidth --help`"
    )]
    LackingOverNetwork(String),
    /// There is no display any more.
    #[error("the window is gone: the graphical session has ended ({0})")]
    Lost(String),
    /// The system has no thread or no socket to give.
    #[error("the window can't be opened: {0}")]
    System(#[from] std::io::Error),
}

/// Opens the window at what `request` says and returns when it is closed; when one is open, that one shows it in front.
/// Where no tray runs, `tray` is started; `None` for the demo's window, whose tray is not started again.
///
/// # Errors
/// [`WindowError`] when there is no display, or the system has no thread to give.
pub fn open(request: WindowRequest, paths: &Paths, tray: Option<Sibling>) -> Result<(), WindowError> {
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
    let mut options = eframe::NativeOptions {
        viewport: ViewportBuilder::default()
            .with_app_id(APP_ID)
            .with_title(title)
            .with_icon(icon()?)
            .with_inner_size(window_size::read(&paths.window_size_file()))
            .with_min_inner_size(window_size::MIN_SIZE),
        ..eframe::NativeOptions::default()
    };
    desktop::prepare(&mut options);
    let foreground = desktop::Foreground::new();
    let found = foreground.clone();
    let opened = opening::Opened::default();
    let is_there = opened.clone();
    let paths = paths.clone();
    let made = move |context: &eframe::CreationContext<'_>| {
        let ctx = &context.egui_ctx;
        found.set_window(context);
        let dialogs = style.follow(ctx);
        let app = App::new(ctx, &paths, link, request.view).on_desktop(dialogs);
        let _ = window.set(Window { ctx: ctx.clone(), foreground: found });
        is_there.now();
        Ok(Box::new(app) as Box<dyn eframe::App>)
    };
    let ended = opening::run(&opened, || eframe::run_native(APP_ID, options, Box::new(made)));
    foreground.end();
    ended
}

/// The window as the connection's thread reaches it: one that is minimized draws nothing, and so has no turn.
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

/// The application's own, for desktops that don't know it by its name.
fn icon() -> Result<eframe::egui::IconData, WindowError> {
    let drawn = include_bytes!("../../icons/window.png");
    eframe::icon_data::from_png_bytes(drawn).map_err(|error| WindowError::NoDisplay(error.to_string()))
}
