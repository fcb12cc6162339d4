//! The window: the pages, each as a pure model and its view, in a process of its own.
//!
//! It shows what the tray has left in the history file and changes the configuration as a command would. Nothing is
//! decided here that a command decides too.

mod about;
mod accounts;
mod allowed;
mod app;
mod clipboard;
mod desktop;
mod guide;
mod look;
mod opening;
mod parts;
mod settings;
mod size;
mod usage;
mod visual;
mod watch;
pub mod worker;

use std::sync::mpsc;
use std::time::Duration;

use eframe::egui::{ViewportBuilder, ViewportCommand};
use tokio::runtime::Builder;

use crate::domain::page::{View, WindowRequest};
use crate::instance::{self, Claim, InstanceError, Wish};
use crate::store::paths::Paths;

pub use app::App;
pub use worker::Backend;

/// The name that desktops know the program by.
const APP_ID: &str = "linode-bandwidth";
/// How long an open window may take to show another page.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often one that has the lock and does not listen is tried, and how long to wait in between.
const TRIES: usize = 30;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

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
    /// There is no display any more.
    #[error("the window is gone: the graphical session has ended ({0})")]
    Lost(String),
    /// The data folder can't be used, or the open window does not answer.
    #[error(transparent)]
    Instance(#[from] InstanceError),
    /// The system has no thread or no socket to give.
    #[error("the window can't be opened: {0}")]
    System(#[from] std::io::Error),
}

/// Opens the window at what `request` says and returns when it is closed; when one is open, that one shows it in front. It
/// closes by itself when `until`, which waits on a thread of its own, returns.
///
/// # Errors
/// [`WindowError`] when there is no display, or the data folder can't be used.
pub fn open(request: WindowRequest, backend: Backend, until: Option<fn()>) -> Result<(), WindowError> {
    backend.paths.create_data_dir()?;
    let Some(_claim) = claim_or_show(&backend.paths, &request)? else { return Ok(()) };
    let style = desktop::Style::ask();
    let (wishes, wished) = mpsc::channel();
    let file = backend.paths.window_size_file();
    let mut options = eframe::NativeOptions {
        viewport: ViewportBuilder::default()
            .with_app_id(APP_ID)
            .with_title("Linode Bandwidth")
            .with_icon(icon()?)
            .with_inner_size(size::read(&file))
            .with_min_inner_size(size::LEAST),
        ..eframe::NativeOptions::default()
    };
    desktop::prepare(&mut options);
    let foreground = desktop::Foreground::new();
    let found = foreground.clone();
    let opened = opening::Opened::default();
    let is_there = opened.clone();
    let made = move |context: &eframe::CreationContext<'_>| {
        let ctx = &context.egui_ctx;
        found.of(context);
        style.follow(ctx);
        listen(&backend.paths, ctx.clone(), found, wishes)?;
        if let Some(until) = until {
            close_after(until, ctx.clone())?;
        }
        let app = App::new(ctx, &backend, request.view)?.listening(wished);
        watch::watch(&backend.paths, app.changes(ctx));
        is_there.now();
        Ok(Box::new(app) as Box<dyn eframe::App>)
    };
    let ended = opening::run(&opened, || eframe::run_native(APP_ID, options, Box::new(made)));
    foreground.end();
    ended
}

/// The application's own, for desktops that don't know it by its name.
fn icon() -> Result<eframe::egui::IconData, WindowError> {
    let drawn = include_bytes!("../../icons/window.png");
    eframe::icon_data::from_png_bytes(drawn).map_err(|error| WindowError::NoDisplay(error.to_string()))
}

/// The right to be the one window, or `None` when the one there is shows what `request` says. That one may have the lock and not the
/// socket yet, or no longer.
fn claim_or_show(paths: &Paths, request: &WindowRequest) -> Result<Option<Claim>, WindowError> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let mut asked = Err(InstanceError::NotRunning);
    for _ in 0..TRIES {
        if let Some(claim) = instance::claim(&paths.window_lock_file())? {
            return Ok(Some(claim));
        }
        asked = runtime.block_on(async {
            let asked = instance::tell(&paths.window_socket(), &Wish::Show(request.clone()), PATIENCE).await;
            if matches!(asked, Err(InstanceError::NotRunning)) {
                tokio::time::sleep(BETWEEN_TRIES).await;
            }
            asked
        });
        if !matches!(asked, Err(InstanceError::NotRunning)) {
            break;
        }
    }
    Ok(asked.map(|()| None)?)
}

/// Closes the window when `until` returns.
fn close_after(until: fn(), ctx: eframe::egui::Context) -> std::io::Result<()> {
    let close = move || {
        until();
        ctx.send_viewport_cmd(ViewportCommand::Close);
        ctx.request_repaint();
    };
    std::thread::Builder::new().name("until".into()).spawn(close).map(drop)
}

/// Takes up what later calls of the program want, on a thread of its own.
fn listen(
    paths: &Paths,
    ctx: eframe::egui::Context,
    foreground: desktop::Foreground,
    wishes: mpsc::Sender<View>,
) -> Result<(), WindowError> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let socket = paths.window_socket();
    let (ready, made) = mpsc::channel();
    std::thread::Builder::new().name("wishes".into()).spawn(move || {
        runtime.block_on(async {
            let grant = move |wish| {
                let Wish::Show(WindowRequest { view, activation }) = wish else {
                    return std::future::ready(false);
                };
                let _ = wishes.send(view);
                // A minimized window draws nothing: it is woken from here.
                ctx.send_viewport_cmd(ViewportCommand::Minimized(false));
                ctx.send_viewport_cmd(ViewportCommand::Focus);
                ctx.request_repaint();
                foreground.come(activation.as_ref());
                std::future::ready(true)
            };
            let listening = instance::listen_with(&socket, grant);
            let on = listening.is_ok();
            let _ = ready.send(listening);
            if on {
                std::future::pending::<()>().await;
            }
        });
    })?;
    made.recv().unwrap_or(Err(InstanceError::NotRunning))?;
    Ok(())
}
