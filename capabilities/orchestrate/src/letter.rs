//! Sending what journeys, agents and the desk write: into a conversation, by a channel, to the address there.

use model::{Channel, ConversationId, EffectId, EffectKind, HeldReason, Note, RunId, StrandId};

use crate::channels::{MessagingChannel, MessagingChannels};
use crate::content::Written;
use crate::media::{self, Rendition};
use crate::progress::Progress;
use crate::request::{Context, Request, Send};
use crate::walk::Message;

/// Where a message belongs and who writes it.
pub(crate) struct Letter<'a> {
    pub strand: StrandId,
    /// None for what an agent writes, and the desk itself.
    pub run: Option<RunId>,
    pub conversation: ConversationId,
    /// The subject where nothing else gives one.
    pub title: &'a str,
    /// The agent who writes, as customers know them.
    pub agent: Option<Box<str>>,
}

/// Asks for a message to be sent in a conversation; where there is no address it is held. Returns the effect that it
/// becomes if it may be sent.
pub(crate) fn send(
    progress: &mut Progress,
    channels: &MessagingChannels,
    ctx: &Context<'_>,
    requests: &mut Vec<Request>,
    letter: Letter<'_>,
    message: Message,
) -> Option<EffectId> {
    let Message { channel, purpose, written: Written { subject, text, html }, choices } = message;
    let Letter { strand, run, conversation, title, agent } = letter;
    if !reachable(&channel, channels, ctx) {
        let reason = HeldReason::NoAddress { channel: channel.clone() };
        requests.push(Request::Note { strand, note: Note::MessageHeld { channel, purpose, reason, run } });
        return None;
    }
    let medium = media::of(&channel);
    let address = channels.get(&channel).and_then(|own| own.address.as_ref());
    let to = address.and_then(|address| (ctx.address)(address)).map(String::from).unwrap_or_default();
    let postal = medium.postal.then(|| channels.postal_address(ctx.environment)).flatten();
    let (title, by) = (title.to_owned(), agent.as_deref().map(str::to_owned));
    let rendition = Rendition {
        conversation,
        channel: channel.clone(),
        to,
        postal,
        title,
        subject,
        text,
        html,
        choices,
        agent: by,
    };
    let content = (medium.render)(progress, rendition)?;
    if let Some(own) = progress.conversation_mut(conversation) {
        own.touch(&channel, ctx.now);
        own.unanswered &= own.ticket.is_some() && agent.is_none();
    }
    let (effect, resend) = (ctx.new_effect(), medium.resend);
    let send = Send { effect, strand, run, agent, channel, purpose, resend, conversation, content };
    requests.push(Request::Send(send));
    Some(effect)
}

/// Says that the message asked for last is an article, so that channels which can show it as one do.
pub(crate) fn mark_article(requests: &mut [Request], name: &str) {
    if let Some(Request::Send(Send { content: EffectKind::Chat(chat), .. })) = requests.last_mut() {
        chat.article = Some(name.to_owned());
    }
}

/// Whether there is an address on the channel, or none is needed.
pub(crate) fn reachable(channel: &Channel, channels: &MessagingChannels, ctx: &Context<'_>) -> bool {
    let Some(known) = channels.get(channel) else { return false };
    if media::of(channel).postal {
        return channels.postal_address(ctx.environment).is_some();
    }
    known.address.as_ref().is_none_or(|address| (ctx.address)(address).is_some())
}

/// The channel by which one answers somebody who was last on `channel`: the same where messages can be sent by it,
/// web chat on our own pages, elsewhere the first that has an address.
pub(crate) fn reply_channel(channel: &Channel, channels: &MessagingChannels, ctx: &Context<'_>) -> Channel {
    let on_our_pages = [Channel::WEB, Channel::APP].contains(channel);
    if channels.get(channel).is_some() {
        return channel.clone();
    }
    let has_address = |own: &&MessagingChannel| {
        own.address.as_ref().is_some_and(|address| (ctx.address)(address).is_some())
    };
    let addressed = channels.iter().find(has_address).filter(|_| !on_our_pages);
    addressed.map_or(Channel::WEBCHAT, |own| own.channel.clone())
}
