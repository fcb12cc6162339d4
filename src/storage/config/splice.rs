//! Changes to a configuration's text that touch nothing else of it. `None`: the text has no such place.

use std::ops::Range;

use super::layout::{Accounts, Layout, Place, line_end, line_start, slice};

/// Sets `key` above the accounts to `value`, which is TOML.
pub(super) fn set(text: &str, key: &str, value: &str) -> Option<String> {
    let layout = Layout::of(text)?;
    let settings = layout.settings();
    if let Some((_, place)) = settings.iter().find(|(name, _)| *name == key) {
        return replace(text, place.value.clone(), value);
    }
    let line = format!("{key} = {value}");
    match (settings.last(), layout.accounts()) {
        (Some((_, place)), _) => insert_line(text, line_end(text, place.value.end), &line),
        (None, Accounts::Blocks(blocks)) => match blocks.first() {
            Some(block) => insert_paragraph(text, block.whole.start, &line),
            None => insert_paragraph(text, text.len(), &line),
        },
        (None, Accounts::Inline { .. }) => None,
    }
}

/// Takes out the line of `key` above the accounts.
pub(super) fn unset(text: &str, key: &str) -> Option<String> {
    let layout = Layout::of(text)?;
    let settings = layout.settings();
    let (_, place) = settings.iter().find(|(name, _)| *name == key)?;
    replace(text, lines_of(text, place), "")
}

/// Sets `key` of the account at `index` to `value`, or takes it out.
pub(super) fn set_in_account(text: &str, index: usize, key: &str, value: Option<&str>) -> Option<String> {
    let layout = Layout::of(text)?;
    let settings = layout.account_settings(index);
    let position = settings.iter().position(|(name, _)| *name == key);
    let place = position.and_then(|position| settings.get(position)).map(|(_, place)| place);
    let (_, last) = settings.last()?;
    match (place, value, layout.accounts()) {
        (Some(place), Some(value), _) => replace(text, place.value.clone(), value),
        (None, Some(value), Accounts::Blocks(blocks)) => {
            let indent = slice(text, line_start(text, last.key.start)..last.key.start);
            insert_line(text, blocks.get(index)?.settings_end, &format!("{indent}{key} = {value}"))
        }
        (None, Some(value), Accounts::Inline { .. }) => {
            replace(text, last.value.end..last.value.end, &format!(", {key} = {value}"))
        }
        (Some(place), None, Accounts::Blocks(_)) => replace(text, lines_of(text, place), ""),
        (Some(place), None, Accounts::Inline { .. }) => {
            let position = position?;
            // With the comma before it, or after it where it is the first.
            let range =
                match (position.checked_sub(1).and_then(|i| settings.get(i)), settings.get(position + 1)) {
                    (Some((_, before)), _) => before.value.end..place.value.end,
                    (None, Some((_, after))) => place.key.start..after.key.start,
                    (None, None) => return None,
                };
            replace(text, range, "")
        }
        (None, None, _) => Some(text.to_owned()),
    }
}

/// Puts a new account with these settings after the others.
pub(super) fn add(text: &str, settings: &[(&str, String)]) -> Option<String> {
    let lines: Vec<String> = settings.iter().map(|(key, value)| format!("{key} = {value}")).collect();
    let (entry, count) = match Layout::of(text)?.accounts() {
        Accounts::Blocks(blocks) => {
            let newline = newline_of(text);
            (format!("[[accounts]]{newline}{}{newline}", lines.join(newline)), blocks.len())
        }
        Accounts::Inline { tables, .. } => (format!("{{ {} }}", lines.join(", ")), tables.len()),
    };
    insert_account(text, count, &entry)
}

/// Puts a copy of the account at `index` after it, with another id and name.
pub(super) fn duplicate(text: &str, index: usize, id: &str, name: &str) -> Option<String> {
    let layout = Layout::of(text)?;
    let whole = account(&layout, index)?;
    let mut changes: Vec<(Range<usize>, &str)> = Vec::new();
    for (key, place) in layout.account_settings(index) {
        match key {
            "id" => changes.push((place.value, id)),
            "name" => changes.push((place.value, name)),
            _ => {}
        }
    }
    changes.sort_by_key(|(range, _)| range.start);
    let mut copy = String::new();
    let mut from = whole.start;
    for (range, value) in changes {
        copy.push_str(slice(text, from..range.start));
        copy.push_str(value);
        from = range.end;
    }
    copy.push_str(slice(text, from..whole.end));
    insert_account(text, index + 1, &copy)
}

/// Takes out the account at `index`.
pub(super) fn remove(text: &str, index: usize) -> Option<String> {
    let layout = Layout::of(text)?;
    match layout.accounts() {
        Accounts::Blocks(blocks) => {
            let whole = blocks.get(index)?.whole.clone();
            let before = slice(text, 0..whole.start);
            let after = slice(text, whole.end..text.len());
            // One of the two gaps that come together goes with it.
            Some(if after.trim().is_empty() {
                let newline = if before.trim().is_empty() { "" } else { newline_of(text) };
                format!("{}{newline}", before.trim_end())
            } else if before.is_empty() || ends_blank(before) {
                format!("{before}{}", without_blank_lines(after))
            } else {
                format!("{before}{after}")
            })
        }
        Accounts::Inline { list, tables } => {
            let table = tables.get(index)?.clone();
            let next = tables.get(index + 1).map_or(list.end.saturating_sub(1), |next| next.start);
            let comma = match comma_in(text, table.end..next) {
                Some(comma) => Some(comma),
                None => index
                    .checked_sub(1)
                    .and_then(|before| tables.get(before))
                    .and_then(|before| comma_in(text, before.end..table.start)),
            };
            Some(cut_inline(text, table, comma))
        }
    }
}

