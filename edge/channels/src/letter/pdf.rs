//! The pages as a PDF that prints the same everywhere: its font is in it. The same letter gives the same bytes.

use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::font::Font;
use super::layout::{PAPER, Page};

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const FONT: Ref = Ref::new(3);
const CID_FONT: Ref = Ref::new(4);
const DESCRIPTOR: Ref = Ref::new(5);
const TO_UNICODE: Ref = Ref::new(6);
const FILE: Ref = Ref::new(7);
const INFO: Ref = Ref::new(8);
/// Pages and their contents follow.
const FIRST_PAGE: i32 = 10;
const RESOURCE: Name<'static> = Name(b"F1");
/// Six letters name the subset, as PDF wants it.
const FONT_NAME: Name<'static> = Name(b"LETTER+DejaVuSansCondensed");

/// The document's bytes.
pub(super) fn write(pages: &[Page], title: &str, mut font: Font) -> Result<Vec<u8>, String> {
    let mut pdf = Pdf::new();
    pdf.catalog(CATALOG).pages(PAGES);
    pdf.document_info(INFO).title(TextStr(title));
    let count = i32::try_from(pages.len()).map_err(|_| "it has too many pages".to_owned())?;
    let page_ids: Vec<Ref> = (0..count).map(|place| Ref::new(FIRST_PAGE + 2 * place)).collect();
    let content_of = |page: Ref| Ref::new(page.get() + 1);
    pdf.pages(PAGES).kids(page_ids.iter().copied()).count(count);
    for (page, id) in pages.iter().zip(&page_ids) {
        let mut own = pdf.page(*id);
        own.media_box(Rect::new(0.0, 0.0, PAPER.0, PAPER.1)).parent(PAGES).contents(content_of(*id));
        own.resources().fonts().pair(RESOURCE, FONT);
        own.finish();
        pdf.stream(content_of(*id), &drawn(page, &mut font));
    }
    embed(&mut pdf, &font)?;
    Ok(pdf.finish())
}

fn drawn(page: &Page, font: &mut Font) -> Vec<u8> {
    let mut content = Content::new();
    content.set_line_width(0.3);
    for (y, length) in &page.marks {
        content.move_to(0.0, *y).line_to(*length, *y).stroke();
    }
    for line in &page.lines {
        content.begin_text().set_font(RESOURCE, line.size);
        content.set_text_matrix([1.0, 0.0, 0.0, 1.0, line.x, line.y]);
        content.show(Str(&font.encode(&line.text))).end_text();
    }
    content.finish().to_vec()
}

/// The font of the document: its glyphs, their widths, and what each means, so that the text can be copied.
fn embed(pdf: &mut Pdf, font: &Font) -> Result<(), String> {
    let system = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };
    pdf.type0_font(FONT)
        .base_font(FONT_NAME)
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(CID_FONT)
        .to_unicode(TO_UNICODE);
    let used = font.used();
    let mut cid = pdf.cid_font(CID_FONT);
    cid.subtype(CidFontType::Type2).base_font(FONT_NAME).system_info(system).font_descriptor(DESCRIPTOR);
    cid.default_width(0.0).cid_to_gid_map_predefined(Name(b"Identity"));
    cid.widths().consecutive(0, used.iter().map(|(_, width, _)| *width));
    cid.finish();
    let metrics = font.metrics();
    let [left, bottom, right, top] = metrics.bbox;
    pdf.font_descriptor(DESCRIPTOR)
        .name(FONT_NAME)
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(left, bottom, right, top))
        .italic_angle(0.0)
        .ascent(metrics.ascent)
        .descent(metrics.descent)
        .cap_height(metrics.cap_height)
        .stem_v(80.0)
        .font_file2(FILE);
    let system = SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"UCS"), supplement: 0 };
    let mut meanings = UnicodeCmap::new(Name(b"Letters"), system);
    for (glyph, _, letter) in &used {
        if let Some(letter) = letter {
            meanings.pair(*glyph, *letter);
        }
    }
    pdf.cmap(TO_UNICODE, &meanings.finish());
    let file = font.subset()?;
    let mut stream = pdf.stream(FILE, &file);
    stream.pair(Name(b"Length1"), i32::try_from(file.len()).map_err(|_| "the font is too long".to_owned())?);
    Ok(())
}
