//! Which packets of customers' messages are ones that the carrier sends again, and the id that each message goes by.
//!
//! SMPP 3.4 gives a `deliver_sm` neither an id nor a time (section 4.6.1 leaves its time fields empty), and the sequence
//! number is another when it is sent again. What it does give is a reason to send again: the carrier has not heard our
//! answer. So the same bytes are the same message while our answer may not have arrived, and another one otherwise: whoever
//! writes “yes” twice on a connection that stands has said it twice.

use std::collections::BTreeMap;
use std::time::Duration;

use ring::digest;
use tokio::time::Instant;

use super::inbound::InboundSms;

/// How long a carrier may take to send again what it was not answered.
const AGAIN_WITHIN: Duration = Duration::from_secs(600);
/// Answers so shortly before a connection broke may not have arrived; a silent connection breaks within that time.
const DOUBT: Duration = Duration::from_secs(60);
/// Ids of the same bytes begin anew after so many seconds. They outlive this process, so what is sent again after a crash
/// within the same span is found to be known.
const SPAN_SECONDS: u64 = 120;
/// Packets remembered; the oldest are forgotten.
const PACKETS_MAX: usize = 10_000;

/// The bytes of a packet without its header, as a hash.
type Identity = [u8; 16];

#[derive(Debug, Default)]
pub(super) struct Recent {
    packets: BTreeMap<Identity, Known>,
    /// Packets of this connection that wait for their answer.
    waiting: BTreeMap<u32, Identity>,
}

#[derive(Debug)]
struct Known {
    id: String,
    first: Instant,
    span: u64,
    /// How often the same bytes came in the span, as messages of their own.
    count: u32,
    answered: Option<Instant>,
    /// The message it is of, once that is complete.
    message: Option<InboundSms>,
}

/// What a packet is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// Of a message that is not complete yet.
    Part { id: String },
    /// Sent again; its message is complete.
    Again(Box<InboundSms>),
}

impl Recent {
    /// Meets a packet by its bytes at a time; `seconds` since 1970 are the same for every process.
    pub fn meet(&mut self, body: &[u8], sequence: u32, now: Instant, seconds: u64) -> Met {
        let identity = identity(body);
        self.waiting.insert(sequence, identity);
        let known = self.packets.get(&identity);
        let fresh = |known: &&Known| now.duration_since(known.first) < AGAIN_WITHIN;
        if let Some(known) = known.filter(fresh).filter(|known| known.answered.is_none()) {
            return match &known.message {
                Some(message) => Met::Again(Box::new(message.clone())),
                None => Met::Part { id: known.id.clone() },
            };
        }
        let span = seconds / SPAN_SECONDS;
        let count = known.filter(|known| known.span == span).map_or(1, |known| known.count + 1);
        let hash: String = identity.iter().map(|byte| format!("{byte:02x}")).collect();
        let id = format!("sms-{hash}-{span:x}-{count}");
        self.forget(now);
        let known = Known { id: id.clone(), first: now, span, count, answered: None, message: None };
        self.packets.insert(identity, known);
        Met::Part { id }
    }

    /// The packets make up a message.
    pub fn complete(&mut self, message: &InboundSms, sequences: &[u32]) {
        for sequence in sequences {
            let known = self.waiting.get(sequence).and_then(|identity| self.packets.get_mut(identity));
            known.into_iter().for_each(|known| known.message = Some(message.clone()));
        }
    }

    /// A packet was answered: it was taken, or the carrier is to send it again.
    pub fn answered(&mut self, sequence: u32, taken: bool, now: Instant) {
        let Some(identity) = self.waiting.remove(&sequence) else { return };
        if let Some(known) = self.packets.get_mut(&identity).filter(|_| taken) {
            known.answered = Some(now);
        }
    }

    /// The connection is gone, and perhaps the last answers with it.
    pub fn disconnected(&mut self, now: Instant) {
        self.waiting.clear();
        for known in self.packets.values_mut() {
            known.answered = known.answered.filter(|answered| now.duration_since(*answered) >= DOUBT);
        }
    }

