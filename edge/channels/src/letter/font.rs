//! The letters' font: how wide each character is, and the part of it that a document embeds. DejaVu Sans Condensed has
//! Latin, Greek, Cyrillic and more, so that a name is printed as it is written.

use std::collections::BTreeMap;

use subsetter::GlyphRemapper;
use ttf_parser::Face;

static FILE: &[u8] = include_bytes!("../../fonts/DejaVuSansCondensed.ttf");

/// The font, and which of its glyphs a document uses.
pub(super) struct Font {
    face: Face<'static>,
    glyphs: GlyphRemapper,
    /// The character of each glyph used, by its number in the document.
    characters: BTreeMap<u16, char>,
}

/// What a PDF says of a font, in thousandths of its size.
pub(super) struct Metrics {
    pub ascent: f32,
    pub descent: f32,
    pub cap_height: f32,
    pub bbox: [f32; 4],
}

impl Font {
    pub fn new() -> Self {
        let face = Face::parse(FILE, 0).expect("the font is a constant and is tested");
        Self { face, glyphs: GlyphRemapper::new(), characters: BTreeMap::new() }
    }

    /// The first character that the font cannot print.
    pub fn lacks(&self, text: &str) -> Option<char> {
        let prints = |letter: char| letter.is_whitespace() || self.face.glyph_index(letter).is_some();
        text.chars().find(|letter| !prints(*letter))
    }

    /// How wide a text is in points.
    pub fn width(&self, text: &str, size: f32) -> f32 {
        let advance = |letter| {
            let glyph = self.face.glyph_index(letter)?;
            self.face.glyph_hor_advance(glyph).map(f32::from)
        };
        let units: f32 = text.chars().filter_map(advance).sum();
        units * size / f32::from(self.face.units_per_em())
    }

    /// The text as the document's own glyph numbers, two octets each.
    pub fn encode(&mut self, text: &str) -> Vec<u8> {
        let mut encoded = Vec::with_capacity(text.len() * 2);
        for letter in text.chars() {
            let Some(glyph) = self.face.glyph_index(letter) else { continue };
            let own = self.glyphs.remap(glyph.0);
            self.characters.insert(own, letter);
            encoded.extend(own.to_be_bytes());
        }
        encoded
    }

    /// The glyphs used, with the width of each in thousandths and its character.
    pub fn used(&self) -> Vec<(u16, f32, Option<char>)> {
        let scale = 1000.0 / f32::from(self.face.units_per_em());
        let own = |(number, glyph): (usize, u16)| {
            let width = self.face.glyph_hor_advance(ttf_parser::GlyphId(glyph)).unwrap_or_default();
            let number = u16::try_from(number).expect("a font has at most 65,535 glyphs");
            (number, f32::from(width) * scale, self.characters.get(&number).copied())
        };
        self.glyphs.remapped_gids().enumerate().map(own).collect()
    }

    pub fn metrics(&self) -> Metrics {
        let scale = 1000.0 / f32::from(self.face.units_per_em());
        let bbox = self.face.global_bounding_box();
        let scaled = |value: i16| f32::from(value) * scale;
        Metrics {
            ascent: scaled(self.face.ascender()),
            descent: scaled(self.face.descender()),
            cap_height: scaled(self.face.capital_height().unwrap_or_else(|| self.face.ascender())),
            bbox: [bbox.x_min, bbox.y_min, bbox.x_max, bbox.y_max].map(scaled),
        }
    }

    /// The part of the font that the document uses, as a font file.
    pub fn subset(&self) -> Result<Vec<u8>, String> {
        subsetter::subset(FILE, 0, &self.glyphs)
            .map_err(|error| format!("the font cannot be embedded: {error}"))
    }
}
