//! The packets of SMPP 3.4 that a client and a small message centre exchange, and their bytes.
//!
//! Reading is lenient where carriers are: a field that is cut off reads as empty, unknown optional parameters are
//! kept as they are, and an unknown command is the caller's to answer with `generic_nack`.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// A packet longer than this is no packet; nothing we exchange comes near.
const PDU_BYTES_MAX: u32 = 70_000;
const HEADER_BYTES: u32 = 16;
/// What fits into `short_message`; longer bodies go into `message_payload`.
const SHORT_MESSAGE_BYTES_MAX: usize = 254;

/// Commands. The answer to a command has the highest bit set.
pub mod command {
    pub const GENERIC_NACK: u32 = 0x8000_0000;
    pub const SUBMIT_SM: u32 = 0x04;
    pub const DELIVER_SM: u32 = 0x05;
    pub const UNBIND: u32 = 0x06;
    pub const BIND_TRANSCEIVER: u32 = 0x09;
    pub const ENQUIRE_LINK: u32 = 0x15;
    pub const ANSWER: u32 = 0x8000_0000;
}

/// Statuses, by their names in the specification (section 5.1.3).
pub mod status {
    pub const OK: u32 = 0x00;
    pub const INVALID_COMMAND: u32 = 0x03;
    pub const WRONG_BIND_STATE: u32 = 0x04;
    pub const SYSTEM_ERROR: u32 = 0x08;
    pub const INVALID_PASSWORD: u32 = 0x0e;
    pub const INVALID_SYSTEM_ID: u32 = 0x0f;
    pub const QUEUE_FULL: u32 = 0x14;
    pub const THROTTLED: u32 = 0x58;
    pub const RECEIVER_LATER: u32 = 0x64;
    pub const RECEIVER_NEVER: u32 = 0x65;
}

/// Optional parameters in use.
pub mod tag {
    pub const RECEIPTED_MESSAGE_ID: u16 = 0x001e;
    pub const MESSAGE_STATE: u16 = 0x0427;
    pub const MESSAGE_PAYLOAD: u16 = 0x0424;
    pub const SAR_REFERENCE: u16 = 0x020c;
    pub const SAR_TOTAL: u16 = 0x020e;
    pub const SAR_NUMBER: u16 = 0x020f;
}

/// `esm_class`: the message begins with a user data header, or is a delivery receipt.
pub const ESM_HEADER: u8 = 0x40;
pub const ESM_RECEIPT: u8 = 0x04;
/// The bits of `esm_class` that say what kind of message a `deliver_sm` carries.
pub const ESM_KIND: u8 = 0x3c;

/// Type of number: how the digits of an address are meant.
pub mod number {
    pub const UNKNOWN: u8 = 0;
    pub const INTERNATIONAL: u8 = 1;
    pub const NATIONAL: u8 = 2;
    pub const ALPHANUMERIC: u8 = 5;
}

/// A packet whose body is still bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdu {
    pub command: u32,
    pub status: u32,
    pub sequence: u32,
    pub body: Vec<u8>,
}

impl Pdu {
    pub fn new(command: u32, sequence: u32, body: Vec<u8>) -> Self {
        Self { command, status: status::OK, sequence, body }
    }

    /// The answer to this packet.
    pub fn answer(&self, status: u32, body: Vec<u8>) -> Self {
        Self { command: self.command | command::ANSWER, status, sequence: self.sequence, body }
    }

    pub fn bytes(&self) -> Vec<u8> {
        let length = HEADER_BYTES + u32::try_from(self.body.len()).expect("bodies are made short");
        let mut bytes = Vec::with_capacity(length as usize);
        for field in [length, self.command, self.status, self.sequence] {
            bytes.extend_from_slice(&field.to_be_bytes());
        }
        bytes.extend_from_slice(&self.body);
        bytes
    }