    fn forget(&mut self, now: Instant) {
        if self.packets.len() < PACKETS_MAX {
            return;
        }
        self.packets.retain(|_, known| now.duration_since(known.first) < AGAIN_WITHIN);
        let oldest = self.packets.iter().min_by_key(|(_, known)| known.first).map(|(identity, _)| *identity);
        if self.packets.len() >= PACKETS_MAX
            && let Some(oldest) = oldest
        {
            self.packets.remove(&oldest);
        }
    }
}

fn identity(body: &[u8]) -> Identity {
    let hash = digest::digest(&digest::SHA256, body);
    let mut identity = Identity::default();
    identity.iter_mut().zip(hash.as_ref()).for_each(|(own, byte)| *own = *byte);
    identity
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(met: Met) -> String {
        match met {
            Met::Part { id } => id,
            Met::Again(message) => message.id,
        }
    }

    /// A message of one packet.
    fn take(recent: &mut Recent, text: &str, sequence: u32, now: Instant, seconds: u64) -> String {
        let id = id(recent.meet(text.as_bytes(), sequence, now, seconds));
        let (from, to) = ("+44".to_owned(), "1".to_owned());
        recent.complete(&InboundSms { from, to, text: text.into(), id: id.clone() }, &[sequence]);
        id
    }

    #[test]
    fn what_was_not_answered_is_the_same_when_it_comes_again() {
        let (mut recent, begin) = (Recent::default(), Instant::now());
        let first = take(&mut recent, "yes", 1, begin, 1_000);
        assert_eq!(take(&mut recent, "yes", 2, begin + Duration::from_secs(30), 1_130), first);
        recent.answered(1, false, begin);
        recent.answered(2, false, begin);
        assert_eq!(take(&mut recent, "yes", 3, begin + Duration::from_secs(60), 1_160), first);
        assert_ne!(take(&mut recent, "no", 4, begin, 1_000), first);
        // Of a message long gone nobody knows; it is another one.
        assert_ne!(take(&mut recent, "yes", 5, begin + AGAIN_WITHIN, 1_600), first);
    }

    #[test]
    fn whoever_says_yes_twice_has_said_it_twice() {
        let (mut recent, begin) = (Recent::default(), Instant::now());
        let first = take(&mut recent, "yes", 1, begin, 1_000);
        recent.answered(1, true, begin);
        let second = take(&mut recent, "yes", 2, begin + Duration::from_secs(5), 1_005);
        assert_ne!(first, second);
        recent.answered(2, true, begin + Duration::from_secs(5));
        let third = take(&mut recent, "yes", 3, begin + Duration::from_secs(200), 1_200);
        assert!(third != first && third != second);
    }

    #[test]
    fn an_answer_that_a_break_swallowed_is_none() {
        let (mut recent, begin) = (Recent::default(), Instant::now());
        let first = take(&mut recent, "yes", 1, begin, 1_000);
        recent.answered(1, true, begin);
        recent.disconnected(begin + Duration::from_secs(2));
        let again = recent.meet(b"yes", 1, begin + Duration::from_secs(20), 1_130);
        assert!(matches!(&again, Met::Again(message) if message.id == first), "{again:?}");
        recent.answered(1, true, begin + Duration::from_secs(20));
        // One that was answered long before the break has arrived.
        recent.disconnected(begin + Duration::from_secs(20) + DOUBT);
        assert_ne!(take(&mut recent, "yes", 1, begin + Duration::from_secs(100), 1_135), first);
    }

    #[test]
    fn another_process_gives_the_same_ids() {
        let now = Instant::now();
        let first = take(&mut Recent::default(), "yes", 1, now, 1_000);
        assert_eq!(take(&mut Recent::default(), "yes", 7, now, 1_070), first);
        assert_ne!(take(&mut Recent::default(), "yes", 7, now, 1_090), first);
    }
}
