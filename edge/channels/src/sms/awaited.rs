//! Messages that the carrier took and has not reported on, and the reports matched to their effects.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use model::{CustomerId, Effect, EffectId, EffectKind, OutcomeKind, Span};

use super::MessageIds;
use super::receipt::{Fate, Receipt};

/// Receipts kept that came before the answer to their submission.
const EARLY_MAX: usize = 4_096;

/// How a report moved an effect on.
#[derive(Debug, Clone, PartialEq)]
pub struct Reported {
    pub effect: EffectId,
    pub customer: CustomerId,
    pub outcome: OutcomeKind,
}

/// Every part that is out, by the carrier's id for it.
#[derive(Debug)]
pub(super) struct Awaited {
    ids: MessageIds,
    wait: Span,
    parts: BTreeMap<String, Part>,
    /// The parts whose id reads as this number, in decimal or hexadecimal.
    numbers: BTreeMap<u128, BTreeSet<String>>,
    effects: BTreeMap<EffectId, Whole>,
    early: VecDeque<Receipt>,
}

#[derive(Debug, Clone)]
struct Part {
    effect: EffectId,
    /// The digits of the telephone number.
    number: String,
}

#[derive(Debug, Clone)]
struct Whole {
    customer: CustomerId,
    references: Vec<String>,
    awaited: Vec<String>,
}

impl Awaited {
    pub fn new(ids: MessageIds, wait: Span) -> Self {
        let (parts, numbers, effects) = Default::default();
        Self { ids, wait, parts, numbers, effects, early: VecDeque::new() }
    }

    /// Takes up an effect: its parts as the carrier named them, and those not reported on. What was reported before
    /// its answer arrived is applied; returns how far the effect is.
    pub fn add(&mut self, effect: &Effect, references: &[String], awaited: &[String]) -> OutcomeKind {
        let number = match &effect.kind {
            EffectKind::Sms(sms) => digits(&sms.to),
            EffectKind::Email(_)
            | EffectKind::Chat(_)
            | EffectKind::Webhook(_)
            | EffectKind::Hook(_)
            | EffectKind::Letter(_) => String::new(),
        };
        let whole =
            Whole { customer: effect.customer, references: references.to_vec(), awaited: awaited.to_vec() };
        self.effects.insert(effect.id, whole);
        for id in awaited {
            for value in values(id) {
                self.numbers.entry(value).or_default().insert(id.clone());
            }
            self.parts.insert(id.clone(), Part { effect: effect.id, number: number.clone() });
        }
        let early: Vec<Receipt> = std::mem::take(&mut self.early).into();
        let mut latest = None;
        for receipt in early {
            match self.find(&receipt).is_some_and(|id| awaited.contains(&id)) {
                true => latest = self.report(&receipt).map(|reported| reported.outcome).or(latest),
                false => self.early.push_back(receipt),
            }
        }
        latest.unwrap_or(OutcomeKind::Accepted {
            references: references.to_vec(),
            awaited: awaited.to_vec(),
            wait: self.wait,
        })
    }

    /// Applies a receipt; `None` where it changes nothing.
    pub fn report(&mut self, receipt: &Receipt) -> Option<Reported> {
        if receipt.fate == Fate::Under {
            return None;
        }
        let Some(id) = self.find(receipt) else {
            self.early.push_back(receipt.clone());
            if self.early.len() > EARLY_MAX {
                self.early.pop_front();
            }
            return None;
        };
        let effect = self.parts.get(&id)?.effect;
        let whole = self.effects.get_mut(&effect)?;
        whole.awaited.retain(|own| *own != id);
        let (customer, references, awaited) =
            (whole.customer, whole.references.clone(), whole.awaited.clone());
        self.forget(&id);
        let outcome = match &receipt.fate {
            Fate::Lost(why) => {
                OutcomeKind::Failed { reason: format!("the carrier could not deliver it ({why})") }
            }
            _ if awaited.is_empty() => {
                OutcomeKind::Done { reference: Some(references.join(" ")), answer: None }
            }
            _ => OutcomeKind::Accepted { references, awaited: awaited.clone(), wait: self.wait },
        };
        if !matches!(outcome, OutcomeKind::Accepted { .. }) {
            self.effects.remove(&effect);
            awaited.iter().for_each(|id| self.forget(id));
        }
        Some(Reported { effect, customer, outcome })
    }

