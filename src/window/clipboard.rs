//! Removes a token from the clipboard after it was pasted and saved, so that it is not pasted elsewhere or read by
//! other programs.

use eframe::egui::{Context, Event, ViewportCommand};
use ring::digest::{Digest, SHA256, digest};

use super::desktop;

/// Identifies a text without keeping it.
#[derive(Debug, Clone)]
pub struct TextDigest(Digest);

impl TextDigest {
    /// The digest of `text`, without leading and trailing spaces.
    pub fn new(text: &str) -> TextDigest {
        TextDigest(digest(&SHA256, text.trim().as_bytes()))
    }

    fn matches(&self, text: &str) -> bool {
        self.0.as_ref() == TextDigest::new(text).0.as_ref()
    }
}

/// How long egui may take to deliver the clipboard, in seconds. Nothing arrives if it is empty.
const PASTE_TIMEOUT: f64 = 2.0;

/// The clipboard, which may contain a token.
#[derive(Debug, Default)]
pub struct Clipboard {
    /// The digest to compare the clipboard with, and the time of the request.
    looked_for: Option<(TextDigest, f64)>,
    /// Whether this is a desktop's clipboard, not a test's.
    real: bool,
}

impl Clipboard {
    /// The desktop's clipboard.
    pub fn system() -> Clipboard {
        Clipboard { looked_for: None, real: true }
    }

    /// Clears the clipboard if it still contains the text with the digest `mark`.
    pub fn clear_of(&mut self, mark: TextDigest, ctx: &Context) {
        let copy = mark.clone();
        if self.real && desktop::empty_clipboard(move |held| copy.matches(held)) {
            return;
        }
        self.looked_for = Some((mark, ctx.input(|input| input.time)));
        // egui delivers the clipboard as a paste.
        ctx.send_viewport_cmd(ViewportCommand::RequestPaste);
        ctx.request_repaint();
    }

    /// Checks a paste that was requested here, and keeps it from all fields.
    pub fn look(&mut self, ctx: &Context) {
        let Some((mark, asked)) = &self.looked_for else { return };
        let mut held = None;
        let late = ctx.input(|input| input.time) > asked + PASTE_TIMEOUT;
        if late {
            self.looked_for = None;
            return;
        }
        ctx.input_mut(|input| {
            input.events.retain(|event| match event {
                Event::Paste(text) => {
                    held = Some(mark.matches(text));
                    false
                }
                _ => true,
            });
        });
        if let Some(held) = held {
            self.looked_for = None;
            if held {
                ctx.copy_text(String::new());
            }
        }
    }
}
