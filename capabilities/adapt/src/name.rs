//! The name of an offer. It is shared: what a decision says of fifty offers copies no text.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use minicbor::encode::{Error as NotEncoded, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};

/// Text, compared by content; two that share their text are found equal without reading it.
#[derive(Clone, Eq)]
pub struct OfferName(Arc<str>);

impl PartialEq for OfferName {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || *self.0 == *other.0
    }
}

impl Ord for OfferName {
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl PartialOrd for OfferName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Borrow<str> for OfferName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Deref for OfferName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<&str> for OfferName {
    fn from(name: &str) -> Self {
        Self(name.into())
    }
}

impl From<&OfferName> for Box<str> {
    fn from(name: &OfferName) -> Self {
        (*name.0).into()
    }
}

impl fmt::Display for OfferName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for OfferName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, f)
    }
}

impl<C> Encode<C> for OfferName {
    fn encode<W: Write>(&self, encoder: &mut Encoder<W>, _: &mut C) -> Result<(), NotEncoded<W::Error>> {
        encoder.str(&self.0)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for OfferName {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, minicbor::decode::Error> {
        decoder.str().map(Self::from)
    }
}
