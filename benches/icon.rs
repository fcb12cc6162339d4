//! How long drawing an icon takes: `cargo bench --bench icon`.

use divan::{Bencher, black_box};
use linode_bandwidth::domain::config::{IconColor, IconStyle};
use linode_bandwidth::domain::level::Level;
use linode_bandwidth::tray::icon::{Badge, Glyph, Icon, MonthMarker, SIZES};

fn main() {
    divan::main();
}

/// All sizes that a panel gets at once, for an ordinary figure.
#[divan::bench(args = [IconStyle::Ring, IconStyle::Bar, IconStyle::Number])]
fn all_sizes(bencher: Bencher, style: IconStyle) {
    draw(bencher, figure(style, 62, Level::Ok, Some(MonthMarker::from_elapsed(0.4))), None);
}

/// The icon with the most elements.
#[divan::bench(args = [IconStyle::Ring, IconStyle::Bar, IconStyle::Number])]
fn all_sizes_of_a_warning_with_a_badge(bencher: Bencher, style: IconStyle) {
    draw(
        bencher,
        figure(style, 83, Level::Warning, Some(MonthMarker::from_elapsed(0.4))),
        Some(Badge::Attention),
    );
}

/// A filled icon.
#[divan::bench(args = [IconStyle::Ring, IconStyle::Bar, IconStyle::Number])]
fn all_sizes_over_100_percent(bencher: Bencher, style: IconStyle) {
    draw(bencher, figure(style, 105, Level::Exceeded, None), None);
}

/// A sign without a figure.
#[divan::bench]
fn all_sizes_of_a_refused_token(bencher: Bencher) {
    draw(bencher, Glyph::TokenFailed, None);
}

fn figure(style: IconStyle, percent: u16, level: Level, month_marker: Option<MonthMarker>) -> Glyph {
    Glyph::Figure { style, percent: Some(percent), level, month_marker }
}

fn draw(bencher: Bencher, glyph: Glyph, badge: Option<Badge>) {
    let icon = Icon { color: IconColor::Auto, glyph, dimmed: false, badge };
    bencher.bench(|| SIZES.map(|size| black_box(icon).draw(size)));
}
