//! The differences between the desktops that `tests/hosts` starts, and how to find the icon on their screens.

use std::process::{Command, Stdio};

use linode_bandwidth::domain::level::Level;
use linode_bandwidth::tray::icon::Icon;
use zbus::blocking::Connection;

use super::MENU;
use crate::figures::ring;
use crate::rig::item::{self, Item, Row};
use crate::rig::running::{AppWindow, Tray};
use crate::rig::screen::{self, Area};
use crate::rig::{said, tool, until};

/// The maximum average difference between colors on the screen and in the icon, of 255: hosts blend them.
const TOLERANCE: u32 = 12;

/// A desktop.
pub struct Host {
    pub name: &'static str,
    /// The part of the screen with the panel.
    panel: Area,
    /// Width of the pixmap that it shows, and its width on the screen.
    icon: (u32, u32),
    /// The mouse button that opens the menu.
    menu_button: &'static str,
    /// How the user opens the window.
    gesture: Gesture,
    /// Whether it shows tooltips.
    pub tooltip: bool,
    /// Whether it reads a submenu's rows only when it opens for the first time; it is then too small and off the
    /// screen.
    submenus_late: bool,
    /// How the user chooses menu rows.
    rows: Rows,
    /// Finds a process's window, for Wayland windows.
    wayland: Option<fn(u32) -> Window>,
    /// The position of a notification's second button.
    second_button: Spot,
    /// Where to move the pointer first, on a desktop that shows buttons only then.
    notification: Option<Spot>,
}

/// How the user opens the window from the icon.
enum Gesture {
    Click,
    DoubleClick,
    /// Without a gesture: with this row of the menu.
    Row(&'static str),
}

/// How the user chooses menu rows.
enum Rows {
    Keyboard,
    /// With the pointer, if menus don't support keys: the positions of the first row of the menu and of its first
    /// submenu, and the distance between rows.
    Pointer(Spot, Spot, i32),
}

/// The program's window on the screen.
pub enum Window {
    X11(AppWindow),
    /// The process's window on sway.
    Sway(u32),
    /// The process's window on GNOME Shell.
    GnomeShell(u32),
}

/// A position on the screen.
type Spot = (i32, i32);

/// How many screenshots to compare before trying again.
const LOOKS: u32 = 12;

/// The area that only windows cover, without their borders.
const WORKSPACE: Area = "1200x680+40+80";

const HOSTS: [Host; 6] = [
    Host {
        name: "plasma",
        panel: "640x44+640+756",
        icon: (22, 22),
        menu_button: "3",
        gesture: Gesture::Click,
        tooltip: true,
        submenus_late: true,
        rows: Rows::Keyboard,
        wayland: None,
        second_button: (1166, 702),
        notification: None,
    },
    Host {
        name: "gnome",
        panel: "640x32+640+0",
        icon: (16, 16),
        menu_button: "1",
        gesture: Gesture::DoubleClick,
        tooltip: false,
        submenus_late: false,
        rows: Rows::Keyboard,
        wayland: None,
        second_button: (760, 150),
        notification: Some((640, 70)),
    },
    Host {
        name: "gnome-wayland",
        panel: "640x32+640+0",
        icon: (16, 16),
        menu_button: "1",
        gesture: Gesture::DoubleClick,
        tooltip: false,
        submenus_late: false,
        rows: Rows::Keyboard,
        wayland: Some(Window::GnomeShell),
        second_button: (760, 150),
        notification: Some((640, 70)),
    },
    Host {
        name: "mate",
        panel: "640x28+640+0",
        icon: (22, 20),
        menu_button: "1",
        gesture: Gesture::Row("Usage and history…"),
        tooltip: false,
        submenus_late: false,
        rows: Rows::Keyboard,
        wayland: None,
        second_button: (1190, 120),
        notification: None,
    },
    Host {
        name: "cinnamon",
        panel: "640x40+640+760",
        icon: (96, 24),
        menu_button: "3",
        gesture: Gesture::Click,
        tooltip: true,
        submenus_late: false,
        rows: Rows::Keyboard,
        wayland: None,
        second_button: (1004, 92),
        notification: None,
    },
    Host {
        name: "waybar",
        panel: "640x30+640+0",
        icon: (96, 24),
        menu_button: "3",
        gesture: Gesture::Click,
        tooltip: true,
        submenus_late: false,
        rows: Rows::Pointer((1100, 32), (960, 32), 25),
        wayland: Some(Window::Sway),
        second_button: (1200, 60),
        notification: None,
    },
];

impl Host {
    /// The desktop of this session.
    pub fn here() -> &'static Host {
        let name = std::env::var("HOST").unwrap_or_default();
        let host = HOSTS.iter().find(|host| host.name == name);
        host.expect("these tests are about the desktops that tests/hosts starts")
    }

