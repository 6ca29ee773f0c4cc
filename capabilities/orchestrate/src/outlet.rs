//! Where a message goes: the channel named, or the best of several that reach the customer and may be used.

use minicbor::{Decode, Encode};
use model::{Channel, EffectId, EffectKind, HeldReason, OutcomeKind, Purpose, RunId, StrandId};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use crate::compiler::{Compiler, StepCompiler};
use crate::content::Written;
use crate::kinds::Undelivered;
use crate::media;
use crate::progress::Progress;
use crate::walk::{Message, Walk};

/// Messages remembered that may go out on another channel; the oldest are given up first.
const FALLBACKS_MAX: usize = 32;

/// Where a message goes, as a journey says it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) enum Outlet {
    /// Where the customer last was.
    #[default]
    Here,
    /// The customer's wish; else web chat while the customer is there; else the cheapest that reaches them.
    Best,
    On(Channel),
    /// The first that reaches the customer; the customer's wish goes first.
    FirstOf(Vec<Channel>),
}

/// What was chosen, and what is left should it fail.
pub(crate) struct Choice {
    pub channel: Channel,
    pub rest: Vec<Channel>,
}

/// A message that goes out on another channel should its delivery fail.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Fallback {
    #[n(0)]
    pub effect: EffectId,
    #[n(1)]
    pub strand: StrandId,
    #[n(2)]
    pub run: RunId,
    /// In the order in which they are tried.
    #[n(3)]
    pub rest: Vec<Channel>,
    /// The step whose message it is.
    #[n(4)]
    pub step: Box<str>,
}

