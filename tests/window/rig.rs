//! A window without a display, with its own API, configuration and tokens.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use eframe::egui::accesskit::{Live, Role};
use eframe::egui::{Event, Modifiers, PointerButton, Vec2, ViewportCommand, ViewportEvent, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::{AccessKitNode, NodeT, Queryable};
use linode_bandwidth::domain::token::Token;
use linode_bandwidth::storage::config;
use linode_bandwidth::storage::paths::Paths;
use linode_bandwidth::storage::token_store::TokenStore;
use linode_bandwidth::window::owner::{Command, OwnerEvent, OwnerLink};
use linode_bandwidth::window::{App, FileDialogs};
use linode_bandwidth::window_request::{View, WindowRequest};
use serde_json::json;
use tempfile::TempDir;

use crate::owner;
use crate::support::server::{Reply, Server};

pub const TRANSFER: &str = "/account/transfer";
/// An invented token in the format of a real one.
pub const TOKEN: &str = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2";
/// A time limit that nothing reaches.
const TIMEOUT: Duration = Duration::from_secs(20);

pub struct TestWindow {
    pub api: Server,
    pub tokens: TokenStore,
    harness: Harness<'static, Option<App>>,
    events: std::sync::mpsc::Sender<OwnerEvent>,
    commanded: std::sync::mpsc::Receiver<Command>,
    pub dir: TempDir,
}

impl TestWindow {
    /// A window at `view`, with `accounts` in TOML.
    pub fn new(view: impl Into<View>, accounts: &str) -> TestWindow {
        TestWindow::with(view, accounts, &[])
    }

    /// The same with `tokens`, each stored for the account with this id.
    pub fn with(view: impl Into<View>, accounts: &str, tokens: &[(&str, &str)]) -> TestWindow {
        let view = view.into();
        let dir = tempfile::tempdir().unwrap();
        let api = Server::start();
        let file = dir.path().join("config.toml");
        fs::write(&file, format!("api_url = \"{}\"\n{accounts}", api.url())).unwrap();
        let paths = Paths { config_file: file, data_dir: dir.path().join("data") };
        paths.create_data_dir().unwrap();
        let stored = TokenStore::in_memory();
        let TokenStore::Memory(kept) = &stored else { panic!() };
        for (id, token) in tokens {
            let token = Arc::new(Token::new((*token).to_owned()).unwrap());
            kept.lock().unwrap().insert(id.parse().unwrap(), token);
        }
        let (link, end) = OwnerLink::pair();
        let events = end.events.clone();
        let (told, commanded) = std::sync::mpsc::channel();
        owner::serve(paths.clone(), stored.clone(), end, told);
        let mut link = Some(link);
        let draw = move |ui: &mut eframe::egui::Ui, app: &mut Option<App>| {
            let new = || {
                App::new(ui.ctx(), &paths, link.take().unwrap(), view.clone())
                    .on_desktop(FileDialogs::default())
            };
            let app = app.get_or_insert_with(new);
            app.draw(ui);
        };
        let harness = Harness::builder()
            // Names in any script: what is drawn of them does not matter here.
            .allow_missing_glyphs()
            .with_step_dt(0.001)
            .with_size(Vec2::new(860.0, 1400.0))
            .build_ui_state(draw, None);
        TestWindow { api, tokens: stored, harness, events, commanded, dir }
    }

    /// Draws until a widget is called `text` or contains it.
    pub fn sees(&mut self, text: &str) {
        let begun = Instant::now();
        while self.harness.query_all_by_label_contains(text).next().is_none() {
            assert!(begun.elapsed() < TIMEOUT, "{text:?} does not come:\n{}", self.tree());
            thread::sleep(Duration::from_millis(5));
            self.harness.step();
        }
    }

    /// Whether a widget is called `text` or contains it now.
    pub fn shows(&self, text: &str) -> bool {
        self.harness.query_all_by_label_contains(text).next().is_some()
    }

    /// Whether a widget is called exactly `name` now.
    pub fn has(&self, name: &str) -> bool {
        self.harness.query_all_by_label(name).next().is_some()
    }

    /// Number of widgets that are called exactly `text` now.
    pub fn times(&self, text: &str) -> usize {
        self.harness.query_all_by_label(text).count()
    }

    /// Asks it to show `view`, like a second start of the program.
    pub fn wish(&mut self, view: View) {
        self.hears(OwnerEvent::Show(WindowRequest::from(view)));
    }

    /// Sends it an event, like its connection.
    pub fn hears(&mut self, event: OwnerEvent) {
        self.events.send(event).unwrap();
        self.settle();
    }

    /// Its next command to the connection other than a request.
    pub fn commanded(&mut self) -> Option<Command> {
        self.settle();
        self.commanded.recv_timeout(TIMEOUT).ok()
    }

    /// Presses the widget `name`.
    pub fn press(&mut self, name: &str) {
        self.sees(name);
        // Later than a double click, because it may be the widget of the last press.
        let now = self.harness.ctx.input(|input| input.time);
        self.harness.input_mut().time = Some(now + 1.0);
        self.harness.step();
        self.harness.input_mut().time = None;
        let node = self.harness.query_all_by_label(name).last();
        node.unwrap_or_else(|| panic!("nothing is called {name:?}:\n{}", self.tree())).click();
        self.settle();
    }

    /// Lets this many seconds pass.
    pub fn passes(&mut self, seconds: f64) {
        let now = self.harness.ctx.input(|input| input.time);
        self.harness.input_mut().time = Some(now + seconds);
        self.harness.step();
        self.harness.input_mut().time = None;
        self.settle();
    }

    /// Holds the mouse button down on the widget `name` until `then` appears.
    pub fn press_until(&mut self, name: &str, then: &str) {
        self.sees(name);
        let at = self.harness.get_by_label(name).rect().center();
        let button = |pressed| Event::PointerButton {
            pos: at,
            button: PointerButton::Primary,
            pressed,
            modifiers: Modifiers::NONE,
        };
        self.harness.event(Event::PointerMoved(at));
        self.harness.event(button(true));
        self.settle();
        self.sees(then);
        self.harness.event(button(false));
        self.settle();
    }

    /// Closes the window like the desktop does. Returns whether it closes.
    pub fn closes(&mut self) -> bool {
        let viewport = self.harness.input_mut().viewports.entry(ViewportId::ROOT).or_default();
        viewport.events.push(ViewportEvent::Close);
        self.harness.step();
        let stays = self.viewport_commands().contains(&ViewportCommand::CancelClose);
        self.settle();
        !stays
    }

    /// Its commands to the desktop in the last frame.
    pub fn viewport_commands(&self) -> Vec<ViewportCommand> {
        self.harness.output().viewport_output[&ViewportId::ROOT].commands.clone()
    }

    /// Double-clicks the widget `name`.
    pub fn double_click(&mut self, name: &str) {
        self.sees(name);
        let at = self.harness.get_by_label(name).rect().center();
        self.harness.event(Event::PointerMoved(at));
        for pressed in [true, false, true, false] {
            let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
            self.harness.event(Event::PointerButton { pos: at, button, pressed, modifiers });
            self.harness.step();
        }
        self.settle();
    }

    /// Pastes `text` into the focused widget.
    pub fn paste(&mut self, text: &str) {
        self.harness.event(Event::Paste(text.to_owned()));
        self.settle();
    }

    /// Delivers `text` as the clipboard. Returns what the window then copies, if anything.
    pub fn clipboard_holds(&mut self, text: &str) -> Option<String> {
        self.harness.event(Event::Paste(text.to_owned()));
        self.harness.step();
        let commands = &self.harness.output().platform_output.commands;
        commands.iter().find_map(|command| match command {
            eframe::egui::OutputCommand::CopyText(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// Types `text` into the field `name`.
    pub fn type_into(&mut self, name: &str, text: &str) {
        self.sees(name);
        self.field(name).focus();
        self.settle();
        self.field(name).type_text(text);
        self.settle();
    }

    /// Types it after clearing the field.
    pub fn replace(&mut self, name: &str, text: &str) {
        self.sees(name);
        self.field(name).focus();
        self.settle();
        self.harness.key_press_modifiers(eframe::egui::Modifiers::COMMAND, eframe::egui::Key::A);
        self.settle();
        self.field(name).type_text(text);
        self.settle();
    }

    pub fn key(&mut self, key: eframe::egui::Key) {
        self.harness.key_press(key);
        self.settle();
    }

    pub fn key_with(&mut self, modifiers: Modifiers, key: eframe::egui::Key) {
        self.harness.key_press_modifiers(modifiers, key);
        self.settle();
    }

    pub fn resize(&mut self, width: f32, height: f32) {
        self.harness.set_size(Vec2::new(width, height));
        self.settle();
    }

    /// Whether the widget `name` is completely visible.
    pub fn is_in_view(&self, name: &str) -> bool {
        let window = self.harness.ctx.content_rect();
        let mut found = self.harness.query_all_by_label(name);
        found.next().is_some_and(|node| window.contains_rect(node.rect()))
    }

    /// Presses the widget whose name starts with `name`.
    pub fn press_starting(&mut self, name: &str) {
        self.sees(name);
        let full = self.controls().into_iter().map(|(_, full)| full).find(|full| full.starts_with(name));
        self.press(&full.unwrap_or_else(|| panic!("nothing is called {name:?}…:\n{}", self.tree())));
    }

    /// The right edge of the widget `name`.
    pub fn right(&self, name: &str) -> f32 {
        self.harness.get_by_label(name).rect().right()
    }

    /// The names of widgets that reach beyond the window's right edge.
    pub fn beyond_the_edge(&self) -> Vec<String> {
        let edge = self.harness.ctx.content_rect().right();
        let all = self.harness.query_all_by(|node| {
            node.bounding_box().is_some() && (node.label().is_some() || node.value().is_some())
        });
        let beyond = all.filter(|node| node.rect().right() > edge + 0.5);
        beyond
            .map(|node| format!("{:?} {:?}", node.accesskit_node().label(), node.accesskit_node().value()))
            .collect()
    }

    /// Whether the tab `name` is selected.
    pub fn is_selected(&self, name: &str) -> bool {
        let mut found = self.harness.query_all_by_label(name);
        found.any(|node| node.accesskit_node().is_selected() == Some(true))
    }

    /// Role and name of each widget that can be pressed, selected or typed into.
    pub fn controls(&self) -> Vec<(String, String)> {
        use eframe::egui::accesskit::Role;
        let roles = [
            Role::Button,
            Role::CheckBox,
            Role::ComboBox,
            Role::RadioButton,
            Role::Tab,
            Role::TextInput,
            Role::MultilineTextInput,
            Role::PasswordInput,
            Role::Link,
        ];
        let controls = self.harness.query_all_by(|node| roles.contains(&node.role()));
        let told = |node: egui_kittest::Node<'_>| {
            let node = node.accesskit_node();
            (format!("{:?}", node.role()), node.label().unwrap_or_default())
        };
        controls.map(told).collect()
    }

    /// The value of the field `name`.
    pub fn value(&self, name: &str) -> String {
        self.field(name).value().unwrap_or_default()
    }

    pub fn is_focused(&self, name: &str) -> bool {
        self.field(name).is_focused()
    }

    /// What screen readers get of the widget `name`.
    pub fn heard(&self, name: &str) -> Heard {
        let node = self.harness.query_all_by_label(name).last();
        let node = node.unwrap_or_else(|| panic!("nothing is called {name:?}:\n{}", self.tree()));
        Heard::new(&node.accesskit_node())
    }

    /// What screen readers get of every node, in the tree's order.
    pub fn all_heard(&self) -> Vec<Heard> {
        self.harness.query_all_by(|_| true).map(|node| Heard::new(&node.accesskit_node())).collect()
    }

    /// Moves the focus to the widget `name`.
    pub fn focus(&mut self, name: &str) {
        self.sees(name);
        self.harness.query_all_by_label(name).last().unwrap().focus();
        self.settle();
    }

    /// The name of the focused widget.
    pub fn focused(&self) -> String {
        let node = self.harness.query_all_by(|node| node.is_focused()).last();
        node.and_then(|node| node.accesskit_node().label()).unwrap_or_default()
    }

    /// The window's title.
    pub fn title(&self) -> String {
        self.harness.root().accesskit_node().label().unwrap_or_default()
    }

    /// The role of the widget with the focus.
    pub fn focused_role(&self) -> Option<Role> {
        let node = self.harness.query_all_by(|node| node.is_focused()).last();
        node.map(|node| node.accesskit_node().role())
    }

    fn field<'a>(&'a self, name: &'a str) -> egui_kittest::Node<'a> {
        use eframe::egui::accesskit::Role;
        let text = |role| matches!(role, Role::TextInput | Role::PasswordInput | Role::MultilineTextInput);
        let mut fields =
            self.harness.query_all_by_label(name).filter(|node| text(node.accesskit_node().role()));
        fields.next().unwrap_or_else(|| panic!("no field is called {name:?}:\n{}", self.tree()))
    }

    pub fn settle(&mut self) {
        self.harness.step();
        self.harness.step();
    }

    /// The complete accessibility tree.
    pub fn tree(&self) -> String {
        format!("{:?}", self.harness.root())
    }

    /// The window's requests to the system, including text for the clipboard.
    pub fn asked_of_the_system(&self) -> String {
        let output = &self.harness.output().platform_output;
        format!("{:?}{:?}", output.commands, output.events)
    }

    pub fn config_text(&self) -> String {
        fs::read_to_string(self.config_file()).unwrap()
    }

    pub fn config_file(&self) -> PathBuf {
        self.dir.path().join("config.toml")
    }

    pub fn history_file(&self) -> PathBuf {
        self.dir.path().join("data/history.sqlite3")
    }

    /// The names of the accounts in the file.
    pub fn names(&self) -> Vec<String> {
        let config = config::load(&self.config_file()).unwrap();
        config.accounts.into_iter().map(|account| account.name).collect()
    }

    /// Draws until the file is `right`.
    pub fn until(&mut self, right: impl Fn(&TestWindow) -> bool) {
        let begun = Instant::now();
        while !right(self) {
            assert!(begun.elapsed() < TIMEOUT, "{}\n{}", self.config_text(), self.tree());
            thread::sleep(Duration::from_millis(5));
            self.harness.step();
        }
        self.settle();
    }

    /// The stored token of the account `id`.
    pub fn kept(&self, id: &str) -> Option<String> {
        let TokenStore::Memory(kept) = &self.tokens else { panic!() };
        kept.lock().unwrap().get(&id.parse().unwrap()).map(|token| token.expose().to_owned())
    }

    /// Makes the API accept `token` for an account of `company`.
    pub fn takes(&self, token: &str, company: &str, scopes: &str) {
        let good =
            |body: serde_json::Value| Reply::json(200, body.to_string()).header("X-OAuth-Scopes", scopes);
        let transfer = json!({"used": 830, "quota": 1000, "billable": 0, "region_transfers": []});
        self.api.answer_for(token, TRANSFER, good(transfer));
        let account = json!({"company": company, "email": "billing@example.com", "euuid": euuid(company)});
        self.api.answer_for(token, "/account", good(account));
        let listed = json!([{"id": 1, "label": "tray", "scopes": scopes, "created": "2026-01-02T03:04:05",
            "expiry": "2999-12-12T05:00:00", "token": &token[..16]}]);
        let page = json!({"data": listed, "page": 1, "pages": 1, "results": 1});
        self.api.answer_for(token, "/profile/tokens", good(page));
    }
}

/// What screen readers get of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heard {
    pub role: Role,
    pub name: String,
    pub description: String,
    pub invalid: bool,
    /// Whether changes are announced.
    pub live: bool,
    pub level: Option<usize>,
    /// The roles and names of its ancestors, the innermost first.
    pub within: Vec<(Role, String)>,
}

impl Heard {
    fn new(node: &AccessKitNode<'_>) -> Heard {
        let within = std::iter::successors(node.parent(), |node| node.parent());
        let within = within.filter(|part| part.role() != Role::GenericContainer);
        Heard {
            role: node.role(),
            name: node.label().or_else(|| node.value()).unwrap_or_default(),
            description: node.description().unwrap_or_default(),
            invalid: node.data().invalid().is_some(),
            live: node.live() != Live::Off,
            level: node.level(),
            within: within.map(|part| (part.role(), part.label().unwrap_or_default())).collect(),
        }
    }
}

/// The id of the Linode account of `company`, in the API's format.
pub fn euuid(company: &str) -> String {
    let signs: String = company.chars().filter(char::is_ascii_alphanumeric).collect();
    format!("A1BC2DEF-34GH-567I-{signs:0>16}")
}

/// An account in TOML.
pub fn account(id: &str, name: &str) -> String {
    format!("\n[[accounts]]\nid = \"{id}\"\nname = \"{name}\"\n")
}

pub fn invalid_token() -> Reply {
    Reply::json(401, r#"{"errors": [{"reason": "Invalid Token"}]}"#).header("X-OAuth-Scopes", "unknown")
}

pub fn missing_scope() -> Reply {
    let body = r#"{"errors": [{"reason": "Your OAuth token is not authorized to use this endpoint."}]}"#;
    Reply::json(401, body)
        .header("X-OAuth-Scopes", "domains:read_write")
        .header("X-Accepted-OAuth-Scopes", "account:read_only")
}