    /// Waits until no icon of an ended program is on the panel. It could be mistaken for the next one's, which has the
    /// same figure, and moves that one when it goes.
    pub fn forget_the_ended(&self) {
        let bus = Connection::session().unwrap();
        until("no icon of a program that has ended", || (!item::is_one_dead(&bus)).then_some(()));
        screen::settled(self.panel);
    }

    /// The icon's position, once the panel shows this figure and no longer changes.
    pub fn wait_for(&self, percent: u16, level: Level) -> Spot {
        until("the figure on the screen", || {
            let pixels = screen::settled(self.panel);
            self.find_in(&Picture::with(self.panel, pixels), percent, level)
        })
    }

    /// The center of the icon with this figure, if it is on the panel. No other figure may fit as well.
    pub fn find(&self, percent: u16, level: Level) -> Option<Spot> {
        self.find_in(&Picture::with(self.panel, screen::pixels(self.panel)), percent, level)
    }

    fn find_in(&self, panel: &Picture, percent: u16, level: Level) -> Option<Spot> {
        let (size, side) = self.icon;
        let dots = |percent| Dots::of(&ring(percent, level), size, side);
        let (x, y) = panel.find(&dots(percent))?;
        let error = |percent| panel.error(&dots(percent), x, y, u32::MAX);
        let best = (0..=100).min_by_key(|&other| (error(other), other != percent));
        let middle = |at: usize| i32::try_from(at + side as usize / 2).unwrap();
        (best == Some(percent)).then_some((panel.left + middle(x), panel.top + middle(y)))
    }

    /// Opens the menu of the icon at `spot`. Returns the screen. Some hosts ignored a click shortly after their own
    /// start, so this clicks again if there is no menu after a while, as a user would.
    pub fn open_menu(&self, spot: Spot) -> Vec<u8> {
        point_at(spot);
        let bare = screen::settled(screen::ALL);
        click(spot, self.menu_button);
        let mut looks = 0;
        until("the menu on the screen", || {
            let now = screen::settled(screen::ALL);
            if screen::difference(&bare, &now) > MENU {
                return Some(now);
            }
            looks += 1;
            if looks % LOOKS == 0 {
                click(spot, self.menu_button);
            }
            None
        })
    }

    /// Prepares for a notification that stays on the screen. GNOME Shell removes one if the user has just done
    /// something and it has not shown any yet (tests/desktop/hosts/gnome.sh).
    pub fn expect_notification(&self) {
        if self.notification.is_some() {
            in_root(&["gsettings", "set", "org.gnome.desktop.notifications", "show-banners", "true"]);
            until("a desktop that nobody touches", || (idle_milliseconds() > 2000).then_some(()));
        }
    }

    /// Opens the submenu of the first row of the open menu.
    pub fn open_submenu(&self, spot: Spot, menu: &[u8]) {
        match self.rows {
            Rows::Keyboard => screen::keys(&["Down", "Right"]),
            Rows::Pointer(first, ..) => point_at(first),
        }
        if self.submenus_late {
            let submenu = screen::changed(screen::ALL, menu);
            self.keep("submenu-at-first");
            screen::keys(&["Escape", "Escape"]);
            screen::away();
            screen::changed(screen::ALL, &submenu);
            self.open_menu(spot);
            screen::keys(&["Down", "Right"]);
        }
        until("the submenu on the screen", || {
            (screen::difference(menu, &screen::settled(screen::ALL)) > MENU).then_some(())
        });
    }

