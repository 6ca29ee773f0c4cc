//! Canned answers: texts with fields, and what is done besides, from `canned/*.yaml`.

use minijinja::Environment as Templates;
use model::{CatalogueFile, Priority, Span};
use rules::Environment;
use serde::{Deserialize, Serialize};

use crate::compiler::Compiler;
use crate::sight::{Facts, Names, Sight};
use crate::text::Text;

pub(crate) const FOLDER: &str = "canned/";

/// An answer that agents give often.
#[derive(Debug, Clone)]
pub(crate) struct Canned {
    pub name: Box<str>,
    pub title: Box<str>,
    pub text: Option<Text>,
    pub actions: Vec<MacroAction>,
}

/// One thing a macro does besides writing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MacroAction {
    Priority(Priority),
    Queue(Box<str>),
    Snooze(Span),
    Note(Box<str>),
    /// Closes with this outcome.
    Close(Box<str>),
}

/// An answer written for one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CannedAnswer {
    pub name: String,
    pub title: String,
    /// None for a macro without words; where a field has no value, what is missing.
    pub text: Option<Result<String, String>>,
    pub actions: Vec<MacroAction>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Box<str>,
    title: Box<str>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default)]
    actions: Vec<MacroAction>,
}

impl Canned {
    pub(crate) fn compile(file: &CatalogueFile, compiler: &mut Compiler<'_>) -> Option<Self> {
        let remedy = "Write `name`, `title`, `text` and `actions`: priority, queue, snooze, note or close";
        let read: File =
            files::read_said(file, remedy).map_err(|problem| compiler.problems.push(problem)).ok()?;
        if read.text.is_none() && read.actions.is_empty() {
            compiler.problem("", "it says nothing and does nothing", remedy);
        }
        for (place, action) in read.actions.iter().enumerate() {
            match action {
                MacroAction::Queue(queue) if !compiler.queues.contains_key(queue) => {
                    let known: Vec<&str> = compiler.queues.keys().map(|name| &**name).collect();
                    let remedy = format!("Name one of: {}", known.join(", "));
                    compiler.problem(
                        &format!("actions.{place}"),
                        format!("there is no queue `{queue}`"),
                        remedy,
                    );
                }
                MacroAction::Snooze(span) => compiler.positive(&format!("actions.{place}"), *span),
                MacroAction::Queue(_)
                | MacroAction::Priority(_)
                | MacroAction::Note(_)
                | MacroAction::Close(_) => {}
            }
        }
        let text = read.text.as_ref().and_then(|text| compiler.text("text", text));
        Some(Self { name: read.name, title: read.title, text, actions: read.actions })
    }

    pub(crate) fn write(
        &self,
        templates: &Templates<'static>,
        names: &Names,
        outer: &dyn Environment,
    ) -> CannedAnswer {
        let facts = Facts::default();
        let sight = Sight { outer, names, slots: &[], entry: &[], event: None, facts: &facts };
        CannedAnswer {
            name: self.name.to_string(),
            title: self.title.to_string(),
            text: self.text.as_ref().map(|text| text.write(templates, &sight)),
            actions: self.actions.clone(),
        }
    }
}
