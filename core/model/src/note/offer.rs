//! What a decision among offers noted of each, and what customers do with them.

use std::fmt;

use minicbor::bytes::ByteVec;
use minicbor::data::Type;
use minicbor::{Decode, Decoder, Encode, Encoder};
use serde::{Deserialize, Serialize, Serializer};

/// One offer that was weighed.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OfferCandidate<'a> {
    pub offer: &'a str,
    /// Propensity × value × lever; none for one that fell out before.
    pub score: Option<f64>,
    /// Where it fell out.
    pub stage: Option<&'a str>,
    /// Why.
    pub reason: Option<&'a str>,
}

/// The offers that were weighed, the best first. Every decision keeps them, so they are packed: one piece of memory, in
/// which a stage or reason that comes again is the number of the one that came before.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct OfferCandidates(ByteVec);

impl OfferCandidates {
    pub fn iter(&self) -> impl Iterator<Item = OfferCandidate<'_>> {
        let (mut packed, mut told) = (Decoder::new(&self.0), Vec::new());
        std::iter::from_fn(move || unpack(&mut packed, &mut told).ok())
    }

    pub fn len(&self) -> usize {
        self.iter().count()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'a> FromIterator<OfferCandidate<'a>> for OfferCandidates {
    fn from_iter<I: IntoIterator<Item = OfferCandidate<'a>>>(candidates: I) -> Self {
        let candidates = candidates.into_iter();
        let room = Vec::with_capacity(candidates.size_hint().0 * CANDIDATE_BYTES);
        let (mut packed, mut told) = (Encoder::new(room), Vec::new());
        for OfferCandidate { offer, score, stage, reason } in candidates {
            packed.str(offer).and_then(|to| to.encode(score)).expect(FITS);
            tell(&mut packed, &mut told, stage);
            tell(&mut packed, &mut told, reason);
        }
        Self(packed.into_writer().into())
    }
}

impl fmt::Debug for OfferCandidates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl Serialize for OfferCandidates {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

/// About as long as a candidate becomes: its name, its score, and the numbers of a stage and a reason.
const CANDIDATE_BYTES: usize = 24;

const FITS: &str = "encoding into memory cannot fail";

fn tell<'a>(packed: &mut Encoder<Vec<u8>>, told: &mut Vec<&'a str>, text: Option<&'a str>) {
    let Some(text) = text else {
        packed.null().expect(FITS);
        return;
    };
    match told.iter().position(|before| *before == text) {
        Some(number) => packed.u32(number as u32).expect(FITS),
        None => {
            told.push(text);
            packed.str(text).expect(FITS)
        }
    };
}

fn unpack<'a>(
    packed: &mut Decoder<'a>,
    told: &mut Vec<&'a str>,
) -> Result<OfferCandidate<'a>, minicbor::decode::Error> {
    let (offer, score) = (packed.str()?, packed.decode()?);
    let mut text = || {
        Ok(match packed.datatype()? {
            Type::Null => {
                packed.null()?;
                None
            }
            Type::String => {
                let text = packed.str()?;
                told.push(text);
                Some(text)
            }
            _ => told.get(packed.u32()? as usize).copied(),
        })
    };
    let (stage, reason) = (text()?, text()?);
    Ok(OfferCandidate { offer, score, stage, reason })
}

/// What a customer did with an offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode, Serialize, Deserialize)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum OfferResponse {
    #[n(0)]
    Shown,
    #[n(1)]
    Clicked,
    #[n(2)]
    Accepted,
    #[n(3)]
    Declined,
}

impl OfferResponse {
    /// What the event of this name says about an offer.
    pub fn of_event(name: &str) -> Option<Self> {
        match name {
            "Offer Shown" => Some(Self::Shown),
            "Offer Clicked" => Some(Self::Clicked),
            "Offer Accepted" => Some(Self::Accepted),
            "Offer Declined" => Some(Self::Declined),
            _ => None,
        }
    }
}

impl fmt::Display for OfferResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Shown => "shown",
            Self::Clicked => "clicked",
            Self::Accepted => "accepted",
            Self::Declined => "declined",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates_come_back_as_they_were_and_say_a_reason_once() {
        let fallen = |offer| OfferCandidate {
            offer,
            score: None,
            stage: Some("eligibility"),
            reason: Some("`count(\"Order Completed\") >= 1` does not hold"),
        };
        let best = OfferCandidate { offer: "lamp", score: Some(1.5), stage: None, reason: None };
        let all = [best, fallen("care"), fallen("welcome")];
        let packed: OfferCandidates = all.into_iter().collect();
        assert_eq!(packed.iter().collect::<Vec<_>>(), all);
        assert_eq!(packed.len(), 3);
        let text = String::from_utf8_lossy(&packed.0);
        assert_eq!(text.matches("does not hold").count(), 1);
        let encoded = minicbor::to_vec(&packed).expect("it can be encoded");
        assert_eq!(minicbor::decode::<OfferCandidates>(&encoded).expect("it can be decoded"), packed);
    }
}
