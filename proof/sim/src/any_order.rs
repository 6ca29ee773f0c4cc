//! Any order of the same events gives the same customers and profiles: the world's events once more, on sound
//! machines, as they came and shuffled with repetitions.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use model::record::SourceRecord;
use model::{Span, Timestamp, Value};
use shard::{Broken, Intake, Order, OrderError, Prepared};

use crate::catalogue;
use crate::crowd::SOURCES;
use crate::machine::{self, Simulated};
use crate::promises::Breach;
use crate::random::Random;
use crate::sent::Sent;

/// What is known of one customer, without the numbers that tell when it was first met.
#[derive(Debug, PartialEq)]
struct Known {
    identifiers: BTreeSet<String>,
    traits: BTreeMap<Box<str>, (Value, Timestamp)>,
    computed: BTreeMap<Box<str>, Value>,
    segments: Vec<Box<str>>,
    consents: Vec<(String, bool)>,
    seen: (Option<Timestamp>, Option<Timestamp>),
    events: u64,
}

impl Known {
    /// Whom it is about, and what differs from `other`.
    fn beside(&self, other: &Self) -> String {
        let mut text = format!("{:?}", self.identifiers);
        let mut add = |differs: bool, part: &dyn fmt::Debug| {
            if differs {
                text.push_str(&format!(" {part:?}"));
            }
        };
        add(self.traits != other.traits, &self.traits);
        add(self.computed != other.computed, &self.computed);
        add(self.segments != other.segments, &self.segments);
        add(self.consents != other.consents, &self.consents);
        add(self.seen != other.seen, &self.seen);
        add(self.events != other.events, &self.events);
        text
    }
}

/// Takes `sent` in twice, in two orders, and compares.
pub(crate) fn check(random: &mut Random, sent: &[Sent], now: Timestamp) -> Result<(), Breach> {
    let order: Vec<usize> = (0..sent.len()).collect();
    let mut shuffled = order.clone();
    for _ in 0..sent.len() / 4 {
        shuffled.push(random.index(sent.len()));
    }
    random.shuffle(&mut shuffled);
    // Ties are broken by keyed hashes, so both need the same keys.
    let twin = Random::new(random.next());
    let failed = |error: OrderError| Breach::new("a world without faults goes on", error.to_string());
    let one = known(machine::small(&mut twin.clone()), random, sent, &order, now).map_err(failed)?;
    let other = known(machine::small(&mut twin.clone()), random, sent, &shuffled, now).map_err(failed)?;
    let differs = one.iter().zip(&other).find(|(one, other)| one != other);
    match differs {
        Some((one, other)) => {
            let detail = format!("{} in one order, {} in another", one.beside(other), other.beside(one));
            Err(Breach::new("any order of the same events gives the same profiles", detail))
        }
        None if one.len() != other.len() => {
            let detail = format!("{} customers in one order, {} in another", one.len(), other.len());
            Err(Breach::new("any order of the same events gives the same customers", detail))
        }
        None => Ok(()),
    }
}

/// Everything known after taking the events in, sorted by identifiers.
fn known(
    mut machine: journey_tests::Machine,
    random: &mut Random,
    sent: &[Sent],
    order: &[usize],
    now: Timestamp,
) -> Result<Vec<Known>, OrderError> {
    let mut shard = machine.open(now).map_err(OrderError::Broken)?;
    for (id, name, channel) in SOURCES {
        let source = SourceRecord {
            id,
            name: name.into(),
            channel,
            write_key_hash: vec![0; 32].into(),
            priority: id.0 as u8 % 2,
        };
        shard.order(Order::PutSource { by: "sim".into(), source }, now)?;
    }
    shard.order(Order::Publish { by: "sim".into(), catalogue: catalogue::without_journeys() }, now)?;
    let mut rest = order;
    while !rest.is_empty() {
        let (batch, later) = rest.split_at(rest.len().min(1 + random.index(9)));
        rest = later;
        let intake = batch.iter().filter_map(|&pick| intake(&mut shard, &sent[pick], now)).collect();
        shard.ingest(intake, now).map_err(OrderError::Broken)?;
        shard.turn()?;
    }
    shard.order(Order::Tick, now + Span(1))?;
    Ok(describe(&mut shard, now + Span(1)).map_err(Broken::from)?)
}

fn intake(shard: &mut Simulated, sent: &Sent, now: Timestamp) -> Option<Intake> {
    let event = sent.event(now).ok()?;
    let keys = Arc::clone(shard.keys());
    let message = keys.message_hash(sent.source, event.message_id.as_deref()?);
    Some(Intake::Event(Arc::new(Prepared::new(event, message, shard.view().engine(), &keys))))
}

fn describe(shard: &mut Simulated, now: Timestamp) -> Result<Vec<Known>, state::StateError> {
    let mut all = Vec::new();
    for id in shard.view().customers_after(None, usize::MAX)? {
        let mut view = shard.view();
        let engine = view.engine().clone();
        let Some(customer) = view.customer(id)? else { continue };
        let described = engine.describe(customer, now);
        let profile = described.profile;
        all.push(Known {
            identifiers: profile
                .identifiers
                .iter()
                .map(|own| format!("{}={}", own.namespace, own.value))
                .collect(),
            traits: profile.traits.into_iter().map(|(name, own)| (name, (own.value, own.time))).collect(),
            computed: profile.computed,
            segments: profile.segments.into_iter().map(|segment| segment.name).collect(),
            consents: described
                .consents
                .into_iter()
                .map(|own| (format!("{} {}", own.purpose.as_str(), own.channel), own.allowed))
                .collect(),
            seen: (profile.first_seen, profile.last_seen),
            events: described.events,
        });
    }
    all.sort_by(|a, b| a.identifiers.cmp(&b.identifiers));
    Ok(all)
}
