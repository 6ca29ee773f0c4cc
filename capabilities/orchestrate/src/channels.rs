//! The brand's messaging channels: `channels.yaml` in the catalogue. It declares channels of providers and says what
//! a message costs on each, by which the channel of a message is chosen.

use std::collections::BTreeMap;

use model::sms::{self, Alphabet, Encoding};
use model::{CHAT_LINK, Catalogue, Channel, Namespace, PostalAddress, Problem};
use rules::{Environment, Scope, Symbols};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::media;
use crate::postal::Postal;

const FILE: &str = "channels.yaml";
/// Names that mean something else where a journey names a channel.
const RESERVED: [&str; 2] = ["here", "best"];

/// Every channel that messages can be sent by.
#[derive(Debug, Clone)]
pub struct MessagingChannels {
    /// From the cheapest to the dearest; those of one price as they are listed.
    list: Vec<MessagingChannel>,
    postal: Postal,
}

/// One channel that messages can be sent by.
#[derive(Debug, Clone, PartialEq)]
pub struct MessagingChannel {
    pub channel: Channel,
    /// Where the address is; web chat needs none.
    pub address: Option<Namespace>,
    /// What a message costs, in the brand's own measure.
    pub cost: f64,
    /// Declared by the catalogue: a provider serves it.
    pub hook: bool,
    /// The most characters that it takes.
    pub max_chars: Option<u32>,
    /// The most parts of a text message; each has the channel's cost.
    pub max_parts: Option<u16>,
    /// The carrier's alphabet, for counting parts.
    pub alphabet: Alphabet,
}

/// How long a message is on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    pub characters: u32,
    /// For text messages.
    pub encoding: Option<Encoding>,
    pub parts: Option<u16>,
}

/// A link to the chat is put in when the message is sent; it is counted as this long.
const CHAT_LINK_CHARS: usize = 160;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct File {
    #[schemars(with = "BTreeMap<String, Definition>")]
    channels: BTreeMap<Channel, Definition>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// Where a provider's channel finds a customer: a kind of identifier, such as `phone` or `external/whatsapp`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    address: Option<Namespace>,
    /// What a message costs, for a text message each part, in whatever measure the brand likes.
    #[serde(default)]
    cost: Option<f64>,
    /// The most characters that it takes; what is longer is held, or goes out on the next channel.
    #[serde(default)]
    max_chars: Option<u32>,
    /// The same in parts, for text messages.
    #[serde(default)]
    max_parts: Option<u16>,
    /// The carrier's alphabet, as in the configuration: `gsm7`, `latin1` or `ucs2`.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    alphabet: Option<Alphabet>,
}

impl Default for MessagingChannels {
    fn default() -> Self {
        let channel = |medium: &media::Medium| MessagingChannel {
            channel: medium.channel.clone(),
            address: medium.address.clone(),
            cost: medium.cost,
            hook: false,
            max_chars: None,
            max_parts: None,
            alphabet: Alphabet::default(),
        };
        Self { list: media::built_in().map(channel).collect(), postal: Postal::default() }.sorted()
    }
}

/// Tells of a mistake in a channel: its field, what is wrong, and the remedy.
type Tell<'a> = &'a mut dyn FnMut(&str, String, &str);

impl Definition {
    fn check(&self, channel: &Channel, problem: Tell<'_>) {
        if let Some(cost) = self.cost.filter(|cost| !cost.is_finite() || *cost < 0.0) {
            problem("cost", format!("`{cost}` is no cost"), "Write a number from 0");
        }
        if RESERVED.contains(&channel.as_str()) {
            problem("", format!("`{channel}` is no channel's name"), "Give it another name");
        }
        for (field, given) in [("max_parts", self.max_parts.is_some()), ("alphabet", self.alphabet.is_some())]
        {
            if given && *channel != Channel::SMS {
                problem(field, "only text messages have parts".into(), "Use `max_chars` here");
            }
        }
        if self.max_chars == Some(0) || self.max_parts == Some(0) {
            problem("", "nothing is that short".into(), "Write a limit from 1");
        }
    }
}

impl MessagingChannels {
    pub(crate) fn compile(catalogue: &Catalogue) -> Result<Self, Vec<Problem>> {
        let mut channels = Self::default();
        let Some(file) = catalogue.file(FILE) else { return Ok(channels) };
        let remedy = "Write `channels`, each with `cost`, and with `address` where a provider serves it";
        let File { channels: definitions } =
            files::read_said(file, remedy).map_err(|problem| vec![problem])?;
        let mut problems = Vec::new();
        for (channel, definition) in definitions {
            let mut problem = |field: &str, message: String, remedy: &str| {
                let dot = if field.is_empty() { "" } else { "." };
                let path = format!("channels.{channel}{dot}{field}");
                problems.push(Problem::new(FILE, path, message, remedy));
            };
            definition.check(&channel, &mut problem);
            if let Some(own) = channels.declare(&channel, definition.address, &mut problem) {
                own.cost = definition.cost.unwrap_or(own.cost);
                (own.max_chars, own.max_parts) = (definition.max_chars, definition.max_parts);
                own.alphabet = definition.alphabet.unwrap_or_default();
            }
        }
        if problems.is_empty() { Ok(channels.sorted()) } else { Err(problems) }
    }

