//! Wayland: a window needs an activation token to come to the front, and winit can use one only for a new window. Other
//! programs need a handle to show a dialog above it.

use std::sync::{Arc, Mutex, PoisonError};

use eframe::CreationContext;
use wayland_client::backend::{Backend, ObjectId};
use wayland_client::globals::{GlobalListContents, registry_queue_init};
use wayland_client::protocol::wl_registry::WlRegistry;
use wayland_client::protocol::wl_surface::WlSurface;
use wayland_client::{Connection, Dispatch, EventQueue, Proxy, QueueHandle, delegate_noop};
use wayland_protocols::xdg::activation::v1::client::xdg_activation_token_v1::{self, XdgActivationTokenV1};
use wayland_protocols::xdg::activation::v1::client::xdg_activation_v1::XdgActivationV1;
use wayland_protocols::xdg::foreign::zv2::client::zxdg_exported_v2::{self, ZxdgExportedV2};
use wayland_protocols::xdg::foreign::zv2::client::zxdg_exporter_v2::ZxdgExporterV2;
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

    /// Sets the window. On X11, winit can bring it to the front.
    pub fn set_window(&self, made: &CreationContext<'_>) {
        *self.lock() = Way::new(made);
    }

    /// The window as portals want it, for dialogs above it: `x11:2a`, `wayland:HANDLE`; empty if that is unknown.
    pub fn portal_handle(&self, made: &CreationContext<'_>) -> String {
        match made.window_handle().map(|handle| handle.as_raw()) {
            Ok(RawWindowHandle::Xlib(window)) => format!("x11:{:x}", window.window),
            Ok(RawWindowHandle::Xcb(window)) => format!("x11:{:x}", window.window),
            _ => self.lock().as_mut().and_then(Way::export).unwrap_or_default(),
        }
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
    exporter: Option<ZxdgExporterV2>,
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
        let exporter = globals.bind(&queue.handle(), 1..=1, ()).ok();
        Some(Way { connection, queue, activation, exporter, surface })
    }

    /// Exports the window as long as it exists.
    fn export(&mut self) -> Option<String> {
        self.exporter.as_ref()?.export_toplevel(&self.surface, &self.queue.handle(), ());
        let mut given = GrantedToken(None);
        self.queue.roundtrip(&mut given).ok()?;
        given.0.map(|handle| format!("wayland:{handle}"))
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

impl Dispatch<ZxdgExportedV2, ()> for GrantedToken {
    fn event(
        given: &mut GrantedToken,
        _: &ZxdgExportedV2,
        event: zxdg_exported_v2::Event,
        _: &(),
        _: &Connection,
        _: &QueueHandle<GrantedToken>,
    ) {
        if let zxdg_exported_v2::Event::Handle { handle } = event {
            given.0 = Some(handle);
        }
    }
}

delegate_noop!(GrantedToken: XdgActivationV1);
delegate_noop!(GrantedToken: ZxdgExporterV2);
