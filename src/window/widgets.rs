//! Widgets that several pages use.

use eframe::egui::accesskit::{Invalid, Live, Role};
use eframe::egui::{
    Align, Button, ComboBox, Context, CornerRadius, Frame, Id, Key, Label, Layout, Margin, Modifiers,
    Response, RichText, ScrollArea, Sense, Shape, Spinner, Stroke, StrokeKind, Ui, UiBuilder, UiKind, Vec2,
    WidgetInfo, WidgetText,
};

use crate::app::accounts::token_command::is_installed;
use crate::domain::text::quoted;

use super::arrow_keys;
use super::theme::{GAP, Palette, Tone, WIDEST};
use super::visual::visual;

/// Names the dialog that `ui` is in, for screen readers.
pub fn name_dialog(ui: &Ui, name: &str) {
    let Some(dialog) = ui.stack().iter().find(|part| part.kind() == Some(UiKind::Modal)) else { return };
    ui.ctx().accesskit_node_builder(dialog.unique_id, |node| node.set_label(name));
}

/// A page: its heading, `right` beside it, and the content below, which scrolls.
pub fn page(ui: &mut Ui, title: &str, right: impl FnOnce(&mut Ui), content: impl FnOnce(&mut Ui)) {
    page_up_to(ui, title, WIDEST, right, content);
}

/// A page whose content is at most `widest` points wide.
pub fn page_up_to(
    ui: &mut Ui,
    title: &str,
    widest: f32,
    right: impl FnOnce(&mut Ui),
    content: impl FnOnce(&mut Ui),
) {
    ScrollArea::vertical().id_salt(title).auto_shrink([false, false]).show(ui, |ui| {
        scroll_by_keyboard(ui);
        let width = (ui.available_width() - 2.0 * 24.0).min(widest);
        ui.add_space(20.0);
        ui.horizontal(|ui| {
            ui.add_space(24.0);
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.horizontal(|ui| {
                    ui.set_min_height(32.0);
                    page_heading(ui, title);
                    ui.with_layout(Layout::right_to_left(Align::Center), right);
                });
                ui.add_space(8.0);
                content(ui);
                ui.add_space(24.0);
            });
        });
    });
}

/// Scrolls to the widget that just got the focus, which egui does not do.
fn scroll_to_focus(ui: &Ui) {
    let id = ui.next_auto_id().with("focus");
    let focused = ui.memory(|memory| memory.focused());
    let before =
        ui.data_mut(|data| std::mem::replace(data.get_temp_mut_or_default::<Option<Id>>(id), focused));
    let Some(response) = focused.filter(|_| focused != before).and_then(|id| ui.ctx().read_response(id))
    else {
        return;
    };
    // Only hidden widgets, and none in dialogs or beside the page, which are always visible.
    let hidden = !response.interact_rect.contains_rect(response.rect);
    if hidden && response.layer_id == ui.layer_id() {
        ui.scroll_to_rect(response.rect.expand(GAP), None);
        ui.ctx().request_repaint();
    }
}

/// Scrolls with the keys that scroll in other programs, unless a field or a list needs them.
fn scroll_by_keyboard(ui: &Ui) {
    let ctx = ui.ctx();
    if ctx.any_popup_open() || ctx.memory(|memory| memory.top_modal_layer().is_some()) {
        return;
    }
    scroll_to_focus(ui);
    // Keep some of the old page visible.
    let page = (ui.clip_rect().height() - 40.0).max(40.0);
    let (line, end) = (40.0, 1e6);
    let mut keys = vec![(Key::PageDown, -page), (Key::PageUp, page)];
    if !ctx.text_edit_focused() {
        keys.extend([(Key::End, -end), (Key::Home, end)]);
    }
    if !arrow_keys::are_used(ctx) {
        keys.extend([(Key::ArrowDown, -line), (Key::ArrowUp, line)]);
    }
    let pressed = |(key, by): &(Key, f32)| {
        ctx.input_mut(|input| input.consume_key(Modifiers::NONE, *key)).then_some(*by)
    };
    if let Some(by) = keys.iter().find_map(pressed) {
        ui.scroll_with_delta(Vec2::new(0.0, by));
    }
}

