//! Looking at a content: as it reads for a customer, or with sample values, on any channel and in any language.

use minijinja::Environment as Templates;
use model::sms::Encoding;
use model::{CHAT_LINK, Channel, Value};
use rules::{Environment, Program};
use serde::Serialize;
use serde_json::Value as Json;

use super::file::Content;
use super::{Rendering, Written};
use crate::journeys::Journeys;
use crate::text::Text;

/// A content compiled alone.
#[derive(Debug)]
pub(crate) struct Draft {
    name: String,
    title: String,
    rendering: Rendering,
    /// The channels with words of their own in some language.
    channels: Vec<Channel>,
    sample: Json,
    path: String,
}

/// A content in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentTitle {
    pub name: String,
    pub title: String,
    pub languages: Vec<String>,
    /// For customers whose own is not among them.
    pub default: String,
    /// Channels it has words of their own for, in some language.
    pub channels: Vec<Channel>,
    /// Whether its e-mails are pages.
    pub page: bool,
    pub path: String,
}

/// What is to be looked at.
#[derive(Debug, Clone)]
pub struct PreviewAsk<'a> {
    pub content: &'a str,
    pub channel: &'a Channel,
    /// The customer's own unless stated.
    pub language: Option<&'a str>,
    /// By path or nested; they go before what is known of the customer.
    pub values: &'a Json,
    /// Whether the content's sample values stand for what is not known.
    pub sample: bool,
}

/// A content as it reads on one channel.
#[derive(Debug, Clone, PartialEq)]
pub struct Preview {
    /// The language whose words it has.
    pub language: String,
    pub subject: Option<String>,
    pub text: String,
    pub html: Option<String>,
    pub characters: u32,
    /// For text messages.
    pub encoding: Option<Encoding>,
    pub parts: Option<u16>,
    /// In the brand's own measure; none where the channel is not known.
    pub cost: Option<f64>,
    /// Names without a value, which would hold the message back; their names stand in the texts.
    pub missing: Vec<Missing>,
    /// What the channel would not take.
    pub too_long: Option<String>,
}

/// A name without a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Missing {
    /// `subject`, `text` or `page`.
    pub place: &'static str,
    pub name: String,
}

/// Why there is nothing to look at.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PreviewRefusal {
    #[error("there is no content `{0}`; name one that the catalogue has")]
    UnknownContent(String),
    #[error("messages cannot be sent by `{0}`; use {1}, or declare it in channels.yaml")]
    UnknownChannel(Channel, String),
    #[error("{0}; write them in the content's file")]
    NoWords(String),
}

impl Draft {
    pub(super) fn new(content: &Content, rendering: Rendering) -> Self {
        let mut channels: Vec<Channel> =
            content.languages.values().flat_map(|wording| wording.channels.keys()).cloned().collect();
        channels.sort();
        channels.dedup();
        Self {
            name: content.name.clone(),
            title: content.title.clone(),
            rendering,
            channels,
            sample: content.sample.clone(),
            path: content.path.clone(),
        }
    }

    /// The text on a channel with sample values, for counting; what has none counts as its name.
    pub(super) fn sampled(
        &self,
        templates: &Templates<'static>,
        language: &str,
        channel: &Channel,
    ) -> Option<String> {
        let words = self.rendering.languages.get(language)?;
        let write = |text: &Text| {
            text.write_from(templates, &|path, _| {
                let name = || Value::text(path.rsplit('.').next().unwrap_or(path));
                Some(given(&self.sample, path).or_else(|| constant(path, &self.title)).unwrap_or_else(name))
            })
        };
        words.write(language, channel, &write).ok().map(|written| written.text)
    }

    fn title(&self) -> ContentTitle {
        let languages = self.rendering.languages.keys().map(ToString::to_string).collect();
        ContentTitle {
            name: self.name.clone(),
            title: self.title.clone(),
            languages,
            default: self.rendering.default.to_string(),
            channels: self.channels.clone(),
            page: self.rendering.languages.values().any(|words| words.page.is_some()),
            path: self.path.clone(),
        }
    }
}