    /// The channel, which is made where it is a provider's or must be asked for; `None` where its address is wrong.
    fn declare(
        &mut self,
        channel: &Channel,
        address: Option<Namespace>,
        problem: Tell<'_>,
    ) -> Option<&mut MessagingChannel> {
        let known = self.list.iter().position(|own| own.channel == *channel);
        let own_address = match known {
            Some(known) => self.list[known].address.clone(),
            None => None,
        };
        if let Some(address) = &address
            && (known.is_some() || media::is_optional(channel))
            && own_address.as_ref() != Some(address)
        {
            let message = format!("{channel} is not sent to `{address}`");
            problem("address", message, "Leave it out: this channel has its own address");
            return None;
        }
        if let Some(known) = known {
            return Some(&mut self.list[known]);
        }
        if address.is_none() && !media::is_optional(channel) {
            let message = format!("nothing says where {channel} finds a customer");
            problem("address", message, "Name a kind of identifier, such as `phone` or `external/whatsapp`");
            return None;
        }
        self.list.push(MessagingChannel {
            channel: channel.clone(),
            address,
            cost: media::of(channel).cost,
            hook: !media::is_optional(channel),
            max_chars: None,
            max_parts: None,
            alphabet: Alphabet::default(),
        });
        self.list.last_mut()
    }

    fn sorted(mut self) -> Self {
        self.list.sort_by(|a, b| a.cost.total_cmp(&b.cost));
        self
    }

    /// From the cheapest to the dearest.
    pub fn iter(&self) -> impl Iterator<Item = &MessagingChannel> {
        self.list.iter()
    }

    pub fn get(&self, channel: &Channel) -> Option<&MessagingChannel> {
        self.list.iter().find(|own| own.channel == *channel)
    }

    /// Where letters go, where the catalogue has letters.
    pub(crate) fn find_postal(&mut self, scope: &Scope, symbols: &mut Symbols, problems: &mut Vec<Problem>) {
        if self.get(&Channel::LETTER).is_none() {
            return;
        }
        self.postal = Postal::compile(scope, symbols);
        for name in self.postal.undeclared() {
            let message = format!("nothing says the {name} that letters go to");
            let remedy = format!("Declare the trait `{name}` in schema.yaml");
            problems.push(Problem::new(FILE, "channels.letter", message, remedy));
        }
    }

    /// The address of the customer that `environment` tells of, where all of it is known.
    pub(crate) fn postal_address(&self, environment: &dyn Environment) -> Option<PostalAddress> {
        self.postal.address(environment)
    }

    /// Whether the channel takes a text of this length; on failure, why not.
    pub(crate) fn fits(&self, channel: &Channel, text: &str) -> Result<(), String> {
        self.get(channel).map_or(Ok(()), |own| own.fits(text))
    }

    /// The JSON Schema of the file, for editors.
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(File).to_value()
    }

    /// The names, for messages about mistakes.
    pub(crate) fn names(&self) -> String {
        let mut names: Vec<&str> = self.list.iter().map(|own| own.channel.as_str()).collect();
        names.sort_unstable();
        names.join(", ")
    }
}

impl MessagingChannel {
    /// How long a text is here.
    pub fn measure(&self, text: &str) -> Extent {
        let text = text.replace(CHAT_LINK, &"x".repeat(CHAT_LINK_CHARS));
        let characters = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        if self.channel != Channel::SMS {
            return Extent { characters, encoding: None, parts: None };
        }
        let written = sms::write(&text, self.alphabet);
        let parts = u16::try_from(written.parts.len()).unwrap_or(u16::MAX);
        Extent { characters, encoding: Some(written.encoding), parts: Some(parts) }
    }

    /// Whether it takes a text of this length; on failure, why not.
    pub fn fits(&self, text: &str) -> Result<(), String> {
        let Self { channel, max_chars, max_parts, .. } = self;
        if max_chars.is_none() && max_parts.is_none() {
            return Ok(());
        }
        let Extent { characters, parts, .. } = self.measure(text);
        if let Some(most) = max_chars.filter(|most| characters > *most) {
            return Err(format!("{characters} characters by {channel}; at most {most}"));
        }
        match (parts, max_parts) {
            (Some(parts), Some(most)) if parts > *most => {
                Err(format!("{parts} parts by {channel}; at most {most}"))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use model::CatalogueFile;

    use super::*;

    fn compile(text: &str) -> Result<MessagingChannels, Vec<Problem>> {
        let file = CatalogueFile { path: FILE.into(), text: text.into() };
        MessagingChannels::compile(&Catalogue { version: 1, files: vec![file] })
    }

    #[test]
    fn channels_stand_in_the_order_of_their_cost() {
        let channels =
            compile("channels:\n  sms: {cost: 0.07}\n  whatsapp: {address: phone, cost: 0.03}\n  email: {cost: 0.001}\n")
                .unwrap();
        let names: Vec<&str> = channels.iter().map(|own| own.channel.as_str()).collect();
        assert_eq!(names, ["webchat", "email", "whatsapp", "sms"]);
        assert!(channels.get(&"whatsapp".parse().unwrap()).unwrap().hook);
    }

    #[test]
    fn mistakes_are_named_all_at_once_with_their_remedy() {
        let problems =
            compile("channels:\n  sms: {cost: -1, address: email}\n  fax: {}\n  best: {address: phone}\n");
        let lines: Vec<String> = problems.unwrap_err().iter().map(ToString::to_string).collect();
        expect_test::expect![[r#"
            channels.yaml: channels.best: `best` is no channel's name. Give it another name
            channels.yaml: channels.fax.address: nothing says where fax finds a customer. Name a kind of identifier, such as `phone` or `external/whatsapp`
            channels.yaml: channels.sms.cost: `-1` is no cost. Write a number from 0
            channels.yaml: channels.sms.address: sms is not sent to `email`. Leave it out: this channel has its own address"#]]
        .assert_eq(&lines.join("\n"));
        assert!(compile("channels: {sms: {price: 1}}").is_err());
    }
}
