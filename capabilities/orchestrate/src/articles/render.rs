//! An article in the words of each channel: Markdown that a chat window shows, plain text with links for mail, title
//! and summary for a text message.

use super::ArticleText;
use crate::media;
use model::Channel;

use super::markdown::{ARTICLE_LINK, Block, BlockKind, Piece};

/// Characters of an article in a chat window; whole blocks beyond it are left out.
const CHAT_CHARS_MAX: usize = 1_200;
/// Characters of a text message that fit into two parts of the usual alphabet.
const SHORT_CHARS_MAX: usize = 306;
const CUT: char = '…';

impl ArticleText {
    /// The words that go out on a channel.
    pub fn on(&self, channel: &Channel) -> String {
        (media::of(channel).article)(self)
    }

    /// For a chat window, in Markdown: the title, and as many blocks as are read in one go.
    pub fn chat(&self) -> String {
        let mut text = format!("**{}**", escaped(&self.title));
        let mut item_before = false;
        for block in &self.blocks {
            let is_item = matches!(block.kind, BlockKind::Item { .. });
            let break_before = if is_item && item_before { "\n" } else { "\n\n" };
            let written = written(block, marked);
            if text.chars().count() + written.chars().count() > CHAT_CHARS_MAX {
                text.push_str("\n\n");
                text.push(CUT);
                break;
            }
            text.push_str(break_before);
            text.push_str(&written);
            item_before = is_item;
        }
        text
    }

    /// For a mail: plain text, with the addresses of links behind their words.
    pub fn mail(&self) -> String {
        self.plain()
    }

    /// For every channel that takes plain text.
    pub fn plain(&self) -> String {
        let mut text = self.title.to_string();
        let mut item_before = false;
        for block in &self.blocks {
            let is_item = matches!(block.kind, BlockKind::Item { .. });
            text.push_str(if is_item && item_before { "\n" } else { "\n\n" });
            text.push_str(&written(block, plain));
            item_before = is_item;
        }
        text
    }

    /// For a text message: title and summary.
    pub fn short(&self) -> String {
        let text = format!("{}: {}", self.title, self.summary);
        if text.chars().count() <= SHORT_CHARS_MAX {
            return text;
        }
        // The ellipsis would change the alphabet and halve what fits; three points do not.
        let kept: String = text.chars().take(SHORT_CHARS_MAX - 3).collect();
        let whole = kept.rfind(' ').unwrap_or(kept.len());
        format!("{}...", &kept[..whole])
    }

    /// Everything that is said, for a search: one line for each block.
    pub fn words(&self) -> String {
        let line = |block: &Block| block.pieces.iter().map(|piece| piece.text.as_str()).collect::<String>();
        self.blocks.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

fn written(block: &Block, piece: fn(&Piece, BlockKind) -> String) -> String {
    let line: String = block.pieces.iter().map(|own| piece(own, block.kind)).collect();
    match block.kind {
        BlockKind::Heading { .. } | BlockKind::Paragraph | BlockKind::Code => line,
        BlockKind::Item { depth, number } => {
            let mark = number.map_or_else(|| "-".to_owned(), |number| format!("{number}."));
            format!("{}{mark} {}", "  ".repeat(usize::from(depth)), line.replace('\n', " "))
        }
        BlockKind::Quote => line.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n"),
    }
}

/// Markdown that the chat window reads: bold, italics, code and links.
fn marked(piece: &Piece, kind: BlockKind) -> String {
    let code = piece.code || kind == BlockKind::Code;
    let strong = piece.strong || matches!(kind, BlockKind::Heading { .. });
    let mut text = if code { format!("`{}`", piece.text) } else { escaped(&piece.text) };
    if piece.emphasis {
        text = format!("*{text}*");
    }
    if strong {
        text = format!("**{text}**");
    }
    match piece.link.as_deref().filter(|link| !link.starts_with(ARTICLE_LINK)) {
        Some(link) => format!("[{text}]({})", link.replace('(', "%28").replace(')', "%29")),
        None => text,
    }
}

fn plain(piece: &Piece, _: BlockKind) -> String {
    match piece.link.as_deref().filter(|link| !link.starts_with(ARTICLE_LINK)) {
        Some(link) => {
            let bare = link.trim_start_matches("mailto:").trim_start_matches("tel:");
            if bare == piece.text { piece.text.clone() } else { format!("{} ({bare})", piece.text) }
        }
        None => piece.text.clone(),
    }
}

/// Text in which no sign means anything else.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        if "\\*`[]".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}
