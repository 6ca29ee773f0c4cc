//! Web chat: a message shows in every window the customer has open, and in those opened later.

use model::{Channel, ChatMessage, EffectKind, Resend};

use super::{Medium, Rendition};
use crate::walk::Walk;

pub(super) static MEDIUM: Medium = Medium {
    channel: Channel::WEBCHAT,
    address: None,
    // Sent again under its id it shows once.
    resend: Resend::Always,
    buttons: true,
    live: true,
    cost: 0.0,
    render,
};

fn render(_: &mut Walk<'_>, rendition: Rendition) -> EffectKind {
    let Rendition { conversation, text, choices, .. } = rendition;
    EffectKind::Chat(ChatMessage { conversation, text, choices })
}
