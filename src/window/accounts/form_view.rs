//! The view of the account form.

use std::cell::Cell;
use std::collections::BTreeMap;

use eframe::egui::{Button, ComboBox, TextEdit, Ui, Vec2};

use super::form::{AccountForm, Focus, Linodes, TokenSource, WatchChoice};
use super::token_field::{command_field, name_field, outcome, save_button, save_state, token_field};
use crate::domain::config::{ConfigEnum, ShowAs};
use crate::domain::linodes::Linode;
use crate::domain::text::quoted;
use crate::window::theme::{NEAR, Tone, card};
use crate::window::widgets::{
    busy, choices, entered, faint, field, group, message, named, note, options, page_with_bar, radio_buttons,
    remark, scroll_into_view, selection_list,
};

/// What the user did in the form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormAction {
    /// Verify the account and save it.
    Save,
    /// Save it without verification.
    SaveAnyway,
    /// Close the form.
    Cancel,
    /// Open the token guide.
    Guide,
    /// List the Linodes to choose from.
    ListLinodes,
    /// Fetch the regions to choose from again.
    ListRegions,
}

/// The hint below the name of a new account.
pub const NAME_HINT: &str = "Leave empty to use your company's name at Linode. You can rename it later.";
/// The hint below the token of a new account.
pub const TOKEN_HINT: &str = "Stored in this computer's keyring, and sent only to Linode.";

/// The names of regions by id, or why they could not be fetched; `None` while the request runs.
type RegionNames<'a> = Option<Result<&'a BTreeMap<String, String>, &'a str>>;

/// Shows `form`.
pub fn show(
    ui: &mut Ui,
    form: &mut AccountForm,
    regions: RegionNames<'_>,
    thresholds: &str,
) -> Option<FormAction> {
    let act = Cell::new(None);
    let set = |did: Option<FormAction>| act.set(did.or(act.get()));
    let title = form.title();
    let content = |ui: &mut Ui, form: &mut AccountForm| {
        if let Some(removed) = &form.removed {
            let said = format!(
                "{} was removed elsewhere. To add it again, enter its token and save.",
                quoted(&removed.name)
            );
            note(ui, Tone::Warning, &said, |_| {});
            ui.add_space(NEAR);
        }
        // Screen readers name the group with its first field.
        ui.scope_builder(group(&title), |ui| {
            card(ui).show(ui, |ui| {
                ui.set_width(ui.available_width());
                ui.add_enabled_ui(!form.saving, |ui| set(fields(ui, form, regions, thresholds)));
                set(outcome(ui, form).then_some(FormAction::SaveAnyway));
            });
        });
    };
    let bar = |ui: &mut Ui, form: &mut AccountForm| {
        set(save_button(ui, form).then_some(FormAction::Save));
        set(ui.button("Cancel").clicked().then_some(FormAction::Cancel));
        save_state(ui, form);
    };
    page_with_bar(ui, &title, form, content, bar);
    act.get()
}

fn fields(
    ui: &mut Ui,
    form: &mut AccountForm,
    regions: RegionNames<'_>,
    thresholds: &str,
) -> Option<FormAction> {
    let mut act = None;
    let hint = if form.original.is_none() { NAME_HINT } else { "" };
    let name = name_field(ui, form, hint);
    // In a scope, so that the fields below keep their ids, and so the focus, whatever is shown here.
    ui.push_id("token", |ui| {
        let token = match form.token_source {
            TokenSource::Keyring => token_field(ui, form, token_hint(form)),
            TokenSource::Command => command_field(ui, form),
        };
        if entered(ui, &token) {
            act = Some(FormAction::Save);
        }
        if form.original.is_none() && form.token_source == TokenSource::Keyring {
            choices(ui, "", "", |ui| {
                if ui.link("How to make a token").clicked() {
                    act = Some(FormAction::Guide);
                }
            });
        }
    });
    // Below the token, so that Tab goes from the name to the field for the token.
    token_source_field(ui, form);
    let watch = watch_field(ui, form, regions);
    let thresholds = thresholds_field(ui, form, thresholds);
    show_as_field(ui, form);
    if entered(ui, &name) || thresholds {
        act = Some(FormAction::Save);
    }
    act.or(watch)
}

