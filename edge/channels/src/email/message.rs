//! What an inbound e-mail says: who wrote, in which conversation, and their own words.

use mail_parser::{Address, HeaderValue, Message, MessageParser, PartType};
use model::{ConversationId, EffectId};
use serde_json::{Value as Json, json};

use super::{Bounce, Inbound, ReplyAddresses, bounce, html, without_quotes, without_signature};

/// The longest text kept of a message. Nobody types more; what is longer is a log or a forwarded page.
const TEXT_CHARS_MAX: usize = 16_000;
/// The longest text that quotes are looked for in.
const FULL_TEXT_CHARS_MAX: usize = 256_000;
/// The longest header value kept.
const HEADER_CHARS_MAX: usize = 500;

/// How to read mail.
#[derive(Debug, Clone)]
pub struct Reading {
    pub replies: ReplyAddresses,
    /// The name under which our own mail server writes `Authentication-Results` (RFC 8601), if it does.
    /// It must remove such headers that came from outside.
    pub trusted_server: Option<String>,
}

/// Who wrote. A `From` header is only text that the sender chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sender {
    /// Proven: they answer from the address that our message went to, or the trusted mail server
    /// confirms the domain's own policy (DMARC).
    Verified(String),
    Claimed(String),
}

impl Sender {
    pub fn address(&self) -> &str {
        match self {
            Self::Verified(address) | Self::Claimed(address) => address,
        }
    }
}

/// What kind of message it is. Only a person's message can be an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailKind {
    Reply,
    /// An absence note, a list, a receipt: written by a program.
    AutoReply,
    Bounce(Bounce),
}

/// A parsed inbound e-mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundEmail {
    pub sender: Sender,
    pub sender_name: Option<String>,
    /// The conversation of the reply address it came to, if the address is genuine.
    pub conversation: Option<ConversationId>,
    /// The sender's own words: without quotes and signature.
    pub text: String,
    /// All of the text.
    pub full_text: String,
    pub subject: String,
    pub message_id: String,
    /// The effect whose message it answers.
    pub in_reply_to: Option<EffectId>,
    pub kind: MailKind,
}

/// Why a message cannot be read. It is refused for good, so that its sender learns of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnreadableMail {
    #[error("the message has no headers; send it in the format of RFC 5322")]
    NoHeaders,
    #[error("the message names no sender; send it with a From header")]
    NoSender,
}

/// Parses one message for one recipient.
pub fn read(inbound: &Inbound, reading: &Reading) -> Result<InboundEmail, UnreadableMail> {
    let message =
        MessageParser::default().parse(inbound.message.as_slice()).ok_or(UnreadableMail::NoHeaders)?;
    if message.headers().is_empty() {
        return Err(UnreadableMail::NoHeaders);
    }
    let domain = reading.replies.domain();
    let kind = kind(&message, inbound, reading);
    let (address, sender_name) = sender(&message)
        .or_else(|| match &kind {
            // Bounces often come from `<>`; the address they are about stands for the sender.
            MailKind::Bounce(bounce) => bounce.recipient.clone().map(|recipient| (recipient, None)),
            MailKind::Reply | MailKind::AutoReply => None,
        })
        .ok_or(UnreadableMail::NoSender)?;

    let token = reading.replies.read(&inbound.recipient);
    let subject_of = match &kind {
        MailKind::Bounce(Bounce { recipient: Some(recipient), .. }) => recipient.clone(),
        MailKind::Bounce(_) | MailKind::Reply | MailKind::AutoReply => address,
    };
    let proven = token.as_ref().is_some_and(|token| reading.replies.was_written_to(token, &subject_of));
    let confirmed =
        || !matches!(kind, MailKind::Bounce(_)) && server_confirms(&message, &subject_of, reading);
    let sender =
        if proven || confirmed() { Sender::Verified(subject_of) } else { Sender::Claimed(subject_of) };

    let full_text = body(&message);
    let named = sender_name.as_deref().unwrap_or_else(|| sender.address());
    let text = without_signature(&without_quotes(&full_text), named);
    Ok(InboundEmail {
        conversation: token.map(|token| token.conversation),
        text: shortened(&text, TEXT_CHARS_MAX),
        full_text,
        subject: shortened(message.subject().unwrap_or_default().trim(), HEADER_CHARS_MAX),
        message_id: message
            .message_id()
            .filter(|id| id.len() <= HEADER_CHARS_MAX)
            .map_or_else(|| fingerprint(&inbound.message), str::to_owned),
        in_reply_to: answered(&message, domain),
        sender,
        sender_name,
        kind,
    })
}

