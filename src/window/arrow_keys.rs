//! The arrow keys stay within groups of choices. egui would move the focus to the nearest widget, even to a button that
//! removes something.

use eframe::egui::{Context, FocusDirection, Id, InputState, Key, Modifiers, Popup, Response, Ui};

const ARROWS: [Key; 4] = [Key::ArrowUp, Key::ArrowDown, Key::ArrowLeft, Key::ArrowRight];

/// Keeps the focus where it is. Call this before anything is drawn. Open lists and menus handle the keys themselves.
pub fn keep_focus(ctx: &Context) {
    let pressed = |key: &Key| ctx.input(|input| input.key_pressed(*key));
    if !Popup::is_any_open(ctx) && ARROWS.iter().any(pressed) && !pressed(&Key::Tab) {
        ctx.memory_mut(|memory| memory.move_focus(FocusDirection::None));
    }
}

/// Whether the focused widget uses the arrow keys. Otherwise they scroll the page.
pub fn are_used(ctx: &Context) -> bool {
    let focused = ctx.memory(|memory| memory.focused());
    ctx.text_edit_focused() || focused.is_some() && ctx.data(|data| data.get_temp(user_id())) == focused
}

fn user_id() -> Id {
    Id::unique("uses the arrow keys")
}

fn note_user(ui: &Ui, response: &Response) {
    ui.data_mut(|data| data.insert_temp(user_id(), response.id));
}

/// Moves the focus from one of `members` to the next or the previous one, around the ends. Returns its index.
pub fn move_within(ui: &Ui, members: &[Response]) -> Option<usize> {
    let at = members.iter().position(Response::has_focus)?;
    note_user(ui, members.get(at)?);
    let pressed = |input: &mut InputState, key| input.consume_key(Modifiers::NONE, key);
    let step = ui.input_mut(|input| {
        let next = pressed(input, Key::ArrowDown) || pressed(input, Key::ArrowRight);
        let before = pressed(input, Key::ArrowUp) || pressed(input, Key::ArrowLeft);
        if next {
            1
        } else if before {
            members.len() - 1
        } else {
            0
        }
    });
    let to = (at + step) % members.len();
    let chosen = members.get(to).filter(|_| step > 0)?;
    note_user(ui, chosen);
    chosen.request_focus();
    Some(to)
}

/// Opens the list if it has the focus.
pub fn open_list(ui: &Ui, list: &Response) {
    if !list.has_focus() {
        return;
    }
    note_user(ui, list);
    // egui's id of the popup.
    let popup = list.id.with("popup");
    let wanted = || {
        ui.input_mut(|input| {
            [Modifiers::NONE, Modifiers::ALT].iter().any(|modifiers| {
                input.consume_key(*modifiers, Key::ArrowDown) || input.consume_key(*modifiers, Key::ArrowUp)
            })
        })
    };
    if !Popup::is_any_open(ui.ctx()) && wanted() {
        Popup::open_id(ui.ctx(), popup);
        ui.ctx().request_repaint();
    }
}
