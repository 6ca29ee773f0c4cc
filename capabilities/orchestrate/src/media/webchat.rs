//! Web chat: a message shows in every window the customer has open, and in those opened later.

use model::{Channel, ChatMessage, EffectKind, Resend};

use super::{Medium, Rendition};
use crate::articles::ArticleText;
use crate::progress::Progress;

pub(super) static MEDIUM: Medium = Medium {
    channel: Channel::WEBCHAT,
    address: None,
    postal: false,
    // Sent again under its id it shows once.
    resend: Resend::Always,
    subject: false,
    buttons: true,
    live: true,
    cost: 0.0,
    article: ArticleText::chat,
    render,
};

fn render(_: &mut Progress, rendition: Rendition) -> Option<EffectKind> {
    let Rendition { conversation, text, choices, agent, .. } = rendition;
    Some(EffectKind::Chat(ChatMessage { conversation, text, choices, agent, article: None }))
}
