//! The brand's consent policy: `consents.yaml` in the catalogue.

use std::collections::BTreeMap;

use model::{Catalogue, Channel, Problem, Purpose};
use serde::Deserialize;

const FILE: &str = "consents.yaml";

/// Where silence means no, and how far a STOP reaches. Without a file: as the law of most places has it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    #[serde(default)]
    purposes: BTreeMap<Purpose, PurposePolicy>,
    #[serde(default)]
    stop: StopPolicy,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PurposePolicy {
    /// Whether a message needs a yes first.
    opt_in: Option<bool>,
    /// Whether a message waits while a complaint of the customer is open.
    complaint_holds: Option<bool>,
    /// Channels where it is otherwise.
    #[serde(default)]
    channels: BTreeMap<Channel, ChannelPolicy>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChannelPolicy {
    opt_in: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct StopPolicy {
    #[serde(default)]
    revokes: StopScope,
    /// Words that mean STOP besides the built-in ones.
    #[serde(default)]
    words: Vec<String>,
}

const REMEDY: &str = "Write `purposes`, each with `opt_in`, `complaint_holds` and `channels`, and `stop` with `revokes` and `words`";

/// How far a STOP reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopScope {
    /// Marketing on the channel it was written on.
    #[default]
    Channel,
    /// Marketing everywhere.
    EveryChannel,
}

impl Policy {
    pub fn compile(catalogue: &Catalogue) -> Result<Self, Vec<Problem>> {
        let Some(file) = catalogue.file(FILE) else { return Ok(Self::default()) };
        let policy: Self = files::read(file, REMEDY).map_err(|problem| vec![problem])?.unwrap_or_default();
        let blank = |word: &&String| !word.chars().any(char::is_alphanumeric);
        match policy.stop.words.iter().position(|word| blank(&word)) {
            Some(place) => Err(vec![Problem::new(
                FILE,
                format!("stop.words.{place}"),
                format!("`{}` is no word", policy.stop.words[place]),
                "Write what a customer would write, such as `BASTA`",
            )]),
            None => Ok(policy),
        }
    }

    pub fn needs_opt_in(&self, purpose: Purpose, channel: &Channel) -> bool {
        let Some(own) = self.purposes.get(&purpose) else { return purpose.needs_opt_in() };
        let there = own.channels.get(channel).map(|channel| channel.opt_in);
        there.or(own.opt_in).unwrap_or(purpose.needs_opt_in())
    }

    /// Whether messages for the purpose are held while a complaint is open; without a word: marketing.
    pub fn complaint_holds(&self, purpose: Purpose) -> bool {
        let own = self.purposes.get(&purpose).and_then(|own| own.complaint_holds);
        own.unwrap_or(purpose == Purpose::Marketing)
    }

    pub fn stop_scope(&self) -> StopScope {
        self.stop.revokes
    }

    pub fn stop_words(&self) -> &[String] {
        &self.stop.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::CatalogueFile;

    fn compile(text: &str) -> Result<Policy, Vec<Problem>> {
        Policy::compile(&Catalogue {
            version: 1,
            files: vec![CatalogueFile { path: FILE.into(), text: text.into() }],
        })
    }

    #[test]
    fn a_channel_can_differ_from_its_purpose() {
        let policy =
            compile("purposes:\n  marketing:\n    channels:\n      letter: {opt_in: false}\n").unwrap();
        assert!(policy.needs_opt_in(Purpose::Marketing, &Channel::EMAIL));
        assert!(!policy.needs_opt_in(Purpose::Marketing, &Channel::LETTER));
        assert!(!policy.needs_opt_in(Purpose::Service, &Channel::EMAIL));
    }

    #[test]
    fn marketing_waits_for_complaints_unless_told_otherwise() {
        let policy = Policy::default();
        assert!(policy.complaint_holds(Purpose::Marketing));
        assert!(!policy.complaint_holds(Purpose::Service));
        let text = "purposes:\n  marketing: {complaint_holds: false}\n  analytics: {complaint_holds: true}\n";
        let policy = compile(text).unwrap();
        assert!(!policy.complaint_holds(Purpose::Marketing));
        assert!(policy.complaint_holds(Purpose::Analytics));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(
            compile("purposes:\n  advertising: {opt_in: true}\n").unwrap_err()[0]
                .message
                .contains("advertising")
        );
        assert_eq!(compile("stop: {words: ['!']}").unwrap_err()[0].place.path, "stop.words.0");
    }
}
