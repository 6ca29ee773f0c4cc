//! Pages of e-mails: MJML becomes an HTML template once, at publish; what a customer's message needs at send is only
//! the template's values, which are escaped and can bring in no markup.

use std::sync::LazyLock;

use mrml::prelude::parser::ParserOptions;
use mrml::prelude::parser::noop_loader::NoopIncludeLoader;
use mrml::prelude::render::RenderOptions;
use regex::{Captures, Regex};

use super::file::{Block, Content};

/// Where a layout takes the page's own part.
const PLACE: &str = "{{ content }}";
/// MJML that may be compiled at most.
const MJML_BYTES_MAX: usize = 128 * 1024;

/// Jinja in a text: what MJML must not read.
static JINJA: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?s)\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}"));
static MASKED: LazyLock<Regex> = LazyLock::new(|| pattern(r"tl0jinja(\d+)x"));
/// A value where an address begins; there it could name a scheme of its own, such as `javascript:`.
static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?i)(?:\b(?:href|src|action|background)\s*=\s*["']?|url\(\s*["']?)\s*(\{\{[^}]*\}\}|\{%)"#)
});
/// Ways to switch the escaping off.
static UNESCAPED: LazyLock<Regex> = LazyLock::new(|| pattern(r"\{%-?\s*autoescape|\|\s*safe\b"));
pub(super) static PLACEHOLDER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\{\{-?\s*blocks\.([a-z0-9_]+)\s*-?\}\}"));

fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("the pattern is a constant and is tested")
}

/// The HTML template of a page in one language; on failure, what is wrong with it.
pub(super) fn compile(
    content: &Content,
    language: &str,
    mjml: &str,
    layout: Option<&str>,
) -> Result<String, String> {
    let own = with_blocks(content, language, mjml);
    let document = match layout {
        Some(layout) if layout.contains(PLACE) => layout.replace(PLACE, &own),
        Some(_) => return Err(format!("the layout has no `{PLACE}`")),
        None => own,
    };
    if document.len() > MJML_BYTES_MAX {
        return Err(format!("it has {} bytes; at most {MJML_BYTES_MAX} are read", document.len()));
    }
    if UNESCAPED.is_match(&document) {
        return Err("customers' values are always escaped here; nothing may switch that off".to_owned());
    }
    let (masked, kept) = mask(&document);
    let options = ParserOptions { include_loader: Box::<NoopIncludeLoader>::default() };
    let parsed =
        mrml::parse_with_options(&masked, &options).map_err(|error| unmask(&error.to_string(), &kept))?;
    // Without fonts of its own it loads nothing from anywhere when it is read.
    let options = RenderOptions { fonts: Default::default(), ..RenderOptions::default() };
    let html = parsed.element.render(&options).map_err(|error| error.to_string())?;
    let html = unmask(&html, &kept);
    if html.contains("<mj-") {
        return Err("a block or an element stands inside a text; put it beside `mj-text`".to_owned());
    }
    for found in ADDRESS.captures_iter(&html) {
        if !found[1].contains("journey.chat_link") {
            let shown = found[1].to_owned();
            return Err(format!(
                "an address begins with a customer's value, {shown}; write how it begins, such as https://"
            ));
        }
    }
    Ok(html)
}

/// The MJML with each block where it is named, under its condition.
fn with_blocks(content: &Content, language: &str, mjml: &str) -> String {
    let place = |found: &Captures<'_>| match content.blocks.get(&found[1]) {
        Some(block) => {
            let name = &found[1];
            let own = block_page(content, block, language);
            format!("<mj-raw>{{% if blocks.{name} %}}</mj-raw>{own}<mj-raw>{{% endif %}}</mj-raw>")
        }
        // An unknown one is named when the template's names are checked.
        None => found[0].to_owned(),
    };
    PLACEHOLDER.replace_all(mjml, place).into_owned()
}

/// A block in a page: its own MJML, or its picture and its text.
fn block_page(content: &Content, block: &Block, language: &str) -> String {
    let Some(own) = content.block(block, language) else { return String::new() };
    if let Some(mjml) = &own.mjml {
        return mjml.clone();
    }
    let alt = escaped(own.alt.as_deref().unwrap_or_default());
    let image = block
        .image
        .as_ref()
        .map(|image| format!("<mj-image src=\"{}\" alt=\"{alt}\"></mj-image>", escaped(image)));
    let lines: Vec<String> = own.text.trim().lines().map(escaped).collect();
    let text = (!own.text.trim().is_empty()).then(|| format!("<mj-text>{}</mj-text>", lines.join("<br />")));
    image.into_iter().chain(text).collect()
}

/// Literal text as HTML; what Jinja will fill in stays as it is.
fn escaped(text: &str) -> String {
    let (masked, kept) = mask(text);
    let escaped =
        masked.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    unmask(&escaped, &kept)
}

/// The text with a word of letters and digits for each piece of Jinja, which may stand wherever a word may.
fn mask(text: &str) -> (String, Vec<String>) {
    let mut kept = Vec::new();
    let masked = JINJA.replace_all(text, |found: &Captures<'_>| {
        kept.push(found[0].to_owned());
        format!("tl0jinja{}x", kept.len() - 1)
    });
    (masked.into_owned(), kept)
}

fn unmask(text: &str, kept: &[String]) -> String {
    let own = |found: &Captures<'_>| {
        let place = found[1].parse::<usize>().ok();
        place.and_then(|place| kept.get(place)).cloned().unwrap_or_else(|| found[0].to_owned())
    };
    MASKED.replace_all(text, own).into_owned()
}
