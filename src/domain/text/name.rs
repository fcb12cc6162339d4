//! Names and labels that users type: in sentences, in quotes, and in formats that give some letters a meaning.

use std::borrow::Cow;

use unicode_bidi::{BidiClass, bidi_class};
use unicode_width::UnicodeWidthChar;

/// U+2068 FIRST STRONG ISOLATE: starts a text with its own direction.
const ISOLATE: char = '\u{2068}';
/// U+2069 POP DIRECTIONAL ISOLATE: ends it.
const POP_ISOLATE: char = '\u{2069}';
/// U+200E LEFT-TO-RIGHT MARK: an invisible letter.
const LEFT_TO_RIGHT: char = '\u{200E}';

/// A name or label for a sentence. A name with a right-to-left letter is isolated (Unicode Bidirectional Algorithm, UAX
/// #9): otherwise it could turn the direction of the whole line, and figures next to Hebrew or Arabic would change
/// sides.
pub fn isolated(name: &str) -> Cow<'_, str> {
    if name.chars().any(is_bidi_control) {
        Cow::Owned(format!("{ISOLATE}{name}{POP_ISOLATE}"))
    } else {
        Cow::Borrowed(name)
    }
}

/// The maximum width of a name next to figures, in columns, because the widest row sets a menu's width.
pub const MAX_NAME_WIDTH: usize = 40;

/// The columns that `text` takes in a terminal, and roughly in a menu. Counted letter by letter like xterm and VTE
/// (GNOME, Xfce, MATE): a joined emoji is as wide as all its parts.
pub fn display_width(text: &str) -> usize {
    text.chars().filter_map(UnicodeWidthChar::width).sum()
}

/// `name` cut to `columns`. The middle is left out, because names differ at their ends.
pub fn shortened(name: &str, columns: usize) -> Cow<'_, str> {
    if display_width(name) <= columns {
        return Cow::Borrowed(name);
    }
    let room = columns.saturating_sub(1);
    let (head, tail) = (prefix(name, room.div_ceil(2)), ending(name, room / 2));
    Cow::Owned(format!("{}…{}", head.trim_end(), tail.trim_start()))
}

/// `text` cut to `columns` at its end.
pub fn clipped(text: &str, columns: usize) -> Cow<'_, str> {
    if display_width(text) <= columns {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("{}…", prefix(text, columns.saturating_sub(1)).trim_end()))
}

/// A name for a line with figures: at most [`MAX_NAME_WIDTH`] columns, and isolated.
pub fn short_name(name: &str) -> String {
    isolated(&shortened(name, MAX_NAME_WIDTH)).into_owned()
}

/// As much of the beginning as fits, with the combining marks of its last letter.
fn prefix(text: &str, columns: usize) -> &str {
    let mut width = 0;
    let end = text.char_indices().find(|(_, letter)| {
        width += letter.width().unwrap_or(0);
        width > columns
    });
    end.and_then(|(at, _)| text.get(..at)).unwrap_or(text)
}

/// As much of the end as fits, starting at a letter.
fn ending(text: &str, columns: usize) -> &str {
    let mut width = 0;
    let fitting = text.char_indices().rev().take_while(|(_, letter)| {
        width += letter.width().unwrap_or(0);
        width <= columns
    });
    let first = fitting.filter(|(_, letter)| letter.width().unwrap_or(0) > 0).last();
    first.and_then(|(at, _)| text.get(at..)).unwrap_or_default()
}

/// A letter of a right-to-left script, or a control character for direction.
fn is_bidi_control(letter: char) -> bool {
    use BidiClass::{AL, R, RLE, RLI, RLO};
    matches!(bidi_class(letter), R | AL | RLE | RLI | RLO)
}

/// Lines for a widget that guesses the direction of each line. A line that begins with an isolated name gets a mark in
/// front, because Pango (GTK; seen with 1.50) takes the direction from the name's first letter, despite the isolate.
pub fn left_to_right(lines: &str) -> Cow<'_, str> {
    if !lines.contains(ISOLATE) {
        return Cow::Borrowed(lines);
    }
    let marked = lines.split('\n').map(|line| match line.starts_with(ISOLATE) {
        true => format!("{LEFT_TO_RIGHT}{line}"),
        false => line.to_owned(),
    });
    Cow::Owned(marked.collect::<Vec<_>>().join("\n"))
}