    /// Chooses the row `label` among the `rows` of the open submenu.
    pub fn choose_in_submenu(&self, rows: &[Row], label: &str) {
        let before = rows.iter().filter(|row| !row.separator).take_while(|row| row.label != label).count();
        match self.rows {
            Rows::Keyboard => screen::keys(&[&vec!["Down"; before][..], &["Return"]].concat()),
            Rows::Pointer(_, (x, y), next) => click((x, y + next * i32::try_from(before).unwrap()), "1"),
        }
    }

    /// Opens the window with the desktop's gesture on the icon at `spot`.
    pub fn open_window(&self, tray: &Tray<'_>, item: &Item, spot: Spot) {
        match self.gesture {
            Gesture::Row(label) => {
                self.open_menu(spot);
                choose(&item.rows(), label);
            }
            Gesture::Click => self.click_icon(spot),
            // GNOME Shell ignored a double click shortly after its own start, so this repeats it, as a user would.
            Gesture::DoubleClick => until("what the double click does", || {
                if tray.children().is_empty() {
                    self.click_icon(spot);
                    screen::settled(screen::ALL);
                }
                (!tray.children().is_empty()).then_some(())
            }),
        }
    }

    /// Clicks the icon at `spot` with this desktop's button.
    pub fn click_icon(&self, spot: Spot) {
        point_at(spot);
        let times = if matches!(self.gesture, Gesture::DoubleClick) { "2" } else { "1" };
        tool("xdotool", &["click", "--repeat", times, "--delay", "80", "1"]);
    }

    /// Whether it is GNOME Shell on Wayland.
    pub fn is_gnome_on_wayland(&self) -> bool {
        self.name == "gnome-wayland"
    }

    /// Whether its windows are Wayland windows.
    pub fn is_wayland(&self) -> bool {
        self.wayland.is_some()
    }

    /// The tray's window, once it is on the screen and drawn.
    pub fn window(&self, tray: &Tray<'_>) -> Window {
        let Some(of_process) = self.wayland else {
            let window = tray.window();
            crate::window::drawn(&window);
            return Window::X11(window);
        };
        let windows = || tray.children().into_iter().map(of_process);
        let window = until("the window", || windows().find(Window::is_there));
        until("the window's picture", || {
            let picture = screen::settled(WORKSPACE);
            picture.chunks(3).any(|pixel| pixel != &picture[..3]).then_some(())
        });
        window
    }

    /// Presses the second button of the notification until `done`.
    pub fn press_second_button(&self, done: impl Fn() -> bool) {
        if let Some(spot) = self.notification {
            // Wait until it has unfolded: before that, a click on the buttons' position opens the window.
            let folded = screen::settled(screen::ALL);
            point_at(spot);
            screen::changed(screen::ALL, &folded);
        }
        until("what the notification's button does", || {
            if !done() {
                click(self.second_button, "1");
            }
            done().then_some(())
        });
    }

    /// Saves a screenshot.
    pub fn keep(&self, name: &str) {
        screen::keep(screen::ALL, 1, &format!("{}/{name}", self.name));
    }
}

impl Window {
    /// Whether the desktop shows it.
    fn is_there(&self) -> bool {
        match self {
            Window::X11(_) => true,
            Window::Sway(pid) => sway(*pid, "nop"),
            Window::GnomeShell(pid) => gnome_shell(*pid, "true") == "true",
        }
    }

    /// Closes it like its close button.
    pub fn close(&self) {
        match self {
            Window::X11(window) => window.close(),
            Window::Sway(pid) => assert!(sway(*pid, "kill"), "the window is gone"),
            Window::GnomeShell(pid) => {
                gnome_shell(*pid, "window.delete(global.get_current_time())");
            }
        }
    }

