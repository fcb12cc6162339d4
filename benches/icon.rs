//! How long the icon's pixels take: `cargo bench --bench icon`.

use divan::{Bencher, black_box};
use linode_bandwidth::domain::config::{IconColor, IconStyle};
use linode_bandwidth::domain::level::Level;
use linode_bandwidth::tray::icon::{Face, Icon, SIZES, Tick};

fn main() {
    divan::main();
}

/// All the sizes that a panel is given at once.
#[divan::bench(args = [IconStyle::Ring, IconStyle::Bar, IconStyle::Number])]
fn all_sizes(bencher: Bencher, style: IconStyle) {
    let face = Face::Figure { style, percent: Some(62), level: Level::Ok, tick: Some(Tick::at(0.4)) };
    let icon = Icon { color: IconColor::Auto, face, dimmed: false, badge: None };
    bencher.bench(|| SIZES.map(|size| black_box(icon).draw(size)));
}
