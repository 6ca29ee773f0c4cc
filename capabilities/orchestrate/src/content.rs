//! Content: one message in the words of each channel and language, `content/*.yaml` in the catalogue.
//!
//! A journey names a content and chooses a channel; the customer's language chooses the words: the language itself,
//! without its region, or the content's default.

use std::collections::BTreeMap;

use model::{Catalogue, Channel, Problem};
use serde::Deserialize;

use crate::compiler::StepCompiler;
use crate::text::Text;
use crate::walk::Walk;

const FOLDER: &str = "content/";
/// Where the customer's language stands, the first that is known; such as `de` or `de-AT`.
pub(crate) const LANGUAGE_TRAITS: [&str; 2] = ["profile.traits.locale", "profile.traits.language"];

/// Every content of one catalogue, by name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Contents(BTreeMap<String, Content>);

/// One content as its file says it.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    name: String,
    #[serde(rename = "title")]
    _title: String,
    /// The language for customers whose own is not among them.
    default: String,
    languages: BTreeMap<String, Wording>,
    #[serde(skip)]
    path: String,
}

/// A content in one language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Wording {
    /// For channels that have subjects.
    #[serde(default)]
    subject: Option<String>,
    /// For every channel without words of its own.
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    channels: BTreeMap<Channel, String>,
}

/// A content compiled for the step that uses it.
#[derive(Debug)]
pub(crate) struct Rendering {
    default: Box<str>,
    languages: BTreeMap<Box<str>, Words>,
}

#[derive(Debug)]
struct Words {
    subject: Option<Text>,
    text: Option<Text>,
    channels: BTreeMap<Channel, Text>,
}

impl Contents {
    pub fn read(catalogue: &Catalogue, problems: &mut Vec<Problem>) -> Self {
        let mut contents = BTreeMap::new();
        for file in catalogue.folder(FOLDER).filter(|file| file.path.ends_with(".yaml")) {
            let mut problem = |field: &str, message: String, remedy: &str| {
                problems.push(Problem::new(&file.path, field, message, remedy));
            };
            let content: Content = match serde_saphyr::from_str(&file.text) {
                Ok(content) => content,
                Err(error) => {
                    let message = error.without_snippet().to_string();
                    let remedy = "Write `name`, `title`, `default` and `languages`, each with `text`, or texts under `channels`";
                    problem("", message, remedy);
                    continue;
                }
            };
            if !content.languages.contains_key(&content.default) {
                let known: Vec<&str> = content.languages.keys().map(String::as_str).collect();
                let message = format!("there is no language `{}`", content.default);
                problem("default", message, &format!("Name one of: {}", known.join(", ")));
            }
            for (language, wording) in &content.languages {
                if wording.text.is_none() && wording.channels.is_empty() {
                    let message = "it has no words".into();
                    problem(
                        &format!("languages.{language}"),
                        message,
                        "Write `text`, or texts under `channels`",
                    );
                }
            }
            let name = content.name.clone();
            if contents.insert(name.clone(), Content { path: file.path.clone(), ..content }).is_some() {
                let message = format!("another file has a content `{name}` too");
                problem("name", message, "Give one of them another name");
            }
        }
        Self(contents)
    }
}

impl StepCompiler<'_, '_> {
    /// A content with the names that this step's journey knows.
    pub fn content(&mut self, field: &str, name: &str) -> Option<Rendering> {
        let contents = self.compiler.contents;
        let Some(content) = contents.0.get(name) else {
            let known: Vec<&str> = contents.0.keys().map(String::as_str).collect();
            let remedy = match known.is_empty() {
                true => "Write it in content/, or write `text` here".to_owned(),
                false => format!("Name one of: {}", known.join(", ")),
            };
            self.problem(field, format!("there is no content `{name}`"), remedy);
            return None;
        };
        let mut languages = BTreeMap::new();
        for (language, wording) in &content.languages {
            let at = |part: &str| format!("{field} ({}: languages.{language}.{part})", content.path);
            let subject = match &wording.subject {
                Some(subject) => Some(self.text_in(language, &at("subject"), subject)?),
                None => None,
            };
            let text = match &wording.text {
                Some(text) => Some(self.text_in(language, &at("text"), text)?),
                None => None,
            };
            let mut channels = BTreeMap::new();
            for (channel, text) in &wording.channels {
                let place = at(&format!("channels.{channel}"));
                if self.compiler.channels.get(channel).is_none() {
                    let message = format!("messages cannot be sent by `{channel}`");
                    let names = self.compiler.channels.names();
                    self.problem(&place, message, format!("Use {names}, or declare it in channels.yaml"));
                }
                channels.insert(channel.clone(), self.text_in(language, &place, text)?);
            }
            languages.insert(language.as_str().into(), Words { subject, text, channels });
        }
        Some(Rendering { default: content.default.as_str().into(), languages })
    }

