//! Texts with names in them: Jinja templates, checked when they are published and strict when they are written.

use std::collections::BTreeSet;

use minijinja::{Environment as Templates, UndefinedBehavior};
use model::Value;
use rules::Program;
use serde_json::{Map, Value as Json};

use crate::days;
use crate::sight::Sight;

/// Instructions a text may take, and bytes it may have.
const FUEL: u64 = 50_000;
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// A compiled text: its place among the templates, and what it reads.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub name: Box<str>,
    /// Paths such as `slots.room`, each with the program that finds its value.
    pub reads: Vec<(Box<str>, Program)>,
    /// The language it is written in, where that is known, such as `de-AT`.
    pub language: Option<Box<str>>,
}

/// An empty set of templates with our bounds.
pub(crate) fn templates() -> Templates<'static> {
    let mut templates = Templates::new();
    // A name without a value may be tested and given a default, but not written.
    templates.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    templates.set_fuel(Some(FUEL));
    templates.set_auto_escape_callback(|_| minijinja::AutoEscape::None);
    templates.add_filter("day", day);
    templates
}

/// Where a template finds the language it is written in; no name that authors can write.
const LANGUAGE: &str = "(language)";

/// `2026-03-14` as `Saturday, 14 March 2026`, in the language of the text; anything else as it is.
fn day(state: &minijinja::State<'_, '_>, text: String) -> String {
    let language = state.lookup(LANGUAGE);
    match text.parse::<jiff::civil::Date>() {
        Ok(date) => days::written(date, language.as_ref().and_then(minijinja::Value::as_str)),
        Err(_) => text,
    }
}

/// Adds a template; returns the names it takes from outside.
pub(crate) fn add(
    templates: &mut Templates<'static>,
    name: &str,
    source: &str,
) -> Result<BTreeSet<String>, String> {
    templates.add_template_owned(name.to_owned(), source.to_owned()).map_err(|error| plain(&error))?;
    let template = templates.get_template(name).map_err(|error| plain(&error))?;
    Ok(template.undeclared_variables(true).into_iter().collect())
}

impl Text {
    /// Whether it shows one of these names.
    pub fn reads_any(&self, names: &[&str]) -> bool {
        self.reads.iter().any(|(path, _)| names.contains(&&**path))
    }

    /// The text for one customer; on failure, what is missing.
    pub fn write(&self, templates: &Templates<'static>, sight: &Sight<'_>) -> Result<String, String> {
        let mut tree = Map::new();
        for (path, program) in &self.reads {
            put(&mut tree, path, program.value(sight).ok().filter(|value| !value.is_null()));
        }
        if let Some(language) = &self.language {
            tree.insert(LANGUAGE.to_owned(), Json::String(language.to_string()));
        }
        let template = templates.get_template(&self.name).map_err(|error| plain(&error))?;
        let context = minijinja::Value::from(minijinja::value::Serde(Json::Object(tree)));
        let text = template.render(context).map_err(|error| match self.missing(sight) {
            Some(path) => format!("`{path}` has no value"),
            None => plain(&error),
        })?;
        if text.len() > TEXT_BYTES_MAX {
            return Err(format!("it has more than {TEXT_BYTES_MAX} bytes"));
        }
        Ok(text.trim().to_owned())
    }

    fn missing(&self, sight: &Sight<'_>) -> Option<&str> {
        let unknown = |program: &Program| program.value(sight).map_or(true, |value| value.is_null());
        self.reads.iter().find(|(_, program)| unknown(program)).map(|(path, _)| &**path)
    }
}

/// Puts `value` at a dotted path. The maps on the way are made also for a missing value, so that it can be
/// tested and given a default.
fn put(tree: &mut Map<String, Json>, path: &str, value: Option<Value>) {
    match path.split_once('.') {
        None => {
            if let Some(value) = value {
                tree.insert(path.to_owned(), value.to_json());
            }
        }
        Some((root, rest)) => {
            let below = tree.entry(root).or_insert_with(|| Json::Object(Map::new()));
            if let Json::Object(below) = below {
                put(below, rest, value);
            }
        }
    }
}

fn plain(error: &minijinja::Error) -> String {
    let detail = error.detail().map_or_else(|| error.kind().to_string(), str::to_owned);
    match error.line() {
        Some(line) => format!("{detail} (line {line})"),
        None => detail,
    }
}
