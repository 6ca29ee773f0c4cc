//! Traits of one strand, last writer wins, and identifiers that are none, kept with the reason.

use minicbor::{Decode, Encode};
use model::{Namespace, SourceId, Timestamp, Value};

/// The most traits of one strand. Of more, those that come first by name are kept, whatever came first in time.
pub const TRAITS_MAX: usize = 256;
/// The most invalid identifiers of one strand; the latest are kept.
pub const INVALID_IDENTIFIERS_MAX: usize = 16;
/// How much of an invalid identifier is kept, in characters.
const RAW_CHARACTERS_MAX: usize = 256;

/// A trait and who wrote it last.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Trait {
    #[n(0)]
    pub name: Box<str>,
    /// `Null` when the last writer cleared it.
    #[n(1)]
    pub value: Value,
    #[n(2)]
    pub time: Timestamp,
    #[n(3)]
    pub tie: u64,
    #[n(4)]
    pub source: SourceId,
    #[n(5)]
    pub priority: u8,
}

/// An identifier as it came, that is no key.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct InvalidRaw {
    #[n(0)]
    pub namespace: Namespace,
    #[n(1)]
    pub raw: Box<str>,
    #[n(2)]
    pub reason: Box<str>,
    #[n(3)]
    pub time: Timestamp,
    #[n(4)]
    pub tie: u64,
}

impl Trait {
    /// Later writers win, those of more trusted sources over later ones.
    pub fn rank(&self) -> (u8, Timestamp, u64) {
        (self.priority, self.time, self.tie)
    }
}

/// Writes a trait if it wins; `true` when it does.
pub fn put_trait(traits: &mut Vec<Trait>, new: Trait) -> bool {
    match traits.binary_search_by(|own| own.name.cmp(&new.name)) {
        Ok(place) if traits[place].rank() < new.rank() => {
            traits[place] = new;
            true
        }
        Ok(_) => false,
        Err(place) if place >= TRAITS_MAX => false,
        Err(place) => {
            traits.reserve_exact(1);
            traits.insert(place, new);
            traits.truncate(TRAITS_MAX);
            true
        }
    }
}

/// Keeps an invalid identifier, with the latest time it came.
pub fn put_invalid(invalid: &mut Vec<InvalidRaw>, mut new: InvalidRaw) {
    if new.raw.chars().count() > RAW_CHARACTERS_MAX {
        new.raw = new.raw.chars().take(RAW_CHARACTERS_MAX).collect::<String>().into();
    }
    match invalid.binary_search_by(|own| (&own.namespace, &own.raw).cmp(&(&new.namespace, &new.raw))) {
        Ok(place) if (invalid[place].time, invalid[place].tie) < (new.time, new.tie) => invalid[place] = new,
        Ok(_) => {}
        Err(place) => {
            invalid.reserve_exact(1);
            invalid.insert(place, new);
        }
    }
    if invalid.len() > INVALID_IDENTIFIERS_MAX {
        let age = |entry: &InvalidRaw| (entry.time, entry.tie, entry.namespace.clone(), entry.raw.clone());
        let oldest = (0..invalid.len()).min_by_key(|place| age(&invalid[*place]));
        oldest.map(|place| invalid.remove(place));
    }
}
