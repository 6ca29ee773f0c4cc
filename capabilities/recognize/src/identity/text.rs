//! An identifier's value in 24 bytes: most anonymous ids are UUIDs, most others are short.

use std::borrow::Cow;
use std::fmt::Write;

use minicbor::decode::Error;
use minicbor::{Decode, Decoder, Encode, Encoder};

const INLINE_BYTES: usize = 22;

/// A text, packed. The same text always packs the same way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// The key it was sealed under is destroyed.
    Erased,
    Uuid([u8; 16]),
    Inline(u8, [u8; INLINE_BYTES]),
    Long(Box<str>),
}

impl Text {
    pub fn pack(text: &str) -> Self {
        if let Some(uuid) = uuid(text) {
            return Self::Uuid(uuid);
        }
        let mut bytes = [0; INLINE_BYTES];
        match bytes.get_mut(..text.len()) {
            Some(slot) => {
                slot.copy_from_slice(text.as_bytes());
                Self::Inline(text.len() as u8, bytes)
            }
            None => Self::Long(text.into()),
        }
    }

    pub fn unpack(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Erased => None,
            Self::Uuid(bytes) => Some(Cow::Owned(hyphenated(bytes))),
            Self::Inline(length, bytes) => Some(String::from_utf8_lossy(&bytes[..usize::from(*length)])),
            Self::Long(text) => Some(Cow::Borrowed(text)),
        }
    }
}

/// The bytes of a UUID in its one canonical text form, lower case with hyphens.
fn uuid(text: &str) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let mut bytes = [0; 16];
    let mut at = 0;
    for (index, byte) in bytes.iter_mut().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            if text[at] != b'-' {
                return None;
            }
            at += 1;
        }
        *byte = digit(text[at])? << 4 | digit(text[at + 1])?;
        at += 2;
    }
    Some(bytes)
}

fn hyphenated(bytes: &[u8; 16]) -> String {
    let mut text = String::with_capacity(36);
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        write!(text, "{byte:02x}").expect("writing into a string cannot fail");
    }
    text
}

impl<C> Encode<C> for Text {
    fn encode<W: minicbor::encode::Write>(
        &self,
        e: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        match self {
            Self::Erased => e.null()?.ok(),
            Self::Uuid(bytes) => e.bytes(bytes)?.ok(),
            Self::Inline(..) | Self::Long(_) => e.str(&self.unpack().unwrap_or_default())?.ok(),
        }
    }
}

impl<'b, C> Decode<'b, C> for Text {
    fn decode(d: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        match d.datatype()? {
            minicbor::data::Type::Null => d.null().map(|()| Self::Erased),
            minicbor::data::Type::Bytes => {
                d.bytes()?.try_into().map(Self::Uuid).map_err(|_| Error::message("a UUID has 16 bytes"))
            }
            _ => d.str().map(Self::pack),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_comes_back() {
        for text in [
            "",
            "u-1",
            "exactly-22-bytes-long.",
            "twenty-three-bytes-long",
            "6f1d3c2a-0000-4abc-9def-0123456789ab",
            "6F1D3C2A-0000-4abc-9def-0123456789ab",
            "6f1d3c2a-0000-4abc-9def-0123456789a€",
        ] {
            let packed = Text::pack(text);
            assert_eq!(packed.unpack().as_deref(), Some(text));
            assert_eq!(minicbor::decode::<Text>(&minicbor::to_vec(&packed).unwrap()).unwrap(), packed);
        }
        assert_eq!(size_of::<Text>(), 24);
        assert_eq!(Text::Erased.unpack(), None);
    }
}
