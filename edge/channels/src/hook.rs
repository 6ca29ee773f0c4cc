//! Channels of providers: each message is one signed call, by Standard Webhooks with the effect id as `webhook-id`.
//! What customers answer, and what became of messages, comes back the same way; [`read`] reads it.
//!
//! `docs/channels.md` describes both directions for whoever writes the few lines between a provider and us.

use model::{Effect, EffectId, HookMessage, Namespace, OutcomeKind, Span, Value};
use serde::Deserialize;
use serde_json::{Value as Json, json};

use crate::links::Links;

/// How long to wait for the provider's word on a message it said it would report on.
const REPORT_WAIT: Span = Span(3 * Span::DAY.0);
/// Characters of a provider's reason that are kept.
const REASON_CHARS_MAX: usize = 200;

/// What a provider sends us.
#[derive(Debug, Clone, PartialEq)]
pub enum Inbound {
    /// A customer wrote.
    Message(InboundMessage),
    /// What became of a message of ours.
    Status { effect: EffectId, outcome: OutcomeKind },
    /// Nothing that changes anything, such as `read`.
    Nothing,
}

/// A message from a customer.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct InboundMessage {
    /// The provider's id; the same message sent again is taken once.
    pub id: String,
    /// The customer's address on the channel.
    pub from: String,
    pub text: String,
    /// The customer's name, where the provider knows it.
    #[serde(default)]
    pub name: Option<String>,
    /// When it was written, in RFC 3339.
    #[serde(default)]
    pub timestamp: Option<String>,
    /// The message of ours that it answers, by its id.
    #[serde(default)]
    pub in_reply_to: Option<String>,
}

#[derive(Deserialize)]
struct Status {
    message: String,
    status: String,
    #[serde(default)]
    reason: Option<String>,
}

/// Why a call cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    #[error("the body is no message: {0}; send `type`, and for a message `id`, `from` and `text`")]
    Json(String),
    #[error("`type` is `{0}`; send `message` or `status`")]
    Type(String),
    #[error("`message` is `{0}`; send the `id` of the message as it was called in our own call")]
    Message(String),
    #[error("`{0}` is empty; a message needs it")]
    Empty(&'static str),
}

/// The body of a call that carries a message: the same bytes in every attempt.
pub fn body(effect: &Effect, message: &HookMessage, links: &Links) -> Vec<u8> {
    let mut body = json!({
        "type": "message",
        "id": effect.id,
        "timestamp": effect.asked,
        "channel": message.channel,
        "to": message.to,
        "text": links.in_text(&message.text, effect, message.conversation),
        "choices": message.choices,
        "purpose": effect.purpose.as_str(),
        "conversation": message.conversation,
    });
    if let Some(title) = &message.title {
        body["title"] = json!(title);
    }
    body.to_string().into_bytes()
}

/// What a provider's answer means: done, unless it says that it will report.
pub fn outcome(effect: EffectId, called: OutcomeKind) -> OutcomeKind {
    let (reference, answer) = match called {
        OutcomeKind::Done { reference, answer } => (reference, answer),
        // A message is delivered or it is not.
        OutcomeKind::Refused { reason, .. } => return OutcomeKind::Failed { reason },
        other => return other,
    };
    let said = |name: &str| match &answer {
        Some(Value::Map(fields)) => {
            let field = fields.iter().find(|(own, _)| &**own == name);
            field.and_then(|(_, value)| value.as_text()).map(str::to_owned)
        }
        _ => None,
    };
    if said("status").as_deref() == Some("accepted") {
        let references = vec![effect.to_string()];
        return OutcomeKind::Accepted { awaited: references.clone(), references, wait: REPORT_WAIT };
    }
    OutcomeKind::Done { reference: said("id").or(reference), answer: None }
}

