//! Effects: what the world must be asked to do, and outcomes: how it went.
//!
//! The engine returns effects as values. They are kept in the customer's state until an outcome record
//! settles them, and are performed only after the frame that caused them is durable.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{
    Channel, ConversationId, CustomerId, EffectId, Purpose, RunId, Span, StrandId, Timestamp, Value,
};

/// Stands in the text of a message where the address belongs that opens this conversation in web chat; the
/// channel puts the address in, because only it knows the server's public name and signs the link.
pub const CHAT_LINK: &str = "throughline:chat";

/// Stands where a webhook names its endpoint: the call is a search among the catalogue's articles, which the server
/// answers itself. No configured endpoint has a name with a colon.
pub const ARTICLE_SEARCH: &str = "articles:search";

/// Stands in the HTML of an e-mail where the address belongs that stops these messages; likewise put in by the channel.
pub const UNSUBSCRIBE_LINK: &str = "throughline:unsubscribe";

/// One request to the world.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize)]
pub struct Effect {
    #[n(0)]
    pub id: EffectId,
    #[n(1)]
    pub customer: CustomerId,
    /// Whose part of the thread asked for it; its key seals the effect at rest.
    #[n(2)]
    pub strand: StrandId,
    /// When the step that asked for it ran.
    #[n(3)]
    pub asked: Timestamp,
    #[n(4)]
    pub run: Option<RunId>,
    #[n(5)]
    pub purpose: Purpose,
    #[n(6)]
    pub resend: Resend,
    #[n(7)]
    pub kind: EffectKind,
}