/// Height of the bar below a page, in points.
const BAR: f32 = 52.0;

/// A page of `state` with a bar below it that does not scroll. In the tab order the bar comes after the page.
pub fn page_with_bar<S>(
    ui: &mut Ui,
    title: &str,
    state: &mut S,
    content: impl FnOnce(&mut Ui, &mut S),
    bar: impl FnOnce(&mut Ui, &mut S),
) {
    let whole = ui.available_rect_before_wrap();
    let (above, below) = whole.split_top_bottom_at_y(whole.bottom() - BAR);
    ui.scope_builder(UiBuilder::new().max_rect(above), |ui| {
        ui.set_clip_rect(above);
        page(ui, title, |_| {}, |ui| content(ui, state));
    });
    let palette = Palette::from_ui(ui);
    ui.painter().hline(below.x_range(), below.top(), Stroke::new(1.0, palette.edge));
    let inside = below.shrink2(Vec2::new(24.0, 0.0));
    let line = UiBuilder::new().max_rect(inside).layout(Layout::left_to_right(Align::Center));
    ui.scope_builder(line, |ui| bar(ui, state));
}

/// Scrolls to a field and gives it the focus.
pub fn scroll_into_view(response: &Response) {
    response.request_focus();
    response.scroll_to_me(Some(Align::Center));
}

/// Whether a button was pressed. A double click counts once.
pub fn pressed(response: &Response) -> bool {
    response.clicked() && !response.double_clicked() && !response.triple_clicked()
}

/// A short, prominent sentence in a line with other widgets.
pub fn message(ui: &mut Ui, tone: Tone, text: &str) {
    let color = Palette::from_ui(ui).tone(tone);
    let shown = line(ui, text, |text| Label::new(text.small().color(color)).wrap());
    announce(ui, &shown, tone);
}

/// Makes screen readers announce a line when its text changes; an error interrupts.
pub fn announce(ui: &Ui, line: &Response, tone: Tone) {
    let live = if tone == Tone::Alarm { Live::Assertive } else { Live::Polite };
    ui.ctx().accesskit_node_builder(line.id, |node| node.set_live(live));
}

/// Several widgets at the right end of a line whose layout goes from right to left. Their tab order is the reading
/// order.
pub fn in_reading_order(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    let id = ui.next_auto_id().with("width");
    let known = ui.data(|data| data.get_temp(id)).unwrap_or(0.0_f32);
    let size = Vec2::new(known, ui.spacing().interact_size.y);
    let width =
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), add).response.rect.width();
    if (width - known).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, width));
        // The first frame has the wrong position, so it is not shown.
        ui.ctx().request_discard("the width of a line's end");
    }
}

/// A cell in a row of text, `width` points wide.
pub fn cell(ui: &mut Ui, width: f32, add: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(Vec2::new(width, 20.0), Layout::left_to_right(Align::Center), |ui| {
        ui.set_width(width);
        add(ui);
    });
}

/// A line that may contain a name. Screen readers get the text as typed.
pub fn line(ui: &mut Ui, text: &str, form: impl FnOnce(RichText) -> Label) -> Response {
    let shown = visual(text);
    let response = ui.add(form(RichText::new(shown.as_ref())));
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_value(text);
        // egui describes a truncated line with its whole text in visual order. The value has it already.
        node.clear_description();
    });
    response
}

/// Shows `text` when the pointer is over `response`. Screen readers get it from the name or from [`describe`].
pub fn tooltip(response: Response, text: &str) -> Response {
    response.on_hover_ui(|ui| {
        ui.set_max_width(ui.spacing().tooltip_width);
        line(ui, text, |text| Label::new(text).wrap());
    })
}

