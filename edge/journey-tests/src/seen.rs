//! What can be seen of a world: what the journeys did, what the engine noted, and how the customers stand.

use engine::CustomerView;
use model::{Note, Seq, Timestamp};
use orchestrate::{RunView, WaitingFor, where_now};
use shard::ItemKind;

use crate::error::PlayError;
use crate::receivers::Performed;
use crate::stage::Stage;

const PAGE: usize = 1_000;

/// What can be seen of the world.
#[derive(Debug)]
pub struct Seen {
    pub start: Timestamp,
    pub performed: Vec<Performed>,
    pub notes: Vec<Noted>,
    pub customers: Vec<Known>,
    /// How many of `performed` there were at the expectations before.
    pub performed_before: usize,
    /// The last record of the expectations before.
    pub seq_before: Seq,
}

/// What the engine noted.
#[derive(Debug, Clone)]
pub struct Noted {
    pub seq: Seq,
    pub note: Note,
}

/// A customer as they stand now.
#[derive(Debug)]
pub struct Known {
    pub view: CustomerView,
    /// Those under way first.
    pub runs: Vec<KnownRun>,
}

#[derive(Debug)]
pub struct KnownRun {
    pub view: RunView,
    /// The slot whose answer it waits for.
    pub question: Option<String>,
}

impl Seen {
    pub fn of(stage: &mut Stage<'_>, start: Timestamp, before: (usize, Seq)) -> Result<Self, PlayError> {
        Ok(Self {
            start,
            performed: stage.receivers.performed.clone(),
            notes: notes(stage)?,
            customers: customers(stage)?,
            performed_before: before.0,
            seq_before: before.1,
        })
    }
}

/// Everybody the test's identifiers stand for: one customer, unless no event has named two of them together.
fn customers(stage: &mut Stage<'_>) -> Result<Vec<Known>, PlayError> {
    let (ids, now) = (stage.ids()?, stage.now());
    let mut known = Vec::new();
    for id in ids {
        let mut view = stage.shard().view();
        let Some(customer) = view.customer(id)?.cloned() else { continue };
        let engine = view.engine();
        let question = |run: &RunView| {
            let own = customer.progress.runs().iter().find(|own| own.id == run.run)?;
            match &own.waiting.as_ref()?.for_what {
                WaitingFor::Answer { slot, .. } => Some(slot.to_string()),
                WaitingFor::Time { .. }
                | WaitingFor::Event { .. }
                | WaitingFor::Call { .. }
                | WaitingFor::Provided { .. }
                | WaitingFor::Clock { .. }
                | WaitingFor::Runs { .. }
                | WaitingFor::Agent { .. }
                | WaitingFor::Desk { .. }
                | WaitingFor::Article { .. } => None,
            }
        };
        let runs = where_now(&customer.progress, engine.versions())
            .into_iter()
            .map(|view| KnownRun { question: question(&view), view })
            .collect();
        known.push(Known { view: engine.describe(&customer, now), runs });
    }
    Ok(known)
}

/// What the engine noted so far, in order.
fn notes(stage: &mut Stage<'_>) -> Result<Vec<Noted>, PlayError> {
    let mut notes = Vec::new();
    for id in stage.ids()? {
        let Some(thread) = stage.shard().view().thread(id)? else { continue };
        let mut before = None;
        loop {
            let page = thread.page(before, PAGE, |item| matches!(item.what, ItemKind::Note(_)))?;
            notes.extend(page.items.into_iter().filter_map(|item| match item.what {
                ItemKind::Note(note) => Some(Noted { seq: item.at.seq, note: *note }),
                ItemKind::Event(_) => None,
            }));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
    }
    notes.sort_by_key(|noted| noted.seq);
    Ok(notes)
}
