//! Why a message went out or was held: consent, channels and addresses, looked at anew.

use engine::ChannelExplained;
use model::{EffectId, HeldReason, Note, Proof, Purpose, RunId};
use shard::Cursor;

use super::{Recheck, Story, WhyOne};
use crate::problem::Problem;
use crate::state::Workspace;

/// A message by its effect, or by its item in the thread.
pub fn why(story: &Story, workspace: &Workspace, message: &str) -> Result<WhyOne, Problem> {
    let effect: Option<EffectId> = message.parse().ok();
    let item = |at: &Cursor| format!("{}-{}-{}", at.seq.0, at.strand.0, at.part) == message;
    let meant = |(at, note): &(Cursor, Note)| match note {
        Note::MessageDecided { effect: own, .. } => effect == Some(*own) || item(at),
        Note::MessageHeld { .. } => item(at),
        _ => false,
    };
    let missing = || Problem::not_found("message", message);
    let place = story.notes.iter().position(meant).ok_or_else(missing)?;
    let (at, note) = &story.notes[place];
    let (channel, purpose, said) = match note {
        Note::MessageDecided { channel, purpose, consent_proof, .. } => {
            (channel, *purpose, Ok(consent_proof.clone()))
        }
        Note::MessageHeld { channel, purpose, reason, .. } => (channel, *purpose, Err(reason.clone())),
        _ => return Err(missing()),
    };
    let customer = story.stood(workspace, at.seq, at.time)?;
    let channels = story.engine.explain_channels(&customer, at.time, purpose);
    let own = channels.iter().find(|own| own.channel == *channel);
    let mut checks: Vec<Recheck> = own.map(|own| consent_check(own, &said)).into_iter().collect();
    checks.extend(channels.iter().map(|own| channel_check(own, purpose)));
    Ok(WhyOne {
        answer: note.sentence(),
        recorded: around(story, place).into_iter().map(|place| story.reason(place)).collect(),
        agrees: checks.iter().all(|check| check.agrees),
        checks,
    })
}

/// The notes that led to a message, and what became of it: its run's from the step that it was at.
fn around(story: &Story, place: usize) -> Vec<usize> {
    let (at, note) = &story.notes[place];
    let own_run: Option<RunId> = note.run().or_else(|| {
        // What a run says follows what it did in the same record.
        let before = story.notes[..place].iter().rev().take_while(|(own, _)| own.seq == at.seq);
        before.filter_map(|(_, note)| note.run()).next()
    });
    let of_run = |note: &Note| own_run.is_some() && note.run() == own_run;
    let reached = |(_, note): &(Cursor, Note)| matches!(note, Note::StepReached { .. }) && of_run(note);
    let step = story.notes[..place].iter().rposition(reached);
    let own_effect = match note {
        Note::MessageDecided { effect, .. } => Some(*effect),
        _ => None,
    };
    let wanted = |(own, (_, note)): &(usize, &(Cursor, Note))| match note {
        _ if *own == place => true,
        Note::JourneyStarted { .. } => of_run(note),
        Note::EffectSettled { effect, .. } => *own > place && Some(*effect) == own_effect,
        note => step.is_some_and(|step| (step..place).contains(own)) && of_run(note),
    };
    story.notes.iter().enumerate().filter(wanted).map(|(own, _)| own).collect()
}

fn consent_check(own: &ChannelExplained, said: &Result<Proof, HeldReason>) -> Recheck {
    let sentence = |consent: &Result<Proof, HeldReason>| match consent {
        Ok(proof) => format!("It may go out: {}.", proof.sentence()),
        Err(reason) => format!("It is held: {}.", reason.sentence()),
    };
    // An address or a text that is missing is no matter of consent.
    let of_consent = !matches!(said, Err(HeldReason::NoAddress { .. } | HeldReason::TextIncomplete { .. }));
    Recheck {
        name: "consent".into(),
        sentence: sentence(&own.consent),
        recorded: of_consent.then(|| sentence(said)),
        agrees: !of_consent || own.consent == *said,
        values: Vec::new(),
    }
}

fn channel_check(own: &ChannelExplained, purpose: Purpose) -> Recheck {
    let address = match own.address {
        Some(true) | None => "",
        Some(false) => ", but no address was known",
    };
    let sentence = match &own.consent {
        Ok(_) => format!("A {} message may go out{address}.", purpose.as_str()),
        Err(reason) => format!("A {} message is held: {}{address}.", purpose.as_str(), reason.sentence()),
    };
    let name = format!("channel {}", own.channel);
    Recheck { name, sentence, recorded: None, agrees: true, values: Vec::new() }
}
