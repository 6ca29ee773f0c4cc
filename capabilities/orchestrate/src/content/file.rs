//! Content files as they are written: `content/*.yaml`, and the layouts of their pages, `content/layouts/*.mjml`.

use std::collections::BTreeMap;

use model::{Catalogue, Channel, Problem};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

const FOLDER: &str = "content/";
const LAYOUTS: &str = "content/layouts/";
const REMEDY: &str =
    "Write `name`, `title`, `default` and `languages`, each with `text`, or texts under `channels`";

/// Every content of one catalogue by name, and the layouts they share.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contents {
    pub by_name: BTreeMap<String, Content>,
    /// MJML documents with `{{ content }}` where the page's own part belongs.
    pub layouts: BTreeMap<String, String>,
}

/// One content as its file says it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Content {
    pub name: String,
    pub title: String,
    /// The language for customers whose own is not among them.
    pub default: String,
    /// The layout of its e-mails: a file in `content/layouts/`, without `.mjml`.
    #[serde(default)]
    pub layout: Option<String>,
    pub languages: BTreeMap<String, Wording>,
    /// Parts that are there for some customers only; `{{ blocks.NAME }}` says where.
    #[serde(default)]
    pub blocks: BTreeMap<String, Block>,
    /// Values for previews and for counting parts, such as `entry: {properties: {day: Monday}}`.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Json>")]
    pub sample: Json,
    #[serde(skip)]
    pub path: String,
}

/// A content in one language.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Wording {
    /// For channels that have subjects: e-mail, letters, and the title of push messages.
    #[serde(default)]
    pub subject: Option<String>,
    /// For every channel without words of its own.
    #[serde(default)]
    pub text: Option<String>,
    /// The page of an e-mail: a whole MJML document, or the part of one for the layout.
    #[serde(default)]
    pub mjml: Option<String>,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, ChannelWords>")]
    pub channels: BTreeMap<Channel, ChannelWords>,
}

/// The words for one channel.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub(crate) enum ChannelWords {
    Text(String),
    WithSubject(Titled),
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Titled {
    #[serde(default)]
    pub subject: Option<String>,
    pub text: String,
}

/// A part that is there where its condition holds.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Block {
    /// The condition, over what the content's journeys know.
    pub when: String,
    /// The address of a picture, for pages of e-mails.
    #[serde(default)]
    pub image: Option<String>,
    pub languages: BTreeMap<String, BlockWording>,
}

#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BlockWording {
    /// On every channel without words of its own; may be empty where there is a picture only.
    #[serde(default)]
    pub text: String,
    /// What the picture shows, for those who do not see it.
    #[serde(default)]
    pub alt: Option<String>,
    /// In pages; the picture and the text unless stated.
    #[serde(default)]
    pub mjml: Option<String>,
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, String>")]
    pub channels: BTreeMap<Channel, String>,
}

impl ChannelWords {
    pub fn subject(&self) -> Option<&String> {
        match self {
            Self::Text(_) => None,
            Self::WithSubject(titled) => titled.subject.as_ref(),
        }
    }

    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::WithSubject(titled) => &titled.text,
        }
    }
}

impl Content {
    /// The JSON Schema of a content file, for editors.
    pub fn json_schema() -> Json {
        schemars::schema_for!(Self).to_value()
    }

    /// A block in a language; in the content's default where it has none of its own.
    pub fn block<'c>(&self, block: &'c Block, language: &str) -> Option<&'c BlockWording> {
        let bare = language.split('-').next().unwrap_or_default();
        [language, bare, &self.default].into_iter().find_map(|language| block.languages.get(language))
    }
}

impl Contents {
    pub fn read(catalogue: &Catalogue, problems: &mut Vec<Problem>) -> Self {
        let mut contents = Self::default();
        for file in catalogue.folder(LAYOUTS) {
            let name = file.path.strip_prefix(LAYOUTS).and_then(|name| name.strip_suffix(".mjml"));
            let Some(name) = name else {
                let message = "this is no layout";
                problems.push(Problem::new(&file.path, "", message, "Call it NAME.mjml"));
                continue;
            };
            contents.layouts.insert(name.to_owned(), file.text.clone());
        }
        for file in catalogue.folder(FOLDER).filter(|file| file.path.ends_with(".yaml")) {
            let content: Content = match files::read_said(file, REMEDY) {
                Ok(content) => content,
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            };
            let content = Content { path: file.path.clone(), ..content };
            contents.check(&content, problems);
            let name = content.name.clone();
            if contents.by_name.insert(name.clone(), content).is_some() {
                let message = format!("another file has a content `{name}` too");
                problems.push(Problem::new(&file.path, "name", message, "Give one of them another name"));
            }
        }
        contents
    }

    /// What can be told from the file alone.
    fn check(&self, content: &Content, problems: &mut Vec<Problem>) {
        let mut problem = |field: &str, message: &str, remedy: &str| {
            problems.push(Problem::new(&content.path, field, message, remedy));
        };
        if !content.languages.contains_key(&content.default) {
            let known: Vec<&str> = content.languages.keys().map(String::as_str).collect();
            let message = format!("there is no language `{}`", content.default);
            problem("default", &message, &format!("Name one of: {}", known.join(", ")));
        }
        if let Some(layout) = content.layout.as_ref().filter(|layout| !self.layouts.contains_key(*layout)) {
            let known: Vec<&str> = self.layouts.keys().map(String::as_str).collect();
            let message = format!("there is no layout `{layout}`");
            problem(
                "layout",
                &message,
                &format!("Add {LAYOUTS}{layout}.mjml; there are: {}", known.join(", ")),
            );
        }
        if !(content.sample.is_object() || content.sample.is_null()) {
            problem("sample", "it is no list of values", "Write names with their values");
        }
        for (language, wording) in &content.languages {
            let place = format!("languages.{language}");
            if wording.text.is_none() && wording.channels.is_empty() && wording.mjml.is_none() {
                problem(&place, "it has no words", "Write `text`, or texts under `channels`");
            }
            let has_text = wording.text.is_some() || wording.channels.contains_key(&Channel::EMAIL);
            if wording.mjml.is_some() && !has_text {
                let remedy = "Write `text` too: it is sent beside the page, and shown where pages are not";
                problem(&format!("{place}.mjml"), "a page alone is no e-mail", remedy);
            }
        }
        for (name, block) in &content.blocks {
            let place = format!("blocks.{name}");
            if !name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_') {
                problem(&place, "this is no block's name", "Use lower-case letters, digits and `_`");
            }
            if !block.languages.contains_key(&content.default) {
                let message = format!("it has no words in `{}`", content.default);
                problem(
                    &format!("{place}.languages"),
                    &message,
                    "Write them; other languages fall back to them",
                );
            }
            let Some(image) = &block.image else { continue };
            if !image.starts_with("https://") || image.contains(['"', '<', '>', ' ', '{']) {
                problem(
                    &format!("{place}.image"),
                    "this is no address of a picture",
                    "Write one that begins with https://",
                );
            }
            let blind = block.languages.iter().filter(|(_, own)| own.alt.is_none() && own.mjml.is_none());
            for (language, _) in blind {
                let remedy = "Write `alt`: what it shows, for those who do not see it";
                problem(&format!("{place}.languages.{language}.alt"), "the picture says nothing", remedy);
            }
        }
    }
}