impl Walk<'_> {
    /// The channel for a message: the first that reaches the customer and may be used for this purpose. Those passed
    /// over are noted with the reason where the journey named them. Where there is nothing to choose from, the
    /// channel itself; whether it may be used is judged with the message.
    pub fn choose(&mut self, outlet: &Outlet, purpose: Purpose) -> Option<Choice> {
        let (candidates, named) = match outlet {
            Outlet::Here => return Some(Choice::only(self.run.channel.clone())),
            Outlet::On(channel) => return Some(Choice::only(channel.clone())),
            Outlet::Best => (self.all_channels(purpose), false),
            Outlet::FirstOf(channels) => (self.wish_first(channels.clone(), purpose), true),
        };
        let chosen = self.first_usable(&candidates, purpose, named);
        match outlet {
            Outlet::Best => chosen.or_else(|| Some(Choice::only(self.run.channel.clone()))),
            Outlet::Here | Outlet::On(_) | Outlet::FirstOf(_) => chosen,
        }
    }

    /// The channel for going on elsewhere than on `left`, where the customer fell silent.
    pub fn choose_other(&mut self, outlet: &Outlet, purpose: Purpose, left: &Channel) -> Option<Choice> {
        let (mut candidates, named) = match outlet {
            Outlet::Here => return None,
            Outlet::Best => (self.all_channels(purpose), false),
            Outlet::On(channel) => (vec![channel.clone()], true),
            Outlet::FirstOf(channels) => (self.wish_first(channels.clone(), purpose), true),
        };
        candidates.retain(|channel| channel != left);
        self.first_usable(&candidates, purpose, named)
    }

    pub fn first_usable(&mut self, candidates: &[Channel], purpose: Purpose, named: bool) -> Option<Choice> {
        for (place, channel) in candidates.iter().enumerate() {
            match self.unusable(channel, purpose) {
                None => {
                    return Some(Choice { channel: channel.clone(), rest: candidates[place + 1..].to_vec() });
                }
                Some(HeldReason::NoAddress { .. }) if !named => {}
                Some(reason) => self.held(channel, purpose, reason),
            }
        }
        None
    }

    /// Why a channel cannot be used for a message of this purpose, if it cannot.
    fn unusable(&self, channel: &Channel, purpose: Purpose) -> Option<HeldReason> {
        if !self.reachable(channel) {
            return Some(HeldReason::NoAddress { channel: channel.clone() });
        }
        (self.ctx.held)(purpose, channel)
    }

    /// Every channel, the best first.
    fn all_channels(&self, purpose: Purpose) -> Vec<Channel> {
        let there = self.is_there();
        let usable = |channel: &&Channel| there || !media::of(channel).live;
        let mut all: Vec<Channel> =
            self.journeys.channels.iter().map(|own| &own.channel).filter(usable).cloned().collect();
        if there && let Some(place) = all.iter().position(|own| *own == self.run.channel) {
            let here = all.remove(place);
            all.insert(0, here);
        }
        self.wish_first(all, purpose)
    }

    /// What the customer said by an event goes before the trait.
    fn wish_first(&self, mut channels: Vec<Channel>, purpose: Purpose) -> Vec<Channel> {
        let profile = || self.journeys.preferred.as_ref().map(|program| self.value(program));
        let wish = match self.progress.wished(purpose) {
            Some(said) => said.map(ToString::to_string),
            None => profile().and_then(|wish| wish.as_text().map(|wish| wish.trim().to_owned())),
        };
        if let Some(place) = channels.iter().position(|own| Some(own.as_str()) == wish.as_deref()) {
            let wished = channels.remove(place);
            channels.insert(0, wished);
        }
        channels
    }

    /// Remembers where a message goes should its delivery fail.
    pub fn fall_back(&mut self, effect: EffectId, rest: Vec<Channel>) {
        let (strand, run, step) = (self.run.strand, self.run.id, self.run.step.clone());
        self.remember(Fallback { effect, strand, run, rest, step });
    }

    fn remember(&mut self, fallback: Fallback) {
        if fallback.rest.is_empty() {
            return;
        }
        let fallbacks = self.progress.fallbacks.get_or_insert_default();
        fallbacks.push(fallback);
        let surplus = fallbacks.len().saturating_sub(FALLBACKS_MAX);
        fallbacks.drain(..surplus);
    }

    /// Sends a message that failed on one channel on the next that reaches the customer, in the words for that
    /// channel; where the step cannot write them any more, in those it had.
    pub fn send_elsewhere(&mut self, failed: &EffectKind, purpose: Purpose, fallback: &Fallback) {
        let Some(Choice { channel, rest }) = self.first_usable(&fallback.rest, purpose, true) else { return };
        let Some((was, offered)) = said(failed) else { return };
        let step = self.journey.step(&fallback.step);
        let undelivered = step.map_or(Undelivered::AsItWas, |step| step.step.undelivered(self, &channel));
        let (written, choices) = match undelivered {
            Undelivered::AsItWas => (was, offered),
            Undelivered::Say(written, choices) => (written, choices),
            Undelivered::Over => return,
        };
        if let Some(effect) = self.send(Message { channel, purpose, written, choices }) {
            self.remember(Fallback { effect, rest, ..fallback.clone() });
        }
    }
}

impl Progress {
    /// The channels left for a message that is settled; only a failure uses them.
    pub(crate) fn settle_fallback(&mut self, effect: EffectId, outcome: &OutcomeKind) -> Option<Fallback> {
        let fallbacks = self.fallbacks.as_mut()?;
        let place = fallbacks.iter().position(|own| own.effect == effect)?;
        let fallback = fallbacks.remove(place);
        if fallbacks.is_empty() {
            self.fallbacks = None;
        }
        matches!(outcome, OutcomeKind::Failed { .. }).then_some(fallback)
    }
}

impl Choice {
    pub fn only(channel: Channel) -> Self {
        Self { channel, rest: Vec::new() }
    }
}

impl Compiler<'_> {
    /// Checks that messages can be sent by the channels that are named.
    pub fn outlet(&mut self, path: &str, outlet: &Outlet) {
        let unknown: Vec<&Channel> =
            outlet.named().iter().filter(|channel| self.channels.get(channel).is_none()).collect();
        for channel in unknown {
            let message = format!("messages cannot be sent by `{channel}`");
            let remedy = format!("Use here, best, {}, or declare it in channels.yaml", self.channels.names());
            self.problem(path, message, remedy);
        }
    }
}

impl StepCompiler<'_, '_> {
    pub fn outlet(&mut self, field: &str, outlet: &Outlet) {
        let path = self.at(field);
        self.compiler.outlet(&path, outlet);
    }
}

