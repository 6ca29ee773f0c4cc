//! The words of a message: written where it is sent, or a content of the catalogue.

use model::{Channel, HeldReason, Purpose};

use crate::compiler::Compiler;
use crate::content::{Rendering, Written};
use crate::outlet::Outlet;
use crate::sight::Facts;
use crate::text::Text;
use crate::walk::Walk;

/// Where the words come from.
#[derive(Debug)]
pub(crate) enum Wording {
    Here { subject: Option<Text>, text: Text },
    Content(Rendering),
}

/// The same as an author says it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct WordingFields<'a> {
    pub subject: Option<&'a str>,
    pub text: Option<&'a str>,
    pub content: Option<&'a str>,
}

impl Compiler<'_> {
    /// Reads the words of a message that goes out by `outlet`; `place` is where it stands, such as `pick_up`.
    pub fn wording(&mut self, place: &str, fields: WordingFields<'_>, outlet: &Outlet) -> Option<Wording> {
        let at = |field: &str| format!("{place}.{field}");
        let subject = fields.subject.map(|subject| self.text(&at("subject"), subject));
        match (fields.text, fields.content) {
            (Some(text), None) => {
                let text = self.text(&at("text"), text);
                let subject = match subject {
                    Some(subject) => Some(subject?),
                    None => None,
                };
                Some(Wording::Here { subject, text: text? })
            }
            (None, Some(name)) => {
                if subject.is_some() {
                    self.problem(&at("subject"), "the content has its own subject", "Delete it here");
                }
                self.content(&at("content"), name, outlet.named()).map(Wording::Content)
            }
            (Some(_), Some(_)) => {
                self.problem(&at("content"), "there is a `text`, too", "Keep one of the two");
                None
            }
            (None, None) => {
                let remedy = "Write `text`, or name a `content`";
                self.problem(&at("text"), "the message says nothing", remedy);
                None
            }
        }
    }
}

impl Wording {
    /// The words for the customer of a run on a channel; on failure, what is missing or does not fit.
    pub fn write(&self, walk: &Walk<'_>, channel: &Channel, facts: &Facts) -> Result<Written, String> {
        let written = match self {
            Self::Here { subject, text } => {
                let text = walk.write_with(text, facts)?;
                let subject = subject.as_ref().map(|subject| walk.write_with(subject, facts)).transpose()?;
                Written { subject, text, html: None }
            }
            Self::Content(content) => content.write(walk, channel, facts)?,
        };
        walk.journeys.channels.fits(channel, &written.text)?;
        Ok(written)
    }

    /// Whether the words for a channel name any of these.
    pub fn reads_any(&self, walk: &Walk<'_>, channel: &Channel, names: &[&str]) -> bool {
        match self {
            Self::Here { text, .. } => text.reads_any(names),
            Self::Content(content) => content.reads_any(walk, channel, names),
        }
    }
}

impl Walk<'_> {
    /// What a message says where it cannot be written: the reason is noted, and `otherwise` is said.
    pub fn written_or(
        &mut self,
        written: Result<Written, String>,
        channel: &Channel,
        purpose: Purpose,
        otherwise: &str,
    ) -> Written {
        written.unwrap_or_else(|detail| {
            self.held(channel, purpose, HeldReason::TextIncomplete { detail: detail.into() });
            Written { text: otherwise.to_owned(), ..Written::default() }
        })
    }
}
