//! 128-bit hashes as 16 bytes.

use minicbor::decode::Error;
use minicbor::{Decoder, Encoder};

pub fn encode<C, W: minicbor::encode::Write>(
    hash: &u128,
    e: &mut Encoder<W>,
    _: &mut C,
) -> Result<(), minicbor::encode::Error<W::Error>> {
    e.bytes(&hash.to_be_bytes())?.ok()
}

pub fn decode<C>(d: &mut Decoder<'_>, _: &mut C) -> Result<u128, Error> {
    let bytes = d.bytes()?.try_into().map_err(|_| Error::message("a hash has 16 bytes"))?;
    Ok(u128::from_be_bytes(bytes))
}
