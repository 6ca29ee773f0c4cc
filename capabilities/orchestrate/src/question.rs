//! The question that a run has open, for a touchpoint that puts it in a form of its own.

use model::{Channel, ConversationId, RunId};
use rules::Environment;

use crate::progress::{Progress, Run, WaitingFor};
use crate::sight::{Facts, Sight};
use crate::versions::Versions;

/// A question that waits for its answer, which may be given on any channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenQuestion {
    pub run: RunId,
    pub slot: Box<str>,
    /// What it is called in "questions left".
    pub label: Box<str>,
    /// Its words for this customer.
    pub text: String,
    /// What an answer is: `text`, `int`, `bool`, `choice`, `email`, `phone` or `date`.
    pub kind: &'static str,
    /// The answers of a `choice`: what the slot holds, and what the customer reads.
    pub choices: Vec<(Box<str>, Box<str>)>,
    /// Where it was asked last.
    pub asked_on: Channel,
    pub conversation: Option<ConversationId>,
}

/// The questions that a customer's runs have open. `person` is what their words may name of the customer.
pub fn open_questions(
    progress: &Progress,
    versions: &Versions,
    person: &dyn Environment,
) -> Vec<OpenQuestion> {
    progress.under_way().filter_map(|run| open_question(run, versions, person)).collect()
}

fn open_question(run: &Run, versions: &Versions, person: &dyn Environment) -> Option<OpenQuestion> {
    let WaitingFor::Answer { slot, asked_on, .. } = &run.waiting.as_ref()?.for_what else { return None };
    let journeys = versions.get(run.version)?;
    let journey = journeys.get(&run.journey)?;
    let asked = journey.slot(slot)?;
    let facts = Facts { title: journey.title.clone(), ..Facts::default() };
    let sight = Sight {
        outer: person,
        names: &journeys.names,
        slots: &run.slots,
        entry: &run.entry,
        event: None,
        facts: &facts,
    };
    let written = asked.ask.as_ref().and_then(|ask| ask.write(&journeys.templates, &sight).ok());
    Some(OpenQuestion {
        run: run.id,
        slot: slot.clone(),
        label: asked.label.clone(),
        text: written.unwrap_or_else(|| asked.by_label()),
        kind: asked.kind.name(),
        choices: asked
            .kind
            .choices()
            .map(|own| (own.value.as_str().into(), own.label.as_str().into()))
            .collect(),
        asked_on: asked_on.clone(),
        conversation: run.conversation,
    })
}
