//! Text messages: the alphabets they are written in, and into how many parts they are cut. What a message will cost is
//! counted with the same code that cuts it.
//!
//! GSM 7-bit is the default alphabet of 3GPP TS 23.038, one character per octet as SMPP carries it; what it lacks
//! goes out in UCS-2 (UTF-16). Typographic marks that would force a whole message into UCS-2 are written plainly.

use serde::{Deserialize, Serialize};

/// The default alphabet in the order of its codes.
const GSM: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞ\u{1b}ÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// The extension table: each costs two characters.
const EXTENSION: [(char, u8); 10] = [
    ('\u{c}', 0x0a),
    ('^', 0x14),
    ('{', 0x28),
    ('}', 0x29),
    ('\\', 0x2f),
    ('[', 0x3c),
    ('~', 0x3d),
    (']', 0x3e),
    ('|', 0x40),
    ('€', 0x65),
];
const ESCAPE: u8 = 0x1b;
/// Typographic marks and their plain forms.
const PLAIN: [(char, &str); 12] = [
    ('“', "\""),
    ('”', "\""),
    ('„', "\""),
    ('‘', "'"),
    ('’', "'"),
    ('‚', "'"),
    ('–', "-"),
    ('—', "-"),
    ('…', "..."),
    ('\u{a0}', " "),
    ('\u{202f}', " "),
    ('\u{2011}', "-"),
];
/// More parts than this are no text message any more; carriers refuse them.
pub const PARTS_MAX: usize = 10;

/// What a carrier takes data coding 0 to mean. Carriers differ, so it is a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Alphabet {
    /// GSM 7-bit, one character per octet.
    #[default]
    Gsm7,
    /// ISO 8859-1, said by data coding 3.
    Latin1,
    /// Everything in UCS-2.
    Ucs2,
}

/// How one message is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Encoding {
    Gsm7,
    Latin1,
    Ucs2,
}

/// A message cut into parts, each as its octets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub encoding: Encoding,
    pub parts: Vec<Vec<u8>>,
}

impl Encoding {
    pub fn data_coding(self) -> u8 {
        match self {
            Self::Gsm7 => 0,
            Self::Latin1 => 3,
            Self::Ucs2 => 8,
        }
    }

    /// Octets of a message alone, and of each part of several (the rest is the header that joins them).
    fn octets(self) -> (usize, usize) {
        match self {
            Self::Gsm7 => (160, 153),
            Self::Latin1 => (140, 134),
            Self::Ucs2 => (140, 134),
        }
    }

    /// One character, where the encoding has it.
    fn character(self, letter: char) -> Option<Vec<u8>> {
        match self {
            Self::Gsm7 => gsm(letter),
            Self::Latin1 => u8::try_from(letter).ok().map(|octet| vec![octet]),
            Self::Ucs2 => {
                let mut units = [0; 2];
                Some(letter.encode_utf16(&mut units).iter().flat_map(|unit| unit.to_be_bytes()).collect())
            }
        }
    }

    fn write(self, text: &str) -> Option<Vec<Vec<u8>>> {
        text.chars().map(|letter| self.character(letter)).collect()
    }
}

/// Writes a text in the shortest way the carrier's alphabet allows.
pub fn write(text: &str, alphabet: Alphabet) -> Written {
    let first = match alphabet {
        Alphabet::Gsm7 => Encoding::Gsm7,
        Alphabet::Latin1 => Encoding::Latin1,
        Alphabet::Ucs2 => Encoding::Ucs2,
    };
    let plain = || first.write(&plainly(text));
    let (encoding, characters) = match first.write(text).or_else(plain) {
        Some(characters) => (first, characters),
        None => (Encoding::Ucs2, Encoding::Ucs2.write(text).expect("UCS-2 has every character")),
    };
    Written { encoding, parts: cut(&characters, encoding) }
}

