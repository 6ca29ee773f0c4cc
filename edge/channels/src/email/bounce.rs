//! Bounces: delivery status notifications (RFC 3464), read for what became of our own message.

use mail_parser::{Message, MimeHeaders, PartType};
use model::EffectId;

use super::message::effect_of;

/// A report that a message of ours did not arrive, or is late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bounce {
    /// The effect whose message this is about, where the report names it.
    pub effect: Option<EffectId>,
    /// The address that was written to.
    pub recipient: Option<String>,
    /// The status code of RFC 3463, such as `5.1.1`.
    pub status: Option<String>,
    /// What the other server said.
    pub reason: Option<String>,
    /// `false` while delivery is still being tried.
    pub permanent: bool,
}

/// Reads a `multipart/report` of type `delivery-status`; `None` for any other message, and for reports
/// of success.
pub(super) fn read(message: &Message<'_>, domain: &str) -> Option<Bounce> {
    let content_type = message.root_part().content_type()?;
    let is_report = content_type.ctype().eq_ignore_ascii_case("multipart")
        && content_type.subtype().is_some_and(|subtype| subtype.eq_ignore_ascii_case("report"));
    if !is_report {
        return None;
    }
    let status =
        message.parts.iter().find(|part| is(part, "delivery-status")).map(|part| text(&part.body))?;
    let field = |name: &str| field(&status, name);
    let action = field("Action").unwrap_or_default().to_ascii_lowercase();
    let code = field("Status").map(|code| code.split_whitespace().next().unwrap_or_default().to_owned());
    if matches!(action.as_str(), "delivered" | "relayed" | "expanded") {
        return None;
    }
    let address = |value: String| value.rsplit(';').next().unwrap_or_default().trim().to_owned();
    let permanent = action != "delayed"
        && !code.as_deref().is_some_and(|code| code.starts_with('4') && action != "failed");
    Some(Bounce {
        effect: returned_effect(message, domain),
        recipient: field("Original-Recipient").or_else(|| field("Final-Recipient")).map(address),
        status: code.filter(|code| !code.is_empty()),
        reason: field("Diagnostic-Code").map(|reason| reason.chars().take(300).collect()),
        permanent,
    })
}

/// The effect named by the returned headers or message.
fn returned_effect(message: &Message<'_>, domain: &str) -> Option<EffectId> {
    message.parts.iter().find_map(|part| {
        if let PartType::Message(returned) = &part.body {
            return effect_of(returned.message_id()?, domain);
        }
        if is(part, "rfc822-headers") || is(part, "rfc822") {
            return effect_of(&field(&text(&part.body), "Message-ID")?, domain);
        }
        None
    })
}

fn is(part: &mail_parser::MessagePart<'_>, subtype: &str) -> bool {
    part.content_type().and_then(|kind| kind.subtype()).is_some_and(|kind| kind.eq_ignore_ascii_case(subtype))
}

fn text(body: &PartType<'_>) -> String {
    match body {
        PartType::Text(text) | PartType::Html(text) => text.to_string(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
        PartType::Message(message) => String::from_utf8_lossy(message.raw_message()).into_owned(),
        PartType::Multipart(_) => String::new(),
    }
}

/// The first header field of that name, unfolded.
fn field(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines();
    let first = lines.by_ref().find_map(|line| {
        let (label, value) = line.split_once(':')?;
        label.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })?;
    let folded = lines.take_while(|line| line.starts_with([' ', '\t'])).map(str::trim);
    Some(folded.fold(first, |value, line| format!("{value} {line}")))
}
