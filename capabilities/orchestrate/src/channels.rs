//! The brand's messaging channels: `channels.yaml` in the catalogue. It declares channels of providers and says what
//! a message costs on each, by which the channel of a message is chosen.

use std::collections::BTreeMap;

use model::{Catalogue, Channel, Namespace, Problem};
use serde::Deserialize;

use crate::media;

const FILE: &str = "channels.yaml";
/// Names that mean something else where a journey names a channel.
const RESERVED: [&str; 2] = ["here", "best"];

/// Every channel that messages can be sent by.
#[derive(Debug, Clone, PartialEq)]
pub struct MessagingChannels {
    /// From the cheapest to the dearest; those of one price as they are listed.
    list: Vec<MessagingChannel>,
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
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    channels: BTreeMap<Channel, Definition>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Definition {
    #[serde(default)]
    address: Option<Namespace>,
    #[serde(default)]
    cost: Option<f64>,
}

impl Default for MessagingChannels {
    fn default() -> Self {
        let channel = |medium: &media::Medium| MessagingChannel {
            channel: medium.channel.clone(),
            address: medium.address.clone(),
            cost: medium.cost,
            hook: false,
        };
        Self { list: media::built_in().map(channel).collect() }.sorted()
    }
}

impl MessagingChannels {
    pub(crate) fn compile(catalogue: &Catalogue) -> Result<Self, Vec<Problem>> {
        let mut channels = Self::default();
        let Some(file) = catalogue.file(FILE) else { return Ok(channels) };
        let File { channels: definitions } = serde_saphyr::from_str(&file.text).map_err(|error| {
            let message = error.without_snippet().to_string();
            let remedy = "Write `channels`, each with `cost`, and with `address` where a provider serves it";
            vec![Problem::new(FILE, "", message, remedy)]
        })?;
        let mut problems = Vec::new();
        let mut problem = |field: String, message: String, remedy: &str| {
            problems.push(Problem::new(FILE, field, message, remedy));
        };
        for (channel, Definition { address, cost }) in definitions {
            let at = |field: &str| format!("channels.{channel}.{field}");
            if let Some(cost) = cost.filter(|cost| !cost.is_finite() || *cost < 0.0) {
                problem(at("cost"), format!("`{cost}` is no cost"), "Write a number from 0");
            }
            if RESERVED.contains(&channel.as_str()) {
                let message = format!("`{channel}` is no channel's name");
                problem(format!("channels.{channel}"), message, "Give it another name");
            }
            match (channels.list.iter_mut().find(|own| own.channel == channel), address) {
                (Some(known), None) => known.cost = cost.unwrap_or(known.cost),
                (Some(known), Some(address)) if known.address.as_ref() == Some(&address) => {
                    known.cost = cost.unwrap_or(known.cost);
                }
                (Some(_), Some(address)) => problem(
                    at("address"),
                    format!("{channel} is not sent to `{address}`"),
                    "Leave it out: this channel has its own address",
                ),
                (None, None) => problem(
                    at("address"),
                    format!("nothing says where {channel} finds a customer"),
                    "Name a kind of identifier, such as `phone` or `external/whatsapp`",
                ),
                (None, Some(address)) => channels.list.push(MessagingChannel {
                    cost: cost.unwrap_or(media::of(&channel).cost),
                    channel,
                    address: Some(address),
                    hook: true,
                }),
            }
        }
        if problems.is_empty() { Ok(channels.sorted()) } else { Err(problems) }
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

    /// The names, for messages about mistakes.
    pub(crate) fn names(&self) -> String {
        let mut names: Vec<&str> = self.list.iter().map(|own| own.channel.as_str()).collect();
        names.sort_unstable();
        names.join(", ")
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
