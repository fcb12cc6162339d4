//! Linux: the desktop portal's `color-scheme`, and where there is none what GTK is told.

use std::thread;
use std::time::Duration;

use eframe::egui::{Context, ThemePreference};
use tokio::runtime::Builder;
use zbus::zvariant::{OwnedValue, Value};

const NAMESPACE: &str = "org.freedesktop.appearance";
const KEY: &str = "color-scheme";
/// The first frame does not wait longer for a portal that is only being started.
const PATIENCE: Duration = Duration::from_millis(1500);

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

/// Dresses `ctx` as the desktop is dressed, now and whenever that changes.
pub fn follow(ctx: &Context) {
    ctx.set_theme(by_gtk(std::env::var("GTK_THEME").ok().as_deref()));
    let ctx = ctx.clone();
    // Without the thread it stays as it is.
    let _ = thread::Builder::new().name("desktop".into()).spawn(move || {
        if let Ok(runtime) = Builder::new_current_thread().enable_all().build() {
            let _ = runtime.block_on(by_portal(&ctx));
        }
    });
}

async fn by_portal(ctx: &Context) -> zbus::Result<()> {
    let wear = |scheme: Option<u32>| {
        if let Some(theme) = scheme.and_then(theme_of) {
            ctx.set_theme(theme);
            ctx.request_repaint();
        }
    };
    let bus = zbus::Connection::session().await?;
    let settings = SettingsProxy::new(&bus).await?;
    let mut changes = settings.receive_setting_changed().await?;
    if let Ok(Ok(value)) = tokio::time::timeout(PATIENCE, settings.read(NAMESPACE, KEY)).await {
        wear(number(&value));
    }
    while let Some(change) = next(&mut changes).await {
        if let Ok(change) = change.args()
            && (change.namespace, change.key) == (NAMESPACE, KEY)
        {
            wear(number(&change.value));
        }
    }
    Ok(())
}

async fn next(changes: &mut SettingChangedStream) -> Option<SettingChanged> {
    use zbus::export::futures_core::Stream;
    std::future::poll_fn(|context| std::pin::Pin::new(&mut *changes).poll_next(context)).await
}

/// The portal wraps the number in a variant, in old versions in two.
fn number(value: &Value<'_>) -> Option<u32> {
    match value {
        Value::U32(number) => Some(*number),
        Value::Value(inner) => number(inner),
        _ => None,
    }
}

/// 1 asks for dark, 2 for light, 0 for nothing.
fn theme_of(scheme: u32) -> Option<ThemePreference> {
    match scheme {
        1 => Some(ThemePreference::Dark),
        2 => Some(ThemePreference::Light),
        _ => None,
    }
}

/// `Adwaita:dark`, `Arc-Dark`
fn by_gtk(theme: Option<&str>) -> ThemePreference {
    match theme {
        Some(theme) if theme.to_lowercase().contains("dark") => ThemePreference::Dark,
        _ => ThemePreference::Light,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dark_is_asked_for_in_each_of_its_forms() {
        assert_eq!(number(&Value::new(Value::new(1u32))), Some(1));
        assert_eq!(theme_of(1), Some(ThemePreference::Dark));
        assert_eq!(theme_of(0), None);
        for (theme, preference) in [
            (Some("Adwaita:dark"), ThemePreference::Dark),
            (Some("Arc-Dark"), ThemePreference::Dark),
            (Some("Adwaita"), ThemePreference::Light),
            (None, ThemePreference::Light),
        ] {
            assert_eq!(by_gtk(theme), preference, "{theme:?}");
        }
    }
}