    /// Hides it, on Wayland.
    pub fn hide(&self) {
        match self {
            Window::X11(_) => unreachable!("it comes to the front by itself"),
            Window::Sway(_) => assert!(swaymsg(&["--quiet", "workspace", "2"]).status().unwrap().success()),
            Window::GnomeShell(pid) => {
                gnome_shell(*pid, "window.minimize()");
                until("the window hidden", || (!self.is_in_front()).then_some(()));
            }
        }
    }

    /// Whether it has the focus. On sway it can't, because waybar passes no activation token.
    pub fn is_in_front(&self) -> bool {
        let Window::GnomeShell(pid) = self else { return false };
        gnome_shell(*pid, "window.has_focus() && !window.minimized") == "true"
    }

    /// Whether the desktop highlights it.
    pub fn is_pointed_out(&self) -> bool {
        match self {
            Window::X11(_) => false,
            Window::Sway(pid) => {
                let tree = swaymsg(&["-t", "get_tree"]).stdout(Stdio::piped()).output().unwrap();
                is_urgent(&serde_json::from_slice(&tree.stdout).unwrap(), *pid)
            }
            Window::GnomeShell(pid) => gnome_shell(*pid, "window.demands_attention") == "true",
        }
    }
}

/// GNOME Shell's answer about the window of this process; empty without a window.
fn gnome_shell(pid: u32, expression: &str) -> String {
    let script = format!(
        "global.get_window_actors().map(actor => actor.meta_window)
            .filter(window => window.get_pid() == {pid} && window.get_title().endsWith('Linode Bandwidth'))
            .map(window => {expression})[0]"
    );
    let shell = ["call", "--session", "-d", "org.gnome.Shell", "-o", "/org/gnome/Shell"];
    // The output looks like `(true, 'false')`.
    let answer = said("gdbus", &[&shell[..], &["-m", "org.gnome.Shell.Eval", &script]].concat());
    let value = answer.strip_prefix("(true, '").and_then(|rest| rest.strip_suffix("')"));
    value.unwrap_or_else(|| panic!("{answer}")).to_owned()
}

/// Whether the window of this process is marked urgent in this part of sway's tree.
fn is_urgent(node: &serde_json::Value, pid: u32) -> bool {
    let children = ["nodes", "floating_nodes"].map(|kind| node[kind].as_array());
    (node["pid"] == pid && node["urgent"] == true)
        || children.into_iter().flatten().flatten().any(|child| is_urgent(child, pid))
}

/// How long the user has been idle, according to GNOME Shell.
fn idle_milliseconds() -> u64 {
    let monitor = ["-d", "org.gnome.Mutter.IdleMonitor", "-o", "/org/gnome/Mutter/IdleMonitor/Core"];
    let method = ["-m", "org.gnome.Mutter.IdleMonitor.GetIdletime"];
    // The output looks like `(uint64 2019,)`.
    let answer = said("gdbus", &[&["call", "--session"], &monitor[..], &method].concat());
    let number = answer.split([' ', ',']).nth(1).unwrap_or_default();
    number.parse().unwrap_or_else(|_| panic!("{answer}"))
}

/// Runs a program of the desktop.
fn in_root(command: &[&str]) {
    let root = std::env::var("HOST_ROOT").expect("tests/hosts sets it");
    tool("chroot", &[&[root.as_str()], command].concat());
}

/// Makes sway do `what` with the window of this process. Returns whether there is one.
fn sway(pid: u32, what: &str) -> bool {
    let order = format!("[pid={pid} title=\"Linode Bandwidth$\"] {what}");
    swaymsg(&["--quiet", &order]).status().unwrap().success()
}

fn swaymsg(words: &[&str]) -> Command {
    let root = std::env::var_os("HOST_ROOT").expect("tests/hosts sets it");
    let mut swaymsg = Command::new("chroot");
    swaymsg.arg(root).arg("swaymsg").args(words).stdout(Stdio::null()).stderr(Stdio::null());
    swaymsg
}

