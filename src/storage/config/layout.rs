//! Splits a configuration's document into blocks, so that each account keeps its adjacent comments.

use serde::Serialize;
use serde_json::Value;
use toml_edit::ser::ValueSerializer;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Key, RawString, Table};

/// The document, its `[[accounts]]` blocks, and the lines between the blocks.
pub(super) struct Layout {
    /// Everything except the blocks.
    document: DocumentMut,
    /// The key in the headers, with its surrounding whitespace.
    key: Key,
    blocks: Vec<Block>,
    /// The lines above each block that belong to no block, then those at the end.
    gaps: Vec<String>,
}

/// An `[[accounts]]` block.
#[derive(Clone, Default)]
pub(super) struct Block {
    /// The comment lines directly above the header, and the header's indentation.
    above: String,
    table: Table,
    /// The comment lines directly below the last setting.
    below: String,
}

impl Layout {
    /// Splits `document`. An inline list (`accounts = [{…}]`) has no blocks and stays in the document.
    pub(super) fn new(mut document: DocumentMut) -> Layout {
        let mut key = Key::new("accounts");
        let mut tables = ArrayOfTables::new();
        if document.get("accounts").is_some_and(Item::is_array_of_tables)
            && let Some((found, Item::ArrayOfTables(accounts))) = document.remove_entry("accounts")
        {
            (key, tables) = (found, accounts);
        }
        let mut gaps = Vec::new();
        let mut blocks: Vec<Block> = Vec::new();
        for mut table in tables {
            table.set_position(None);
            let (below, gap, above) = split(text(table.decor().prefix()), !blocks.is_empty(), true);
            if let Some(before) = blocks.last_mut() {
                before.below = below;
            }
            gaps.push(gap);
            blocks.push(Block { above, table, below: String::new() });
        }
        let (below, gap, _) = split(text(Some(document.trailing())), !blocks.is_empty(), false);
        if let Some(last) = blocks.last_mut() {
            last.below = below;
        }
        gaps.push(gap);
        Layout { document, key, blocks, gaps }
    }

    /// Whether the accounts are an inline list.
    pub(super) fn has_list(&self) -> bool {
        self.document.contains_key("accounts")
    }

    pub(super) fn into_text(mut self) -> String {
        let mut tables = ArrayOfTables::new();
        let mut above = String::new();
        for (mut block, gap) in self.blocks.into_iter().zip(&self.gaps) {
            above.push_str(gap);
            above.push_str(&block.above);
            block.table.decor_mut().set_prefix(std::mem::replace(&mut above, block.below));
            tables.push(block.table);
        }
        if let Some(end) = self.gaps.last() {
            above.push_str(end);
        }
        self.document.set_trailing(above);
        if !tables.is_empty() {
            self.document.insert_formatted(&self.key, Item::ArrayOfTables(tables));
        }
        self.document.to_string()
    }

    /// Sets a global setting, or removes it if `value` is null.
    pub(super) fn set(&mut self, key: &str, value: &Value) -> Option<()> {
        let below = self.gaps.first_mut()?;
        if self.document.is_empty() && !value.is_null() {
            // The first setting goes below the comments at the top of the file.
            let above = if below.is_empty() { String::new() } else { format!("{}\n\n", below.trim_end()) };
            *below = if self.blocks.is_empty() { String::new() } else { "\n".to_owned() };
            set(&mut self.document, key, value, below)?;
            self.document.key_mut(key)?.leaf_decor_mut().set_prefix(above);
            return Some(());
        }
        set(&mut self.document, key, value, below)
    }

    pub(super) fn block(&mut self, index: usize) -> Option<&mut Block> {
        self.blocks.get_mut(index)
    }

    /// Inserts `block` at `index`, with a blank line around it. Comments of no block stay above what follows
    /// them.
    pub(super) fn insert(&mut self, index: usize, mut block: Block) {
        let is_last = index == self.blocks.len();
        let is_top = index == 0 && self.document.is_empty();
        let Some(gap) = self.gaps.get_mut(index) else { return };
        end_line(&mut block.below);
        if let Some(before) = index.checked_sub(1).and_then(|before| self.blocks.get_mut(before)) {
            end_line(&mut before.below);
        }
        let (before, after) = match index {
            0 => {
                let blank = (is_top && gap.is_empty()) || ends_blank(gap);
                let ended = if gap.is_empty() || gap.ends_with('\n') { "" } else { "\n" };
                let before = if blank { gap.clone() } else { format!("{gap}{ended}\n") };
                (before, if is_last { String::new() } else { "\n".to_owned() })
            }
            _ => {
                let blank = gap.lines().next().map_or(is_last, |line| line.trim().is_empty());
                ("\n".to_owned(), if blank { gap.clone() } else { format!("\n{gap}") })
            }
        };
        *gap = before;
        self.gaps.insert(index + 1, after);
        self.blocks.insert(index, block);
    }

    /// Removes the block at `index` and merges the gaps around it.
    pub(super) fn remove(&mut self, index: usize) -> Option<Block> {
        if index >= self.blocks.len() {
            return None;
        }
        let block = self.blocks.remove(index);
        let after = self.gaps.remove(index + 1);
        let is_last = index == self.blocks.len();
        let is_top = index == 0 && self.document.is_empty();
        let gap = self.gaps.get_mut(index)?;
        if is_last && after.trim().is_empty() {
            let kept = gap.trim_end().len();
            gap.truncate(kept);
            if kept > 0 {
                gap.push('\n');
            }
        } else if ends_blank(gap) || (is_top && gap.is_empty()) {
            let lines = after.split_inclusive('\n').skip_while(|line| line.trim().is_empty());
            gap.extend(lines);
        } else {
            gap.push_str(&after);
        }
        Some(block)
    }
}

