//! E-mail: one mail thread per conversation, each message answering the customer's last.

use model::{Channel, EffectKind, Email, Namespace, Resend};

use super::{Medium, Rendition};
use crate::articles::ArticleText;
use crate::progress::Progress;

pub(super) static MEDIUM: Medium = Medium {
    channel: Channel::EMAIL,
    address: Some(Namespace::Email),
    postal: false,
    // A mail server would deliver it twice.
    resend: Resend::Never,
    subject: true,
    buttons: false,
    live: false,
    cost: 0.0,
    article: ArticleText::mail,
    render,
};

fn render(progress: &mut Progress, rendition: Rendition) -> Option<EffectKind> {
    let Rendition { conversation, to, title, subject, text, html, .. } = rendition;
    let own = progress.conversation_mut(conversation);
    let usual = match &own {
        Some(own) => {
            own.mail_subject.as_ref().map_or_else(|| own.subject.to_string(), |first| format!("Re: {first}"))
        }
        None => title,
    };
    // A line break would end the header.
    let subject = subject.unwrap_or(usual).split_whitespace().collect::<Vec<_>>().join(" ");
    let in_reply_to = own.as_ref().and_then(|own| own.last_email.as_deref()).map(str::to_owned);
    if let Some(own) = own {
        own.mail_subject.get_or_insert_with(|| subject.as_str().into());
    }
    Some(EffectKind::Email(Email { conversation, to, subject, text, in_reply_to, html }))
}
