//! Puts words into the order in which they stand from left to right.

use std::borrow::Cow;
use std::mem;

use unicode_bidi::{BidiClass, BidiInfo, bidi_class};

/// A line for egui, which draws the letters of a right-to-left word correctly but always orders words from left to
/// right. Reorders the words of right-to-left scripts with the Bidirectional Algorithm (UAX #9).
pub fn visual(line: &str) -> Cow<'_, str> {
    if !line.chars().any(is_right_to_left) {
        return Cow::Borrowed(line);
    }
    let bidi = BidiInfo::new(line, None);
    let Some(paragraph) = bidi.paragraphs.first() else { return Cow::Borrowed(line) };
    let (levels, runs) = bidi.visual_runs(paragraph, paragraph.range.clone());
    let mut shown = String::with_capacity(line.len());
    for run in runs {
        let from_right = levels.get(run.start).is_some_and(|level| level.is_rtl());
        let Some(text) = line.get(run) else { continue };
        if from_right {
            shown.extend(words(text).into_iter().rev());
        } else {
            shown.push_str(text);
        }
    }
    Cow::Owned(shown)
}

/// The words, and each character between them. Brackets are mirrored.
fn words(text: &str) -> Vec<String> {
    let (mut parts, mut word) = (Vec::new(), String::new());
    for letter in text.chars() {
        if is_right_to_left(letter) || (bidi_class(letter) == BidiClass::NSM && !word.is_empty()) {
            word.push(letter);
        } else {
            parts.extend(Some(mem::take(&mut word)).filter(|word| !word.is_empty()));
            parts.push(mirrored(letter).to_string());
        }
    }
    parts.extend(Some(word).filter(|word| !word.is_empty()));
    parts
}

fn is_right_to_left(letter: char) -> bool {
    matches!(bidi_class(letter), BidiClass::R | BidiClass::AL)
}

fn mirrored(letter: char) -> char {
    const PAIRS: [(char, char); 6] = [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>'), ('«', '»'), ('‹', '›')];
    let other = |(open, close): &(char, char)| match letter {
        _ if letter == *open => Some(*close),
        _ if letter == *close => Some(*open),
        _ => None,
    };
    PAIRS.iter().find_map(other).unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_right_to_left_script_stand_from_right_to_left() {
        assert_eq!(visual("חברה בע״מ"), "בע״מ חברה");
        assert_eq!(visual("فرع القاهرة (2)"), "(2) القاهرة فرع");
        assert_eq!(visual("Acme חיפה 7 תל אביב x"), "Acme אביב תל 7 חיפה x");
        let isolated = "Remove \u{2068}תל אביב\u{2069}?";
        assert_eq!(visual(isolated), "Remove \u{2068}אביב תל\u{2069}?");
        assert_eq!(visual("\u{2068}תל אביב\u{2069} · 83%"), "\u{2068}אביב תל\u{2069} · 83%");
    }

    #[test]
    fn every_other_line_is_as_it_was() {
        for line in ["Acme 83%", "東京 本社", "หน่วย งาน", "हिन्दी नाम", "R&D <b> (x)", ""]
        {
            assert!(matches!(visual(line), Cow::Borrowed(same) if same == line));
        }
    }
}