/// Reads what a provider sent; its signature has been checked.
pub fn read(body: &[u8]) -> Result<Inbound, Unreadable> {
    let wrong = |error: serde_json::Error| Unreadable::Json(error.to_string());
    let json: Json = serde_json::from_slice(body).map_err(wrong)?;
    match json.get("type").and_then(Json::as_str).unwrap_or("message") {
        "message" => {
            let message: InboundMessage = serde_json::from_value(json).map_err(wrong)?;
            for (field, value) in [("id", &message.id), ("from", &message.from), ("text", &message.text)] {
                if value.trim().is_empty() {
                    return Err(Unreadable::Empty(field));
                }
            }
            Ok(Inbound::Message(message))
        }
        "status" => {
            let Status { message, status, reason } = serde_json::from_value(json).map_err(wrong)?;
            let effect = message.parse().map_err(|_| Unreadable::Message(message.clone()))?;
            Ok(match status.as_str() {
                "delivered" => Inbound::Status {
                    effect,
                    outcome: OutcomeKind::Done { reference: Some(message), answer: None },
                },
                "failed" => {
                    let reason = reason.unwrap_or_else(|| "no reason given".into());
                    let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
                    let reason = format!("the provider could not deliver it ({reason})");
                    Inbound::Status { effect, outcome: OutcomeKind::Failed { reason } }
                }
                _ => Inbound::Nothing,
            })
        }
        other => Err(Unreadable::Type(other.to_owned())),
    }
}

impl InboundMessage {
    /// The body of the event that this message becomes, in the shape of the Segment Spec.
    pub fn event_body(&self, channel: &str, address: &Namespace) -> Json {
        let mut body = json!({
            "type": "track",
            "event": "Message Received",
            "messageId": format!("{channel}/{}", self.id),
            "identifiers": { (address.to_string()): self.from },
            "properties": { "text": self.text, "message_id": self.id, "in_reply_to": self.in_reply_to, "sender_name": self.name },
        });
        if let Some(timestamp) = &self.timestamp {
            body["timestamp"] = json!(timestamp);
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use model::{CustomerId, Seq};

    use super::*;

    fn effect() -> EffectId {
        EffectId::new(Seq(8), CustomerId(5), 2)
    }

    #[test]
    fn messages_and_statuses_are_read_and_what_is_neither_is_refused() {
        let message = br#"{"id":"m1","from":"+4915112345678","text":"STOP"}"#;
        let Ok(Inbound::Message(message)) = read(message) else { panic!("a message") };
        let body = message.event_body("whatsapp", &Namespace::Phone);
        assert_eq!(body["messageId"], "whatsapp/m1");
        assert_eq!(body["identifiers"]["phone"], "+4915112345678");

        let status = |status: &str| {
            let body = json!({"type": "status", "message": effect(), "status": status, "reason": "blocked"});
            read(body.to_string().as_bytes()).unwrap()
        };
        assert!(matches!(status("delivered"), Inbound::Status { outcome: OutcomeKind::Done { .. }, .. }));
        let reason = "the provider could not deliver it (blocked)";
        let failed =
            Inbound::Status { effect: effect(), outcome: OutcomeKind::Failed { reason: reason.into() } };
        assert_eq!(status("failed"), failed);
        assert_eq!(status("read"), Inbound::Nothing);

        for wrong in [
            &b"[]"[..],
            br#"{"type":"call"}"#,
            br#"{"id":"m1","from":" ","text":"x"}"#,
            br#"{"type":"status","message":"m1","status":"failed"}"#,
            br#"{"id":"m1","text":"x"}"#,
        ] {
            assert!(read(wrong).is_err(), "{}", String::from_utf8_lossy(wrong));
        }
    }

    #[test]
    fn an_answer_that_promises_a_report_leaves_the_message_open() {
        let done = |json: Json| OutcomeKind::Done {
            reference: Some("200".into()),
            answer: Some(Value::from_json(&json)),
        };
        let open = outcome(effect(), done(json!({"status": "accepted"})));
        assert!(matches!(open, OutcomeKind::Accepted { .. }));
        let closed = outcome(effect(), done(json!({"id": "p-7"})));
        assert_eq!(closed, OutcomeKind::Done { reference: Some("p-7".into()), answer: None });
        let failed = OutcomeKind::Failed { reason: "x".into() };
        assert_eq!(outcome(effect(), failed.clone()), failed);
    }
}