/// Chooses the row `label` among the `rows` of the open menu with the keyboard.
fn choose(rows: &[Row], label: &str) {
    let stops = rows.iter().filter(|row| row.enabled && !row.separator);
    let downs = stops.take_while(|row| row.label != label).count() + 1;
    screen::keys(&[&vec!["Down"; downs][..], &["Return"]].concat());
}

/// Moves the pointer there, in a way that a host notices.
pub fn point_at((x, y): Spot) {
    let near = [(x - 3).to_string(), (y - 2).to_string()];
    let there = [x.to_string(), y.to_string()];
    tool("xdotool", &["mousemove", &near[0], &near[1], "mousemove", &there[0], &there[1]]);
}

fn click(spot: Spot, button: &str) {
    point_at(spot);
    tool("xdotool", &["click", button]);
}

/// A part of the screen.
struct Picture {
    left: i32,
    top: i32,
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Picture {
    fn with(area: Area, pixels: Vec<u8>) -> Picture {
        let numbers: Vec<i32> = area.split(['x', '+']).map(|number| number.parse().unwrap()).collect();
        let [width, height, left, top] = numbers[..] else { panic!("{area}") };
        let (width, height) = (width.try_into().unwrap(), height.try_into().unwrap());
        Picture { left, top, width, height, pixels }
    }

    /// The position of `dots` in it, if they are there.
    fn find(&self, dots: &Dots) -> Option<(usize, usize)> {
        let most = TOLERANCE * 3 * u32::try_from(dots.all.len()).unwrap();
        for y in 0..=self.height.checked_sub(dots.size)? {
            for x in 0..=self.width.checked_sub(dots.size)? {
                if self.error(dots, x, y, most) < most {
                    return Some((x, y));
                }
            }
        }
        None
    }

    /// The total difference from `dots` at this position; stops at `most`.
    fn error(&self, dots: &Dots, x: usize, y: usize, most: u32) -> u32 {
        let mut error = 0;
        for (at, color) in &dots.all {
            let here = 3 * ((y + at / dots.size) * self.width + x + at % dots.size);
            let channels = color.iter().zip(&self.pixels[here..]);
            error += channels.map(|(sent, seen)| u32::from(sent.abs_diff(*seen))).sum::<u32>();
            if error >= most {
                break;
            }
        }
        error
    }
}

/// The opaque pixels of an icon.
struct Dots {
    size: usize,
    all: Vec<(usize, [u8; 3])>,
}

impl Dots {
    /// The pixels of the pixmap of width `size`, scaled to `side` like a host does.
    fn of(icon: &Icon, size: u32, side: u32) -> Dots {
        let drawn = icon.draw(size);
        let channel = |x: u32, y: u32, at: u32| u32::from(drawn.data[(4 * (y * size + x) + at) as usize]);
        let mut all = Vec::new();
        for (y, x) in (0..side).flat_map(|y| (0..side).map(move |x| (y, x))) {
            let parts = |at: u32| (at * size, (at + 1) * size);
            let (mut sums, mut area, mut opaque) = ([0; 3], 0, true);
            let (top, bottom) = parts(y);
            let (left, right) = parts(x);
            for (row, column) in (top / side..bottom.div_ceil(side))
                .flat_map(|row| (left / side..right.div_ceil(side)).map(move |column| (row, column)))
            {
                let cover = |at: u32, from: u32, to: u32| ((at + 1) * side).min(to) - (at * side).max(from);
                let part = cover(row, top, bottom) * cover(column, left, right);
                opaque &= channel(column, row, 3) == 255;
                area += part;
                for (at, sum) in (0..).zip(&mut sums) {
                    *sum += part * channel(column, row, at);
                }
            }
            if opaque {
                all.push(((y * side + x) as usize, sums.map(|sum| u8::try_from(sum / area).unwrap())));
            }
        }
        Dots { size: side as usize, all }
    }
}
