//! Where the parts of a configuration's text are, in bytes.

use std::ops::Range;

use toml_edit::{Document, Item, TableLike};

/// The text of a configuration that reads, and its parts.
pub(super) struct Layout<'a> {
    text: &'a str,
    document: Document<&'a str>,
}

/// How the accounts are written.
pub(super) enum Accounts {
    /// `[[accounts]]`, or not at all.
    Blocks(Vec<Block>),
    /// `accounts = [{…}, …]`
    Inline {
        /// The list with its brackets.
        list: Range<usize>,
        /// The tables with their braces.
        tables: Vec<Range<usize>>,
    },
}

/// An `[[accounts]]` block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Whole lines: with the comment lines right above its header and right below its last setting.
    pub(super) whole: Range<usize>,
    /// The end of its last setting's line.
    pub(super) settings_end: usize,
}

/// A setting of the file or of an account.
pub(super) struct Place {
    pub(super) key: Range<usize>,
    pub(super) value: Range<usize>,
}

impl<'a> Layout<'a> {
    /// `None` when `text` is not TOML.
    pub(super) fn of(text: &'a str) -> Option<Layout<'a>> {
        Some(Layout { text, document: Document::parse(text).ok()? })
    }

    /// The places of the settings above the accounts, in order.
    pub(super) fn settings(&self) -> Vec<(&str, Place)> {
        places(self.document.as_table())
    }

    /// The places of the settings of the account at `index`, in order.
    pub(super) fn account_settings(&self, index: usize) -> Vec<(&str, Place)> {
        let table: Option<&dyn TableLike> = match self.document.get("accounts") {
            Some(Item::ArrayOfTables(tables)) => tables.get(index).map(|table| table as &dyn TableLike),
            Some(Item::Value(value)) => value
                .as_array()
                .and_then(|list| list.get(index))
                .and_then(|value| value.as_inline_table())
                .map(|table| table as &dyn TableLike),
            _ => None,
        };
        table.map(places).unwrap_or_default()
    }

    /// Where the accounts are.
    pub(super) fn accounts(&self) -> Accounts {
        match self.document.get("accounts") {
            Some(Item::Value(value)) if value.is_array() => Accounts::Inline {
                list: value.span().unwrap_or_default(),
                tables: value.as_array().into_iter().flatten().filter_map(|table| table.span()).collect(),
            },
            _ => Accounts::Blocks(self.blocks()),
        }
    }

    fn blocks(&self) -> Vec<Block> {
        let tables = self.document.get("accounts").and_then(Item::as_array_of_tables);
        let bodies: Vec<Range<usize>> = tables
            .into_iter()
            .flat_map(|tables| tables.iter())
            .map(|table| {
                let header = table.span().unwrap_or_default();
                let end = places(table).last().map_or(header.end, |(_, place)| place.value.end);
                line_start(self.text, header.start)..line_end(self.text, end)
            })
            .collect();
        let mut floor = self.settings().last().map_or(0, |(_, place)| line_end(self.text, place.value.end));
        let mut blocks = Vec::new();
        for (index, body) in bodies.iter().enumerate() {
            let above = slice(self.text, floor..body.start);
            let start = body.start - comment_run(above.split_inclusive('\n').rev());
            let next = bodies.get(index + 1).map(|body| body.start);
            let below = slice(self.text, body.end..next.unwrap_or(self.text.len()));
            let run = comment_run(below.split_inclusive('\n'));
            // Comment lines that reach the next header are about what follows.
            let end = if next.is_some() && run == below.len() { body.end } else { body.end + run };
            blocks.push(Block { whole: start..end, settings_end: body.end });
            floor = end;
        }
        blocks
    }
}

fn places(table: &dyn TableLike) -> Vec<(&str, Place)> {
    let place = |(key, item): (&'_ str, &Item)| {
        let key = table.key(key)?.span()?;
        Some(Place { key, value: item.as_value()?.span()? })
    };
    table.iter().filter_map(|(name, item)| Some((name, place((name, item))?))).collect()
}

/// The bytes of the comment lines at the head of `lines`.
fn comment_run<'a>(lines: impl Iterator<Item = &'a str>) -> usize {
    lines.take_while(|line| line.trim_start().starts_with('#')).map(str::len).sum()
}

/// The text at `range`; nothing where that is outside of it.
pub(super) fn slice(text: &str, range: Range<usize>) -> &str {
    text.get(range).unwrap_or_default()
}

/// Where the line of byte `at` starts.
pub(super) fn line_start(text: &str, at: usize) -> usize {
    slice(text, 0..at).rfind('\n').map_or(0, |newline| newline + 1)
}

/// Where the line after byte `at` starts; the text's end where there is none.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    slice(text, at..text.len()).find('\n').map_or(text.len(), |newline| at + newline + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(text: &str) -> Vec<&str> {
        match Layout::of(text).unwrap().accounts() {
            Accounts::Blocks(blocks) => blocks.into_iter().map(|block| slice(text, block.whole)).collect(),
            Accounts::Inline { .. } => panic!("{text}"),
        }
    }

    #[test]
    fn comments_belong_to_the_block_that_they_touch() {
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
    fn a_hash_in_a_value_of_many_lines_is_no_comment() {
        let text = "[[accounts]]\nname = '''\n# x\n'''\nid = [\n# y\n]\n[[accounts]]\n";
        assert_eq!(blocks(text), [slice(text, 0..text.len() - 13), "[[accounts]]\n"]);
    }
}
