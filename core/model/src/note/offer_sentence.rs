//! Notes about offers and quotes, in plain words.

use super::Note;

/// One plain sentence; nothing for other notes.
pub(super) fn of(note: &Note) -> String {
    match note {
        Note::OfferDecided { offer: Some(offer), placement, candidates, explored, .. } => {
            let why = if *explored { ", to learn how it does" } else { "" };
            format!("Chose the offer “{offer}” of {} for “{placement}”{why}.", candidates.len())
        }
        Note::OfferDecided { offer: None, placement, control, candidates, .. } => {
            let why = match (control, candidates.len()) {
                (true, _) => "the customer is in the control group".to_owned(),
                (false, 0) => "there is no offer for it".to_owned(),
                (false, count) => format!("none of {count} may be made"),
            };
            format!("Chose no offer for “{placement}”: {why}.")
        }
        Note::OfferAnswered { offer, response, .. } => format!("The offer “{offer}” was {response}."),
        Note::OfferTaken { offer, granted: true, .. } => format!("One of the offer “{offer}” was taken."),
        Note::OfferTaken { offer, granted: false, .. } => {
            format!("The offer “{offer}” was accepted, but none was left.")
        }
        Note::OfferGoalReached { offer, held_out: false } => {
            format!("Reached the goal of the offer “{offer}”.")
        }
        Note::OfferGoalReached { offer, held_out: true } => {
            format!("Reached the goal of the offer “{offer}” without it, in the control group.")
        }
        Note::QuoteMade { quote, total, until, .. } => {
            format!("Promised {total} until {until} ({quote}).")
        }
        _ => String::new(),
    }
}
