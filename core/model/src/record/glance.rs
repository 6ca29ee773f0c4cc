//! Looking at a record without decoding all of it.

use minicbor::Decode;

use super::{IdentityChange, Record};
use crate::CustomerId;

/// As much of an event as tells whose it is and what it is called, read without a copy.
#[derive(Debug, Clone, PartialEq, Decode)]
pub struct EventGlance<'a> {
    #[b(5)]
    pub name: &'a str,
    #[n(8)]
    pub customer: CustomerId,
    #[n(9)]
    #[cbor(default)]
    pub identity: Vec<IdentityChange>,
}

impl Record {
    /// Looks at an encoded record, if it is an event.
    pub fn glance(bytes: &[u8]) -> Result<Option<EventGlance<'_>>, minicbor::decode::Error> {
        let mut decoder = minicbor::Decoder::new(bytes);
        // A variant is a list of its number and the list of its fields.
        decoder.array()?;
        if decoder.u32()? != 0 {
            return Ok(None);
        }
        decoder.array()?;
        decoder.decode().map(Some)
    }
}
