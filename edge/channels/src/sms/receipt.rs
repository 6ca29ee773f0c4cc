//! Delivery receipts: what became of a message, as carriers report it (SMPP 3.4, appendix B).

use super::pdu::{ESM_KIND, ESM_RECEIPT, ShortMessage, tag};

/// What a carrier says about one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    pub message_id: String,
    /// The number the message was sent to, as the carrier writes it.
    pub number: String,
    pub fate: Fate,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Delivered,
    /// It will not be delivered; the carrier's word for why.
    Lost(String),
    /// Still on its way.
    Under,
}

/// Reads a receipt; `None` for a message that a customer wrote.
pub fn read(message: &ShortMessage) -> Option<Receipt> {
    let by_class = message.esm_class & ESM_KIND == ESM_RECEIPT;
    let by_parameter = message.parameter(tag::RECEIPTED_MESSAGE_ID).is_some();
    if !by_class && !by_parameter {
        return None;
    }
    let text = String::from_utf8_lossy(&message.message).into_owned();
    let named = message
        .parameter(tag::RECEIPTED_MESSAGE_ID)
        .map(|value| String::from_utf8_lossy(value).trim_end_matches('\0').to_owned());
    let message_id = named.filter(|id| !id.is_empty()).or_else(|| field(&text, "id"))?;
    let state = message.number(tag::MESSAGE_STATE).and_then(word).map(str::to_owned);
    let state = state.or_else(|| field(&text, "stat")).unwrap_or_default().to_ascii_uppercase();
    let fate = match state.as_str() {
        "DELIVRD" => Fate::Delivered,
        "EXPIRED" | "DELETED" | "UNDELIV" | "REJECTD" | "FAILED" | "SKIPPED" => {
            let code = field(&text, "err").filter(|code| code.bytes().any(|digit| digit != b'0'));
            Fate::Lost(code.map_or(state.clone(), |code| format!("{state}, error {code}")))
        }
        _ => Fate::Under,
    };
    Some(Receipt { message_id, number: message.from.digits.clone(), fate })
}

/// The value of `name:` in a receipt's text; `submit date:` and the like are no field `date`.
fn field(text: &str, name: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let mark = format!("{name}:");
    let found = lower.match_indices(&mark).find(|(at, _)| *at == 0 || lower.as_bytes()[at - 1] == b' ')?;
    let value: String =
        text[found.0 + mark.len()..].chars().take_while(|letter| !letter.is_whitespace()).collect();
    /// No carrier writes longer ids.
    const CHARS_MAX: usize = 65;
    (!value.is_empty() && value.len() <= CHARS_MAX).then_some(value)
}

/// The states of `message_state` (section 5.2.28) by the words of the receipt's text.
fn word(state: u32) -> Option<&'static str> {
    Some(match state {
        1 => "ENROUTE",
        2 => "DELIVRD",
        3 => "EXPIRED",
        4 => "DELETED",
        5 => "UNDELIV",
        6 => "ACCEPTD",
        8 => "REJECTD",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::pdu::Number;

    fn message(esm_class: u8, text: &str, parameters: Vec<(u16, Vec<u8>)>) -> ShortMessage {
        ShortMessage {
            from: Number::parse("4915112345678"),
            to: Number::parse("12345"),
            esm_class,
            registered_delivery: 0,
            data_coding: 0,
            message: text.as_bytes().to_vec(),
            parameters,
        }
    }

    const TEXT: &str = "id:0a1F sub:001 dlvrd:001 submit date:2611221200 done date:2611221201 stat:DELIVRD err:000 text:Hi id:9";

    #[test]
    fn receipts_are_read_from_text_and_from_parameters() {
        let receipt = read(&message(4, TEXT, vec![])).unwrap();
        assert_eq!((receipt.message_id.as_str(), receipt.fate), ("0a1F", Fate::Delivered));
        let receipt = read(&message(4, "Id:77 Stat:undeliv Err:00b", vec![])).unwrap();
        assert_eq!(
            (receipt.message_id.as_str(), receipt.fate),
            ("77", Fate::Lost("UNDELIV, error 00b".into()))
        );
        let parameters = vec![(tag::RECEIPTED_MESSAGE_ID, b"5\0".to_vec()), (tag::MESSAGE_STATE, vec![3])];
        let receipt = read(&message(0, "", parameters)).unwrap();
        assert_eq!((receipt.message_id.as_str(), receipt.fate), ("5", Fate::Lost("EXPIRED".into())));
        assert_eq!(read(&message(4, "id:5 stat:ENROUTE", vec![])).unwrap().fate, Fate::Under);
    }

    #[test]
    fn what_a_customer_writes_is_no_receipt() {
        assert_eq!(read(&message(0, TEXT, vec![])), None);
        assert_eq!(read(&message(4, "no id here", vec![])), None);
    }
}