/// Adds `text` to the description of a widget, which screen readers say after its name.
pub fn describe(ui: &Ui, response: &Response, text: &str) {
    ui.ctx().accesskit_node_builder(response.id, |node| {
        let known = node.description().filter(|known| !known.is_empty());
        let text = known.map_or_else(|| text.to_owned(), |known| format!("{known}. {text}"));
        node.set_description(text);
    });
}

/// A heading of a page or dialog, which screen readers announce as a heading.
pub fn heading(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::from_ui(ui);
    // It may contain an account's name of any length.
    let response = line(ui, text, |text| Label::new(text.heading().color(palette.text)).truncate());
    expose_as_heading(ui, &response, text, 1);
    response
}

/// The heading of a page. It gets the focus when the page is new, so that screen readers announce the page. Tab skips it.
fn page_heading(ui: &mut Ui, text: &str) {
    let (palette, id) = (Palette::from_ui(ui), ui.next_auto_id());
    let arrives = ui.data_mut(|data| data.remove_temp::<bool>(page_heading_id()).is_some());
    let is_stop = arrives || ui.memory(|memory| memory.has_focus(id));
    let sense = if is_stop { Sense::focusable_noninteractive() } else { Sense::hover() };
    let form = |text: RichText| Label::new(text.heading().color(palette.text)).truncate().sense(sense);
    let response = line(ui, text, form);
    expose_as_heading(ui, &response, text, 1);
    if arrives {
        response.request_focus();
    }
}

/// Moves the focus to the heading of the page that is drawn next, unless a widget on that page takes it.
pub fn focus_page_heading(ctx: &Context) {
    ctx.data_mut(|data| data.insert_temp(page_heading_id(), true));
}

fn page_heading_id() -> Id {
    Id::unique("page heading takes the keyboard")
}

/// A heading inside a page.
pub fn subheading(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::from_ui(ui);
    let response = line(ui, text, |text| Label::new(text.size(16.0).color(palette.text)));
    expose_as_heading(ui, &response, text, 2);
    response
}

/// An account's name, as a heading: screen readers can jump from one account to the next.
pub fn account_heading(ui: &mut Ui, name: &str, form: impl FnOnce(RichText) -> Label) -> Response {
    let response = line(ui, name, form);
    expose_as_heading(ui, &response, name, 2);
    response
}

fn expose_as_heading(ui: &Ui, response: &Response, text: &str, level: usize) {
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Heading);
        node.set_level(level);
        node.set_label(text);
    });
}

/// Names a field without a label, for screen readers.
pub fn named(ui: &Ui, response: &Response, name: &str) {
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
}

/// The choices of an open list, with labels. Closes the list when one is chosen; egui leaves it open after a choice
/// with the keyboard.
pub fn options<T: PartialEq>(
    ui: &mut Ui,
    chosen: &mut T,
    choices: impl IntoIterator<Item = (T, impl Into<String>)>,
) {
    for (choice, name) in choices {
        let name = name.into();
        let option = ui.selectable_value(chosen, choice, &*visual(&name));
        named(ui, &option, &name);
        if option.clicked() {
            ui.close();
        }
    }
}

/// A list that opens, also with the arrow keys. `chosen` is its value. On Linux screen readers get the name and description
/// of a list, but not its value, so there `chosen` is also the description.
pub fn selection_list(ui: &mut Ui, list: ComboBox, chosen: &str, content: impl FnOnce(&mut Ui)) -> Response {
    let shown = list.selected_text(&*visual(chosen)).show_ui(ui, content).response;
    arrow_keys::open_list(ui, &shown);
    ui.ctx().accesskit_node_builder(shown.id, |node| {
        node.set_value(chosen);
        if cfg!(target_os = "linux") {
            node.set_description(chosen);
        }
    });
    shown
}

/// The symbols on small buttons. They are drawn, because fonts differ between systems.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// A triangle that points up.
    Up,
    /// A triangle that points down.
    Down,
    /// A triangle that points to the right.
    Right,
}