/// What to do when a crash leaves it unknown whether the effect happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Resend {
    /// Show it as uncertain and let a person decide: marketing, anything a customer must not get twice.
    #[n(0)]
    Never,
    /// Ask again: the receiver knows the id and acts once, or twice does no harm (one-time codes).
    #[n(1)]
    Always,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum EffectKind {
    #[n(0)]
    Email(#[n(0)] Email),
    #[n(1)]
    Chat(#[n(0)] ChatMessage),
    #[n(2)]
    Webhook(#[n(0)] WebhookCall),
    #[n(3)]
    Sms(#[n(0)] Sms),
    #[n(4)]
    Hook(#[n(0)] HookMessage),
    #[n(45)]
    Letter(#[n(0)] Letter),
}

impl EffectKind {
    /// Subject and text of a message; of a call, what it is about.
    pub fn words(&self) -> (Option<Box<str>>, Box<str>) {
        match self {
            Self::Email(email) => (Some(email.subject.as_str().into()), email.text.as_str().into()),
            Self::Chat(message) => (None, message.text.as_str().into()),
            Self::Webhook(call) => (None, call.event.as_str().into()),
            Self::Sms(sms) => (None, sms.text.as_str().into()),
            Self::Hook(message) => (message.title.as_deref().map(Into::into), message.text.as_str().into()),
            Self::Letter(letter) => (Some(letter.subject.as_str().into()), letter.text.as_str().into()),
        }
    }

    /// The channel it goes out on; none for calls to back-office systems.
    pub fn channel(&self) -> Option<Channel> {
        match self {
            Self::Email(_) => Some(Channel::EMAIL),
            Self::Chat(_) => Some(Channel::WEBCHAT),
            Self::Webhook(_) => None,
            Self::Sms(_) => Some(Channel::SMS),
            Self::Hook(message) => Some(message.channel.clone()),
            Self::Letter(_) => Some(Channel::LETTER),
        }
    }
}

/// An e-mail. The channel adds `From`, `Message-ID` (from the effect id), `Reply-To` with a
/// plus-address that carries the conversation, and unsubscribe headers for marketing.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize)]
pub struct Email {
    #[n(0)]
    pub conversation: ConversationId,
    #[n(1)]
    pub to: String,
    #[n(2)]
    pub subject: String,
    #[n(3)]
    pub text: String,
    /// The `Message-ID` this answers, if any.
    #[n(4)]
    pub in_reply_to: Option<String>,
    /// The same as a page; the channel makes a plain one of the text where there is none.
    #[n(5)]
    #[cbor(default)]
    pub html: Option<String>,
}

/// A message shown in every open chat window of the customer.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize)]
pub struct ChatMessage {
    #[n(0)]
    pub conversation: ConversationId,
    #[n(1)]
    pub text: String,
    /// Answers offered as buttons, for questions with a closed set.
    #[n(2)]
    pub choices: Vec<String>,
    /// The agent who wrote it, as customers know them; none for what a journey says.
    #[n(5)]
    #[cbor(default)]
    pub agent: Option<String>,
    /// The article that the text is, in Markdown; none for plain words.
    #[n(50)]
    #[cbor(default)]
    pub article: Option<String>,
}

/// A text message. How it is encoded and into how many parts it is cut depends on the carrier.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize)]
pub struct Sms {
    #[n(0)]
    pub conversation: ConversationId,
    /// The telephone number, such as `+4915112345678`.
    #[n(1)]
    pub to: String,
    #[n(2)]
    pub text: String,
}

/// A message on a channel that a provider serves by signed HTTP calls, with the effect id as `webhook-id`.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize)]
pub struct HookMessage {
    #[n(0)]
    pub conversation: ConversationId,
    /// The channel by its name in the catalogue; the provider's address and secret are configuration.
    #[n(1)]
    pub channel: Channel,
    #[n(2)]
    pub to: String,
    #[n(3)]
    pub text: String,
    /// Answers offered as buttons, for questions with a closed set.
    #[n(4)]
    pub choices: Vec<String>,
    /// For channels that show a title above the text, such as push messages.
    #[n(5)]
    #[cbor(default)]
    pub title: Option<String>,
}

/// A letter on paper, printed and posted by a print shop.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize)]
pub struct Letter {
    #[n(0)]
    pub conversation: ConversationId,
    #[n(1)]
    pub to: PostalAddress,
    #[n(2)]
    pub subject: String,
    #[n(3)]
    pub text: String,
}

/// Where the post finds somebody.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize)]
pub struct PostalAddress {
    #[n(0)]
    pub name: String,
    /// With the number of the house, in the country's own order.
    #[n(1)]
    pub street: String,
    #[n(2)]
    pub postal_code: String,
    #[n(3)]
    pub city: String,
    /// None for the brand's own country.
    #[n(4)]
    pub country: Option<String>,
}

impl PostalAddress {
    /// As it stands on the envelope, line by line.
    pub fn lines(&self) -> Vec<String> {
        let place = format!("{} {}", self.postal_code, self.city);
        let country = self.country.as_ref().map(|country| country.to_uppercase());
        [self.name.clone(), self.street.clone(), place].into_iter().chain(country).collect()
    }
}

/// A call of a back-office system, signed by Standard Webhooks with the effect id as `webhook-id`.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize)]
pub struct WebhookCall {
    /// The name of the endpoint in the catalogue; the address and secret are configuration.
    #[n(0)]
    pub endpoint: String,
    /// What it is about, such as `add_on.ordered`.
    #[n(1)]
    pub event: String,
    #[n(2)]
    pub payload: Value,
    /// How long one attempt may take; the channel's own limit where none is given.
    #[n(3)]
    #[cbor(default)]
    pub timeout: Option<Span>,
    /// How often and when it is tried again; the schedule of Standard Webhooks where none is given.
    #[n(4)]
    #[cbor(default)]
    pub retries: Option<Retries>,
    /// What the receiver knows the call by, the same in each attempt; the effect's id where none is given.
    #[n(5)]
    #[cbor(default)]
    pub idempotency_key: Option<String>,
}

/// How often an effect is tried again that failed for now, and after what pauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
pub struct Retries {
    /// After the first attempt.
    #[n(0)]
    pub count: u8,
    /// The pause before the first of them.
    #[n(1)]
    pub first: Span,
    /// By what each further pause is longer than the one before.
    #[n(2)]
    pub factor: u8,
    /// No pause is longer.
    #[n(3)]
    pub max: Span,
}

impl Retries {
    /// The pause after so many attempts that failed, if it is tried again.
    pub fn pause(&self, failures: u16) -> Option<Span> {
        let before = failures.checked_sub(1)?;
        if failures > u16::from(self.count) {
            return None;
        }
        let longer = i64::from(self.factor).saturating_pow(u32::from(before));
        Some(Span(self.first.0.saturating_mul(longer)).min(self.max))
    }
}

/// How an effect went, or how far it got.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize)]
pub struct Outcome {
    #[n(0)]
    pub effect: EffectId,
    #[n(1)]
    pub customer: CustomerId,
    #[n(2)]
    pub kind: OutcomeKind,
}

/// The stages of an effect after its intent is durable.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum OutcomeKind {
    /// Durable before the first byte leaves: from here a crash means *uncertain*, unless [`Resend::Always`].
    #[n(0)]
    Started {
        #[n(0)]
        attempt: u16,
    },
    /// The receiver took it. `reference` is the receiver's id for it; `answer` what a webhook returned.
    #[n(1)]
    Done {
        #[n(0)]
        reference: Option<String>,
        #[n(1)]
        answer: Option<Value>,
    },
    /// It surely did not happen and may be tried again, not before `after`.
    #[n(2)]
    Retry {
        #[n(0)]
        reason: String,
        #[n(1)]
        after: Option<Span>,
    },
    /// It surely did not happen and will not.
    #[n(3)]
    Failed {
        #[n(0)]
        reason: String,
    },
    /// A crash or a broken connection left it unknown.
    #[n(4)]
    Uncertain {
        #[n(0)]
        reason: String,
    },
    /// The receiver answered that it does not do it, with this HTTP status; it surely did not happen and will not.
    #[n(55)]
    Refused {
        #[n(0)]
        status: u16,
        #[n(1)]
        reason: String,
    },
    /// The receiver took it and will report how it went. Where no report comes within `wait`, it counts as done.
    #[n(5)]
    Accepted {
        /// The receiver's ids: one for each part.
        #[n(0)]
        references: Vec<String>,
        /// Those of which no report has come yet.
        #[n(1)]
        awaited: Vec<String>,
        #[n(2)]
        wait: Span,
    },
}
