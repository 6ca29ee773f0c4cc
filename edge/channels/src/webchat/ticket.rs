//! Tickets: how a browser proves that a chat session is its own when it comes back.

use std::fmt;

use ring::rand::{SecureRandom, SystemRandom};
use serde::{Serialize, Serializer};

use crate::signing::{Signer, Use};

const ID_BYTES: usize = 16;
/// The longest anonymous id taken from a browser; ours have 36 characters.
pub(super) const ANONYMOUS_ID_BYTES_MAX: usize = 100;

/// One browser's chat, over all its connections. Random, so that knowing it is being it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub [u8; ID_BYTES]);

impl SessionId {
    pub fn random() -> Self {
        let mut bytes = [0; ID_BYTES];
        SystemRandom::new()
            .fill(&mut bytes)
            .expect("the system's random source does not fail once it has started");
        Self(bytes)
    }
}

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("chat_")?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl Serialize for SessionId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Who a session is: fixed when it begins, and signed, so that a browser cannot change into another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    pub session: SessionId,
    /// The `anonymous_id` under which this browser's events arrive: the one its page sent when the
    /// session began, or the session's own.
    pub anonymous_id: String,
}

impl Ticket {
    /// A new session for a browser that calls itself `anonymous_id`.
    pub fn begin(anonymous_id: Option<&str>) -> Self {
        let session = SessionId::random();
        let legal = |id: &&str| {
            (8..=ANONYMOUS_ID_BYTES_MAX).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic())
        };
        let anonymous_id = anonymous_id.filter(legal).map_or_else(|| session.to_string(), str::to_owned);
        Self { session, anonymous_id }
    }
}

/// Writes and reads tickets.
#[derive(Debug, Clone)]
pub struct Tickets(Signer);

impl Tickets {
    pub fn new(signer: Signer) -> Self {
        Self(signer)
    }

    pub fn write(&self, ticket: &Ticket) -> String {
        let payload = [&ticket.session.0[..], ticket.anonymous_id.as_bytes()].concat();
        self.0.seal(Use::ChatSession, &payload)
    }

    pub fn read(&self, token: &str) -> Option<Ticket> {
        let payload = self.0.open(Use::ChatSession, token)?;
        let (session, anonymous_id) = payload.split_first_chunk()?;
        Some(Ticket {
            session: SessionId(*session),
            anonymous_id: String::from_utf8(anonymous_id.to_vec()).ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_survives_and_cannot_be_made() {
        let tickets = Tickets::new(Signer::new(&[1; 32]));
        let ticket = Ticket::begin(Some("a1b2c3d4-e5f6"));
        assert_eq!(ticket.anonymous_id, "a1b2c3d4-e5f6");
        let token = tickets.write(&ticket);
        assert_eq!(tickets.read(&token), Some(ticket));
        assert_eq!(Tickets::new(Signer::new(&[2; 32])).read(&token), None);
        assert_eq!(tickets.read("x"), None);
    }

    #[test]
    fn an_anonymous_id_that_could_be_anybodys_is_replaced() {
        for id in [None, Some(""), Some("1"), Some("a b c d e f g"), Some("\u{0}0000000000")] {
            let ticket = Ticket::begin(id);
            assert_eq!(ticket.anonymous_id, ticket.session.to_string());
        }
        assert_ne!(Ticket::begin(None).session, Ticket::begin(None).session);
    }
}