    /// Reads one packet; `None` at the end of the stream.
    pub async fn read(reader: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let mut header = [0; HEADER_BYTES as usize];
        if reader.read(&mut header[..1]).await? == 0 {
            return Ok(None);
        }
        reader.read_exact(&mut header[1..]).await?;
        let field = |at: usize| u32::from_be_bytes(header[at..at + 4].try_into().expect("four bytes"));
        let length = field(0);
        if !(HEADER_BYTES..=PDU_BYTES_MAX).contains(&length) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a packet of {length} bytes")));
        }
        let mut body = vec![0; (length - HEADER_BYTES) as usize];
        reader.read_exact(&mut body).await?;
        Ok(Some(Self { command: field(4), status: field(8), sequence: field(12), body }))
    }
}

/// The body of `bind_transceiver`: who we are, speaking version 3.4.
pub fn bind_body(system_id: &str, password: &str, system_type: &str) -> Vec<u8> {
    let mut body = Vec::new();
    for text in [system_id, password, system_type] {
        put_text(&mut body, text);
    }
    body.extend_from_slice(&[0x34, number::UNKNOWN, 0, 0]);
    body
}

/// Who binds: system id and password.
pub fn fields_of_bind(body: &[u8]) -> (String, String) {
    let mut fields = Fields(body);
    (fields.text(), fields.text())
}

/// A body that is one text: the message id in an answer.
pub fn text_body(text: &str) -> Vec<u8> {
    let mut body = Vec::new();
    put_text(&mut body, text);
    body
}

/// The first text of a body.
pub fn first_text(body: &[u8]) -> String {
    Fields(body).text()
}

/// An address and how its digits are meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    pub kind: u8,
    pub digits: String,
}

impl Number {
    /// How a number or a name is given to a carrier: international digits, a short code, or a name of letters.
    pub fn parse(text: &str) -> Self {
        let text = text.trim();
        let digits = text.strip_prefix('+').unwrap_or(text);
        let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        /// Longer digits are a telephone number, shorter ones a short code.
        const SHORT_CODE_DIGITS_MAX: usize = 6;
        let kind = match all_digits {
            false => number::ALPHANUMERIC,
            true if digits.len() <= SHORT_CODE_DIGITS_MAX => number::UNKNOWN,
            true => number::INTERNATIONAL,
        };
        Self { kind, digits: if all_digits { digits.into() } else { text.into() } }
    }

    /// The numbering plan that goes with it: ISDN for numbers, none for names.
    fn plan(&self) -> u8 {
        u8::from(self.kind != number::ALPHANUMERIC)
    }
}

/// The body of `submit_sm` and `deliver_sm`, which have the same fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortMessage {
    pub from: Number,
    pub to: Number,
    pub esm_class: u8,
    pub registered_delivery: u8,
    pub data_coding: u8,
    /// With the user data header, if `esm_class` says so.
    pub message: Vec<u8>,
    /// Optional parameters other than `message_payload`.
    pub parameters: Vec<(u16, Vec<u8>)>,
}

impl ShortMessage {
    pub fn body(&self) -> Vec<u8> {
        let mut body = vec![0];
        for number in [&self.from, &self.to] {
            body.extend_from_slice(&[number.kind, number.plan()]);
            put_text(&mut body, &number.digits);
        }
        // protocol_id, priority, schedule and validity (both empty), then what we set.
        body.extend_from_slice(&[
            self.esm_class,
            0,
            0,
            0,
            0,
            self.registered_delivery,
            0,
            self.data_coding,
            0,
        ]);
        let long = self.message.len() > SHORT_MESSAGE_BYTES_MAX;
        let short: &[u8] = if long { &[] } else { &self.message };
        body.push(u8::try_from(short.len()).expect("at most 254 bytes"));
        body.extend_from_slice(short);
        let payload = long.then(|| (tag::MESSAGE_PAYLOAD, self.message.clone()));
        for (tag, value) in self.parameters.iter().cloned().chain(payload) {
            body.extend_from_slice(&tag.to_be_bytes());
            body.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
            body.extend_from_slice(&value);
        }
        body
    }

