//! Colors, fonts and spacing, light and dark.

use eframe::egui::style::ScrollAnimation;
use eframe::egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Frame, Margin, Stroke, Style, TextStyle, Theme, Ui,
    Vec2, Visuals,
};

use crate::domain::breakdown::{LARGEST, PartKind};
use crate::domain::level::Level;

/// The maximum width of a page's content, because long lines are hard to read.
pub const WIDEST: f32 = 760.0;
/// The maximum width of a card that stands alone, which has charts and names to fill it.
pub const WIDEST_CARD: f32 = 1120.0;
/// The distance between separate things.
pub const GAP: f32 = 16.0;
/// The distance between things that belong together.
pub const NEAR: f32 = 6.0;

/// How much something stands out. Color is never the only sign: the words say it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Worth knowing.
    Warning,
    /// Worth acting on.
    Alarm,
    /// Old, disabled or unknown.
    Faint,
}

impl From<Level> for Tone {
    fn from(level: Level) -> Tone {
        match level {
            Level::Ok => Tone::Good,
            Level::Warning => Tone::Warning,
            Level::Critical | Level::Exceeded => Tone::Alarm,
        }
    }
}

/// The colors that egui's visuals lack.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    /// The window's background.
    pub ground: Color32,
    /// The background of the list of pages.
    pub side: Color32,
    /// A card's background.
    pub card: Color32,
    /// A card's border.
    pub edge: Color32,
    pub text: Color32,
    /// Text of hints.
    pub faint: Color32,
    /// The main button, and links.
    pub accent: Color32,
    /// The empty part of a bar.
    pub track: Color32,
    /// The background of text fields.
    pub field: Color32,
    good: Color32,
    warning: Color32,
    alarm: Color32,
    /// The same three for areas, which need less contrast than text.
    areas: [Color32; 3],
    /// The parts of a chart. Neighbors differ in brightness, too.
    series: [Color32; LARGEST],
}

const LIGHT: Palette = Palette {
    ground: Color32::from_rgb(246, 247, 249),
    side: Color32::from_rgb(237, 239, 243),
    card: Color32::from_rgb(255, 255, 255),
    edge: Color32::from_rgb(222, 226, 232),
    text: Color32::from_rgb(28, 33, 40),
    faint: Color32::from_rgb(92, 101, 113),
    accent: Color32::from_rgb(20, 104, 200),
    track: Color32::from_rgb(230, 233, 238),
    field: Color32::from_rgb(250, 251, 252),
    good: Color32::from_rgb(23, 128, 78),
    warning: Color32::from_rgb(158, 98, 0),
    alarm: Color32::from_rgb(193, 40, 40),
    areas: [Color32::from_rgb(46, 160, 105), Color32::from_rgb(235, 165, 40), Color32::from_rgb(216, 60, 56)],
    series: [
        Color32::from_rgb(20, 104, 200),
        Color32::from_rgb(238, 163, 32),
        Color32::from_rgb(0, 128, 105),
        Color32::from_rgb(222, 133, 180),
        Color32::from_rgb(100, 72, 158),
    ],
};

const DARK: Palette = Palette {
    ground: Color32::from_rgb(26, 28, 32),
    side: Color32::from_rgb(20, 22, 25),
    card: Color32::from_rgb(36, 39, 44),
    edge: Color32::from_rgb(52, 56, 63),
    text: Color32::from_rgb(230, 233, 237),
    faint: Color32::from_rgb(160, 168, 179),
    accent: Color32::from_rgb(92, 166, 255),
    track: Color32::from_rgb(56, 60, 68),
    field: Color32::from_rgb(28, 30, 34),
    good: Color32::from_rgb(74, 190, 131),
    warning: Color32::from_rgb(229, 168, 61),
    alarm: Color32::from_rgb(246, 113, 108),
    areas: [Color32::from_rgb(58, 168, 114), Color32::from_rgb(224, 160, 48), Color32::from_rgb(229, 83, 78)],
    series: [
        Color32::from_rgb(92, 166, 255),
        Color32::from_rgb(222, 145, 30),
        Color32::from_rgb(90, 205, 175),
        Color32::from_rgb(196, 92, 150),
        Color32::from_rgb(190, 170, 250),
    ],
};

impl Palette {
    /// The palette of `ui`'s theme.
    pub fn from_ui(ui: &Ui) -> Palette {
        if ui.visuals().dark_mode { DARK } else { LIGHT }
    }

    /// The text color of `tone`.
    pub fn tone(&self, tone: Tone) -> Color32 {
        match tone {
            Tone::Good => self.good,
            Tone::Warning => self.warning,
            Tone::Alarm => self.alarm,
            Tone::Faint => self.faint,
        }
    }

