//! Why an offer was chosen or not: each candidate taken through the stages anew, with what its conditions read.

use adapt::{Asked, Candidate};
use engine::Meta;
use model::{DecisionId, Note, OfferCandidate, OfferCandidates};
use shard::Cursor;

use super::super::why::ReadValue;
use super::{Recheck, Story, WhyOne};
use crate::problem::Problem;
use crate::state::Workspace;

/// The stage at which what customers share is looked at: how many of a limited offer are left.
const SHARED: &str = "total";

pub fn why(story: &Story, workspace: &Workspace, decision: DecisionId) -> Result<WhyOne, Problem> {
    let missing = || Problem::not_found("decision", decision);
    let decided = |(_, note): &&(Cursor, Note)| matches!(note, Note::OfferDecided { decision: own, .. } if *own == decision);
    let (at, note) = story.notes.iter().find(decided).ok_or_else(missing)?;
    let Note::OfferDecided { offer: chosen, candidates, run, .. } = note else { return Err(missing()) };
    // Placements that were decided at once, in their order: no offer stands in two of them.
    let same_record = story.notes.iter().filter(|(own, _)| own.seq == at.seq);
    let mut together: Vec<_> = same_record
        .filter_map(|(_, note)| match note {
            Note::OfferDecided { decision, placement, .. } => Some((*decision, placement.clone())),
            _ => None,
        })
        .collect();
    together.sort();
    let placements = together.into_iter().map(|(_, placement)| placement).collect();
    let customer = story.stood(workspace, at.seq, at.time)?;
    let meta = Meta { seq: at.seq, now: at.time };
    let mut explained = story.engine.explain_choice(&customer, meta, &Asked { placements, run: *run });
    let again = explained.decisions.iter().find(|own| own.id == decision);
    let mut checks: Vec<Recheck> = Vec::new();
    for recorded in candidates.iter() {
        let anew = again.and_then(|own| own.candidates.iter().find(|own| *own.offer == *recorded.offer));
        let values = explained.values.remove(recorded.offer).unwrap_or_default();
        let values = values.into_iter().map(|(name, value)| ReadValue { name, value: value.to_json() });
        checks.push(candidate_check(&recorded, anew, values.collect()));
    }
    checks.extend(again.map(|again| choice_check(chosen.as_deref(), again, candidates)));
    let of = |note: &Note| match note {
        Note::OfferDecided { decision, .. }
        | Note::OfferAnswered { decision, .. }
        | Note::OfferTaken { decision, .. } => Some(*decision),
        _ => None,
    };
    let whole = story.notes.iter().enumerate().filter(|(_, (_, note))| of(note) == Some(decision));
    Ok(WhyOne {
        answer: note.sentence(),
        recorded: whole.map(|(place, _)| story.reason(place)).collect(),
        agrees: checks.iter().all(|check| check.agrees),
        checks,
    })
}

fn candidate_check(
    recorded: &OfferCandidate<'_>,
    anew: Option<&Candidate>,
    values: Vec<ReadValue>,
) -> Recheck {
    let was = match (recorded.stage, recorded.reason, recorded.score) {
        (Some(stage), Some(reason), _) => format!("It fell out at {stage}: {reason}."),
        (_, _, Some(score)) => format!("It was left, with rank {score:.4}."),
        _ => "It was left.".to_owned(),
    };
    let shared = recorded.stage == Some(SHARED);
    let (sentence, agrees) = match anew.map(|own| (&own.fell, own.score)) {
        None => ("There is no such offer any more.".to_owned(), false),
        Some((Some(fell), _)) => {
            let same = recorded.stage == Some(fell.stage.name());
            (format!("It falls out at {}: {}.", fell.stage.name(), fell.reason), same)
        }
        Some((None, _)) if shared => {
            ("It passes every stage of its own; how many were left is as recorded.".to_owned(), true)
        }
        Some((None, score)) => {
            let score = score.unwrap_or_default();
            let near = |was: f64| (was - score).abs() <= 1e-9 * was.abs().max(1.0);
            let same = recorded.stage.is_none() && recorded.score.is_none_or(near);
            (format!("It is left, with rank {score:.4}."), same)
        }
    };
    Recheck { name: recorded.offer.to_string(), sentence, recorded: Some(was), agrees, values }
}

fn choice_check(chosen: Option<&str>, again: &adapt::Decision, candidates: &OfferCandidates) -> Recheck {
    let in_words = |chosen: Option<&str>| match chosen {
        Some(offer) => format!("“{offer}” is chosen"),
        None => "None is chosen".to_owned(),
    };
    let shared = candidates.iter().any(|own| own.stage == Some(SHARED));
    let sentence = match shared {
        true => format!("{}, of those that were left.", in_words(chosen)),
        false => format!("{}.", in_words(again.chosen.as_deref())),
    };
    Recheck {
        name: "the choice".into(),
        agrees: shared || again.chosen.as_deref() == chosen,
        sentence,
        recorded: Some(format!("{}.", in_words(chosen))),
        values: Vec::new(),
    }
}
