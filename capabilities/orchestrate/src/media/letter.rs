//! Letters: on paper, to the postal address. There for brands that say what one costs in `channels.yaml`.

use model::{Channel, EffectKind, Letter, Resend};

use super::{Medium, Rendition};
use crate::articles::ArticleText;
use crate::progress::Progress;

pub(super) static MEDIUM: Medium = Medium {
    channel: Channel::LETTER,
    address: None,
    postal: true,
    // A job has the effect's id as its name: handed over again it is the same job.
    resend: Resend::Always,
    subject: true,
    buttons: false,
    live: false,
    cost: 1.0,
    article: ArticleText::plain,
    render,
};

fn render(progress: &mut Progress, rendition: Rendition) -> Option<EffectKind> {
    let Rendition { conversation, postal, title, subject, text, .. } = rendition;
    let own = progress.conversation(conversation).map(|own| own.subject.to_string());
    let subject = subject.or(own).unwrap_or(title).split_whitespace().collect::<Vec<_>>().join(" ");
    Some(EffectKind::Letter(Letter { conversation, to: postal?, subject, text }))
}
