//! The rows as a menu of the system's own, changed in place: it may be open.

use muda::{CheckMenuItem, IsMenuItem, Menu, MenuId, MenuItem, PredefinedMenuItem, Submenu};

use super::super::menu::{Action, Kind, MenuRow};

/// The menu and what is in it.
pub(super) struct Rows {
    menu: Menu,
    slots: Vec<Slot>,
}

/// A row's place. One that is not visible is out of the menu, and comes back to the same place: the system can't hide
/// a row.
struct Slot {
    row: MenuRow,
    item: Item,
}

enum Item {
    Line(MenuItem),
    Check(CheckMenuItem),
    Submenu(Submenu, Vec<Slot>),
    Separator(PredefinedMenuItem),
}

impl Rows {
    /// A menu with `rows`.
    pub(super) fn new(rows: &[MenuRow]) -> muda::Result<Rows> {
        let menu = Menu::new();
        let slots = filled(&menu, rows)?;
        Ok(Rows { menu, slots })
    }

    /// The menu: another handle to the same.
    pub(super) fn menu(&self) -> Menu {
        self.menu.clone()
    }

    /// Shows `rows`.
    pub(super) fn show(&mut self, rows: &[MenuRow]) -> muda::Result<()> {
        if let Err(error) = update(&self.menu, &mut self.slots, rows) {
            tracing::warn!("rebuilding the tray menu: {error}");
            // What is where is no longer known.
            self.slots.clear();
            while self.menu.remove_at(0).is_some() {}
            self.slots = filled(&self.menu, rows)?;
        }
        Ok(())
    }

    /// What choosing `id` does, if anything.
    pub(super) fn chosen(&self, id: &MenuId) -> Option<Action> {
        let slot = find(&self.slots, id)?;
        if let (Item::Check(item), Kind::Check(checked)) = (&slot.item, &slot.row.kind) {
            // The click has toggled the mark, which must show the actual state.
            item.set_checked(*checked);
        }
        slot.row.action.clone()
    }
}

/// What rows are put into.
trait Holder {
    fn put(&self, item: &dyn IsMenuItem, at: usize) -> muda::Result<()>;
    fn take(&self, item: &dyn IsMenuItem) -> muda::Result<()>;
}

impl Holder for Menu {
    fn put(&self, item: &dyn IsMenuItem, at: usize) -> muda::Result<()> {
        self.insert(item, at)
    }

    fn take(&self, item: &dyn IsMenuItem) -> muda::Result<()> {
        self.remove(item)
    }
}

impl Holder for Submenu {
    fn put(&self, item: &dyn IsMenuItem, at: usize) -> muda::Result<()> {
        self.insert(item, at)
    }

    fn take(&self, item: &dyn IsMenuItem) -> muda::Result<()> {
        self.remove(item)
    }
}

fn filled(holder: &impl Holder, rows: &[MenuRow]) -> muda::Result<Vec<Slot>> {
    let mut slots = Vec::with_capacity(rows.len());
    let mut at = 0;
    for row in rows {
        let slot = Slot::new(row)?;
        if row.visible {
            holder.put(slot.item.item(), at)?;
            at += 1;
        }
        slots.push(slot);
    }
    Ok(slots)
}

fn update(holder: &impl Holder, slots: &mut Vec<Slot>, rows: &[MenuRow]) -> muda::Result<()> {
    let fits = slots.len() == rows.len() && slots.iter().zip(rows).all(|(slot, row)| slot.item.fits(row));
    if !fits {
        for slot in slots.drain(..).filter(|slot| slot.row.visible) {
            holder.take(slot.item.item())?;
        }
        *slots = filled(holder, rows)?;
        return Ok(());
    }
    let mut at = 0;
    for (slot, row) in slots.iter_mut().zip(rows) {
        let was_visible = slot.row.visible;
        slot.show(row)?;
        match (was_visible, row.visible) {
            (false, true) => holder.put(slot.item.item(), at)?,
            (true, false) => holder.take(slot.item.item())?,
            _ => {}
        }
        at += usize::from(row.visible);
    }
    Ok(())
}

fn find<'a>(slots: &'a [Slot], id: &MenuId) -> Option<&'a Slot> {
    slots.iter().find_map(|slot| match &slot.item {
        Item::Submenu(_, slots) => find(slots, id),
        item => (item.item().id() == id).then_some(slot),
    })
}

impl Slot {
    fn new(row: &MenuRow) -> muda::Result<Slot> {
        let label = label(row);
        // All rows are enabled: screen readers skip greyed text.
        let item = match &row.kind {
            Kind::Line => Item::Line(MenuItem::new(label, true, None)),
            Kind::Check(checked) => Item::Check(CheckMenuItem::new(label, true, *checked, None)),
            Kind::Separator => Item::Separator(PredefinedMenuItem::separator()),
            Kind::Submenu(rows) => {
                let submenu = Submenu::new(label, true);
                let slots = filled(&submenu, rows)?;
                Item::Submenu(submenu, slots)
            }
        };
        Ok(Slot { row: row.clone(), item })
    }