    /// The part a receipt is about: by its id as it stands, else by the same number for the same telephone.
    fn find(&self, receipt: &Receipt) -> Option<String> {
        if self.parts.contains_key(&receipt.message_id) {
            return Some(receipt.message_id.clone());
        }
        if self.ids == MessageIds::Same {
            return None;
        }
        let number = digits(&receipt.number);
        let named =
            values(&receipt.message_id).into_iter().filter_map(|value| self.numbers.get(&value)).flatten();
        let same: BTreeSet<&String> =
            named.filter(|id| self.parts.get(*id).is_some_and(|part| part.number == number)).collect();
        match same.len() {
            1 => same.first().map(|id| (*id).clone()),
            _ => None,
        }
    }

    fn forget(&mut self, id: &str) {
        self.parts.remove(id);
        for value in values(id) {
            if let Some(ids) = self.numbers.get_mut(&value) {
                ids.remove(id);
                if ids.is_empty() {
                    self.numbers.remove(&value);
                }
            }
        }
    }
}

/// The numbers an id may stand for.
fn values(id: &str) -> BTreeSet<u128> {
    let hex = id.strip_prefix("0x").unwrap_or(id);
    [id.parse().ok(), u128::from_str_radix(hex, 16).ok()].into_iter().flatten().collect()
}

fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sms::tests::effect;

    fn receipt(id: &str, number: &str, fate: Fate) -> Receipt {
        Receipt { message_id: id.into(), number: number.into(), fate }
    }

    fn texts(list: &[&str]) -> Vec<String> {
        list.iter().map(|text| (*text).to_owned()).collect()
    }

    fn awaited() -> Awaited {
        Awaited::new(MessageIds::Auto, Span::DAY)
    }

    #[test]
    fn a_message_is_done_when_all_its_parts_are_delivered() {
        let mut awaited = awaited();
        let ids = texts(&["a1", "a2"]);
        awaited.add(&effect(1, "+49151"), &ids, &ids);
        let first = awaited.report(&receipt("a2", "49151", Fate::Delivered)).unwrap();
        let still = OutcomeKind::Accepted { references: ids, awaited: texts(&["a1"]), wait: Span::DAY };
        assert_eq!(first.outcome, still);
        let last = awaited.report(&receipt("a1", "49151", Fate::Delivered)).unwrap();
        assert_eq!(last.outcome, OutcomeKind::Done { reference: Some("a1 a2".into()), answer: None });
        assert_eq!(awaited.report(&receipt("a1", "49151", Fate::Delivered)), None);
        assert!(awaited.parts.is_empty() && awaited.numbers.is_empty());
    }

    #[test]
    fn one_lost_part_is_a_lost_message() {
        let mut awaited = awaited();
        let ids = texts(&["7", "8"]);
        awaited.add(&effect(1, "+49151"), &ids, &ids);
        let lost = awaited.report(&receipt("8", "49151", Fate::Lost("EXPIRED".into()))).unwrap();
        assert!(matches!(lost.outcome, OutcomeKind::Failed { .. }));
        assert_eq!(awaited.report(&receipt("7", "49151", Fate::Delivered)), None);
    }

    #[test]
    fn ids_in_another_base_are_found_for_the_same_telephone_only() {
        for (submitted, reported) in [("1f", "31"), ("31", "1F"), ("0000001F", "31"), ("31", "0031")] {
            let mut awaited = awaited();
            awaited.add(&effect(1, "+49151"), &texts(&[submitted]), &texts(&[submitted]));
            assert_eq!(awaited.report(&receipt(reported, "49152", Fate::Delivered)), None, "{submitted}");
            assert!(awaited.report(&receipt(reported, "49151", Fate::Delivered)).is_some(), "{submitted}");
        }
    }

    #[test]
    fn an_id_as_it_stands_goes_before_one_of_the_same_number() {
        let mut awaited = awaited();
        awaited.add(&effect(1, "+49151"), &texts(&["10"]), &texts(&["10"]));
        awaited.add(&effect(2, "+49151"), &texts(&["16"]), &texts(&["16"]));
        assert_eq!(awaited.report(&receipt("16", "49151", Fate::Delivered)).unwrap().effect, EffectId(2));
        assert_eq!(awaited.report(&receipt("10", "49151", Fate::Delivered)).unwrap().effect, EffectId(1));
    }

    #[test]
    fn a_receipt_that_overtakes_the_answer_is_applied() {
        let mut awaited = awaited();
        assert_eq!(awaited.report(&receipt("5", "49151", Fate::Delivered)), None);
        let outcome = awaited.add(&effect(1, "+49151"), &texts(&["5"]), &texts(&["5"]));
        assert_eq!(outcome, OutcomeKind::Done { reference: Some("5".into()), answer: None });
    }
}