impl Journeys {
    /// Every content, by name.
    pub fn contents(&self) -> Vec<ContentTitle> {
        self.drafts.values().map(Draft::title).collect()
    }

    /// A content as it reads for the customer that `environment` tells of.
    pub fn preview(
        &self,
        ask: &PreviewAsk<'_>,
        environment: &dyn Environment,
    ) -> Result<Preview, PreviewRefusal> {
        let unknown = || PreviewRefusal::UnknownContent(ask.content.to_owned());
        let draft = self.drafts.get(ask.content).ok_or_else(unknown)?;
        let own = self
            .channels
            .get(ask.channel)
            .ok_or_else(|| PreviewRefusal::UnknownChannel(ask.channel.clone(), self.channels.names()))?;
        let known = self.languages.iter().find_map(|program| {
            program.value(environment).ok().and_then(|value| value.as_text().map(str::to_owned))
        });
        let wanted = ask.language.map(str::to_owned).or(known).unwrap_or_default();
        let (language, words) = draft.rendering.words(&wanted, ask.channel);
        let value = |path: &str, program: Option<&Program>| {
            let of_customer = || {
                let value = program?.value(environment).ok()?;
                (!value.is_null()).then_some(value)
            };
            let sample = || ask.sample.then(|| given(&draft.sample, path)).flatten();
            given(ask.values, path)
                .or_else(of_customer)
                .or_else(|| constant(path, &draft.title))
                .or_else(sample)
        };
        let missing = std::cell::RefCell::new(Vec::new());
        let place = |text: &Text| match () {
            () if text.name.ends_with(".html") => "page",
            () if text.name.ends_with(".subject") => "subject",
            () => "text",
        };
        let write = |text: &Text| {
            let (written, names) = leniently(text, &self.templates, &value)?;
            missing.borrow_mut().extend(names.into_iter().map(|name| Missing { place: place(text), name }));
            Ok(written)
        };
        let Written { subject, text, html } =
            words.write(language, ask.channel, &write).map_err(PreviewRefusal::NoWords)?;
        let extent = own.measure(&text);
        Ok(Preview {
            language: language.to_owned(),
            subject,
            characters: extent.characters,
            encoding: extent.encoding,
            parts: extent.parts,
            cost: Some(own.cost * f64::from(extent.parts.unwrap_or(1))),
            missing: missing.into_inner(),
            too_long: own.fits(&text).err(),
            text,
            html,
        })
    }
}

/// The text with the names of what has no value and is needed, and those names.
fn leniently(
    text: &Text,
    templates: &Templates<'static>,
    value: &dyn Fn(&str, Option<&Program>) -> Option<Value>,
) -> Result<(String, Vec<String>), String> {
    let unknown = text.reads.iter().filter(|(path, program)| {
        !path.starts_with("blocks.") && value(path, program.as_ref()).is_none_or(|value| value.is_null())
    });
    let mut shown: Vec<&str> = unknown.map(|(path, _)| &**path).collect();
    let write = |shown: &[&str]| {
        text.write_from(templates, &|path, program| {
            if shown.contains(&path) { Some(Value::text(format!("[{path}]"))) } else { value(path, program) }
        })
    };
    // What has a default, or is only tested, is not missing.
    let mut place = 0;
    while place < shown.len() {
        let mut fewer = shown.clone();
        fewer.remove(place);
        if write(&fewer).is_ok() { shown = fewer } else { place += 1 }
    }
    Ok((write(&shown)?, shown.into_iter().map(str::to_owned).collect()))
}

/// A value given by its path, or nested.
fn given(values: &Json, path: &str) -> Option<Value> {
    let direct = values.get(path);
    let nested = || path.split('.').try_fold(values, |values, part| values.get(part));
    direct.or_else(nested).filter(|value| !value.is_null()).map(Value::from_json)
}

/// What is the same for every customer.
fn constant(path: &str, title: &str) -> Option<Value> {
    match path {
        "journey.chat_link" => Some(Value::text(CHAT_LINK)),
        "journey.title" => Some(Value::text(title)),
        _ => None,
    }
}
