//! What a customer said about consent: per strand, purpose and channel the latest yes and the latest no.

use minicbor::{Decode, Encode};
use model::{Channel, Event, Note, Purpose, Seq, StrandId, Timestamp, Value};

use crate::opt_out::{self, OptOut};
use crate::{Policy, StopScope};

/// The consents of one customer. Encodes to one byte while nothing was said.
#[derive(Debug, Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Consents(#[n(0)] pub(crate) Vec<Entry>);

/// What was said on one strand about one purpose on one channel. The list is sorted by these three.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Entry {
    #[n(0)]
    pub strand: StrandId,
    #[n(1)]
    pub purpose: Purpose,
    /// None for every channel.
    #[n(2)]
    pub channel: Option<Channel>,
    #[n(3)]
    pub grant: Option<Said>,
    #[n(4)]
    pub revoke: Option<Said>,
}

/// The event that said it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Said {
    #[n(0)]
    pub time: Timestamp,
    #[n(1)]
    pub said_on: Channel,
    #[n(2)]
    pub seq: Seq,
    /// The words agreed to, or a reference to them.
    #[n(3)]
    pub text: Option<Box<str>>,
}

/// One change that an event asks for.
struct Change {
    purpose: Purpose,
    channel: Option<Channel>,
    granted: bool,
    reason: &'static str,
}

impl Consents {
    /// Takes in what `event` says about consent, if anything; the notes tell what changed.
    pub fn note(&mut self, event: &Event, strand: StrandId, seq: Seq, policy: &Policy) -> Vec<Note> {
        let mut notes = Vec::new();
        for change in changes(event, policy) {
            let said = Said {
                time: event.stamp.time,
                said_on: event.stamp.channel.clone(),
                seq,
                text: words(event),
            };
            if self.put(strand, &change, said) {
                let Change { purpose, channel, granted, reason } = change;
                notes.push(Note::ConsentChanged { purpose, channel, granted, reason: reason.into() });
            }
        }
        notes
    }

    /// Splits off what was said on `strands`, when they leave the customer or are erased.
    pub fn take(&mut self, strands: &[StrandId]) -> Self {
        let (taken, kept) = self.0.drain(..).partition(|entry| strands.contains(&entry.strand));
        self.0 = kept;
        Self(taken)
    }

    /// Takes in what was said on the strands of another customer who turned out to be the same.
    pub fn absorb(&mut self, other: Self) {
        self.0.extend(other.0);
        self.0.sort_by(|a, b| a.key().cmp(&b.key()));
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `said` is news: the latest of its kind by event time, whatever the order of arrival.
    fn put(&mut self, strand: StrandId, change: &Change, said: Said) -> bool {
        let key = (strand, change.purpose, change.channel.as_ref());
        let place = match self.0.binary_search_by(|entry| entry.key().cmp(&key)) {
            Ok(place) => place,
            Err(place) => {
                let (purpose, channel) = (change.purpose, change.channel.clone());
                self.0.insert(place, Entry { strand, purpose, channel, grant: None, revoke: None });
                place
            }
        };
        let entry = &mut self.0[place];
        let latest = if change.granted { &mut entry.grant } else { &mut entry.revoke };
        if latest.as_ref().is_some_and(|known| known.time >= said.time) {
            return false;
        }
        *latest = Some(said);
        true
    }
}

impl Entry {
    pub fn key(&self) -> (StrandId, Purpose, Option<&Channel>) {
        (self.strand, self.purpose, self.channel.as_ref())
    }

    pub fn concerns(&self, purpose: Purpose, channel: &Channel) -> bool {
        self.purpose == purpose && self.channel.as_ref().is_none_or(|own| own == channel)
    }
}

fn changes(event: &Event, policy: &Policy) -> Vec<Change> {
    match &*event.name {
        "Consent Granted" => stated(event, true, &[]),
        // Where it does not say for what, the customer means what customers are asked: marketing.
        "Consent Revoked" => stated(event, false, &[Purpose::Marketing]),
        _ => match opt_out::read(event, policy) {
            Some(OptOut { channel, reason }) => {
                let channel = match policy.stop_scope() {
                    StopScope::Channel => Some(channel),
                    StopScope::EveryChannel => None,
                };
                vec![Change { purpose: Purpose::Marketing, channel, granted: false, reason }]
            }
            None => Vec::new(),
        },
    }
}

/// The changes of a `Consent …` event: each of its purposes on each of its channels.
fn stated(event: &Event, granted: bool, unnamed: &[Purpose]) -> Vec<Change> {
    let mut purposes: Vec<Purpose> =
        texts(&event.property("purpose")).iter().filter_map(|text| purpose(text)).collect();
    if purposes.is_empty() {
        purposes.extend(unnamed);
    }
    let value = event.property("channel");
    let named = texts(&value);
    let mut channels: Vec<Option<Channel>> =
        named.iter().filter_map(|text| text.parse().ok()).map(Some).collect();
    if named.is_empty() || (channels.is_empty() && !granted) {
        channels.push(None);
    }
    let reason = if granted { "gave consent" } else { "withdrew consent" };
    let change =
        |purpose, channel: &Option<Channel>| Change { purpose, channel: channel.clone(), granted, reason };
    purposes
        .iter()
        .flat_map(|&purpose| channels.iter().map(move |channel| change(purpose, channel)))
        .collect()
}

fn purpose(text: &str) -> Option<Purpose> {
    Purpose::ALL.into_iter().find(|purpose| purpose.as_str().eq_ignore_ascii_case(text.trim()))
}

/// A text, or each text of a list.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::Text(text) => vec![text],
        Value::List(items) => items.iter().filter_map(Value::as_text).collect(),
        _ => Vec::new(),
    }
}

/// The most of the words agreed to that a proof keeps, in characters.
const WORDS_MAX: usize = 500;

fn words(event: &Event) -> Option<Box<str>> {
    let said = ["proof", "text"].map(|name| event.property(name));
    said.iter().find_map(Value::as_text).map(|text| text.chars().take(WORDS_MAX).collect())
}