impl InboundEmail {
    /// The body of the event that this message becomes, in the shape of the Segment Spec.
    ///
    /// A verified sender is identified by `email`. A claimed one is not: the address goes into
    /// `external/unverified-email`, so that whoever writes under a false name opens a thread of their
    /// own and never adds to somebody else's.
    pub fn event_body(&self) -> Json {
        let (namespace, address) = match &self.sender {
            Sender::Verified(address) => ("email", address),
            Sender::Claimed(address) => ("external/unverified-email", address),
        };
        let address = address.trim().to_lowercase();
        let mut properties = json!({
            "subject": self.subject,
            "text": self.text,
            "quoted_removed": self.text.len() < self.full_text.trim().len(),
            "sender_verified": matches!(self.sender, Sender::Verified(_)),
            "conversation": self.conversation,
            "in_reply_to": self.in_reply_to,
            // What our answer refers to, so that mail programs put it below this message.
            "message_id": self.message_id,
        });
        if let Sender::Claimed(claimed) = &self.sender {
            properties["claimed_email"] = json!(claimed);
        }
        let event = match &self.kind {
            MailKind::Reply => "Message Received",
            MailKind::AutoReply => "Auto Reply Received",
            MailKind::Bounce(bounce) => {
                properties["effect"] = json!(bounce.effect);
                properties["status"] = json!(bounce.status);
                properties["reason"] = json!(bounce.reason);
                properties["permanent"] = json!(bounce.permanent);
                "Email Bounced"
            }
        };
        json!({
            "type": "track",
            "event": event,
            "messageId": self.message_id,
            "identifiers": { namespace: address },
            "properties": properties,
        })
    }
}

/// The effect whose message has this id.
pub(super) fn effect_of(message_id: &str, domain: &str) -> Option<EffectId> {
    let id = message_id.trim().trim_start_matches('<').trim_end_matches('>');
    let (effect, host) = id.rsplit_once('@')?;
    host.eq_ignore_ascii_case(domain).then(|| effect.parse().ok()).flatten()
}

fn kind(message: &Message<'_>, inbound: &Inbound, reading: &Reading) -> MailKind {
    if let Some(bounce) = bounce::read(message, reading.replies.domain()) {
        return MailKind::Bounce(bounce);
    }
    let header = |name: &'static str| header(message, name).map(|value| value.trim().to_ascii_lowercase());
    let submitted = header("Auto-Submitted").is_some_and(|value| !value.starts_with("no"));
    let precedence = header("Precedence");
    let by_program =
        matches!(precedence.as_deref(), Some("bulk" | "junk" | "list" | "auto_reply" | "auto-reply"));
    let marked = ["X-Autoreply", "X-Autorespond", "X-Auto-Reply", "List-Id", "Feedback-ID"];
    let report = header("Content-Type").is_some_and(|value| value.starts_with("multipart/report"));
    let from_us = sender(message).is_some_and(|(address, _)| reading.replies.is_ours(&address));
    let subject = message.subject().unwrap_or_default().to_lowercase();
    let noted = ABSENCE_SUBJECTS.iter().any(|start| subject.starts_with(start));
    let no_return = inbound.return_path.is_none();
    if submitted
        || by_program
        || report
        || from_us
        || noted
        || no_return
        || marked.iter().any(|name| header(name).is_some())
    {
        MailKind::AutoReply
    } else {
        MailKind::Reply
    }
}

/// How subjects of absence notes begin where the program does not mark them as it should.
const ABSENCE_SUBJECTS: &[&str] = &[
    "automatic reply:",
    "auto:",
    "autoreply:",
    "auto-reply:",
    "out of office",
    "out of the office",
    "abwesenheitsnotiz",
    "automatische antwort",
    "réponse automatique",
    "respuesta automática",
    "risposta automatica",
    "automatisch antwoord",
];

