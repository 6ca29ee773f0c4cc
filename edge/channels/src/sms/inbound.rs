//! Messages that customers write: their parts put together, and the event each becomes.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value as Json, json};
use tokio::time::Instant;

use super::SmsConfig;
use super::pdu::{ESM_HEADER, ShortMessage, number, tag};

/// Parts whose others do not come are taken alone after this.
const PARTS_TIMEOUT: Duration = Duration::from_secs(120);
/// Parts are acknowledged when their message is durable, or after this: some carriers send the next part only then.
const HOLD: Duration = Duration::from_secs(2);
/// Unfinished messages at a time; the oldest is taken as it is.
const UNFINISHED_MAX: usize = 10_000;

/// A message from a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundSms {
    /// The number with its country code, or the name of a sender that has none.
    pub from: String,
    pub to: String,
    pub text: String,
    /// Tells this message from every other one.
    pub id: String,
}

impl InboundSms {
    /// The body of the event that this message becomes, in the shape of the Segment Spec.
    pub fn event_body(&self) -> Json {
        let namespace = if self.from.starts_with('+') { "phone" } else { "external/sms-sender" };
        json!({
            "type": "track",
            "event": "Message Received",
            "messageId": self.id,
            "identifiers": { namespace: self.from },
            "properties": { "text": self.text, "to": self.to },
        })
    }
}

/// A message that is complete, with the packets to acknowledge once it is durable.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Complete {
    pub message: InboundSms,
    pub sequences: Vec<u32>,
}

/// Puts long messages together.
#[derive(Debug, Default)]
pub(super) struct Assembly {
    unfinished: BTreeMap<Key, Unfinished>,
}

/// Sender, receiver and the reference that the parts share.
type Key = (String, String, u32);

#[derive(Debug)]
struct Unfinished {
    since: Instant,
    total: u8,
    parts: BTreeMap<u8, String>,
    sequences: Vec<u32>,
    id: String,
}

impl Assembly {
    /// Takes one packet; `id` tells it from all others.
    pub fn take(
        &mut self,
        packet: &ShortMessage,
        sequence: u32,
        id: String,
        config: &SmsConfig,
        now: Instant,
    ) -> Option<Complete> {
        let (place, octets) = place(packet);
        let text = model::sms::read(octets, packet.data_coding, config.alphabet);
        let (from, to) = (international(packet, config), packet.to.digits.clone());
        let Some((reference, total, part)) = place else {
            let message = InboundSms { from, to, text, id };
            return Some(Complete { message, sequences: vec![sequence] });
        };
        let key = (from, to, reference);
        let new = || Unfinished { since: now, total, parts: BTreeMap::new(), sequences: Vec::new(), id };
        let own = self.unfinished.entry(key.clone()).or_insert_with(new);
        own.parts.insert(part, text);
        own.sequences.push(sequence);
        if own.parts.len() < usize::from(own.total) {
            return None;
        }
        self.unfinished.remove_entry(&key).map(Unfinished::complete)
    }

    /// Messages whose other parts have not come in time, as they are.
    pub fn overdue(&mut self, now: Instant) -> Vec<Complete> {
        let excess = self.unfinished.len().saturating_sub(UNFINISHED_MAX);
        let mut ages: Vec<Instant> = self.unfinished.values().map(|own| own.since).collect();
        ages.sort_unstable();
        let full = excess.checked_sub(1).map(|place| ages[place]);
        let over = |_: &Key, own: &mut Unfinished| {
            now.duration_since(own.since) >= PARTS_TIMEOUT || full.is_some_and(|since| own.since <= since)
        };
        self.unfinished.extract_if(.., over).map(Unfinished::complete).collect()
    }

    /// Packets of unfinished messages that the carrier must not wait for any longer.
    pub fn held_long(&mut self, now: Instant) -> Vec<u32> {
        let held = self.unfinished.values_mut().filter(|own| now.duration_since(own.since) >= HOLD);
        held.flat_map(|own| std::mem::take(&mut own.sequences)).collect()
    }

    /// The connection is gone: nothing can be acknowledged on it any more, and the carrier sends again.
    pub fn disconnected(&mut self) {
        self.unfinished.values_mut().for_each(|own| own.sequences.clear());
    }
}

impl Unfinished {
    fn complete((key, own): (Key, Self)) -> Complete {
        let (from, to, _) = key;
        let text = own.parts.into_values().collect();
        Complete { message: InboundSms { from, to, text, id: own.id }, sequences: own.sequences }
    }
}

/// Which part of what a packet is (reference, number of parts, this part), and its text without header.
fn place(packet: &ShortMessage) -> (Option<(u32, u8, u8)>, &[u8]) {
    let message = packet.message.as_slice();
    let (header, octets) = match message.first() {
        Some(length) if packet.esm_class & ESM_HEADER != 0 && usize::from(*length) < message.len() => {
            message[1..].split_at(usize::from(*length))
        }
        _ => (&[][..], message),
    };
    let sensible = |(reference, total, part): (u32, u8, u8)| {
        (total > 1 && (1..=total).contains(&part)).then_some((reference, total, part))
    };
    let of_header = elements(header).find_map(|(element, data)| match (element, data) {
        (0x00, [reference, total, part]) => sensible((u32::from(*reference), *total, *part)),
        (0x08, [high, low, total, part]) => {
            sensible((u32::from(*high) << 8 | u32::from(*low), *total, *part))
        }
        _ => None,
    });
    let of_parameters = || {
        let byte = |tag| packet.number(tag).and_then(|value| u8::try_from(value).ok());
        sensible((packet.number(tag::SAR_REFERENCE)?, byte(tag::SAR_TOTAL)?, byte(tag::SAR_NUMBER)?))
    };
    (of_header.or_else(of_parameters), octets)
}

/// The elements of a user data header (3GPP TS 23.040, 9.2.3.24).
fn elements(mut header: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    std::iter::from_fn(move || {
        let (&[element, length], rest) = header.split_first_chunk::<2>()?;
        let (data, rest) = rest.split_at_checked(usize::from(length))?;
        header = rest;
        Some((element, data))
    })
}

/// The sender's number with plus and country code.
fn international(packet: &ShortMessage, config: &SmsConfig) -> String {
    let digits = packet.from.digits.trim();
    let bare = digits.trim_start_matches('+');
    if bare.is_empty() || !bare.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits.to_owned();
    }
    match (packet.from.kind, &config.country_code) {
        (number::NATIONAL, Some(code)) => format!("+{code}{}", bare.trim_start_matches('0')),
        // Many carriers leave the type unknown; a number that begins with 0 cannot be an international one.
        (number::UNKNOWN, Some(code)) if bare.starts_with('0') && !bare.starts_with("00") => {
            format!("+{code}{}", bare.trim_start_matches('0'))
        }
        _ => format!("+{}", bare.strip_prefix("00").unwrap_or(bare)),
    }
}