fn token_hint(form: &AccountForm) -> &'static str {
    if form.uses_stored_token() { "Leave empty to keep the account's token." } else { TOKEN_HINT }
}

fn token_source_field(ui: &mut Ui, form: &mut AccountForm) {
    let before = form.token_source;
    let mut pressed = false;
    choices(ui, "Token source", "", |ui| {
        let sources = [(TokenSource::Keyring, "Keyring"), (TokenSource::Command, "Command")];
        pressed = radio_buttons(ui, &mut form.token_source, sources);
    });
    if form.token_source != before {
        // The messages are about the other field, and the Linodes may belong to another token.
        (form.refused, form.remark) = (None, None);
        form.linodes = Linodes::Unknown;
        // The user types in that field next, unless the arrow keys only passed this button.
        if pressed {
            form.focus = Some(form.token_field());
        }
    }
}

/// The choice of what to watch. Returns the user's action.
fn watch_field(ui: &mut Ui, form: &mut AccountForm, regions: RegionNames<'_>) -> Option<FormAction> {
    let mut act = None;
    choices(ui, "Watch", "", |ui| {
        let pools = [
            (WatchChoice::Global, "Global transfer pool"),
            (WatchChoice::Region, "A region's pool"),
            (WatchChoice::Linode, "One Linode"),
        ];
        let pressed = radio_buttons(ui, &mut form.pool, pools);
        // Fetch the list at once if there is a token that is not being typed.
        let known = form.linodes != Linodes::Unknown;
        let asks = form.pool == WatchChoice::Linode && !known && form.can_ask();
        let field = match form.pool {
            WatchChoice::Global => None,
            WatchChoice::Region => region_field(ui, form, regions),
            WatchChoice::Linode => linode_field(ui, form),
        };
        let lists = asks && (pressed || form.uses_stored_token());
        act = lists.then_some(FormAction::ListLinodes).or(field);
    });
    act
}

/// A list of Linodes if they are known, otherwise a field for the number.
fn linode_field(ui: &mut Ui, form: &mut AccountForm) -> Option<FormAction> {
    let mut act = None;
    let wrong = form.wrong.watch.clone();
    let wrong = wrong.as_deref().map(|wrong| (Tone::Alarm, wrong));
    let focus = form.focus.take_if(|focus| *focus == Focus::Watch).is_some();
    match &form.linodes {
        Linodes::Known(linodes) if !linodes.is_empty() => {
            let called = |linode: &Linode| format!("{} ({})", linode.label, linode.id);
            let chosen = linodes.iter().find(|linode| linode.id.to_string() == form.linode.trim());
            let chosen = match (chosen, form.linode.trim()) {
                (Some(linode), _) => called(linode),
                (None, "") => "Choose a Linode".to_owned(),
                (None, id) => format!("{id} (not in the list)"),
            };
            let list = ComboBox::from_id_salt("linode").width(ui.available_width().min(260.0)).height(320.0);
            let list = selection_list(ui, list, &chosen, |ui| {
                options(ui, &mut form.linode, linodes.iter().map(|it| (it.id.to_string(), called(it))));
            });
            named(ui, &list, "Linode");
            if focus {
                scroll_into_view(&list);
            }
            remark(ui, &list, wrong, "");
            return None;
        }
        _ => {}
    }
    let number = ui.horizontal(|ui| {
        let edit = TextEdit::singleline(&mut form.linode).hint_text("12345678").desired_width(160.0);
        let number = ui.add(edit.margin(Vec2::new(8.0, 6.0)));
        named(ui, &number, "Linode id");
        if focus {
            scroll_into_view(&number);
        }
        if matches!(form.linodes, Linodes::Asked(_)) {
            busy(ui, "Loading your Linodes…");
        } else if ui.add_enabled(form.can_ask(), Button::new("Choose from a list")).clicked() {
            act = Some(FormAction::ListLinodes);
        }
        number
    });
    let hint = match &form.linodes {
        Linodes::Failed(why) => {
            message(ui, Tone::Alarm, why);
            ""
        }
        Linodes::Known(_) => "This token can see no Linodes.",
        Linodes::Unknown | Linodes::Asked(_) => {
            "To list your Linodes, the token needs the scope linodes:read_only."
        }
    };
    remark(ui, &number.inner, wrong, hint);
    if entered(ui, &number.inner) {
        act = Some(FormAction::Save);
    }
    act
}

