//! Small things that several pages are made of.

use eframe::egui::accesskit::Role;
use eframe::egui::{
    Align, Button, CornerRadius, Frame, Label, Layout, Margin, Response, RichText, ScrollArea, Shape,
    Spinner, Stroke, Ui, Vec2, WidgetInfo,
};

use super::theme::{GAP, Palette, Tone, WIDEST};
use super::visual::visual;

/// A page: heading, what stands right of it, and the content below, which scrolls.
pub fn page(ui: &mut Ui, title: &str, right: impl FnOnce(&mut Ui), content: impl FnOnce(&mut Ui)) {
    ScrollArea::vertical().id_salt(title).auto_shrink([false, false]).show(ui, |ui| {
        let width = (ui.available_width() - 2.0 * 24.0).min(WIDEST);
        ui.add_space(20.0);
        ui.horizontal(|ui| {
            ui.add_space(24.0);
            ui.vertical(|ui| {
                ui.set_width(width);
                ui.horizontal(|ui| {
                    ui.set_min_height(32.0);
                    heading(ui, title);
                    ui.with_layout(Layout::right_to_left(Align::Center), right);
                });
                ui.add_space(8.0);
                content(ui);
                ui.add_space(24.0);
            });
        });
    });
}

/// Several things at the right end of a line, where the layout goes from right to left: the keyboard comes by them in the
/// order in which they are read.
pub fn in_reading_order(ui: &mut Ui, add: impl FnOnce(&mut Ui)) {
    let id = ui.next_auto_id().with("width");
    let known = ui.data(|data| data.get_temp(id)).unwrap_or(0.0_f32);
    let size = Vec2::new(known, ui.spacing().interact_size.y);
    let width =
        ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), add).response.rect.width();
    if (width - known).abs() > 0.5 {
        ui.data_mut(|data| data.insert_temp(id, width));
        // Nobody sees it where it has not its place yet.
        ui.ctx().request_discard("the width of a line's end");
    }
}

/// A line that may have a name in it. To a screen reader it is as it is written.
pub fn line(ui: &mut Ui, text: &str, form: impl FnOnce(RichText) -> Label) -> Response {
    let shown = visual(text);
    let response = ui.add(form(RichText::new(shown.as_ref())));
    if shown != text {
        ui.ctx().accesskit_node_builder(response.id, |node| node.set_value(text));
    }
    response
}

/// A page's heading, told as one to a screen reader.
pub fn heading(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::of(ui);
    let response = line(ui, text, |text| Label::new(text.heading().color(palette.text)));
    told_as_heading(ui, &response, text);
    response
}

/// A heading inside a page.
pub fn subheading(ui: &mut Ui, text: &str) -> Response {
    let palette = Palette::of(ui);
    let response = line(ui, text, |text| Label::new(text.size(16.0).color(palette.text)));
    told_as_heading(ui, &response, text);
    response
}

fn told_as_heading(ui: &Ui, response: &Response, text: &str) {
    ui.ctx().accesskit_node_builder(response.id, |node| {
        node.set_role(Role::Heading);
        node.set_label(text);
    });
}

/// Gives a field without a label of its own a name.
pub fn named(ui: &Ui, response: &Response, name: &str) {
    ui.ctx().accesskit_node_builder(response.id, |node| node.set_label(name));
}

/// The pictures on small buttons; no font that every system has draws them alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Picture {
    /// A triangle that points up.
    Up,
    /// A triangle that points down.
    Down,
    /// A pencil.
    Pencil,
}

/// A small button with a picture, called `name`.
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
        Picture::Pencil => {
            let shaft = vec![at(2.5, -6.0), at(6.0, -2.5), at(-2.0, 5.5), at(-5.5, 2.0)];
            painter.add(Shape::closed_line(shaft, Stroke::new(1.3, color)));
            let tip = vec![at(-5.5, 2.0), at(-2.0, 5.5), at(-6.5, 6.5)];
            painter.add(Shape::convex_polygon(tip, color, Stroke::new(1.0, color)));
        }
    }
    response.widget_info(|| WidgetInfo::labeled(Role::Button, enabled, name));
    response.on_hover_text(name)
}

/// Text that explains.
pub fn faint(ui: &mut Ui, text: impl Into<String>) -> Response {
    let color = Palette::of(ui).faint;
    line(ui, &text.into(), |text| Label::new(text.small().color(color)).wrap())
}

/// A sentence that stands out, in a box of its own.
pub fn note(ui: &mut Ui, tone: Tone, text: &str, then: impl FnOnce(&mut Ui)) {
    let palette = Palette::of(ui);
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

/// A button for the thing that is meant to be done here.
pub fn primary(ui: &mut Ui, text: &str, enabled: bool) -> Response {
    let palette = Palette::of(ui);
    let on_accent = if ui.visuals().dark_mode { palette.ground } else { palette.card };
    let button = Button::new(RichText::new(text).color(on_accent)).fill(palette.accent);
    ui.add_enabled(enabled, button)
}

/// A sign that something goes on, with its words.
pub fn busy(ui: &mut Ui, text: &str) {
    ui.horizontal(|ui| {
        ui.add(Spinner::new().size(14.0));
        faint(ui, text);
    });
}

/// A row of label and field, the fields of all rows in one line. The field is called as the label says.
pub fn field(ui: &mut Ui, label: &str, hint: &str, add: impl FnOnce(&mut Ui) -> Response) -> Response {
    let (name, response) = row(ui, label, hint, add);
    response.labelled_by(name.id)
}

/// The same for fields that have names of their own, as boxes to tick have.
pub fn choices(ui: &mut Ui, label: &str, hint: &str, add: impl FnOnce(&mut Ui)) {
    row(ui, label, hint, add);
}

fn row<R>(ui: &mut Ui, label: &str, hint: &str, add: impl FnOnce(&mut Ui) -> R) -> (Response, R) {
    const LABELS: f32 = 170.0;
    let palette = Palette::of(ui);
    let made = ui.horizontal_top(|ui| {
        let size = Vec2::new(LABELS, 28.0);
        let name = ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
            ui.set_width(LABELS);
            ui.add(Label::new(RichText::new(label).color(palette.text)))
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

/// What is wrong with a field, below it.
pub fn wrong(ui: &mut Ui, text: Option<&str>) {
    if let Some(text) = text {
        let color = Palette::of(ui).tone(Tone::Alarm);
        ui.add(Label::new(RichText::new(text).small().color(color)).wrap());
    }
}