/// A small button with a symbol, named `name` for screen readers.
pub fn picture_button(ui: &mut Ui, picture: Picture, name: &str, enabled: bool) -> Response {
    let response = ui.add_enabled(enabled, Button::new("").min_size(Vec2::new(30.0, 28.0)));
    let color = if enabled { ui.visuals().text_color() } else { ui.visuals().weak_text_color() };
    let at = |x: f32, y: f32| response.rect.center() + Vec2::new(x, y);
    let painter = ui.painter();
    match picture {
        Picture::Up | Picture::Down => {
            let way = if picture == Picture::Up { -1.0 } else { 1.0 };
            let corners = vec![at(0.0, 3.5 * way), at(-5.0, -2.5 * way), at(5.0, -2.5 * way)];
            painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
        }
        Picture::Right => {
            let corners = vec![at(4.0, 0.0), at(-2.5, 5.0), at(-2.5, -5.0)];
            painter.add(Shape::convex_polygon(corners, color, Stroke::NONE));
        }
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    tooltip(response, name)
}

/// The text of a hint.
pub fn faint(ui: &mut Ui, text: impl Into<String>) -> Response {
    let color = Palette::from_ui(ui).faint;
    line(ui, &text.into(), |text| Label::new(text.small().color(color)).wrap())
}

/// A prominent sentence in a box.
pub fn note(ui: &mut Ui, tone: Tone, text: &str, then: impl FnOnce(&mut Ui)) {
    let palette = Palette::from_ui(ui);
    let frame = Frame::new()
        .fill(palette.tint(tone))
        .corner_radius(CornerRadius::same(7))
        .inner_margin(Margin::symmetric(12, 8));
    frame.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.horizontal_wrapped(|ui| {
            ui.add(Label::new(RichText::new(text).color(palette.tone(tone))).wrap());
        });
        then(ui);
    });
}

/// Why the configuration is invalid, with a button that opens the file. Returns `true` when it is pressed.
pub fn config_problem(ui: &mut Ui, problem: &str) -> bool {
    let mut pressed = false;
    note(ui, Tone::Alarm, problem, |ui| pressed = ui.button("Open the file").clicked());
    pressed
}

/// The main button of a page.
pub fn primary(ui: &mut Ui, text: &str, enabled: bool) -> Response {
    let palette = Palette::from_ui(ui);
    let on_accent = if ui.visuals().dark_mode { palette.ground } else { palette.card };
    let button = Button::new(RichText::new(text).color(on_accent)).fill(palette.accent);
    let response = ui.add_enabled(enabled, button);
    // The default focus ring has the button's own color.
    if response.has_focus() {
        let ring = Stroke::new(2.0, palette.accent);
        let around = response.rect.expand(3.0);
        ui.painter().rect_stroke(around, CornerRadius::same(9), ring, StrokeKind::Inside);
    }
    response
}

/// A spinner with text.
pub fn busy(ui: &mut Ui, text: &str) {
    ui.horizontal(|ui| {
        ui.add(Spinner::new().size(14.0));
        status(ui, text);
    });
}

/// Small text that screen readers announce when it changes.
pub fn status(ui: &mut Ui, text: &str) {
    let shown = faint(ui, text);
    announce(ui, &shown, Tone::Faint);
}

/// A row with a label and a field. The fields of all rows are aligned. The label is the field's name.
pub fn field(ui: &mut Ui, label: &str, hint: &str, add: impl FnOnce(&mut Ui) -> Response) -> Response {
    let (name, response) = row(ui, label, hint, add);
    response.labelled_by(name.id)
}

/// The same for a field that may be invalid: the error then replaces the hint.
pub fn checked_field(
    ui: &mut Ui,
    label: &str,
    hint: &str,
    add: impl FnOnce(&mut Ui) -> (Response, Option<(Tone, String)>),
) -> Response {
    let (name, response) = row(ui, label, "", |ui| {
        let (response, said) = add(ui);
        remark(ui, &response, said.as_ref().map(|(tone, said)| (*tone, said.as_str())), hint);
        response
    });
    response.labelled_by(name.id)
}

