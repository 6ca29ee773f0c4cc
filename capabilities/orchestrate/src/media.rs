//! The messaging channels: where each finds its address, how a message becomes an effect there, what else is
//! particular about it. Each is one file and one line of the list; channels that the catalogue declares are hooks.

mod email;
mod hook;
mod letter;
mod sms;
mod webchat;

use model::{Channel, ConversationId, EffectKind, Namespace, PostalAddress, Resend};

use crate::articles::ArticleText;
use crate::progress::Progress;

/// The channels of every server, in the order in which they are preferred when nothing else decides.
const MEDIA: &[&Medium] = &[&webchat::MEDIUM, &email::MEDIUM, &sms::MEDIUM];
/// Those that are there where the catalogue says so.
const OPTIONAL: &[&Medium] = &[&letter::MEDIUM];

/// What a kind of messaging channel is like.
#[derive(Debug)]
pub(crate) struct Medium {
    pub channel: Channel,
    /// Where the address is; web chat needs none: it shows when the customer opens it.
    pub address: Option<Namespace>,
    /// Whether it goes to the postal address.
    pub postal: bool,
    /// Whether a message that may or may not have gone out is sent again.
    pub resend: Resend,
    /// Whether a message has a subject beside its text.
    pub subject: bool,
    /// Whether answers can be chosen by button; elsewhere they are listed by number.
    pub buttons: bool,
    /// Whether the customer is there only while a window is open.
    pub live: bool,
    /// What a message costs unless the catalogue says, in the catalogue's own measure.
    pub cost: f64,
    /// How an article reads.
    pub article: fn(&ArticleText) -> String,
    /// None where it cannot go to the address it has.
    pub render: fn(&mut Progress, Rendition) -> Option<EffectKind>,
}

/// A message that was written and has an address.
pub(crate) struct Rendition {
    pub conversation: ConversationId,
    pub channel: Channel,
    pub to: String,
    pub postal: Option<PostalAddress>,
    /// The subject where nothing else gives one.
    pub title: String,
    pub subject: Option<String>,
    pub text: String,
    /// For e-mail.
    pub html: Option<String>,
    pub choices: Vec<String>,
    /// The agent who writes, as customers know them.
    pub agent: Option<String>,
}

/// The channels of every server.
pub(crate) fn built_in() -> impl Iterator<Item = &'static Medium> {
    MEDIA.iter().copied()
}

/// Whether a channel is built in, though not every brand has it.
pub(crate) fn is_optional(channel: &Channel) -> bool {
    OPTIONAL.iter().any(|medium| medium.channel == *channel)
}

/// What a channel is like. One that is not built in is served by a provider.
pub(crate) fn of(channel: &Channel) -> &'static Medium {
    let mut own = MEDIA.iter().chain(OPTIONAL).filter(|medium| medium.channel == *channel);
    own.next().copied().unwrap_or(&hook::MEDIUM)
}