/// Subject, text and choices of a message.
fn said(content: &EffectKind) -> Option<(Written, Vec<String>)> {
    let (subject, text, choices) = match content {
        EffectKind::Email(email) => (Some(email.subject.clone()), email.text.clone(), Vec::new()),
        EffectKind::Chat(chat) => (None, chat.text.clone(), chat.choices.clone()),
        EffectKind::Sms(sms) => (None, sms.text.clone(), Vec::new()),
        EffectKind::Hook(message) => (message.title.clone(), message.text.clone(), message.choices.clone()),
        EffectKind::Letter(letter) => (Some(letter.subject.clone()), letter.text.clone(), Vec::new()),
        EffectKind::Webhook(_) => return None,
    };
    Some((Written { subject, text, html: None }, choices))
}

impl Outlet {
    /// Whether it can lead away from a channel.
    pub fn leads_away_from(&self, left: &Channel) -> bool {
        match self {
            Self::Here => false,
            Self::Best => true,
            Self::On(_) | Self::FirstOf(_) => self.named().iter().any(|channel| channel != left),
        }
    }

    /// The channels it names.
    pub fn named(&self) -> &[Channel] {
        match self {
            Self::Here | Self::Best => &[],
            Self::On(channel) => std::slice::from_ref(channel),
            Self::FirstOf(channels) => channels,
        }
    }

    pub fn summary(&self) -> String {
        match self {
            Self::Here => "where the customer is".into(),
            Self::Best => "where it is seen best".into(),
            Self::On(channel) => format!("by {channel}"),
            Self::FirstOf(channels) => {
                let names: Vec<&str> = channels.iter().map(Channel::as_str).collect();
                format!("by {}", names.join(", else "))
            }
        }
    }
}

impl<'de> Deserialize<'de> for Outlet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            One(String),
            Several(Vec<Channel>),
        }
        let wrong = || {
            serde::de::Error::custom("this is no channel; write here, best, a channel, or a list of channels")
        };
        match Written::deserialize(deserializer).map_err(|_| wrong())? {
            Written::One(text) if text == "here" => Ok(Self::Here),
            Written::One(text) if text == "best" => Ok(Self::Best),
            Written::One(text) => text.parse().map(Self::On).map_err(|_| wrong()),
            Written::Several(channels) if channels.is_empty() => Err(wrong()),
            Written::Several(channels) => Ok(Self::FirstOf(channels)),
        }
    }
}

