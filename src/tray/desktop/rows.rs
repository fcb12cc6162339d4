//! The rows as a menu of the system's own, changed in place: it may be open.

use muda::{CheckMenuItem, IsMenuItem, Menu, MenuId, MenuItem, PredefinedMenuItem, Submenu};

use super::super::menu::{Action, Kind, Row};

/// The menu and what is in it.
pub(super) struct Rows {
    menu: Menu,
    slots: Vec<Slot>,
}

/// A row's place. One that is not visible is out of the menu, and comes back to the same place: the system can't hide
/// a row.
struct Slot {
    row: Row,
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
    pub(super) fn new(rows: &[Row]) -> muda::Result<Rows> {
        let menu = Menu::new();
        let slots = filled(&menu, rows)?;
        Ok(Rows { menu, slots })
    }

    /// The menu: another handle to the same.
    pub(super) fn menu(&self) -> Menu {
        self.menu.clone()
    }

    /// Shows `rows`.
    pub(super) fn show(&mut self, rows: &[Row]) -> muda::Result<()> {
        update(&self.menu, &mut self.slots, rows)
    }

    /// What choosing `id` does, if anything.
    pub(super) fn chosen(&self, id: &MenuId) -> Option<Action> {
        let slot = find(&self.slots, id)?;
        if let (Item::Check(item), Kind::Check(checked)) = (&slot.item, &slot.row.kind) {
            // It has changed its mark by itself; the mark is to tell what is so.
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

fn filled(holder: &impl Holder, rows: &[Row]) -> muda::Result<Vec<Slot>> {
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

fn update(holder: &impl Holder, slots: &mut Vec<Slot>, rows: &[Row]) -> muda::Result<()> {
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
    fn new(row: &Row) -> muda::Result<Slot> {
        let label = label(row);
        // Also what only tells is enabled: it is to be read, by a screen reader too, and greyed text is neither.
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
    fn show(&mut self, row: &Row) -> muda::Result<()> {
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

    fn fits(&self, row: &Row) -> bool {
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
fn label(row: &Row) -> String {
    row.label.replace('&', "&&")
}