fn header(message: &Message<'_>, name: &'static str) -> Option<String> {
    message
        .headers_raw()
        .find(|(field, _)| field.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.to_owned())
}

/// The address and name in `From`; `None` unless it names exactly one.
fn sender(message: &Message<'_>) -> Option<(String, Option<String>)> {
    let Some(Address::List(list)) = message.from() else { return None };
    let [only] = &list[..] else { return None };
    let address = only.address.as_deref().map(str::trim).filter(|address| is_address(address))?;
    let name = only.name.as_deref().map(|name| shortened(name.trim(), HEADER_CHARS_MAX));
    Some((address.to_owned(), name.filter(|name| !name.is_empty())))
}

fn is_address(text: &str) -> bool {
    let parts = text.rsplit_once('@');
    text.len() <= 320
        && parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
        && !text.chars().any(|c| c.is_control() || c == ' ')
}

/// Whether our own mail server says that the message passed the policy of its `From` domain. Only the
/// topmost result counts: ours is the last server to have added one.
fn server_confirms(message: &Message<'_>, address: &str, reading: &Reading) -> bool {
    let Some(server) = &reading.trusted_server else { return false };
    let Some(results) = header(message, "Authentication-Results") else { return false };
    let results = results.replace(['\r', '\n', '\t'], " ").to_lowercase();
    let mut results = results.split(';').map(str::trim);
    let by = results.next().and_then(|id| id.split_whitespace().next());
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain).to_lowercase();
    by == Some(server.to_lowercase().as_str())
        && results.any(|result| {
            let mut words = result.split_whitespace();
            words.next() == Some("dmarc=pass")
                && words.any(|word| word.strip_prefix("header.from=").is_some_and(|from| from == domain))
        })
}

/// The effect that `In-Reply-To`, or else the newest of `References`, names.
fn answered(message: &Message<'_>, domain: &str) -> Option<EffectId> {
    let ids = |value: &HeaderValue<'_>| -> Vec<String> {
        match value {
            HeaderValue::Text(id) => vec![id.to_string()],
            HeaderValue::TextList(ids) => ids.iter().map(ToString::to_string).collect(),
            _ => Vec::new(),
        }
    };
    let mut references = ids(message.references());
    references.extend(ids(message.in_reply_to()));
    references.iter().rev().find_map(|id| effect_of(id, domain))
}

/// The first text part, or the first HTML part as text.
fn body(message: &Message<'_>) -> String {
    let part = |ids: &[u32]| ids.iter().find_map(|id| message.parts.get(*id as usize)).map(|part| &part.body);
    let text = match part(&message.text_body) {
        Some(PartType::Text(text)) if !text.trim().is_empty() => Some(text.to_string()),
        _ => None,
    };
    let text = text.or_else(|| match part(&message.html_body) {
        Some(PartType::Html(document)) => Some(html::to_text(document)),
        Some(PartType::Text(text)) => Some(text.to_string()),
        _ => None,
    });
    // NUL cannot be stored or shown everywhere, and no person types it.
    let text = text.unwrap_or_default().replace("\r\n", "\n").replace('\0', "");
    shortened(&text, FULL_TEXT_CHARS_MAX)
}

/// A message without an id is known by its content.
fn fingerprint(message: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, message);
    digest.as_ref().iter().fold(String::from("sha256:"), |text, byte| format!("{text}{byte:02x}"))
}