impl JsonSchema for Outlet {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Outlet".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"anyOf": [
            {"type": "string", "examples": ["here", "best", "webchat", "email", "sms"]},
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
        ]})
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    const CHANNELS: &str =
        "channels:\n  sms: {cost: 0.07}\n  whatsapp: {address: phone, cost: 0.03}\n  email: {cost: 0.001}\n";
    const LIST: &str = "steps:\n  - {id: say, kind: message, channel: [sms, email, webchat], text: Hello}\n";

    #[test]
    fn a_list_is_tried_in_order_and_each_channel_passed_over_is_noted() {
        check(
            &[&journey(LIST)],
            Show::Ends,
            "10:00:00 web does Go
             phone +4915112345678
             web does Go
             refuses sms
             address ada@example.com
             web does Go",
            expect![[r#"
                10:00:00 (Held a service message by SMS: no address for SMS is known.)
                10:00:00 (Held a service message by e-mail: no address for e-mail is known.)
                10:00:00 chat: Hello
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 service SMS: Hello
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (Held a service message by SMS: the customer has not agreed to service by SMS.)
                10:00:00 service e-mail “Test”: Hello
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn the_customers_wish_goes_before_the_order_and_the_cost() {
        let best = "steps:\n  - {id: best, kind: message, channel: best, text: Hello}\n  - {id: list, kind: message, channel: [email, sms], text: Again}\n";
        check(
            &[&journey(best), CHANNELS],
            Show::Ends,
            "10:00:00 store does Go
             phone +4915112345678
             store does Go
             address ada@example.com
             store does Go
             trait preferred_channel=sms
             store does Go
             refuses sms
             store does Go
             webchat does Go",
            expect![[r#"
                10:00:00 chat: Hello
                10:00:00 (Held a service message by e-mail: no address for e-mail is known.)
                10:00:00 (Held a service message by SMS: no address for SMS is known.)
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 whatsapp to +4915112345678: Hello
                10:00:00 (Held a service message by e-mail: no address for e-mail is known.)
                10:00:00 service SMS: Again
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 service e-mail “Test”: Hello
                10:00:00 service e-mail “Re: Test”: Again
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 service SMS: Hello
                10:00:00 service SMS: Again
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (Held a service message by SMS: the customer has not agreed to service by SMS.)
                10:00:00 service e-mail “Test”: Hello
                10:00:00 (Held a service message by SMS: the customer has not agreed to service by SMS.)
                10:00:00 service e-mail “Re: Test”: Again
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (Held a service message by SMS: the customer has not agreed to service by SMS.)
                10:00:00 chat: Hello
                10:00:00 (Held a service message by SMS: the customer has not agreed to service by SMS.)
                10:00:00 service e-mail “Test”: Again
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn what_cannot_be_delivered_goes_out_on_the_next_channel_also_when_the_run_has_ended() {
        check(
            &[&journey(LIST)],
            Show::Ends,
            "10:00:00 phone +4915112345678
             address ada@example.com
             web does Go
             10:05:00 undeliverable no such number
             10:06:00 undeliverable mailbox full
             10:07:00 undeliverable nobody there
             11:00:00 web does Go
             11:00:01 delivered",
            expect![[r#"
                10:00:00 service SMS: Hello
                10:00:00 (The journey “test” ended: its last step was done.)
                10:05:00 service e-mail “Test”: Hello
                10:06:00 chat: Hello
                11:00:00 service SMS: Hello
                11:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn answers_come_by_sms_and_choices_are_listed_there() {
        let ask = "slots:\n  room: {type: choice, choices: [hall, attic], ask: Which room?}\nsteps:\n  - {id: ask, kind: ask, channel: sms, slots: [room]}\n  - {id: done, kind: message, text: 'The {{ slots.room }}'}\n";
        check(
            &[&journey(ask)],
            Show::Ends,
            "10:00:00 phone +4915112345678
             web does Go
             sms says 2",
            expect![[r#"
                10:00:00 service SMS: Which room?
                1. hall
                2. attic
                10:00:00 service SMS: The attic
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn a_question_that_cannot_be_delivered_is_asked_elsewhere_while_it_is_open() {
        let ask = "slots:\n  room: {type: choice, choices: [hall, attic], ask: Which room?}\nsteps:\n  - {id: ask, kind: ask, channel: [sms, email], intro: Hello, slots: [room]}\n  - {id: done, kind: message, text: 'The {{ slots.room }}'}\n";
        check(
            &[&journey(ask)],
            Show::Ends,
            "10:00:00 phone +4915112345678
             address ada@example.com
             web does Go
             10:01:00 undeliverable switched off
             10:02:00 email says attic
             10:03:00 web does Go
             10:04:00 sms says hall
             10:05:00 undeliverable too late",
            expect![[r#"
                10:00:00 service SMS: Hello

                Which room?
                1. hall
                2. attic
                10:01:00 service e-mail “Test”: Which room?
                1. hall
                2. attic
                10:02:00 service e-mail “Re: Test”: The attic
                10:02:00 (The journey “test” ended: its last step was done.)
                10:03:00 service SMS: Hello

                Which room?
                1. hall
                2. attic
                10:04:00 service SMS: The hall
                10:04:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn channels_nobody_serves_are_refused() {
        check_problems(
            &[
                &journey(
                    "steps:\n  - {id: a, kind: message, channel: [sms, fax], text: x}\n  - {id: b, kind: message, channel: [], text: x}\n",
                ),
                CHANNELS,
            ],
            expect![[r#"
                journeys/0.yaml: steps.a.channel: messages cannot be sent by `fax`. Use here, best, email, sms, webchat, whatsapp, or declare it in channels.yaml
                journeys/0.yaml: steps.b.channel: this is no channel; write here, best, a channel, or a list of channels. Compare with the journey schema
            "#]],
        );
    }
}
