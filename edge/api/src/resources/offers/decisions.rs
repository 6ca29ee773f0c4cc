//! The last decisions an offer took part in: their numbers from the books, whose they are from their records, and what was
//! decided from the customers' threads.

use std::collections::BTreeMap;

use adapt::FunnelStage;
use model::{CustomerId, Note};
use shard::{Choice, LocalThread};

use super::shapes::{OfferDecision, OfferDecisions};
use crate::problem::Problem;
use crate::state::Workspace;

/// A customer as they are now, by the id they had.
type Known = BTreeMap<CustomerId, (CustomerId, Option<String>, LocalThread)>;

pub async fn recent_decisions(workspace: &Workspace, offer: String) -> Result<OfferDecisions, Problem> {
    let name = offer.clone();
    let asked = workspace.handle.view(move |view| {
        if view.engine().adaptation().offer(&name).is_none() {
            return Err(Problem::not_found("offer", &name));
        }
        let budget = view.books().budgets.of(&name);
        let recent: Vec<_> = budget.into_iter().flat_map(|budget| budget.recent()).collect();
        Ok((recent, view.ledger()))
    });
    let (recent, ledger) = asked.await??;
    let found = tokio::task::spawn_blocking(move || {
        let choices = recent.into_iter().map(|decision| Choice::find(&ledger, decision));
        choices.collect::<Result<Vec<_>, _>>().map_err(|error| Problem::internal(&error))
    });
    let found = found.await.map_err(|error| Problem::internal(&error))??;
    let choices: Vec<Choice> = found.into_iter().flatten().collect();
    let whose: Vec<CustomerId> = choices.iter().map(|choice| choice.customer).collect();
    let known = workspace.handle.view(move |view| {
        let mut known = Known::new();
        for asked in whose {
            if known.contains_key(&asked) {
                continue;
            }
            let engine = view.engine().clone();
            let Some(held) = view.customer(asked)? else { continue };
            let (id, name) = (held.id, engine.name(held));
            let Some(thread) = view.thread(id)? else { continue };
            known.insert(asked, (id, name, thread));
        }
        Ok::<_, Problem>(known)
    });
    let known = known.await??;
    let read = tokio::task::spawn_blocking(move || told(&offer, &choices, &known));
    read.await.map_err(|error| Problem::internal(&error))?
}

fn told(offer: &str, choices: &[Choice], known: &Known) -> Result<OfferDecisions, Problem> {
    let (mut items, mut erased) = (Vec::new(), 0);
    for choice in choices {
        let Some((customer, name, thread)) = known.get(&choice.customer) else {
            erased += 1;
            continue;
        };
        let note = choice.note(thread).map_err(|error| Problem::internal(&error))?;
        match note.as_ref().and_then(|note| decision(offer, choice, note)) {
            Some(decision) => {
                let (customer, name) = (customer.to_string(), name.clone());
                items.push(OfferDecision { customer, name, ..decision });
            }
            None => erased += 1,
        }
    }
    Ok(OfferDecisions { items, erased })
}

/// What a decision's note says of the offer; the customer is filled in by the caller.
fn decision(offer: &str, choice: &Choice, note: &Note) -> Option<OfferDecision> {
    let Note::OfferDecided { placement, offer: chosen, probability, control, explored, candidates, .. } =
        note
    else {
        return None;
    };
    let mut stages = FunnelStage::of(candidates.iter(), chosen.as_deref(), *control);
    let (candidate, stage) = stages.find(|(candidate, _)| candidate.offer == offer)?;
    let instead = chosen.as_deref().filter(|chosen| *chosen != offer);
    let reason = match (candidate.reason, stage) {
        (Some(reason), _) => reason.to_owned(),
        (None, FunnelStage::Chosen) if *explored => "it was chosen to learn how it does".to_owned(),
        (None, FunnelStage::Chosen) => "it was ranked best".to_owned(),
        (None, FunnelStage::Control) => {
            "it was ranked best, and the customer is in the control group".to_owned()
        }
        (None, _) => match instead {
            Some(other) if *explored => format!("“{other}” was chosen, to learn how it does"),
            Some(other) => format!("“{other}” was ranked higher"),
            None => "another was ranked higher, and the customer is in the control group".to_owned(),
        },
    };
    Some(OfferDecision {
        decision: choice.decision.to_string(),
        customer: String::new(),
        name: None,
        time: choice.time,
        placement: placement.to_string(),
        stage: stage.name().into(),
        reason,
        score: candidate.score,
        instead: instead.map(Into::into),
        probability: f64::from(*probability) / 1e6,
        control: *control,
        explored: *explored,
    })
}
