//! SMS: plain text to the telephone number.

use model::{Channel, EffectKind, Namespace, Resend, Sms};

use super::{Medium, Rendition};
use crate::articles::ArticleText;
use crate::progress::Progress;

pub(super) static MEDIUM: Medium = Medium {
    channel: Channel::SMS,
    address: Some(Namespace::Phone),
    postal: false,
    // A carrier knows nothing of our ids and would deliver it twice.
    resend: Resend::Never,
    subject: false,
    buttons: false,
    live: false,
    cost: 1.0,
    article: ArticleText::short,
    render,
};

fn render(_: &mut Progress, rendition: Rendition) -> Option<EffectKind> {
    let Rendition { conversation, to, text, .. } = rendition;
    Some(EffectKind::Sms(Sms { conversation, to, text }))
}