impl Block {
    /// Sets a setting of the account, or removes it if `value` is null.
    pub(super) fn set(&mut self, key: &str, value: &Value) -> Option<()> {
        set(&mut self.table, key, value, &mut self.below)
    }
}

/// Sets `key` in `table`. A null `value` removes its line but keeps the comments above. `below` holds the lines
/// after the table's last setting. `None` if TOML has no such value.
fn set(table: &mut Table, key: &str, value: &Value, below: &mut String) -> Option<()> {
    if value.is_null() {
        let position = table.iter().position(|(other, _)| other == key)?;
        let (removed, _) = table.remove_entry(key)?;
        let above = text(removed.leaf_decor().prefix());
        let comments = above.rsplit_once('\n').map_or_else(String::new, |(lines, _)| format!("{lines}\n"));
        match table.iter_mut().nth(position) {
            Some((mut next, _)) => {
                let prefix = format!("{comments}{}", text(next.leaf_decor().prefix()));
                next.leaf_decor_mut().set_prefix(prefix);
            }
            None => below.insert_str(0, &comments),
        }
        return Some(());
    }
    let mut value = toml_value(value)?;
    if let Some(old) = table.get_mut(key) {
        if let Some(old) = old.as_value() {
            *value.decor_mut() = old.decor().clone();
        }
        *old = Item::Value(value);
        return Some(());
    }
    let last = table.iter().last().and_then(|(last, _)| table.key(last));
    let above = text(last.and_then(|last| last.leaf_decor().prefix()));
    let indentation = above.rsplit('\n').next().unwrap_or_default().to_owned();
    table.insert(key, Item::Value(value));
    table.key_mut(key)?.leaf_decor_mut().set_prefix(indentation);
    Some(())
}

/// `value` in TOML; `None` if TOML has no such value.
pub(super) fn toml_value(value: &Value) -> Option<toml_edit::Value> {
    // A multi-line string would depend on the file's line endings; JSON escapes them.
    let json = value.to_string();
    match json.contains("\\n") {
        true => json.replace('\u{7f}', "\\u007f").parse().ok(),
        false => value.serialize(ValueSerializer::new()).ok(),
    }
}

/// Splits the lines between two blocks: the comments directly below the first, the lines between, and the
/// comments directly above the second with its indentation. Comments that touch both belong to the second.
fn split(between: &str, has_block_above: bool, has_block_below: bool) -> (String, String, String) {
    let is_comment = |line: &&str| line.trim_start().starts_with('#');
    let (lines, indentation) = match between.rfind('\n') {
        _ if !has_block_below => (between, ""),
        Some(end) => between.split_at(end + 1),
        None => ("", between),
    };
    let run = |lines: &mut dyn Iterator<Item = &str>| lines.take_while(is_comment).map(str::len).sum();
    let mut below: usize = if has_block_above { run(&mut lines.split_inclusive('\n')) } else { 0 };
    if has_block_below && below == lines.len() {
        below = 0;
    }
    let (below, rest) = lines.split_at(below);
    let above: usize = if has_block_below { run(&mut rest.split_inclusive('\n').rev()) } else { 0 };
    let (gap, above) = rest.split_at(rest.len() - above);
    (below.to_owned(), gap.to_owned(), format!("{above}{indentation}"))
}

fn text(raw: Option<&RawString>) -> &str {
    raw.and_then(RawString::as_str).unwrap_or_default()
}

fn end_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

fn ends_blank(text: &str) -> bool {
    text.ends_with('\n') && text.lines().next_back().is_some_and(|line| line.trim().is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<String> {
        let layout = Layout::new(text.parse().unwrap());
        let whole = |block: Block| {
            let mut table = block.table.clone();
            table.decor_mut().set_prefix(&block.above);
            let mut document = DocumentMut::new();
            let mut tables = ArrayOfTables::new();
            tables.push(table);
            document.insert("accounts", Item::ArrayOfTables(tables));
            format!("{document}{}", block.below)
        };
        layout.blocks.into_iter().map(whole).collect()
    }

    #[test]
    fn comments_belong_to_adjacent_blocks() {
        let text = "# top\n\nicon = 'bar' # i\n# about a\n[[accounts]] # h\nid = 'a'\n# below a\n\n# loose\n\n# about b\n[[accounts]]\nid = 'b'\n# also about c\n  [[accounts]]\nid = 'c'\n# end";
        assert_eq!(
            blocks(text),
            [
                "# about a\n[[accounts]] # h\nid = 'a'\n# below a\n",
                "# about b\n[[accounts]]\nid = 'b'\n",
                "# also about c\n  [[accounts]]\nid = 'c'\n# end"
            ]
        );
        assert!(blocks("icon = 'bar'\n").is_empty());
    }

    #[test]
    fn hash_in_multi_line_value_is_not_a_comment() {
        let text = "[[accounts]]\nname = '''\n# x\n'''\nid = [\n# y\n]\n[[accounts]]\n";
        assert_eq!(blocks(text), [&text[..text.len() - 13], "[[accounts]]\n"]);
    }

    #[test]
    fn layout_round_trips() {
        for text in
            ["", "# top", "icon = 1\n# a\n\n  [[ accounts ]] # h\n  id = 1\n# b\n\n# c\n[[ accounts ]]\n# d"]
        {
            assert_eq!(Layout::new(text.parse().unwrap()).into_text(), text);
        }
    }
}
