//! Wayland: a window comes to the front with an activation token alone, which its library can use only for a new one.

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

/// The way to the front, as long as there is a window.
#[derive(Clone)]
pub struct Foreground(Arc<Mutex<Option<Way>>>);

impl Foreground {
    /// Of a window that is not made yet.
    pub fn new() -> Foreground {
        Foreground(Arc::default())
    }

    /// Finds it for a new window; there is none on X11, where the window's library has its own.
    pub fn set_window(&self, made: &CreationContext<'_>) {
        *self.lock() = Way::new(made);
    }

    /// Brings the window to the front, or has the desktop point it out where that does not let it there. From any
    /// thread: a hidden window draws nothing, and so has no turn.
    pub fn come(&self, activation: Option<&ActivationToken>) {
        if let Some(way) = self.lock().as_mut() {
            way.come(activation);
        }
    }

    /// To be called before the connection to the desktop ends.
    pub fn end(&self) {
        *self.lock() = None;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Way>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The window's own connection, with a queue beside the library's.
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
        // SAFETY: the window's library keeps the display open until its loop has ended, and `Foreground::end` comes
        // before that.
        let backend = unsafe { Backend::from_foreign_display(display.display.as_ptr().cast()) };
        let connection = Connection::from_backend(backend);
        // SAFETY: the window is there, and so is its surface. When it is gone, requests with it fail: it was made by the
        // same library.
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
        // What one gives oneself, with no click behind it, is good for being pointed out. It is asked for with another's
        // the activation token too: that may have been used up, and one who is in front is not pointed out.
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

/// What the desktop has given.
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