/// Puts the account at `index` where `to` is, counted without it.
pub(super) fn move_account(text: &str, index: usize, to: usize) -> Option<String> {
    let entry = slice(text, account(&Layout::of(text)?, index)?).to_owned();
    insert_account(&remove(text, index)?, to, &entry)
}

fn account(layout: &Layout<'_>, index: usize) -> Option<Range<usize>> {
    match layout.accounts() {
        Accounts::Blocks(blocks) => blocks.get(index).map(|block| block.whole.clone()),
        Accounts::Inline { tables, .. } => tables.get(index).cloned(),
    }
}

fn insert_account(text: &str, index: usize, entry: &str) -> Option<String> {
    match Layout::of(text)?.accounts() {
        Accounts::Blocks(blocks) => {
            // Right below the one before, so that loose comments keep their place above what follows.
            let before =
                index.checked_sub(1).and_then(|before| blocks.get(before)).map(|block| block.whole.end);
            let first = blocks.first().map_or(text.len(), |block| block.whole.start);
            insert_paragraph(text, before.unwrap_or(first), entry)
        }
        Accounts::Inline { list, tables } => match (tables.get(index), tables.last()) {
            (Some(next), _) => {
                let gap = gap_before(text, next.start);
                replace(text, next.start..next.start, &format!("{entry},{gap}"))
            }
            (None, Some(last)) => {
                let gap = gap_before(text, last.start);
                replace(text, last.end..last.end, &format!(",{gap}{entry}"))
            }
            (None, None) => replace(text, list.start + 1..list.start + 1, entry),
        },
    }
}

/// What parts the table at `start` from the one before: a line of its own, or a space.
fn gap_before(text: &str, start: usize) -> String {
    let indent = slice(text, line_start(text, start)..start);
    if indent.trim().is_empty() { format!("{}{indent}", newline_of(text)) } else { " ".to_owned() }
}

/// Takes out a table of a list and its comma, and the line where nothing else is left on it.
fn cut_inline(text: &str, table: Range<usize>, comma: Option<usize>) -> String {
    let comma = comma.map(|comma| comma..comma + 1);
    let mut cuts: Vec<Range<usize>> = comma.into_iter().chain([table.clone()]).collect();
    cuts.sort_by_key(|cut| cut.start);
    let mut result = String::new();
    let mut from = 0;
    let mut at = 0;
    for cut in cuts {
        result.push_str(slice(text, from..cut.start));
        if cut == table {
            at = result.len();
        }
        from = cut.end;
    }
    result.push_str(slice(text, from..text.len()));
    let line = line_start(&result, at)..line_end(&result, at);
    if slice(&result, line.clone()).trim().is_empty() {
        result.replace_range(line, "");
    } else {
        let after = slice(&result, at..result.len());
        let spaces = after.len() - after.trim_start_matches([' ', '\t']).len();
        result.replace_range(at..at + spaces, "");
    }
    result
}

/// The comma outside of comments in the space between two tables.
fn comma_in(text: &str, gap: Range<usize>) -> Option<usize> {
    let start = gap.start;
    let mut comment = false;
    slice(text, gap).char_indices().find_map(|(at, c)| {
        match c {
            '#' => comment = true,
            '\n' => comment = false,
            _ => {}
        }
        (c == ',' && !comment).then_some(start + at)
    })
}

fn lines_of(text: &str, place: &Place) -> Range<usize> {
    line_start(text, place.key.start)..line_end(text, place.value.end)
}

fn replace(text: &str, range: Range<usize>, with: &str) -> Option<String> {
    Some(format!("{}{with}{}", text.get(..range.start)?, text.get(range.end..)?))
}

/// Puts `line` at `at`, where a line starts or the text ends.
fn insert_line(text: &str, at: usize, line: &str) -> Option<String> {
    let newline = newline_of(text);
    let open = if at > 0 && !slice(text, 0..at).ends_with('\n') { newline } else { "" };
    replace(text, at..at, &format!("{open}{line}{newline}"))
}

/// Puts `lines` at `at`, where a line starts or the text ends, with a blank line around them.
fn insert_paragraph(text: &str, at: usize, lines: &str) -> Option<String> {
    let newline = newline_of(text);
    let (before, after) = (slice(text, 0..at), slice(text, at..text.len()));
    let mut above = String::new();
    if !before.is_empty() && !before.ends_with('\n') {
        above.push_str(newline);
    }
    if !before.is_empty() && !ends_blank(before) {
        above.push_str(newline);
    }
    let ended = if lines.ends_with('\n') { "" } else { newline };
    let starts_blank = after.lines().next().is_none_or(|line| line.trim().is_empty());
    let below = if starts_blank { "" } else { newline };
    replace(text, at..at, &format!("{above}{lines}{ended}{below}"))
}

/// The line ending of `text`.
fn newline_of(text: &str) -> &'static str {
    match text.split_once('\n') {
        Some((first, _)) if first.ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

fn ends_blank(text: &str) -> bool {
    text.ends_with('\n') && text.lines().next_back().is_none_or(|line| line.trim().is_empty())
}

fn without_blank_lines(text: &str) -> &str {
    let blank: usize =
        text.split_inclusive('\n').take_while(|line| line.trim().is_empty()).map(str::len).sum();
    slice(text, blank..text.len())
}