    /// A text in a language, which is the language of the days it writes out.
    fn text_in(&mut self, language: &str, field: &str, source: &str) -> Option<Text> {
        Some(Text { language: Some(language.into()), ..self.text(field, source)? })
    }
}

impl Rendering {
    /// The words for the customer of a run on a channel: subject and text; on failure, what is missing.
    pub fn write(&self, walk: &Walk<'_>, channel: &Channel) -> Result<(Option<String>, String), String> {
        let (language, words) = self.words(walk, channel);
        let text = words.channels.get(channel).or(words.text.as_ref());
        let text = text.ok_or_else(|| format!("the content has no words for {channel} in `{language}`"))?;
        let subject = words.subject.as_ref().map(|subject| walk.write(subject)).transpose()?;
        Ok((subject, walk.write(text)?))
    }

    /// The customer's language, where it has words for the channel; else the default.
    fn words(&self, walk: &Walk<'_>, channel: &Channel) -> (&str, &Words) {
        let usable = |language: &str| {
            let (name, words) = self.languages.get_key_value(language)?;
            (words.text.is_some() || words.channels.contains_key(channel)).then_some((&**name, words))
        };
        let wanted = walk.journeys.languages.iter().find_map(|program| {
            let value = walk.value(program);
            value.as_text().map(|language| language.trim().replace('_', "-"))
        });
        let wanted = wanted.unwrap_or_default();
        let bare = wanted.split('-').next().unwrap_or_default().to_lowercase();
        let default = self.languages.get_key_value(&*self.default).expect("it was checked at publish");
        usable(&wanted).or_else(|| usable(&bare)).unwrap_or((&**default.0, default.1))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    const VISIT: &str = "# content
name: visit
title: A visit
default: en
languages:
  en:
    subject: Your visit, {{ profile.traits.first_name|default('dear customer') }}
    text: We come on {{ entry.properties.kind }}.
    channels:
      sms: '{{ entry.properties.kind }}! Harbour'
  de:
    subject: Ihr Besuch
    text: Wir kommen am {{ entry.properties.kind }}.
  de-AT:
    channels:
      email: Servus, {{ entry.properties.kind }}.
";
    const STEPS: &str = "steps:\n  - {id: say, kind: message, channel: [sms, email], content: visit}\n";

    #[test]
    fn each_channel_and_language_has_its_own_words_and_falls_back() {
        check(
            &[&journey(STEPS), VISIT],
            Show::Ends,
            r#"10:00:00 phone +4915112345678
               address ada@example.com
               web does Go {"kind":"Monday"}
               undeliverable switched off
               delivered
               trait locale=de-AT
               web does Go {"kind":"Monday"}
               undeliverable switched off
               trait locale=de_CH
               web does Go {"kind":"Monday"}
               trait locale=fr
               web does Go {"kind":"Monday"}
               web does Go"#,
            expect![[r#"
                10:00:00 service SMS: Monday! Harbour
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 service e-mail “Your visit, dear customer”: We come on Monday.
                10:00:00 service SMS: Wir kommen am Monday.
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 service e-mail “Test”: Servus, Monday.
                10:00:00 service SMS: Wir kommen am Monday.
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 service SMS: Monday! Harbour
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (Held a service message by SMS: the text could not be completed (`entry.properties.kind` has no value).)
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[
                &journey(
                    "steps:\n  - {id: a, kind: message, content: vist}\n  - {id: b, kind: message, content: visit, text: x}\n  - {id: c, kind: message}\n  - {id: d, kind: message, content: other}\n",
                ),
                VISIT,
                "# content\nname: other\ntitle: Other\ndefault: fr\nlanguages:\n  en: {text: '{{ slots.rom }}', channels: {fax: x}}\n  de: {}\n",
                "# content\nname: visit\n",
            ],
            expect![[r#"
                content/2.yaml: default: there is no language `fr`. Name one of: de, en
                content/2.yaml: languages.de: it has no words. Write `text`, or texts under `channels`
                content/3.yaml: missing field `title` at line 2, column 1. Write `name`, `title`, `default` and `languages`, each with `text`, or texts under `channels`
                journeys/0.yaml: steps.a.content: there is no content `vist`. Name one of: other, visit
                journeys/0.yaml: steps.b.content: there is a `text`, too. Keep one of the two
                journeys/0.yaml: steps.c.text: the message says nothing. Write `text`, or name a `content`
                journeys/0.yaml: steps.d.content (content/2.yaml: languages.en.text) (column 1): `slots.rom` is not known here. Did you mean `entry.properties.room`?
            "#]],
        );
    }
}
