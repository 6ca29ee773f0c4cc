//! What staff do, as lines of a script: `anna takes`, `anna replies On its way`, `anna closes solved {"slot":1}`.

use model::{ConversationId, DeskAction, Value};

use crate::world::time;
use crate::{Input, Progress, Versions, advance, refuse};

/// The action that a line names.
pub(crate) fn action(line: &str) -> DeskAction {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    match verb {
        "takes" => DeskAction::Take,
        "wakes" => DeskAction::Wake,
        "reopens" => DeskAction::Reopen,
        "returns" => DeskAction::HandBack,
        "assigns" => DeskAction::Assign { agent: rest.into() },
        "queues" => {
            let (queue, priority) = rest.split_once(' ').unwrap_or((rest, ""));
            DeskAction::Queue { queue: queue.into(), priority: priority.parse().ok() }
        }
        "snoozes" => DeskAction::Snooze { until: time(rest) },
        "ranks" => DeskAction::Priority { priority: rest.parse().unwrap() },
        "names" => DeskAction::Subject { subject: rest.into() },
        "notes" => DeskAction::Note { text: rest.into() },
        "replies" => DeskAction::Reply { text: rest.into(), channel: None, key: None },
        "sends" => DeskAction::Article { article: rest.into(), language: None, channel: None, key: None },
        "closes" => {
            let (outcome, form) = rest.split_at(rest.find('{').unwrap_or(rest.len()));
            let json = serde_json::from_str(if form.is_empty() { "{}" } else { form }).unwrap();
            let Value::Map(fields) = Value::from_json(&json) else { panic!("`{form}` is no object") };
            let results = fields.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
            DeskAction::Close { outcome: outcome.trim().into(), results }
        }
        _ => panic!("`{line}` is nothing that staff do"),
    }
}

/// The conversation a line is about: the one that was opened last.
pub(crate) fn conversation(progress: &Progress) -> ConversationId {
    let latest = progress.conversations().iter().max_by_key(|own| own.opened);
    latest.map(|own| own.id).unwrap_or(ConversationId(0))
}

/// Carries a line out; why it is refused, where it is.
pub(crate) fn carry_out(
    progress: &mut Progress,
    versions: &Versions,
    ctx: &crate::Context<'_>,
    (by, action): (&str, &DeskAction),
) -> Result<Vec<crate::Request>, String> {
    let conversation = conversation(progress);
    let refused = refuse(progress, versions, conversation, (by, action), ctx.now);
    let before = progress.clone();
    let requests = advance(progress, versions, Input::Desk { conversation, action, by }, ctx);
    match refused {
        Ok(()) => Ok(requests),
        Err(error) => {
            assert_eq!((&before, &requests[..]), (&*progress, &[][..]), "what is refused changes nothing");
            Err(error.to_string())
        }
    }
}
