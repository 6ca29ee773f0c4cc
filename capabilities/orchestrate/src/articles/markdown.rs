//! The Markdown of articles: a safe subset of CommonMark, read into blocks. What is not in it is a mistake with its
//! line, so that nothing that a channel cannot show is ever published.

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Parser, Tag, TagEnd};

/// One block of an article, in reading order. Lists are flat: each item knows how deep it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    pub kind: BlockKind,
    pub pieces: Vec<Piece>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// 2 or 3; 1 is the title.
    Heading {
        level: u8,
    },
    Paragraph,
    /// An item of a list; with its number where the list is numbered.
    Item {
        depth: u8,
        number: Option<u64>,
    },
    Quote,
    Code,
}

/// A run of text that looks the same.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Piece {
    pub text: String,
    pub strong: bool,
    pub emphasis: bool,
    pub code: bool,
    /// `https:`, `mailto:`, `tel:`, or `article:` with the name of another article.
    pub link: Option<String>,
}

/// A mistake with its line in the body, from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    pub line: usize,
    pub message: String,
    pub remedy: &'static str,
}

#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub blocks: Vec<Block>,
    pub mistakes: Vec<Mistake>,
    /// Articles it links to, with the line.
    pub articles: Vec<(usize, Box<str>)>,
}

/// What a link may begin with.
const SCHEMES: [&str; 3] = ["https://", "mailto:", "tel:"];
pub(super) const ARTICLE_LINK: &str = "article:";

pub(super) fn parse(text: &str) -> Parsed {
    let mut reader = Reader::default();
    for (event, range) in Parser::new(text).into_offset_iter() {
        let line = 1 + text[..range.start].bytes().filter(|byte| *byte == b'\n').count();
        reader.event(event, line);
    }
    reader.close();
    reader.parsed
}

#[derive(Debug, Default)]
struct Reader {
    parsed: Parsed,
    open: Option<Block>,
    /// The lists around, with the next number of each that is numbered.
    lists: Vec<Option<u64>>,
    quoted: bool,
    strong: bool,
    emphasis: bool,
    link: Option<String>,
}

impl Reader {
    fn event(&mut self, event: Event<'_>, line: usize) {
        match event {
            Event::Start(tag) => self.start(tag, line),
            Event::End(end) => self.end(end),
            Event::Text(text) => self.text(&text, false),
            Event::Code(text) => self.text(&text, true),
            Event::SoftBreak => self.text(" ", false),
            Event::HardBreak => self.text("\n", false),
            Event::Html(_) | Event::InlineHtml(_) => {
                self.mistake(
                    line,
                    "HTML is not shown anywhere",
                    "Write it in Markdown, or escape `<` as `\\<`",
                );
            }
            Event::Rule => self.mistake(line, "a line across is not shown anywhere", "Use a heading"),
            Event::FootnoteReference(_)
            | Event::TaskListMarker(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_) => {
                self.mistake(line, "that is no part of an article", "Write it as text")
            }
        }
    }

    fn start(&mut self, tag: Tag<'_>, line: usize) {
        match tag {
            Tag::Paragraph if self.lists.is_empty() => {
                let kind = if self.quoted { BlockKind::Quote } else { BlockKind::Paragraph };
                self.begin(kind);
            }
            // A paragraph of an item belongs to it.
            Tag::Paragraph => {
                if self.open.as_ref().is_some_and(|open| !open.pieces.is_empty()) {
                    self.text("\n", false);
                }
            }
            Tag::Heading { level, .. } => self.heading(level, line),
            Tag::List(first) => {
                self.close();
                self.lists.push(first);
            }
            Tag::Item => {
                let depth = u8::try_from(self.lists.len().saturating_sub(1)).unwrap_or(u8::MAX);
                let number = self.lists.last_mut().and_then(Option::as_mut).map(|next| {
                    *next += 1;
                    *next - 1
                });
                self.begin(BlockKind::Item { depth, number });
            }
            Tag::BlockQuote(_) => self.quoted = true,
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => self.begin(BlockKind::Code),
            Tag::Strong => self.strong = true,
            Tag::Emphasis => self.emphasis = true,
            Tag::Link { dest_url, .. } => {
                self.check_link(&dest_url, line);
                self.link = Some(dest_url.to_string());
            }
            Tag::Image { .. } => {
                self.mistake(line, "images are not shown on every channel", "Describe it, or link to it");
            }
            // The text of a block of HTML is a mistake of its own.
            Tag::HtmlBlock => {}
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Table(_)
            | Tag::TableHead
            | Tag::TableRow
            | Tag::TableCell
            | Tag::Strikethrough
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => {
                self.mistake(line, "that is no part of an article", "Write it as text or as a list")
            }
        }
    }

    fn heading(&mut self, level: HeadingLevel, line: usize) {
        let level = match level {
            HeadingLevel::H2 => 2,
            HeadingLevel::H3 => 3,
            HeadingLevel::H1 => {
                self.mistake(line, "the title is in the front matter", "Begin headings with `##` or `###`");
                2
            }
            HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => {
                self.mistake(line, "headings are two levels deep", "Begin headings with `##` or `###`");
                3
            }
        };
        self.begin(BlockKind::Heading { level });
    }

    fn end(&mut self, end: TagEnd) {
        match end {
            TagEnd::Paragraph if !self.lists.is_empty() => {}
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::CodeBlock => self.close(),
            TagEnd::List(_) => {
                self.close();
                self.lists.pop();
            }
            TagEnd::BlockQuote(_) => self.quoted = false,
            TagEnd::Strong => self.strong = false,
            TagEnd::Emphasis => self.emphasis = false,
            TagEnd::Link => self.link = None,
            _ => {}
        }
    }

    fn begin(&mut self, kind: BlockKind) {
        self.close();
        self.open = Some(Block { kind, pieces: Vec::new() });
    }

    fn close(&mut self) {
        if let Some(mut block) = self.open.take() {
            if let Some(last) = block.pieces.last_mut() {
                last.text.truncate(last.text.trim_end_matches('\n').len());
            }
            block.pieces.retain(|piece| !piece.text.is_empty());
            self.parsed.blocks.extend((!block.pieces.is_empty()).then_some(block));
        }
    }

    fn text(&mut self, text: &str, code: bool) {
        let Some(open) = &mut self.open else { return };
        let piece = Piece {
            text: text.to_owned(),
            strong: self.strong,
            emphasis: self.emphasis,
            code,
            link: self.link.clone(),
        };
        match open.pieces.last_mut() {
            Some(last)
                if Piece { text: String::new(), ..last.clone() }
                    == Piece { text: String::new(), ..piece.clone() } =>
            {
                last.text.push_str(text);
            }
            Some(_) | None => open.pieces.push(piece),
        }
    }

    fn check_link(&mut self, url: &str, line: usize) {
        if let Some(name) = url.strip_prefix(ARTICLE_LINK) {
            self.parsed.articles.push((line, name.into()));
            return;
        }
        if !SCHEMES.iter().any(|scheme| url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty())) {
            let remedy = "Link to https://…, mailto:…, tel:…, or article: and the name of an article";
            self.mistake(line, &format!("`{url}` is no link that every channel opens"), remedy);
        }
    }

    fn mistake(&mut self, line: usize, message: &str, remedy: &'static str) {
        self.parsed.mistakes.push(Mistake { line, message: message.to_owned(), remedy });
    }
}
