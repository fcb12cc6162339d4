//! Templates: texts with words in braces that figures take the place of, `{name} {percent}`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::values::ConfigEnum;

/// A text with words in braces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Template {
    text: String,
    pub(in crate::domain) parts: Vec<Part>,
}

/// A part of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::domain) enum Part {
    Text(String),
    Word(Placeholder),
}

/// What a word in braces stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::domain) enum Placeholder {
    Name,
    Percent,
    Used,
    Quota,
    Left,
    Figure,
    Forecast,
    Cost,
    RunsOut,
    Resets,
    Updated,
    State,
}

impl ConfigEnum for Placeholder {
    const VARIANTS: &'static [(&'static str, Self)] = &[
        ("name", Placeholder::Name),
        ("percent", Placeholder::Percent),
        ("used", Placeholder::Used),
        ("quota", Placeholder::Quota),
        ("left", Placeholder::Left),
        ("figure", Placeholder::Figure),
        ("forecast", Placeholder::Forecast),
        ("cost", Placeholder::Cost),
        ("runs_out", Placeholder::RunsOut),
        ("resets", Placeholder::Resets),
        ("updated", Placeholder::Updated),
        ("state", Placeholder::State),
    ];
}

/// What a template may be.
pub const TEMPLATE: &str = "a text with any of {name}, {percent}, {used}, {quota}, {left}, {figure}, {forecast}, {cost}, \
                            {runs_out}, {resets}, {updated} and {state}, and {{ for a brace";

/// A word in braces that is none, or a brace that is not closed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("allowed is {TEMPLATE}")]
pub struct InvalidTemplate;

impl FromStr for Template {
    type Err = InvalidTemplate;

    fn from_str(text: &str) -> Result<Self, InvalidTemplate> {
        if text.is_empty() || text.chars().any(char::is_control) {
            return Err(InvalidTemplate);
        }
        let (mut parts, mut rest) = (Vec::new(), text);
        while let Some((before, after)) = rest.split_once('{') {
            parts.push(Part::Text(before.to_owned()));
            rest = match after.strip_prefix('{') {
                Some(after) => {
                    parts.push(Part::Text("{".to_owned()));
                    after
                }
                None => {
                    let (word, after) = after.split_once('}').ok_or(InvalidTemplate)?;
                    parts.push(Part::Word(Placeholder::parse(word).ok_or(InvalidTemplate)?));
                    after
                }
            };
        }
        parts.push(Part::Text(rest.to_owned()));
        Ok(Template { text: text.to_owned(), parts })
    }
}

impl TryFrom<String> for Template {
    type Error = InvalidTemplate;

    fn try_from(text: String) -> Result<Self, InvalidTemplate> {
        text.parse()
    }
}

impl From<Template> for String {
    fn from(template: Template) -> String {
        template.text
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
