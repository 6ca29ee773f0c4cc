//! What staff cannot do with a conversation, and why.

use model::{ConversationId, DeskAction, Timestamp};

use crate::articles::Audience;
use crate::conversation::Conversation;
use crate::journeys::Journeys;
use crate::progress::{Progress, WaitingFor};
use crate::versions::Versions;

/// Characters of a reply or a note.
const TEXT_CHARS_MAX: usize = 10_000;
/// Characters of a subject.
const SUBJECT_CHARS_MAX: usize = 120;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DeskRefusal {
    #[error("the customer has no conversation {0}; look for it in the inbox again")]
    NoConversation(ConversationId),
    #[error("`queue` is `{queue}`; name one of: {known}")]
    UnknownQueue { queue: Box<str>, known: String },
    #[error("`agent` is `{agent}`; name one of: {known}")]
    UnknownAgent { agent: Box<str>, known: String },
    #[error("`article` is `{article}`, which the catalogue does not have; search for another")]
    UnknownArticle { article: Box<str> },
    #[error("`article` is `{article}`, which is for staff only; write what customers may know")]
    StaffOnly { article: Box<str> },
    #[error("`language` is `{language}`; the article has: {known}")]
    UnknownLanguage { language: Box<str>, known: String },
    #[error("the catalogue has no queue; add one under `queues/`")]
    NoQueues,
    #[error("the conversation is not at the desk; take it first")]
    NotAtDesk,
    #[error("{agent} has the conversation; ask them, or assign it")]
    AlreadyTaken { agent: Box<str> },
    #[error("the conversation is at the desk already")]
    AlreadyOpen,
    #[error("`{field}` is empty; write at least a word")]
    Empty { field: &'static str },
    #[error("`{field}` has {chars} characters; write at most {most}")]
    TooLong { field: &'static str, chars: usize, most: usize },
    #[error("`until` is {until}, which is over; name a later time")]
    Past { until: Timestamp },
    #[error("`outcome` is `{outcome}`; the journey goes on with one of: {wanted}")]
    Outcome { outcome: Box<str>, wanted: String },
    #[error("`results.{slot}` is not asked for; fill in: {wanted}")]
    UnknownResult { slot: Box<str>, wanted: String },
    #[error("`results.{slot}` must be {wanted}")]
    Result { slot: Box<str>, wanted: String },
}

/// Why the action cannot be carried out, if it cannot.
pub fn refuse(
    progress: &Progress,
    versions: &Versions,
    conversation: ConversationId,
    (by, action): (&str, &DeskAction),
    now: Timestamp,
) -> Result<(), DeskRefusal> {
    let Some(own) = progress.conversation(conversation) else {
        return Err(DeskRefusal::NoConversation(conversation));
    };
    let Some(journeys) = versions.current() else { return Err(DeskRefusal::NoQueues) };
    let ticket = own.ticket.as_deref();
    let at_desk = || ticket.map(|_| ()).ok_or(DeskRefusal::NotAtDesk);
    match action {
        DeskAction::Queue { queue, .. } => known_queue(journeys, queue),
        DeskAction::Assign { agent } => known_agent(journeys, agent).and_then(|()| has_queue(journeys)),
        DeskAction::Take => match ticket.and_then(|ticket| ticket.agent.as_ref()) {
            Some(agent) if **agent != *by => Err(DeskRefusal::AlreadyTaken { agent: agent.clone() }),
            Some(_) | None => has_queue(journeys),
        },
        DeskAction::Snooze { until } if *until <= now => Err(DeskRefusal::Past { until: *until }),
        DeskAction::Snooze { .. } | DeskAction::Wake | DeskAction::HandBack => at_desk(),
        DeskAction::Priority { .. } => at_desk(),
        DeskAction::Close { outcome, results } => at_desk()
            .and_then(|()| text("outcome", outcome, SUBJECT_CHARS_MAX))
            .and_then(|()| known_outcome(own, outcome))
            .and_then(|()| known_results(progress, versions, own, results, now)),
        DeskAction::Reopen if ticket.is_some() => Err(DeskRefusal::AlreadyOpen),
        DeskAction::Reopen => has_queue(journeys),
        DeskAction::Reply { text: own, .. } => {
            text("text", own, TEXT_CHARS_MAX).and_then(|()| has_queue(journeys))
        }
        DeskAction::Article { article, language, .. } => {
            known_article(journeys, article, language.as_deref()).and_then(|()| has_queue(journeys))
        }
        DeskAction::Note { text: own } => text("text", own, TEXT_CHARS_MAX),
        DeskAction::Subject { subject } => text("subject", subject, SUBJECT_CHARS_MAX),
    }
}

fn known_queue(journeys: &Journeys, queue: &str) -> Result<(), DeskRefusal> {
    if journeys.desk.queue(queue).is_some() {
        return Ok(());
    }
    let known = journeys.desk.queues.keys().map(|name| &**name).collect::<Vec<_>>().join(", ");
    Err(DeskRefusal::UnknownQueue { queue: queue.into(), known })
}

fn known_agent(journeys: &Journeys, agent: &str) -> Result<(), DeskRefusal> {
    if journeys.desk.agent(agent).is_some() {
        return Ok(());
    }
    let known = journeys.desk.agents.keys().map(|name| &**name).collect::<Vec<_>>().join(", ");
    Err(DeskRefusal::UnknownAgent { agent: agent.into(), known })
}

fn known_article(journeys: &Journeys, name: &str, language: Option<&str>) -> Result<(), DeskRefusal> {
    let Some(article) = journeys.articles().get(name) else {
        return Err(DeskRefusal::UnknownArticle { article: name.into() });
    };
    if article.audience != Audience::Public {
        return Err(DeskRefusal::StaffOnly { article: name.into() });
    }
    match language.filter(|language| !article.languages.contains_key(*language)) {
        Some(language) => {
            let known = article.languages.keys().map(|own| &**own).collect::<Vec<_>>().join(", ");
            Err(DeskRefusal::UnknownLanguage { language: language.into(), known })
        }
        None => Ok(()),
    }
}

fn has_queue(journeys: &Journeys) -> Result<(), DeskRefusal> {
    journeys.desk.usual_queue().map(|_| ()).ok_or(DeskRefusal::NoQueues)
}

fn text(field: &'static str, text: &str, most: usize) -> Result<(), DeskRefusal> {
    let chars = text.chars().count();
    if text.trim().is_empty() {
        return Err(DeskRefusal::Empty { field });
    }
    if chars > most { Err(DeskRefusal::TooLong { field, chars, most }) } else { Ok(()) }
}

fn known_outcome(own: &Conversation, outcome: &str) -> Result<(), DeskRefusal> {
    let wanted = own.ticket.as_deref().map(|ticket| &ticket.outcomes[..]).unwrap_or_default();
    if wanted.is_empty() || wanted.iter().any(|known| **known == *outcome) {
        return Ok(());
    }
    Err(DeskRefusal::Outcome { outcome: outcome.into(), wanted: wanted.join(", ") })
}

fn known_results(
    progress: &Progress,
    versions: &Versions,
    own: &Conversation,
    results: &[(Box<str>, model::Value)],
    now: Timestamp,
) -> Result<(), DeskRefusal> {
    let form = own.ticket.as_deref().map(|ticket| &ticket.form[..]).unwrap_or_default();
    let waits = |run: &&crate::Run| {
        let waiting = run.waiting.as_ref().map(|waiting| &waiting.for_what);
        matches!(waiting, Some(WaitingFor::Agent { conversation, .. }) if *conversation == own.id)
    };
    let run = progress.under_way().find(waits);
    let journey = run.and_then(|run| versions.get(run.version)?.get(&run.journey));
    for (name, value) in results {
        let slot = journey.filter(|_| form.contains(name)).and_then(|journey| journey.slot(name));
        let Some(slot) = slot else {
            return Err(DeskRefusal::UnknownResult { slot: name.clone(), wanted: form.join(", ") });
        };
        if slot.accept(value, now).is_none() {
            return Err(DeskRefusal::Result { slot: name.clone(), wanted: slot.kind.wanted() });
        }
    }
    Ok(())
}
