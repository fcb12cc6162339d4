//! Wayland: a window needs an activation token to come to the front, and winit can use one only for a new window.

use std::sync::{Arc, Mutex, PoisonError};

use eframe::CreationContext;
use wayland_client::backend::{Backend, ObjectId};
use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_registry::WlRegistry;
use wayland_client::protocol::wl_surface::WlSurface;
use wayland_client::{Connection, Dispatch, EventQueue, Proxy, QueueHandle, delegate_noop};
use wayland_protocols::xdg::activation::v1::client::xdg_activation_token_v1::{self, XdgActivationTokenV1};
use wayland_protocols::xdg::activation::v1::client::xdg_activation_v1::XdgActivationV1;
use winit::raw_window_handle::{HasDisplayHandle, HasWindowHandle, RawDisplayHandle, RawWindowHandle};

use crate::window_request::ActivationToken;

/// Brings the window to the front.
#[derive(Clone)]
pub struct Foreground(Arc<Mutex<Option<Way>>>);

impl Foreground {
    /// Before there is a window.
    pub fn new() -> Foreground {
        Foreground(Arc::default())
    }

    /// Sets the window. Does nothing on X11, where winit can bring it to the front.
    pub fn set_window(&self, made: &CreationContext<'_>) {
        *self.lock() = Way::new(made);
    }

    /// Brings the window to the front, or makes the desktop highlight it if it refuses that. Works on any thread,
    /// because a hidden window draws nothing and its loop does not run.
    pub fn come(&self, activation: Option<&ActivationToken>) {
        if let Some(way) = self.lock().as_mut() {
            way.come(activation);
        }
    }

    /// Call this before the connection to the desktop ends.
    pub fn end(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Way>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The window's own connection, with a queue besides winit's.
struct Way {
    connection: Connection,
    queue: EventQueue<GrantedToken>,
    activation: XdgActivationV1,
    surface: WlSurface,
}

impl Way {
    #[allow(unsafe_code)]
    fn new(made: &CreationContext<'_>) -> Option<Way> {
        let RawDisplayHandle::Wayland(display) = made.display_handle().ok()?.as_raw() else { return None };
        let RawWindowHandle::Wayland(window) = made.window_handle().ok()?.as_raw() else { return None };
        // SAFETY: winit keeps the display open until its loop has ended, and `Foreground::end` comes before that.
        let backend = unsafe { Backend::from_foreign_display(display.display.as_ptr().cast()) };
        let connection = Connection::from_backend(backend);
        // SAFETY: the window and its surface exist. Once the window is gone, requests for it fail, because the same
        // library made it.
        let id = unsafe { ObjectId::from_ptr(WlSurface::interface(), window.surface.as_ptr().cast()) };
        let surface = WlSurface::from_id(&connection, id.ok()?).ok()?;
        let (globals, queue) = registry_queue_init(&connection).ok()?;
        let activation = globals.bind(&queue.handle(), 1..=1, ()).ok()?;
        Some(Way { connection, queue, activation, surface })
    }

    fn come(&mut self, activation: Option<&ActivationToken>) {
        if let Some(activation) = activation {
            self.activation.activate(activation.as_str().to_owned(), &self.surface);
        }
        // A token without a click behind it only makes the desktop highlight the window. It is requested in addition to
        // the given one, which may be used up. A window already in front is not highlighted.
        let asked = self.activation.get_activation_token(&self.queue.handle(), ());
        asked.set_surface(&self.surface);
        asked.commit();
        let mut given = GrantedToken(None);
        let _ = self.queue.roundtrip(&mut given);
        asked.destroy();
        if let Some(given) = given.0 {
            self.activation.activate(given, &self.surface);
        }
        let _ = self.connection.flush();
    }
}

/// The token that the desktop granted.
struct GrantedToken(Option<String>);

impl Dispatch<XdgActivationTokenV1, ()> for GrantedToken {
    fn event(
        given: &mut GrantedToken,
        _: &XdgActivationTokenV1,
        event: xdg_activation_token_v1::Event,
        _: &(),
        _: &Connection,
        _: &QueueHandle<GrantedToken>,
    ) {
        if let xdg_activation_token_v1::Event::Done { token } = event {
            given.0 = Some(token);
        }
    }
}

impl Dispatch<WlRegistry, GlobalListContents> for GrantedToken {
    fn event(
        _: &mut GrantedToken,
        _: &WlRegistry,
        _: <WlRegistry as Proxy>::Event,
        _: &GlobalListContents,
        _: &Connection,
        _: &QueueHandle<GrantedToken>,
    ) {
    }
}

delegate_noop!(GrantedToken: XdgActivationV1);
