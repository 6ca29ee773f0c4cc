//! The question a run waits at, and how it reads on each channel.

use model::Channel;

use crate::media;
use crate::progress::{Waiting, WaitingFor};
use crate::slot::{Slot, SlotKind};
use crate::walk::Walk;

/// The question a run waits at.
pub(super) struct Asked {
    pub channel: Channel,
    pub retries: u8,
    pub picked_up: bool,
    pub waiting: Waiting,
}

impl Asked {
    pub fn at(walk: &Walk<'_>) -> Option<Self> {
        let waiting = walk.run.waiting.clone()?;
        let WaitingFor::Answer { asked_on, retries, picked_up, .. } = &waiting.for_what else { return None };
        Some(Self { channel: asked_on.clone(), retries: *retries, picked_up: *picked_up, waiting })
    }
}

/// The question as it reads on the channel: where there are no buttons, choices are listed by number. A question
/// whose text lacks something asks by the slot's label.
pub(super) fn question(walk: &Walk<'_>, slot: &Slot, channel: &Channel) -> String {
    let written = slot.ask.as_ref().and_then(|ask| walk.write(ask).ok());
    let text = written.unwrap_or_else(|| slot.by_label());
    match &slot.kind {
        SlotKind::Choice(choices) if !media::of(channel).buttons => {
            let listed =
                choices.iter().enumerate().map(|(place, choice)| format!("{}. {}", place + 1, choice.label));
            [text].into_iter().chain(listed).collect::<Vec<_>>().join("\n")
        }
        _ => text,
    }
}