fn shortened(text: &str, chars_max: usize) -> String {
    text.chars().take(chars_max).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::signing::Signer;

    fn reading(trusted_server: Option<&str>) -> Reading {
        let replies = ReplyAddresses::new(Signer::new(&[2; 32]), "reply", "in.example");
        Reading { replies, trusted_server: trusted_server.map(Into::into) }
    }

    /// Reads a message sent to the reply address of conversation 5, which Ada was written to.
    fn mail(headers: &str, body: &str) -> InboundEmail {
        let reading = reading(Some("mx.in.example"));
        let recipient = reading.replies.address(ConversationId(5), "ada@example.com");
        let inbound = inbound(&recipient, headers, body);
        super::read(&inbound, &reading).unwrap()
    }

    fn inbound(recipient: &str, headers: &str, body: &str) -> Inbound {
        let message = format!("{}\n\n{body}", headers.trim()).replace('\n', "\r\n");
        Inbound {
            return_path: Some("x@example.com".into()),
            recipient: recipient.into(),
            message: Arc::new(message.into_bytes()),
        }
    }

    const HEADERS: &str = "From: Ada Lovelace <Ada@Example.com>\nSubject: =?utf-8?q?Re:_W=C3=A4hlen?=\nMessage-ID: <m1@mua>\n\
        In-Reply-To: <eff_0000000000000000000000002a@in.example>\nReferences: <cnv_0000000000005@in.example>\n  <other@x>";

    #[test]
    fn a_reply_names_its_conversation_effect_and_sender() {
        let mail =
            mail(HEADERS, "55 inch\n\nAda\n\nOn 3 Mar 2026, Harbour <h@in.example> wrote:\n> Which size?\n");
        assert_eq!(mail.sender, Sender::Verified("Ada@Example.com".into()));
        assert_eq!(mail.conversation, Some(ConversationId(5)));
        assert_eq!(mail.in_reply_to, Some(EffectId(74)));
        assert_eq!((mail.text.as_str(), mail.subject.as_str()), ("55 inch", "Re: Wählen"));
        assert_eq!(mail.kind, MailKind::Reply);
        let body = mail.event_body();
        assert_eq!(body["identifiers"], json!({ "email": "ada@example.com" }));
        assert_eq!(body["properties"]["conversation"], "cnv_0000000000005");
        assert_eq!(body["properties"]["quoted_removed"], true);
        assert_eq!(body["properties"]["message_id"], "m1@mua");
        assert_eq!((&body["event"], &body["messageId"]), (&json!("Message Received"), &json!("m1@mua")));
    }

    #[test]
    fn a_false_from_is_only_a_claim() {
        let stranger = mail(&HEADERS.replace("Ada@Example.com", "eve@example.com"), "x");
        assert_eq!(stranger.sender, Sender::Claimed("eve@example.com".into()));
        assert_eq!(
            stranger.event_body()["identifiers"],
            json!({ "external/unverified-email": "eve@example.com" })
        );

        let without_token = super::read(&inbound("reply@in.example", HEADERS, "x"), &reading(None)).unwrap();
        assert_eq!(without_token.sender, Sender::Claimed("Ada@Example.com".into()));
        assert_eq!(without_token.conversation, None);
    }

    #[test]
    fn only_our_own_servers_result_confirms_a_sender() {
        let check = |results: &str| {
            let headers = format!("Authentication-Results: {results}\n{HEADERS}");
            super::read(&inbound("a@in.example", &headers, "x"), &reading(Some("mx.in.example")))
                .unwrap()
                .sender
        };
        let verified = Sender::Verified("Ada@Example.com".into());
        assert_eq!(
            check("mx.in.example 1; spf=pass; dmarc=pass (p=reject) header.from=example.com"),
            verified
        );
        for results in [
            "mx.evil.example; dmarc=pass header.from=example.com",
            "mx.in.example; dmarc=fail header.from=example.com",
            "mx.in.example; dmarc=pass header.from=evil.example",
            "mx.in.example; spf=pass smtp.mailfrom=dmarc=pass",
            "x; y\nAuthentication-Results: mx.in.example; dmarc=pass header.from=example.com",
        ] {
            assert_ne!(check(results), verified, "{results}");
        }
    }

    #[test]
    fn what_programs_write_is_no_answer() {
        for extra in [
            "Auto-Submitted: auto-replied",
            "Precedence: bulk",
            "List-Id: <x.example>",
            "X-Autoreply: yes",
            "Content-Type: multipart/report; report-type=disposition-notification; boundary=b",
        ] {
            assert_eq!(
                mail(&format!("{HEADERS}\n{extra}"), "I am away").kind,
                MailKind::AutoReply,
                "{extra}"
            );
        }
        let note = HEADERS.replace("=?utf-8?q?Re:_W=C3=A4hlen?=", "Automatic reply: Your order");
        assert_eq!(mail(&note, "I am away").kind, MailKind::AutoReply);
        assert_eq!(mail(&HEADERS.replace("Ada@Example.com", "a@in.example"), "x").kind, MailKind::AutoReply);
        assert_eq!(mail(&format!("{HEADERS}\nAuto-Submitted: no"), "x").kind, MailKind::Reply);
    }

    #[test]
    fn a_bounce_names_the_effect_that_failed() {
        let headers = "From: Mail Delivery <mailer-daemon@mx.example>\nSubject: Undelivered\nMessage-ID: <b1@mx>\n\
            Auto-Submitted: auto-replied\nMIME-Version: 1.0\n\
            Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"";
        let body = "--b\nContent-Type: text/plain\n\nSorry.\n--b\nContent-Type: message/delivery-status\n\n\
            Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; ada@example.com\nAction: failed\nStatus: 5.1.1\n\
            Diagnostic-Code: smtp; 550 5.1.1\n  no such user\n--b\nContent-Type: text/rfc822-headers\n\n\
            From: h@in.example\nMessage-ID: <eff_0000000000000000000000002a@in.example>\n--b--\n";
        let bounced = mail(headers, body);
        let expected = Bounce {
            effect: Some(EffectId(74)),
            recipient: Some("ada@example.com".into()),
            status: Some("5.1.1".into()),
            reason: Some("smtp; 550 5.1.1 no such user".into()),
            permanent: true,
        };
        assert_eq!(bounced.kind, MailKind::Bounce(expected));
        assert_eq!(bounced.sender, Sender::Verified("ada@example.com".into()));
        assert_eq!(bounced.event_body()["event"], "Email Bounced");
        let MailKind::Bounce(late) =
            mail(headers, &body.replace("failed", "delayed").replace("5.1.1\nD", "4.4.1\nD")).kind
        else {
            panic!("a delay is a bounce that may still arrive");
        };
        assert!(!late.permanent);
        assert_eq!(mail(headers, &body.replace("failed", "delivered")).kind, MailKind::AutoReply);
    }

    #[test]
    fn html_alone_is_read_as_text() {
        let headers = format!(
            "{HEADERS}\nContent-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable"
        );
        let mail = mail(&headers, "<div>Gr=FC=DFe, 55&quot;</div><blockquote>Which size?</blockquote>");
        assert_eq!(mail.text, "Grüße, 55\"");
    }

    #[test]
    fn messages_without_an_id_are_known_by_content() {
        let headers = HEADERS.replace("Message-ID: <m1@mua>\n", "");
        let id = mail(&headers, "x").message_id;
        assert!(id.starts_with("sha256:") && id.len() == 71, "{id}");
        assert_eq!(mail(&headers, "x").message_id, id);
        assert_ne!(mail(&headers, "y").message_id, id);
    }

    #[test]
    fn hostile_messages_are_read_to_an_end() {
        let nested = "Content-Type: message/rfc822\n\n".repeat(20_000);
        let parts = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(50_000));
        let deep: String =
            (0..5_000).map(|n| format!("Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n")).collect();
        let lines = format!("x\n{}", "Ada\n-----\nOn 3 March 2026 a@b.c\nThanks,\n".repeat(20_000));
        let quotes = format!("Content-Type: text/html\n\n{}", "<a '<blockquote>&amp".repeat(50_000));
        for body in [nested, parts, deep, lines, quotes] {
            let headers = "From: ada@example.com\nSubject: x";
            let (headers, body) = match body.split_once("\n\n") {
                Some((first, rest)) if first.starts_with("Content-Type") => {
                    (format!("{headers}\n{first}"), rest.to_owned())
                }
                _ => (headers.to_owned(), body),
            };
            assert!(mail(&headers, &body).full_text.chars().count() <= FULL_TEXT_CHARS_MAX);
        }
    }

    #[test]
    fn what_is_no_mail_is_refused() {
        let read =
            |headers: &str| super::read(&inbound("a@in.example", headers, "x"), &reading(None)).unwrap_err();
        assert_eq!(read("Subject: x"), UnreadableMail::NoSender);
        assert_eq!(read("From: a@b.c, d@e.f\nSubject: x"), UnreadableMail::NoSender);
        assert_eq!(read(""), UnreadableMail::NoHeaders);
    }
}