/// The remark below a field, or its hint if there is none. It is also the field's description. An alarm marks the field as
/// invalid.
pub fn remark(ui: &mut Ui, field: &Response, said: Option<(Tone, &str)>, hint: &str) {
    match said {
        Some((tone, said)) => {
            message(ui, tone, said);
            describe(ui, field, said);
            if tone == Tone::Alarm {
                ui.ctx().accesskit_node_builder(field.id, |node| node.set_invalid(Invalid::True));
            }
        }
        None if hint.is_empty() => {}
        None => {
            faint(ui, hint);
            describe(ui, field, hint);
        }
    }
}

/// Whether the user pressed Enter in a field, which submits the form. The focus stays there, except that a refused save
/// moves it to the invalid field.
pub fn entered(ui: &Ui, line: &Response) -> bool {
    let entered = line.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    if entered {
        line.request_focus();
    }
    entered
}

/// Radio buttons in one row. The arrow keys choose, too. Returns whether one was pressed.
pub fn radio_buttons<T: PartialEq + Clone>(
    ui: &mut Ui,
    chosen: &mut T,
    choices: impl IntoIterator<Item = (T, impl Into<WidgetText>)>,
) -> bool {
    let mut pressed = false;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 18.0;
        let (mut buttons, mut values) = (Vec::new(), Vec::new());
        for (value, name) in choices {
            let button = ui.radio_value(chosen, value.clone(), name.into());
            pressed |= button.clicked();
            buttons.push(button);
            values.push(value);
        }
        if let Some(value) = arrow_keys::move_within(ui, &buttons).and_then(|to| values.into_iter().nth(to)) {
            *chosen = value;
        }
    });
    pressed
}

/// The same for widgets with their own names, such as checkboxes.
pub fn choices(ui: &mut Ui, label: &str, hint: &str, add: impl FnOnce(&mut Ui)) {
    row(ui, label, hint, |ui| {
        // Screen readers get one group with the row's name.
        ui.scope_builder(group(label), add);
    });
}

/// Widgets that screen readers get as one group.
pub fn group(name: impl Into<String>) -> UiBuilder {
    UiBuilder::new().accessibility_role(Role::Group).accessibility_label(name)
}

fn row<R>(ui: &mut Ui, label: &str, hint: &str, add: impl FnOnce(&mut Ui) -> R) -> (Response, R) {
    let palette = Palette::from_ui(ui);
    // The minimum window leaves 440 points; a field is 300 wide.
    let labels = (ui.available_width() - 320.0).clamp(100.0, 170.0);
    let made = ui.horizontal_top(|ui| {
        let size = Vec2::new(labels, 28.0);
        let name = ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_width(labels);
            ui.add(Label::new(RichText::new(label).color(palette.text)).wrap())
        });
        let added = ui.vertical(|ui| {
            let added = add(ui);
            if !hint.is_empty() {
                faint(ui, hint);
            }
            added
        });
        (name.inner, added.inner)
    });
    ui.add_space(GAP / 2.0);
    made.inner
}

/// A warning if `program` is not installed. Looked up only when the name changes.
pub fn missing_program(ui: &Ui, program: &str) -> Option<String> {
    let id = Id::unique("program that was looked for");
    let known = ui.data(|data| data.get_temp::<(String, bool)>(id)).filter(|(name, _)| name == program);
    let (_, installed) = known.unwrap_or_else(|| {
        let looked_up = (program.to_owned(), is_installed(program));
        ui.data_mut(|data| data.insert_temp(id, looked_up.clone()));
        looked_up
    });
    let program = quoted(program);
    (!installed).then(|| format!("No program {program} was found. Check its name, or enter the full path."))
}
