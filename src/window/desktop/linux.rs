//! Linux: follows the desktop portal's `color-scheme`, or GTK's theme if there is no portal.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use eframe::egui::{Context, ThemePreference};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use zbus::zvariant::{OwnedValue, Value};

use super::FileDialogs;
use super::file_dialogs::Server;
use crate::platform::hardening::DumpableGuard;

const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";
/// How long the first frame waits for a portal that is still starting.
const PORTAL_TIMEOUT: Duration = Duration::from_millis(1500);

#[zbus::proxy(
    interface = "org.freedesktop.portal.Settings",
    default_service = "org.freedesktop.portal.Desktop",
    default_path = "/org/freedesktop/portal/desktop"
)]
trait Settings {
    fn read(&self, namespace: &str, key: &str) -> zbus::Result<OwnedValue>;

    #[zbus(signal)]
    fn setting_changed(&self, namespace: &str, key: &str, value: Value<'_>) -> zbus::Result<()>;
}

/// The desktop's light or dark style.
pub struct Style {
    first: mpsc::Receiver<Option<u32>>,
    /// The channel for later changes, once there is a window.
    window: oneshot::Sender<Context>,
    dialogs: FileDialogs,
}

impl Style {
    /// Asks for it on a new thread. Call this before this process has a token: the portal only answers processes that
    /// it may inspect. Later changes are sent as signals, which need no such access.
    pub fn ask() -> Style {
        let ((answer, first), (window, dressed)) = (mpsc::channel(), oneshot::channel());
        let (dialogs, server) = FileDialogs::pair();
        // Without the thread, GTK's theme applies.
        let _ = thread::Builder::new().name("desktop".into()).spawn(move || {
            if let Ok(runtime) = Builder::new_current_thread().enable_all().build() {
                let _ = runtime.block_on(follow_portal_theme(&answer, dressed, server));
            }
        });
        Style { first, window, dialogs }
    }

    /// Applies the style to `ctx`, now and whenever it changes, and returns the desktop's dialogs. After this, other
    /// processes can't inspect this one.
    pub fn follow(self, ctx: &Context) -> FileDialogs {
        let first = self.first.recv().ok().flatten();
        ctx.set_theme(theme_from_color_scheme(first, gtk_theme()));
        let _ = self.window.send(ctx.clone());
        self.dialogs
    }
}

async fn follow_portal_theme(
    answer: &mpsc::Sender<Option<u32>>,
    window: oneshot::Receiver<Context>,
    dialogs: Server,
) -> zbus::Result<()> {
    let (mut changes, mut connection) = (None, None);
    let asked = async {
        let bus = zbus::Connection::session().await?;
        connection = Some(bus.clone());
        let settings = SettingsProxy::new(&bus).await?;
        changes = Some(settings.receive_setting_changed().await?);
        settings.read(NAMESPACE, KEY).await
    };
    let dumpable = DumpableGuard::new();
    let asked = tokio::time::timeout(PORTAL_TIMEOUT, asked).await;
    drop(dumpable);
    let _ = answer.send(asked.ok().and_then(Result::ok).as_deref().and_then(number));
    if let Some(bus) = connection.filter(|_| changes.is_some()) {
        tokio::spawn(dialogs.run(bus));
    }
    let (Some(mut changes), Ok(ctx)) = (changes, window.await) else { return Ok(()) };
    while let Some(change) = next(&mut changes).await {
        if let Ok(change) = change.args()
            && (change.namespace, change.key) == (NAMESPACE, KEY)
        {
            ctx.set_theme(theme_from_color_scheme(number(&change.value), gtk_theme()));
            ctx.request_repaint();
        }
    }
    Ok(())
}

async fn next(changes: &mut SettingChangedStream) -> Option<SettingChanged> {
    use zbus::export::futures_core::Stream;
    std::future::poll_fn(|context| std::pin::Pin::new(&mut *changes).poll_next(context)).await
}

/// The number in the portal's variant; old versions wrap it twice.
fn number(value: &Value<'_>) -> Option<u32> {
    match value {
        Value::U32(number) => Some(*number),
        Value::Value(inner) => number(inner),
        _ => None,
    }
}

/// 1 is dark, 2 is light, 0 is no preference: then `otherwise`.
fn theme_from_color_scheme(scheme: Option<u32>, otherwise: ThemePreference) -> ThemePreference {
    match scheme {
        Some(1) => ThemePreference::Dark,
        Some(2) => ThemePreference::Light,
        _ => otherwise,
    }
}

fn gtk_theme() -> ThemePreference {
    theme_from_gtk_name(std::env::var("GTK_THEME").ok().as_deref())
}

/// The style in a theme's name: `Adwaita:dark`, `Arc-Dark`.
fn theme_from_gtk_name(theme: Option<&str>) -> ThemePreference {
    match theme {
        Some(theme) if theme.to_lowercase().contains("dark") => ThemePreference::Dark,
        _ => ThemePreference::Light,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dark_is_recognized_in_all_formats() {
        assert_eq!(number(&Value::new(Value::new(1u32))), Some(1));
        for (scheme, theme) in [
            (Some(1), ThemePreference::Dark),
            (Some(2), ThemePreference::Light),
            (Some(0), ThemePreference::System),
            (None, ThemePreference::System),
        ] {
            assert_eq!(theme_from_color_scheme(scheme, ThemePreference::System), theme, "{scheme:?}");
        }
        for (theme, preference) in [
            (Some("Adwaita:dark"), ThemePreference::Dark),
            (Some("Arc-Dark"), ThemePreference::Dark),
            (Some("Adwaita"), ThemePreference::Light),
            (None, ThemePreference::Light),
        ] {
            assert_eq!(theme_from_gtk_name(theme), preference, "{theme:?}");
        }
    }
}