/// Reads a message's octets. Codings 0 and 1 mean whatever the carrier takes for its default.
pub fn read(octets: &[u8], data_coding: u8, alphabet: Alphabet) -> String {
    let utf16 = |octets: &[u8]| {
        let units: Vec<u16> =
            octets.chunks_exact(2).map(|pair| u16::from_be_bytes([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    // Message classes (0xf0 and the like) keep the alphabet in two bits of their own.
    let coding = if data_coding >= 0x10 { data_coding & 0x0c } else { data_coding };
    match (coding, alphabet) {
        (8, _) => utf16(octets),
        (3, _) | (0 | 1, Alphabet::Latin1) => octets.iter().map(|octet| char::from(*octet)).collect(),
        _ => read_gsm(octets),
    }
}

/// Cuts between characters, so that neither an escape nor a surrogate pair is torn apart.
fn cut(characters: &[Vec<u8>], encoding: Encoding) -> Vec<Vec<u8>> {
    let (alone, joined) = encoding.octets();
    if characters.iter().map(Vec::len).sum::<usize>() <= alone {
        return vec![characters.concat()];
    }
    let mut parts = vec![Vec::with_capacity(joined)];
    for character in characters {
        if parts.last().is_some_and(|part| part.len() + character.len() > joined) {
            parts.push(Vec::with_capacity(joined));
        }
        parts.last_mut().expect("there is always one").extend_from_slice(character);
    }
    parts
}

fn plainly(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match PLAIN.iter().find(|(mark, _)| *mark == letter) {
            Some((_, form)) => plain.push_str(form),
            None => plain.push(letter),
        }
    }
    plain
}

fn gsm(letter: char) -> Option<Vec<u8>> {
    if letter == char::from(ESCAPE) {
        return None;
    }
    let code = GSM.chars().position(|own| own == letter).and_then(|code| u8::try_from(code).ok());
    let extended = || EXTENSION.iter().find(|(own, _)| *own == letter).map(|(_, code)| vec![ESCAPE, *code]);
    code.map(|code| vec![code]).or_else(extended)
}

fn read_gsm(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len());
    let mut rest = octets.iter().map(|octet| octet & 0x7f);
    while let Some(octet) = rest.next() {
        if octet == ESCAPE {
            let code = rest.next();
            text.extend(EXTENSION.iter().find(|(_, own)| Some(*own) == code).map(|(letter, _)| *letter));
        } else {
            text.extend(GSM.chars().nth(usize::from(octet)));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_alphabet_is_whole_and_reads_back() {
        assert_eq!(GSM.chars().count(), 128);
        assert_eq!(gsm('@'), Some(vec![0]));
        assert_eq!(gsm('ü'), Some(vec![0x7e]));
        assert_eq!(gsm('à'), Some(vec![0x7f]));
        assert_eq!(gsm('Ä'), Some(vec![0x5b]));
        assert_eq!(gsm('€'), Some(vec![ESCAPE, 0x65]));
        let text: String =
            GSM.chars().filter(|letter| *letter != '\u{1b}').collect::<String>() + "^{}\\[~]|€";
        let written = write(&text, Alphabet::Gsm7);
        assert_eq!(read(&written.parts.concat(), 0, Alphabet::Gsm7), text);
    }

    #[test]
    fn texts_are_cut_where_the_carrier_cuts_them() {
        for (text, encoding, lengths) in [
            ("a".repeat(160), Encoding::Gsm7, vec![160]),
            ("a".repeat(161), Encoding::Gsm7, vec![153, 8]),
            ("€".repeat(80), Encoding::Gsm7, vec![160]),
            // An escape does not fit into the last octet of a part.
            ("€".repeat(81), Encoding::Gsm7, vec![152, 10]),
            ("ж".repeat(70), Encoding::Ucs2, vec![140]),
            ("ж".repeat(71), Encoding::Ucs2, vec![134, 8]),
            (format!("{}😀b", "ж".repeat(69)), Encoding::Ucs2, vec![134, 10]),
            (format!("{}😀{}", "ж".repeat(66), "ж".repeat(9)), Encoding::Ucs2, vec![132, 22]),
            ("“It’s 5–6 m…”".into(), Encoding::Gsm7, vec![15]),
            ("“ж”".into(), Encoding::Ucs2, vec![6]),
        ] {
            let written = write(&text, Alphabet::Gsm7);
            let found: Vec<usize> = written.parts.iter().map(Vec::len).collect();
            assert_eq!((written.encoding, found), (encoding, lengths), "{text}");
        }
    }

    #[test]
    fn each_carrier_has_its_own_alphabet() {
        let written = write("héllo ñ", Alphabet::Latin1);
        assert_eq!((written.encoding, written.encoding.data_coding()), (Encoding::Latin1, 3));
        assert_eq!(read(&written.parts[0], 0, Alphabet::Latin1), "héllo ñ");
        assert_eq!(write("€", Alphabet::Latin1).encoding, Encoding::Ucs2);
        assert_eq!(write("a", Alphabet::Ucs2).parts, [vec![0, b'a']]);
        assert_eq!(read(&[0xd8, 0x3d, 0xde, 0x00], 8, Alphabet::Gsm7), "😀");
        assert_eq!(read(b"hi", 0xf1, Alphabet::Gsm7), "hi");
    }
}