/// A list of regions if they are known, otherwise a field for the id.
fn region_field(ui: &mut Ui, form: &mut AccountForm, regions: RegionNames<'_>) -> Option<FormAction> {
    let mut act = None;
    let wrong = form.wrong.watch.clone();
    let wrong = wrong.as_deref().map(|wrong| (Tone::Alarm, wrong));
    let focus = form.focus.take_if(|focus| *focus == Focus::Watch).is_some();
    match regions {
        None => busy(ui, "Loading regions…"),
        Some(Err(why)) => {
            let id = ui.horizontal(|ui| {
                let edit = TextEdit::singleline(&mut form.region).hint_text("id-cgk").desired_width(160.0);
                let id = ui.add(edit.margin(Vec2::new(8.0, 6.0)));
                named(ui, &id, "Region id");
                if focus {
                    scroll_into_view(&id);
                }
                if ui.button("Try again").clicked() {
                    act = Some(FormAction::ListRegions);
                }
                id
            });
            remark(ui, &id.inner, wrong, &format!("{why} Try again, or enter the region's id."));
            if entered(ui, &id.inner) {
                act = Some(FormAction::Save);
            }
        }
        Some(Ok(regions)) => {
            let chosen = regions.get(&form.region).unwrap_or(&form.region).clone();
            let chosen = if chosen.is_empty() { "Choose a region".to_owned() } else { chosen };
            let list = ComboBox::from_id_salt("region").width(ui.available_width().min(260.0)).height(320.0);
            let list = selection_list(ui, list, &chosen, |ui| {
                let named = regions.iter().map(|(id, label)| (id.clone(), format!("{label} ({id})")));
                options(ui, &mut form.region, named);
            });
            named(ui, &list, "Region");
            if focus {
                scroll_into_view(&list);
            }
            remark(ui, &list, wrong, "");
        }
    }
    act
}

/// The account's own thresholds. Returns whether the user pressed Enter there.
fn thresholds_field(ui: &mut Ui, form: &mut AccountForm, common: &str) -> bool {
    let mut submitted = false;
    choices(ui, "Thresholds", "", |ui| {
        let own = ui.checkbox(&mut form.own_thresholds, "Different from Settings");
        if !form.own_thresholds {
            faint(ui, format!("Uses the thresholds in Settings: {common} %."));
            return;
        }
        if own.changed() && form.thresholds.is_empty() {
            common.clone_into(&mut form.thresholds);
        }
        let edit = TextEdit::singleline(&mut form.thresholds).desired_width(160.0);
        let list = ui.add(edit.margin(Vec2::new(8.0, 6.0)));
        named(ui, &list, "Own thresholds in percent");
        if form.focus.take_if(|focus| *focus == Focus::Thresholds).is_some() {
            scroll_into_view(&list);
        }
        let wrong = form.wrong.thresholds.as_deref();
        remark(ui, &list, wrong.map(|wrong| (Tone::Alarm, wrong)), "");
        submitted = entered(ui, &list);
    });
    submitted
}

fn show_as_field(ui: &mut Ui, form: &mut AccountForm) {
    let text = |show_as: Option<ShowAs>| match show_as {
        None => "As in Settings",
        Some(ShowAs::Percent) => "Percent: 13%",
        Some(ShowAs::Used) => "Used: 1071GB",
        Some(ShowAs::UsedAndTotal) => "Used and total: 1071GB (8000GB)",
        Some(ShowAs::Left) => "Left: 6929GB",
    };
    field(ui, "Show as", "", |ui| {
        let chosen = text(form.show_as);
        let list = ComboBox::from_id_salt("show as").width(ui.available_width().min(260.0));
        selection_list(ui, list, chosen, |ui| {
            let choices =
                [None].into_iter().chain(ShowAs::VARIANTS.iter().map(|(_, show_as)| Some(*show_as)));
            options(ui, &mut form.show_as, choices.map(|choice| (choice, text(choice))));
        })
    });
}
