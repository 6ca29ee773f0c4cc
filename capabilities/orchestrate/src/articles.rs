//! Knowledge: articles in Markdown, `knowledge/*.md` in the catalogue, one file for each language of an article.
//!
//! A file begins with its front matter between two lines of `---`: `name`, `language`, `title`, `summary`, and where
//! they are needed `labels`, `audience` and `default`. The same article reads differently on each channel; which words
//! it has there is in `render.rs`. Searching is not done here: what a search found comes back as a recorded outcome.

mod file;
mod markdown;
mod render;

use std::collections::BTreeMap;

use model::{Catalogue, Problem, Value};

pub use markdown::{Block, BlockKind, Piece};

/// Every article of one catalogue, by name.
#[derive(Debug, Clone, Default)]
pub struct Articles(BTreeMap<Box<str>, Article>);

/// An article in all its languages.
#[derive(Debug, Clone)]
pub struct Article {
    pub name: Box<str>,
    pub audience: Audience,
    pub labels: Vec<Box<str>>,
    /// The language for customers whose own is not among them.
    pub default: Box<str>,
    pub languages: BTreeMap<Box<str>, ArticleText>,
}

/// Who may read an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    #[default]
    Public,
    Staff,
}

/// An article in one language.
#[derive(Debug, Clone)]
pub struct ArticleText {
    pub title: Box<str>,
    /// One or two sentences: what a text message says, and what stands in a list of results.
    pub summary: Box<str>,
    pub blocks: Vec<Block>,
}

/// An article that a search found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundArticle {
    pub name: Box<str>,
    /// How much of what was asked it speaks of, from 0 to 1.
    pub confidence: f64,
}

impl Articles {
    pub(crate) fn read(catalogue: &Catalogue, problems: &mut Vec<Problem>) -> Self {
        file::read(catalogue, problems)
    }

    /// The articles of a catalogue that is not in force any more, for readers of old versions.
    pub fn of(catalogue: &Catalogue) -> Self {
        file::read(catalogue, &mut Vec::new())
    }

    pub fn get(&self, name: &str) -> Option<&Article> {
        self.0.get(name)
    }

    /// In the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = &Article> {
        self.0.values()
    }
}

impl Article {
    /// The words for a reader of a language such as `de-AT`: its own, those without the region, or the default.
    pub fn text(&self, wanted: &str) -> (&str, &ArticleText) {
        let bare = wanted.split('-').next().unwrap_or_default().to_lowercase();
        let usable = |language: &str| self.languages.get_key_value(language);
        let found = usable(wanted).or_else(|| usable(&bare)).or_else(|| usable(&self.default));
        let (language, text) = found.expect("an article without its default language is no article");
        (language, text)
    }
}

impl FoundArticle {
    /// Reads the answer of a search: a list of objects with `name` and `confidence`, the best first.
    pub fn list(answer: &Value) -> Vec<Self> {
        let Some(Value::List(items)) = answer.at("articles") else { return Vec::new() };
        let one = |item: &Value| {
            let confidence = match item.at("confidence")? {
                Value::Double(double) => *double,
                Value::Int(int) => *int as f64,
                _ => return None,
            };
            Some(Self { name: item.at("name")?.as_text()?.into(), confidence })
        };
        items.iter().filter_map(one).collect()
    }

    /// The answer of a search.
    pub fn answer(found: &[Self]) -> Value {
        let one = |own: &Self| {
            let fields = [
                ("confidence".into(), Value::Double(own.confidence)),
                ("name".into(), Value::text(own.name.clone())),
            ];
            Value::Map(fields.into())
        };
        Value::Map([("articles".into(), Value::List(found.iter().map(one).collect()))].into())
    }
}

#[cfg(test)]
mod tests;
