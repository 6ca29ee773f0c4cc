//! Registers: what was said last, or first, about one thing, whatever the order in which it was heard.

use minicbor::{Decode, Encode};
use model::{Channel, Timestamp};

/// Where and when something was said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Moment {
    #[n(0)]
    pub time: Timestamp,
    /// Of the message, for words of the same moment.
    #[n(1)]
    pub tie: u64,
    #[n(2)]
    pub channel: Channel,
}

/// Something said, with its moment.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Said<T> {
    #[n(0)]
    pub at: Moment,
    #[n(1)]
    pub value: T,
}

/// What was said last.
pub type Latest<T> = Option<Said<T>>;

/// Keeps the later word.
pub fn latest<T: Clone>(kept: &mut Latest<T>, said: &Said<T>) {
    if kept.as_ref().is_none_or(|kept| kept.at < said.at) {
        *kept = Some(said.clone());
    }
}

/// Keeps the later word, where the event has one.
pub fn latest_of<T>(kept: &mut Latest<T>, at: &Moment, value: Option<T>) {
    let Some(value) = value else { return };
    if kept.as_ref().is_none_or(|kept| kept.at < *at) {
        *kept = Some(Said { at: at.clone(), value });
    }
}

/// Keeps the later of both, where the other has one.
pub fn join<T: Clone>(kept: &mut Latest<T>, other: &Latest<T>) {
    if let Some(said) = other {
        latest(kept, said);
    }
}

/// Keeps the earlier moment.
pub fn earliest(kept: &mut Option<Moment>, at: &Moment) {
    if kept.as_ref().is_none_or(|kept| kept > at) {
        *kept = Some(at.clone());
    }
}

/// Keeps the earlier of both, where the other has one.
pub fn join_earliest(kept: &mut Option<Moment>, other: &Option<Moment>) {
    if let Some(at) = other {
        earliest(kept, at);
    }
}

/// An entry of a list by its key.
pub trait Keyed {
    fn key(&self) -> &str;
    fn new(key: &str) -> Self;
}

/// The entry of a key, made where there is none yet. Of more than `most`, those with the least keys stay, because that
/// does not depend on the order in which they came.
pub fn entry<'a, T: Keyed>(list: &'a mut Vec<T>, key: &str, most: usize) -> Option<&'a mut T> {
    match list.binary_search_by(|own| own.key().cmp(key)) {
        Ok(place) => Some(&mut list[place]),
        Err(place) if place < most => {
            list.insert(place, T::new(key));
            list.truncate(most);
            Some(&mut list[place])
        }
        Err(_) => None,
    }
}
