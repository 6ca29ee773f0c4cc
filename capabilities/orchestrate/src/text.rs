//! Texts with names in them: Jinja templates, checked when they are published and strict when they are written.

use std::collections::BTreeSet;

use minijinja::{Environment as Templates, UndefinedBehavior};
use model::Value;
use rules::{Environment, Program};
use serde_json::{Map, Value as Json};

use crate::days;

/// Instructions a text may take, and bytes it may have.
const FUEL: u64 = 50_000;
const TEXT_BYTES_MAX: usize = 64 * 1024;
/// Mail programs cut longer pages off.
const PAGE_BYTES_MAX: usize = 100 * 1024;
/// How the names of pages end; in those, values are escaped.
const PAGE: &str = ".html";

/// A compiled text: its place among the templates, and what it reads.
#[derive(Debug, Clone)]
pub(crate) struct Text {
    pub name: Box<str>,
    /// Paths such as `slots.room`, each with the program that finds its value; none where the name is not known.
    pub reads: Vec<(Box<str>, Option<Program>)>,
    /// The language it is written in, where that is known, such as `de-AT`.
    pub language: Option<Box<str>>,
}

/// What a template becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Plain,
    /// HTML: values are escaped, so that no value can be markup.
    Page,
}

impl Form {
    /// The template's name among all.
    pub fn name(self, name: &str) -> Box<str> {
        match self {
            Self::Plain => name.into(),
            Self::Page => format!("{name}{PAGE}").into(),
        }
    }
}

/// An empty set of templates with our bounds.
pub(crate) fn templates() -> Templates<'static> {
    let mut templates = Templates::new();
    // A name without a value may be tested and given a default, but not written.
    templates.set_undefined_behavior(UndefinedBehavior::SemiStrict);
    templates.set_fuel(Some(FUEL));
    templates.set_auto_escape_callback(|name| match name.ends_with(PAGE) {
        true => minijinja::AutoEscape::Html,
        false => minijinja::AutoEscape::None,
    });
    // No text may say of a customer's value that it is markup.
    templates.remove_filter("safe");
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
    form: Form,
) -> Result<BTreeSet<String>, String> {
    let name = &*form.name(name);
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
    pub fn write(&self, templates: &Templates<'static>, sight: &dyn Environment) -> Result<String, String> {
        self.write_from(templates, &|_, program| program.and_then(|program| program.value(sight).ok()))
    }

    /// The same with values from anywhere, by their path.
    pub fn write_from(
        &self,
        templates: &Templates<'static>,
        value: &dyn Fn(&str, Option<&Program>) -> Option<Value>,
    ) -> Result<String, String> {
        let mut tree = Map::new();
        let mut missing = None;
        for (path, program) in &self.reads {
            let found = value(path, program.as_ref()).filter(|value| !value.is_null());
            if found.is_none() && missing.is_none() && !path.starts_with("blocks.") {
                missing = Some(path);
            }
            put(&mut tree, path, found);
        }
        if let Some(language) = &self.language {
            tree.insert(LANGUAGE.to_owned(), Json::String(language.to_string()));
        }
        let template = templates.get_template(&self.name).map_err(|error| plain(&error))?;
        let context = minijinja::Value::from(minijinja::value::Serde(Json::Object(tree)));
        let text = template.render(context).map_err(|error| match missing {
            Some(path) => format!("`{path}` has no value"),
            None => plain(&error),
        })?;
        let bytes_max = if self.name.ends_with(PAGE) { PAGE_BYTES_MAX } else { TEXT_BYTES_MAX };
        if text.len() > bytes_max {
            return Err(format!("it has more than {bytes_max} bytes"));
        }
        Ok(text.trim().to_owned())
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
