//! What an agent fills in when done, as the journey that waits asks for it.

use model::ConversationId;

use crate::progress::{Progress, WaitingFor};
use crate::slot::SlotKind;
use crate::versions::Versions;

/// One field of the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormField {
    pub slot: String,
    pub label: String,
    /// What is wanted, such as `a whole number`.
    pub wanted: String,
    pub kind: FieldKind,
    /// Values of a choice.
    pub choices: Vec<String>,
}

/// How a field is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    Number,
    YesOrNo,
    Choice,
}

/// The fields that the run waiting for people in this conversation asks for.
pub fn form(progress: &Progress, versions: &Versions, id: ConversationId) -> Vec<FormField> {
    let own = progress.conversation(id);
    let wanted = own.and_then(|own| own.ticket.as_deref()).map(|ticket| &ticket.form[..]).unwrap_or_default();
    let waits = |run: &&crate::Run| {
        let waiting = run.waiting.as_ref().map(|waiting| &waiting.for_what);
        matches!(waiting, Some(WaitingFor::Agent { conversation, .. }) if *conversation == id)
    };
    let run = progress.under_way().find(waits);
    let journey = run.and_then(|run| versions.get(run.version)?.get(&run.journey));
    let Some(journey) = journey else { return Vec::new() };
    let slots = wanted.iter().filter_map(|name| journey.slot(name));
    slots
        .map(|slot| FormField {
            slot: slot.name.to_string(),
            label: slot.label.to_string(),
            wanted: slot.kind.wanted(),
            kind: match slot.kind {
                SlotKind::Int { .. } => FieldKind::Number,
                SlotKind::Bool => FieldKind::YesOrNo,
                SlotKind::Choice(_) => FieldKind::Choice,
                SlotKind::Text { .. } | SlotKind::Email | SlotKind::Phone | SlotKind::Date { .. } => {
                    FieldKind::Text
                }
            },
            choices: match &slot.kind {
                SlotKind::Choice(choices) => choices.iter().map(|choice| choice.value.clone()).collect(),
                _ => Vec::new(),
            },
        })
        .collect()
}
