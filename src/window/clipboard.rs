//! A token that came from the clipboard and was kept is taken out of it: the next thing that is pasted somewhere, or that
//! looks at it, is not to get the token.

use eframe::egui::{Context, Event, ViewportCommand};
use ring::digest::{Digest, SHA256, digest};

use super::desktop;

/// What tells a text, without the text.
#[derive(Debug, Clone)]
pub struct TextDigest(Digest);

impl TextDigest {
    /// That of `text`; what is around it does not count.
    pub fn new(text: &str) -> TextDigest {
        TextDigest(digest(&SHA256, text.trim().as_bytes()))
    }

    fn matches(&self, text: &str) -> bool {
        self.0.as_ref() == TextDigest::new(text).0.as_ref()
    }
}

/// How long what the window's library was asked for may take, in seconds; when the clipboard is empty, nothing comes.
const PASTE_TIMEOUT: f64 = 2.0;

/// The clipboard, as far as it may hold a token.
#[derive(Debug, Default)]
pub struct Clipboard {
    /// What is looked for in what comes, and when it was asked for.
    looked_for: Option<(TextDigest, f64)>,
    /// It is that of a desktop.
    real: bool,
}

impl Clipboard {
    /// The desktop's.
    pub fn system() -> Clipboard {
        Clipboard { looked_for: None, real: true }
    }

    /// Empties the clipboard, if it still has the text that `mark` tells.
    pub fn clear_of(&mut self, mark: TextDigest, ctx: &Context) {
        let copy = mark.clone();
        if self.real && desktop::empty_clipboard(move |held| copy.matches(held)) {
            return;
        }
        self.looked_for = Some((mark, ctx.input(|input| input.time)));
        // What it holds comes as if it were pasted.
        ctx.send_viewport_cmd(ViewportCommand::RequestPaste);
        ctx.request_repaint();
    }

    /// Looks at what came from the clipboard. It was asked for here, and goes into no field.
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