    pub fn read(body: &[u8]) -> Self {
        let mut fields = Fields(body);
        fields.text();
        let mut number = || {
            let kind = fields.byte();
            fields.byte();
            Number { kind, digits: fields.text() }
        };
        let (from, to) = (number(), number());
        let esm_class = fields.byte();
        fields.take(2);
        fields.text();
        fields.text();
        let registered_delivery = fields.byte();
        fields.byte();
        let data_coding = fields.byte();
        fields.byte();
        let length = usize::from(fields.byte());
        let mut message = fields.take(length).to_vec();
        let mut parameters = Vec::new();
        while fields.0.len() >= 4 {
            let (tag, length) = (fields.short(), fields.short());
            let value = fields.take(usize::from(length)).to_vec();
            if tag == tag::MESSAGE_PAYLOAD {
                message = value;
            } else {
                parameters.push((tag, value));
            }
        }
        Self { from, to, esm_class, registered_delivery, data_coding, message, parameters }
    }

    pub fn parameter(&self, tag: u16) -> Option<&[u8]> {
        self.parameters.iter().find(|(own, _)| *own == tag).map(|(_, value)| value.as_slice())
    }

    /// A parameter that is a number, of whatever width.
    pub fn number(&self, tag: u16) -> Option<u32> {
        let value = self.parameter(tag)?;
        (value.len() <= 4).then(|| value.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
    }
}

fn put_text(body: &mut Vec<u8>, text: &str) {
    // A zero would end the field before its time.
    body.extend(text.bytes().filter(|byte| *byte != 0));
    body.push(0);
}

/// What is left of a body.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn byte(&mut self) -> u8 {
        self.take(1).first().copied().unwrap_or(0)
    }

    fn short(&mut self) -> u16 {
        u16::from(self.byte()) << 8 | u16::from(self.byte())
    }

    fn text(&mut self) -> String {
        let end = self.0.iter().position(|byte| *byte == 0).unwrap_or(self.0.len());
        let text = String::from_utf8_lossy(self.take(end)).into_owned();
        self.take(1);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(bytes: usize) -> ShortMessage {
        ShortMessage {
            from: Number::parse("Harbour"),
            to: Number::parse("+4915112345678"),
            esm_class: ESM_HEADER,
            registered_delivery: 1,
            data_coding: 8,
            message: vec![7; bytes],
            parameters: vec![(tag::MESSAGE_STATE, vec![2])],
        }
    }

    #[test]
    fn what_is_written_is_read_also_when_long() {
        for bytes in [0, 1, 140, 254, 255, 1_000] {
            let message = message(bytes);
            assert_eq!(ShortMessage::read(&message.body()), message, "{bytes}");
        }
        assert_eq!(message(1).number(tag::MESSAGE_STATE), Some(2));
    }

    #[test]
    fn a_body_cut_off_anywhere_is_read_as_far_as_it_goes() {
        let body = message(200).body();
        for end in 0..body.len() {
            ShortMessage::read(&body[..end]);
        }
    }

    #[tokio::test]
    async fn packets_are_read_from_a_stream_and_senseless_lengths_refused() {
        let pdu = Pdu::new(command::SUBMIT_SM, 9, text_body("abc"));
        let twice = [pdu.bytes(), pdu.bytes()].concat();
        let mut stream = twice.as_slice();
        assert_eq!(Pdu::read(&mut stream).await.unwrap(), Some(pdu.clone()));
        assert_eq!(Pdu::read(&mut stream).await.unwrap().unwrap().body, b"abc\0");
        assert_eq!(Pdu::read(&mut stream).await.unwrap(), None);
        for length in [0_u32, 15, PDU_BYTES_MAX + 1, u32::MAX] {
            let bytes = [length.to_be_bytes().as_slice(), &[0; 12]].concat();
            assert!(Pdu::read(&mut bytes.as_slice()).await.is_err(), "{length}");
        }
    }
}
