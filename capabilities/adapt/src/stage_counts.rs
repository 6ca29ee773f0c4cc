//! A number for each stage of the funnel.

use minicbor::data::Type;
use minicbor::encode::{Error as NotEncoded, Write};
use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::funnel::FunnelStage;

/// Kept in place: they are counted up for every candidate of every choice. Stored as a map of those that are not zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StageCounts([u64; FunnelStage::ALL.len()]);

impl StageCounts {
    pub fn of(&self, stage: FunnelStage) -> u64 {
        self.0[stage as usize]
    }

    /// Those that are not zero, in the order of stages.
    pub fn iter(&self) -> impl Iterator<Item = (FunnelStage, u64)> {
        FunnelStage::ALL.into_iter().zip(self.0).filter(|(_, count)| *count > 0)
    }

    pub(crate) fn add(&mut self, stage: FunnelStage) {
        self.0[stage as usize] += 1;
    }

    /// One less; of none there is none less.
    pub(crate) fn take_off(&mut self, stage: FunnelStage) {
        let count = &mut self.0[stage as usize];
        *count = count.saturating_sub(1);
    }
}

impl<C> Encode<C> for StageCounts {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        context: &mut C,
    ) -> Result<(), NotEncoded<W::Error>> {
        encoder.map(self.iter().count() as u64)?;
        for (stage, count) in self.iter() {
            encoder.encode_with(stage, context)?.u64(count)?;
        }
        Ok(())
    }
}

impl<'b, C> Decode<'b, C> for StageCounts {
    /// Stages were once written by their names.
    fn decode(decoder: &mut Decoder<'b>, context: &mut C) -> Result<Self, minicbor::decode::Error> {
        let unknown = || minicbor::decode::Error::message("no stage of the funnel");
        let mut counts = Self::default();
        let entries = decoder.map()?.ok_or_else(unknown)?;
        for _ in 0..entries {
            let stage = match decoder.datatype()? {
                Type::String => {
                    let name = decoder.str()?;
                    FunnelStage::ALL.into_iter().find(|stage| stage.name() == name).ok_or_else(unknown)?
                }
                _ => decoder.decode_with(context)?,
            };
            counts.0[stage as usize] = decoder.u64()?;
        }
        Ok(counts)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn counts_come_back_as_they_were_and_those_written_by_name_too() {
        let mut counts = StageCounts::default();
        counts.add(FunnelStage::Total);
        counts.add(FunnelStage::Total);
        counts.add(FunnelStage::Chosen);
        counts.take_off(FunnelStage::Validity);
        let stored = minicbor::to_vec(counts).unwrap();
        assert_eq!(minicbor::decode::<StageCounts>(&stored).unwrap(), counts);
        let named = minicbor::to_vec(BTreeMap::from([("total", 2u64), ("chosen", 1)])).unwrap();
        assert_eq!(minicbor::decode::<StageCounts>(&named).unwrap(), counts);
        let strange = minicbor::to_vec(BTreeMap::from([("nowhere", 2u64)])).unwrap();
        assert!(minicbor::decode::<StageCounts>(&strange).is_err());
    }
}