/// The sentence without isolates, for programs.
pub fn for_programs(sentence: &str) -> Cow<'_, str> {
    if sentence.contains([ISOLATE, POP_ISOLATE]) {
        Cow::Owned(sentence.replace([ISOLATE, POP_ISOLATE], ""))
    } else {
        Cow::Borrowed(sentence)
    }
}

/// `"Acme"`: a name in a message, as typed, including quotes and accents.
pub fn quoted(name: &str) -> String {
    format!("\"{}\"", isolated(name))
}

/// Text for markup: Waybar's modules, and the bodies of most notification servers.
pub fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text for tooltips of StatusNotifierItem, which some hosts show as markup and others as plain text. No escaping of
/// `&`, `<` and `>` works in both, so they become similar letters.
pub fn without_markup(text: &str) -> String {
    text.replace('&', "\u{FF06}").replace('<', "\u{2039}").replace('>', "\u{203A}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_name_with_a_right_to_left_letter_is_isolated() {
        for name in ["Acme", "東京本社", "한국 지사", "สำนักงาน", "हिन्दी", "🚀", "R&D <b>", "Größe 5", ""]
        {
            assert!(matches!(isolated(name), Cow::Borrowed(same) if same == name), "{name}");
        }
        for name in ["חברה בע״מ", "فرع القاهرة", "Acme חיפה", "\u{202E}emcA"] {
            assert_eq!(isolated(name), format!("\u{2068}{name}\u{2069}"));
        }
    }

    #[test]
    fn a_long_name_keeps_its_ends_in_the_columns_that_it_has() {
        let long = "Kunde Süd GmbH & Co. KG, Rechenzentrum Frankfurt am Main, web 7";
        assert_eq!(short_name(long), "Kunde Süd GmbH & Co.…furt am Main, web 7");
        for name in [long, &"東京本社".repeat(12), &"e\u{301}".repeat(60), &"👨‍👩‍👧".repeat(20), &"x".repeat(41)]
        {
            let short = shortened(name, MAX_NAME_WIDTH);
            assert!((37..=40).contains(&display_width(&short)), "{short}");
            assert!(!short.ends_with('…') && !short.contains("…\u{301}"), "{short}");
        }
        assert_eq!(short_name(&"x".repeat(40)), "x".repeat(40));
        let hebrew = short_name(&"חברה בע״מ ".repeat(8));
        assert!(hebrew.starts_with(ISOLATE) && hebrew.ends_with(POP_ISOLATE), "{hebrew}");
        assert_eq!(clipped("config.toml:1:17: wrong", 12), "config.toml…");
        assert_eq!(shortened("Acme", 0), "…");
    }

    #[test]
    fn only_lines_that_begin_with_an_isolated_name_are_marked() {
        let lines = "\u{2068}חיפה\u{2069} 83%\nAcme 1%\nToken \"\u{2068}מפתח\u{2069}\"";
        assert_eq!(left_to_right(lines), format!("\u{200E}{lines}"));
        assert!(matches!(left_to_right("Acme 1%\nB 2%"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_program_gets_the_name_as_it_was_typed() {
        let name = "חברה בע״מ";
        assert_eq!(for_programs(&format!("{}: off", isolated(name))), format!("{name}: off"));
        assert_eq!(for_programs("Acme: off"), "Acme: off");
    }

    #[test]
    fn a_quoted_name_is_as_it_was_typed() {
        assert_eq!(quoted("5\" é\u{301} \\ हिन्दी"), "\"5\" é\u{301} \\ हिन्दी\"");
        assert_eq!(quoted("חיפה"), "\"\u{2068}חיפה\u{2069}\"");
    }

    #[test]
    fn markup_in_a_name_is_shown_as_it_is_written() {
        assert_eq!(escaped("R&D <b>"), "R&amp;D &lt;b&gt;");
        assert_eq!(without_markup("R&D <b>_\"x\"_"), "R\u{FF06}D \u{2039}b\u{203A}_\"x\"_");
    }
}
