//! Channels of providers: a signed HTTP call, for which the catalogue says where the address is.

use model::{Channel, EffectKind, HookMessage, Resend};

use super::{Medium, Rendition};
use crate::articles::ArticleText;
use crate::progress::Progress;

pub(super) static MEDIUM: Medium = Medium {
    // Stands for every channel that is not built in.
    channel: Channel::SERVER,
    address: None,
    postal: false,
    // The receiver knows a message by its id and sends it once.
    resend: Resend::Always,
    subject: true,
    buttons: false,
    live: false,
    cost: 1.0,
    article: ArticleText::plain,
    render,
};

fn render(_: &mut Progress, rendition: Rendition) -> Option<EffectKind> {
    let Rendition { conversation, channel, to, subject: title, text, choices, .. } = rendition;
    Some(EffectKind::Hook(HookMessage { conversation, channel, to, text, choices, title }))
}