    /// The color of `tone` for areas.
    pub fn area(&self, tone: Tone) -> Color32 {
        let [good, warning, alarm] = self.areas;
        match tone {
            Tone::Good => good,
            Tone::Warning => warning,
            Tone::Alarm => alarm,
            Tone::Faint => self.card.lerp_to_gamma(self.faint, 0.7),
        }
    }

    /// The color of a part of a chart.
    pub fn part(&self, kind: PartKind) -> Color32 {
        match kind {
            PartKind::Consumer(at) => self.series.get(at).copied().unwrap_or(self.faint),
            PartKind::Others => self.card.lerp_to_gamma(self.faint, 0.8),
            PartKind::Unknown => self.track,
            PartKind::Rest => self.card.lerp_to_gamma(self.faint, 0.25),
        }
    }

    /// A background with a hint of `tone`.
    pub fn tint(&self, tone: Tone) -> Color32 {
        self.card.lerp_to_gamma(self.tone(tone), 0.10)
    }
}

/// Sets up both themes in `ctx`.
pub fn apply_theme(ctx: &Context) {
    for (theme, palette) in [(Theme::Light, LIGHT), (Theme::Dark, DARK)] {
        ctx.style_mut_of(theme, |style| dress_style(style, theme, &palette));
    }
}

fn dress_style(style: &mut Style, theme: Theme, palette: &Palette) {
    style.text_styles = [
        (TextStyle::Small, FontId::new(12.5, FontFamily::Proportional)),
        (TextStyle::Body, FontId::new(14.0, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(14.0, FontFamily::Proportional)),
        (TextStyle::Heading, FontId::new(21.0, FontFamily::Proportional)),
        (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
    ]
    .into();
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(8.0, NEAR);
    spacing.button_padding = Vec2::new(11.0, 5.0);
    spacing.interact_size = Vec2::new(40.0, 28.0);
    spacing.text_edit_width = 300.0;
    spacing.combo_width = 160.0;
    spacing.menu_margin = Margin::same(6);
    spacing.icon_width = 17.0;
    spacing.icon_width_inner = 9.0;
    spacing.icon_spacing = 7.0;
    // No animations: a page appears at once.
    style.animation_time = 0.0;
    style.scroll_animation = ScrollAnimation::none();
    style.interaction.selectable_labels = false;
    style.visuals = visuals(theme, palette);
}

fn visuals(theme: Theme, palette: &Palette) -> Visuals {
    let mut visuals = if theme == Theme::Dark { Visuals::dark() } else { Visuals::light() };
    visuals.panel_fill = palette.ground;
    visuals.window_fill = palette.card;
    visuals.window_stroke = Stroke::new(1.0, palette.edge);
    visuals.window_corner_radius = CornerRadius::same(12);
    visuals.menu_corner_radius = CornerRadius::same(8);
    visuals.extreme_bg_color = palette.field;
    visuals.text_edit_bg_color = Some(palette.field);
    visuals.weak_text_color = Some(palette.faint);
    visuals.hyperlink_color = palette.accent;
    visuals.selection.bg_fill = palette.card.lerp_to_gamma(palette.accent, 0.30);
    visuals.selection.stroke = Stroke::new(1.5, palette.accent);
    // Disabled widgets must stay readable. egui's default of half is too little on a dark card.
    visuals.disabled_alpha = 0.65;
    let plain = palette.card.lerp_to_gamma(palette.text, 0.05);
    let edge = palette.card.lerp_to_gamma(palette.text, 0.22);
    let widgets = &mut visuals.widgets;
    for state in [
        &mut widgets.noninteractive,
        &mut widgets.inactive,
        &mut widgets.hovered,
        &mut widgets.active,
        &mut widgets.open,
    ] {
        state.corner_radius = CornerRadius::same(7);
        state.fg_stroke = Stroke::new(1.0, palette.text);
        state.bg_stroke = Stroke::new(1.0, edge);
        state.bg_fill = palette.field;
        state.weak_bg_fill = plain;
        state.expansion = 0.0;
    }
    widgets.noninteractive.bg_stroke = Stroke::new(1.0, palette.edge);
    widgets.inactive.fg_stroke = Stroke::new(1.2, palette.text);
    widgets.hovered.weak_bg_fill = palette.card.lerp_to_gamma(palette.text, 0.10);
    widgets.hovered.bg_stroke = Stroke::new(1.0, palette.faint);
    // This is also the focused widget, which must be visible.
    widgets.active.weak_bg_fill = palette.card.lerp_to_gamma(palette.accent, 0.16);
    widgets.active.bg_stroke = Stroke::new(2.0, palette.accent);
    visuals
}

/// The frame of a card.
pub fn card(ui: &Ui) -> Frame {
    let palette = Palette::from_ui(ui);
    Frame::new()
        .fill(palette.card)
        .stroke(Stroke::new(1.0, palette.edge))
        .corner_radius(CornerRadius::same(10))
        .inner_margin(Margin::symmetric(18, 16))
}
