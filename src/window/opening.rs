//! Opening the window, and why that fails. If something is missing for drawing, the graphics libraries fail in many
//! ways, some with a panic.

use std::any::Any;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use eframe::Renderer;

use super::WindowError;

/// Whether the window has opened.
#[derive(Clone, Default)]
pub struct Opened(Arc<AtomicBool>);

impl Opened {
    /// Marks it as opened.
    pub fn now(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn is(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Runs `show`, which opens the window and returns when it is closed. A panic on this thread before `opened` is
/// reported as an ordinary error; a later one is a bug.
pub fn run(opened: &Opened, show: impl FnOnce() -> eframe::Result) -> Result<(), WindowError> {
    let (told, (already, here)) = (panic::take_hook(), (opened.clone(), thread::current().id()));
    panic::set_hook(Box::new(move |info| {
        if already.is() || thread::current().id() != here {
            told(info);
        }
    }));
    match panic::catch_unwind(AssertUnwindSafe(show)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) if opened.is() => Err(WindowError::Lost(one_line(&error.to_string()))),
        Ok(Err(error)) => Err(error_from_eframe(&error)),
        Err(fault) if opened.is() => panic::resume_unwind(fault),
        Err(fault) => {
            let said = panic_message(&*fault);
            Err(missing_library(&said).unwrap_or_else(|| lacking(said)))
        }
    }
}

/// Shows the window by OpenGL; on Windows by Direct3D where there is no OpenGL 2, as over Remote Desktop.
pub fn with_any_renderer(show: impl Fn(Renderer) -> eframe::Result) -> eframe::Result {
    let shown = show(Renderer::Glow);
    #[cfg(windows)]
    if let Err(
        error @ (eframe::Error::Glutin(_) | eframe::Error::NoGlutinConfigs(..) | eframe::Error::OpenGL(_)),
    ) = &shown
    {
        tracing::info!("the window is drawn by Direct3D, because OpenGL says: {error}");
        return show(Renderer::Wgpu);
    }
    shown
}

fn error_from_eframe(error: &eframe::Error) -> WindowError {
    use eframe::Error::{Glutin, NoGlutinConfigs, OpenGL};
    let said = one_line(&error.to_string());
    match error {
        #[cfg(windows)]
        eframe::Error::Wgpu(_) => WindowError::NoDirect3D(said),
        Glutin(_) | NoGlutinConfigs(..) | OpenGL(_) => WindowError::NoOpenGl(said),
        // Only the innermost error names the library.
        _ => missing_library(&format!("{error:?}")).unwrap_or(WindowError::NoDisplay(said)),
    }
}

fn missing_library(details: &str) -> Option<WindowError> {
    library(details).map(|name| WindowError::NoLibrary(name.to_owned()))
}

/// A display without a needed extension. X servers hide most extensions from untrusted clients, such as those of `ssh
/// -X`.
fn lacking(said: String) -> WindowError {
    let display = std::env::var("DISPLAY").unwrap_or_default();
    let over_network = display.split_once(':').is_some_and(|(host, _)| !host.is_empty() && host != "unix");
    if over_network { WindowError::LackingOverNetwork(said) } else { WindowError::Lacking(said) }
}

/// The first library named in `text`: `libXi` for `libXi.so.6`.
fn library(text: &str) -> Option<&str> {
    let words = text.split(|letter: char| !(letter.is_ascii_alphanumeric() || "._+-".contains(letter)));
    words.filter_map(|word| word.split_once(".so").map(|(name, _)| name)).find(|name| name.starts_with("lib"))
}

/// The last part of the error: places in the library's source come before it.
fn one_line(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let end = text.rsplit(": ").next().unwrap_or_default().trim_end_matches('.');
    // An event loop that loses its compositor reports only a number.
    if end.parse::<i32>().is_ok() { "the display is gone".to_owned() } else { end.to_owned() }
}

/// The message of a panic.
fn panic_message(fault: &(dyn Any + Send)) -> String {
    let said = fault.downcast_ref::<&str>().copied();
    let said = said.or_else(|| fault.downcast_ref::<String>().map(String::as_str));
    said.unwrap_or("its library failed").trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_is_its_last_part_and_never_only_a_number() {
        assert_eq!(one_line("winit EventLoopError: os error at a.rs:1: No display."), "No display");
        assert_eq!(one_line("winit EventLoopError: Exit Failure: 1"), "the display is gone");
    }

    #[test]
    fn a_missing_library_is_named() {
        for (text, name) in [
            ("Library libxkbcommon-x11.so could not be loaded", Some("libxkbcommon-x11")),
            ("OpenError { detail: \"opening library failed (libXi.so.6: cannot open)\" }", Some("libXi")),
            ("failed to request XRandR version: UnsupportedExtension", None),
            ("the also.so of it", None),
        ] {
            assert_eq!(library(text), name, "{text}");
        }
    }
}
