//! Where everything stands on the paper: DIN 5008, form B, on A4. All measures are in points from the lower left corner.

use model::{Letter, Timestamp};

use super::font::Font;

pub(super) const PAPER: (f32, f32) = (595.28, 841.89);
const MM: f32 = 72.0 / 25.4;
const TEXT_SIZE: f32 = 11.0;
const LINE: f32 = 14.5;
/// The sender's line above the address is small print.
const SENDER_SIZE: f32 = 7.0;
const LEFT: f32 = 25.0 * MM;
const RIGHT: f32 = 20.0 * MM;
/// The address begins below the 17.7 mm for the sender and remarks, in a field that begins 45 mm from the top.
const ADDRESS_TOP: f32 = (45.0 + 17.7) * MM;
const ADDRESS_WIDTH: f32 = 80.0 * MM;
const SUBJECT_TOP: f32 = 103.4 * MM;
const NEXT_PAGE_TOP: f32 = 27.0 * MM;
const BOTTOM: f32 = 25.0 * MM;
/// Where a folding machine and a hole punch look for marks.
const MARKS: [(f32, f32); 3] = [(105.0, 5.0), (148.5, 7.0), (210.0, 5.0)];
/// Longer than this is no letter any more.
pub(super) const PAGES_MAX: usize = 20;

/// A line of text in its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    pub x: f32,
    pub y: f32,
    pub size: f32,
    pub text: String,
}

/// One side of paper.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Page {
    pub lines: Vec<Line>,
    /// From the left edge: height, and length.
    pub marks: Vec<(f32, f32)>,
}

/// What all letters of a brand share.
pub(super) struct Sender<'a> {
    /// Name, street and place.
    pub lines: &'a [String],
}

/// The pages of a letter; on failure, why it cannot be printed.
pub(super) fn pages(
    letter: &Letter,
    text: &str,
    asked: Timestamp,
    sender: &Sender<'_>,
    font: &Font,
) -> Result<Vec<Page>, String> {
    let address = letter.to.lines();
    let all = [&letter.subject, text].into_iter().chain(address.iter().map(String::as_str));
    if let Some(letter) = all.filter_map(|text| font.lacks(text)).next() {
        return Err(format!("the font has no “{letter}” (U+{:04X})", u32::from(letter)));
    }
    let top = |below: f32| PAPER.1 - below;
    let mut first = Page::default();
    for (below, length) in MARKS {
        first.marks.push((top(below * MM), length * MM));
    }
    first.lines.push(Line {
        x: LEFT,
        y: top(ADDRESS_TOP) + 4.0,
        size: SENDER_SIZE,
        text: sender.lines.join(" · "),
    });
    for (place, line) in address.iter().enumerate() {
        // A long line is printed smaller rather than cut: it must be seen whole through the window.
        let width = font.width(line, TEXT_SIZE);
        let size = if width > ADDRESS_WIDTH { TEXT_SIZE * ADDRESS_WIDTH / width } else { TEXT_SIZE };
        let y = top(ADDRESS_TOP) - 13.0 * (place as f32 + 1.0);
        first.lines.push(Line { x: LEFT, y, size, text: line.clone() });
    }
    let date = asked.to_string().chars().take(10).collect::<String>();
    let x = PAPER.0 - RIGHT - font.width(&date, TEXT_SIZE);
    first.lines.push(Line { x, y: top(SUBJECT_TOP) + 2.0 * LINE, size: TEXT_SIZE, text: date });

    let width = PAPER.0 - LEFT - RIGHT;
    let mut pages = vec![first];
    let mut y = top(SUBJECT_TOP);
    let body = wrapped(&letter.subject, width, font).into_iter().chain([String::new(), String::new()]);
    for line in body.chain(wrapped(text, width, font)) {
        if y < BOTTOM {
            pages.push(Page::default());
            y = top(NEXT_PAGE_TOP);
        }
        if !line.is_empty() {
            let page = pages.last_mut().expect("there is always one");
            page.lines.push(Line { x: LEFT, y, size: TEXT_SIZE, text: line });
        }
        y -= LINE;
    }
    if pages.len() > PAGES_MAX {
        return Err(format!("it has {} pages; at most {PAGES_MAX} are printed", pages.len()));
    }
    number(&mut pages, font);
    Ok(pages)
}

/// Numbers the pages, where there are several.
fn number(pages: &mut [Page], font: &Font) {
    let count = pages.len();
    for (place, page) in pages.iter_mut().enumerate().filter(|_| count > 1) {
        let text = format!("{} / {count}", place + 1);
        let x = PAPER.0 - RIGHT - font.width(&text, TEXT_SIZE);
        page.lines.push(Line { x, y: BOTTOM - 2.0 * LINE, size: TEXT_SIZE, text });
    }
}

/// The text in lines no wider than `width`; what has no space is cut.
fn wrapped(text: &str, width: f32, font: &Font) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_whitespace() {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if font.width(&longer, TEXT_SIZE) <= width {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for letter in word.chars() {
                line.push(letter);
                if font.width(&line, TEXT_SIZE) > width {
                    let last = line.pop();
                    lines.push(std::mem::take(&mut line));
                    line.extend(last);
                }
            }
        }
        lines.push(line);
    }
    lines
}