    /// Shows `row`, which fits.
    fn show(&mut self, row: &MenuRow) -> muda::Result<()> {
        if self.row == *row {
            return Ok(());
        }
        let text = (self.row.label != row.label).then(|| label(row));
        match (&mut self.item, &row.kind) {
            (Item::Line(item), _) => text.iter().for_each(|text| item.set_text(text)),
            (Item::Check(item), kind) => {
                text.iter().for_each(|text| item.set_text(text));
                item.set_checked(matches!(kind, Kind::Check(true)));
            }
            (Item::Submenu(submenu, slots), Kind::Submenu(rows)) => {
                text.iter().for_each(|text| submenu.set_text(text));
                update(submenu, slots, rows)?;
            }
            _ => {}
        }
        self.row = row.clone();
        Ok(())
    }
}

impl Item {
    fn item(&self) -> &dyn IsMenuItem {
        match self {
            Item::Line(item) => item,
            Item::Check(item) => item,
            Item::Submenu(item, _) => item,
            Item::Separator(item) => item,
        }
    }

    fn fits(&self, row: &MenuRow) -> bool {
        matches!(
            (self, &row.kind),
            (Item::Line(_), Kind::Line)
                | (Item::Check(_), Kind::Check(_))
                | (Item::Submenu(..), Kind::Submenu(_))
                | (Item::Separator(_), Kind::Separator)
        )
    }
}

/// An ampersand would mark the next letter as the row's key.
fn label(row: &MenuRow) -> String {
    row.label.replace('&', "&&")
}

// Elsewhere menus are of the main thread alone, which tests don't run on.
#[cfg(all(test, windows))]
mod tests {
    use muda::MenuItemKind;

    use super::*;

    fn row(label: &str, kind: Kind) -> MenuRow {
        MenuRow { label: label.to_owned(), action: Some(Action::Refresh), visible: true, kind }
    }

    fn hidden(label: &str) -> MenuRow {
        MenuRow { visible: false, ..row(label, Kind::Line) }
    }

    fn said(items: &[MenuItemKind]) -> Vec<String> {
        let words = |item: &MenuItemKind| match item {
            MenuItemKind::MenuItem(item) => item.text(),
            MenuItemKind::Check(item) => format!("[{}] {}", u8::from(item.is_checked()), item.text()),
            MenuItemKind::Submenu(menu) => format!("{}: {}", menu.text(), said(&menu.items()).join(", ")),
            _ => "-".to_owned(),
        };
        items.iter().map(words).collect()
    }

    fn after(first: &[MenuRow], then: &[&[MenuRow]]) -> muda::Result<Vec<String>> {
        let mut menu = Rows::new(first)?;
        then.iter().try_for_each(|rows| menu.show(rows))?;
        Ok(said(&menu.menu().items()))
    }

    #[test]
    fn a_row_that_comes_and_goes_keeps_its_place() {
        let with = |middle: MenuRow| [row("one", Kind::Line), middle, row("three", Kind::Separator)];
        let (there, gone) = (with(row("two", Kind::Line)), with(hidden("")));
        assert_eq!(after(&gone, &[]).unwrap(), ["one", "-"]);
        assert_eq!(after(&gone, &[&there]).unwrap(), ["one", "two", "-"]);
        assert_eq!(after(&there, &[&gone]).unwrap(), ["one", "-"]);
        assert_eq!(after(&there, &[&gone, &there]).unwrap(), ["one", "two", "-"]);
    }

    #[test]
    fn rows_are_changed_in_place_in_submenus_too() {
        let menu = |label: &str, rows: Vec<MenuRow>| [row(label, Kind::Submenu(rows))];
        let before = menu("Acme", vec![hidden("x"), row("Mute", Kind::Check(false))]);
        let then = menu("Acme & Sons", vec![row("x", Kind::Line), row("Mute", Kind::Check(true))]);
        let mut rows = Rows::new(&before).unwrap();
        let items = rows.menu().items();
        rows.show(&then).unwrap();
        assert_eq!(said(&items), ["Acme && Sons: x, [1] Mute"]);
    }

    #[test]
    fn another_number_of_rows_rebuilds_the_menu() {
        let few = [row("one", Kind::Line), hidden("two")];
        let many =
            [row("a", Kind::Submenu(vec![row("b", Kind::Line)])), row("one", Kind::Line), hidden("two")];
        assert_eq!(after(&few, &[&many]).unwrap(), ["a: b", "one"]);
        assert_eq!(after(&many, &[&few]).unwrap(), ["one"]);
    }

    #[test]
    fn a_mark_that_was_clicked_tells_what_is_so_until_that_changes() {
        let rows = Rows::new(&[row("Mute", Kind::Check(true))]).unwrap();
        let items = rows.menu().items();
        let check = items[0].as_check_menuitem().unwrap();
        check.set_checked(false);
        assert_eq!(rows.chosen(check.id()), Some(Action::Refresh));
        assert!(check.is_checked());
        assert_eq!(rows.chosen(&MenuId::new("another")), None);
    }
}
