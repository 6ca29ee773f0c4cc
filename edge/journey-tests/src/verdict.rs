//! Whether an expectation is met, and how it reads when it is not.

use model::{Channel, EffectKind, Note, Purpose, Span};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::expectation::{
    Calling, EndedBy, EndingLike, Expectation, HeldBecause, Holding, Knowing, Message, ProfileLike, Sending,
    Standing, Wanted,
};
use crate::receivers::Performed;
use crate::seen::KnownRun;
use crate::seen::Seen;

/// Whether it is so.
pub fn is_met(expectation: &Expectation, seen: &Seen) -> bool {
    match expectation {
        Expectation::Sends(Wanted::Nothing) => {
            !since(seen).any(|performed| is_message(performed) && performed.failure.is_none())
        }
        Expectation::Calls(Wanted::Nothing) => since(seen).all(is_message),
        Expectation::Sends(Wanted::Some(own)) => {
            count(seen, own.times, own.in_all, |performed| sending(own, seen, performed))
        }
        Expectation::NeverSends(own) => !seen.performed.iter().any(|performed| message(own, performed)),
        Expectation::Calls(Wanted::Some(own)) => {
            count(seen, own.times, own.in_all, |performed| calling(own, seen, performed))
        }
        Expectation::Holds(own) => notes(seen).any(|note| holding(own, note)),
        Expectation::Starts(own) => {
            let name = own.journey.value.as_str();
            let starts =
                |note: &&Note| matches!(note, Note::JourneyStarted { journey, .. } if **journey == *name);
            let found = notes(seen).filter(starts).count();
            own.times.map_or(found > 0, |times| times == found)
        }
        Expectation::Reaches(own) => notes(seen).any(|note| match note {
            Note::GoalReached { journey, goal, .. } => {
                **journey == *own.journey.value && contains(own.goal.as_deref(), Some(goal))
            }
            _ => false,
        }),
        Expectation::Ends(own) => notes(seen).any(|note| ending(own, note)),
        Expectation::Waits(own) => runs(seen, &own.journey.value).any(|run| standing(own, run)),
        Expectation::Knows(own) => latest(seen, &own.journey.value).is_some_and(|run| knowing(own, run)),
        Expectation::Profile(own) => profile(own, seen),
        Expectation::InSegment(segment) => is_in(seen, &segment.value),
        Expectation::NotInSegment(segment) => !is_in(seen, &segment.value),
    }
}

/// The expectation in words.
pub fn sentence(expectation: &Expectation) -> String {
    match expectation {
        Expectation::Sends(Wanted::Nothing) => "nothing to be sent".into(),
        Expectation::Calls(Wanted::Nothing) => "nothing to be called".into(),
        Expectation::Sends(Wanted::Some(own)) => {
            let words = message_words(&own.channel, own.purpose, &own.subject, &own.text);
            format!("a message{words} to be sent{}", count_words(own.at, own.times, own.in_all))
        }
        Expectation::NeverSends(own) => {
            let words = message_words(&own.channel, own.purpose, &own.subject, &own.text);
            format!("no message{words} to be sent at any time")
        }
        Expectation::Calls(Wanted::Some(own)) => {
            let event = own.event.iter().map(|event| format!(" of “{event}”"));
            let endpoint = own.endpoint.iter().map(|endpoint| format!(" to {endpoint}"));
            let payload = (!own.payload.is_empty()).then(|| format!(" with {}", json(&own.payload)));
            let words: String = event.chain(endpoint).chain(payload).collect();
            format!("a call{words}{}", count_words(own.at, own.times, own.in_all))
        }
        Expectation::Holds(own) => {
            let words = message_words(&own.channel, own.purpose, &None, &None);
            let reason =
                own.reason.map(|reason| format!(", because of {}", word(reason))).unwrap_or_default();
            format!("a message{words} to be held back{reason}")
        }
        Expectation::Starts(own) => {
            let times = count_words(None, own.times, None);
            format!("the journey “{}” to start{times}", own.journey.value)
        }
        Expectation::Reaches(own) => {
            let goal = own.goal.as_deref().map_or("a goal".into(), |goal| format!("the goal “{goal}”"));
            format!("the journey “{}” to reach {goal}", own.journey.value)
        }
        Expectation::Ends(own) => {
            let how = own.how.map(|how| format!(" as {}", word(how))).unwrap_or_default();
            let reason = own.reason.iter().map(|reason| format!(", with the reason “{reason}”"));
            format!("the journey “{}” to end{how}{}", own.journey.value, reason.collect::<String>())
        }
        Expectation::Waits(own) => {
            let step = own.step.iter().map(|step| format!(" at the step “{}”", step.value));
            let question = own.question.iter().map(|slot| format!(" for the answer to “{}”", slot.value));
            format!("the journey “{}” to wait{}", own.journey.value, step.chain(question).collect::<String>())
        }
        Expectation::Knows(own) => {
            format!("the journey “{}” to know {}", own.journey.value, json(&own.slots))
        }
        Expectation::Profile(own) => {
            let traits = (!own.traits.is_empty()).then(|| format!("the traits {}", json(&own.traits)));
            let computed =
                (!own.computed.is_empty()).then(|| format!("the computed traits {}", json(&own.computed)));
            traits.into_iter().chain(computed).collect::<Vec<_>>().join(" and ")
        }
        Expectation::InSegment(segment) => format!("the customer to be in the segment “{}”", segment.value),
        Expectation::NotInSegment(segment) => {
            format!("the customer not to be in the segment “{}”", segment.value)
        }
    }
}

fn since(seen: &Seen) -> impl Iterator<Item = &Performed> {
    seen.performed.iter().skip(seen.performed_before)
}

fn notes(seen: &Seen) -> impl Iterator<Item = &Note> {
    seen.notes.iter().filter(|noted| noted.seq > seen.seq_before).map(|noted| &noted.note)
}

fn count(
    seen: &Seen,
    times: Option<usize>,
    in_all: Option<usize>,
    fits: impl Fn(&Performed) -> bool,
) -> bool {
    let all = || seen.performed.iter().filter(|performed| fits(performed)).count();
    let lately = || since(seen).filter(|performed| fits(performed)).count();
    match (times, in_all) {
        (_, Some(in_all)) => all() == in_all,
        (Some(times), None) => lately() == times,
        (None, None) => lately() > 0,
    }
}

fn is_message(performed: &Performed) -> bool {
    performed.effect.kind.channel().is_some()
}

fn sending(own: &Sending, seen: &Seen, performed: &Performed) -> bool {
    let Sending { channel, purpose, subject, text, at, .. } = own;
    let message_wanted =
        Message { channel: channel.clone(), purpose: *purpose, subject: subject.clone(), text: text.clone() };
    is_at(*at, seen, performed) && message(&message_wanted, performed)
}

fn message(own: &Message, performed: &Performed) -> bool {
    let (subject, text) = match &performed.effect.kind {
        EffectKind::Email(email) => (Some(email.subject.as_str()), email.text.as_str()),
        EffectKind::Chat(chat) => (None, chat.text.as_str()),
        EffectKind::Sms(sms) => (None, sms.text.as_str()),
        EffectKind::Hook(message) => (message.title.as_deref(), message.text.as_str()),
        EffectKind::Letter(letter) => (Some(letter.subject.as_str()), letter.text.as_str()),
        EffectKind::Webhook(_) => return false,
    };
    let channel = performed.effect.kind.channel();
    performed.failure.is_none()
        && own.channel.as_ref().is_none_or(|wanted| channel.as_ref() == Some(wanted))
        && own.purpose.is_none_or(|wanted| performed.effect.purpose == wanted)
        && contains(own.subject.as_deref(), subject)
        && contains(own.text.as_deref(), Some(text))
}

fn calling(own: &Calling, seen: &Seen, performed: &Performed) -> bool {
    let EffectKind::Webhook(call) = &performed.effect.kind else { return false };
    is_at(own.at, seen, performed)
        && own.endpoint.as_ref().is_none_or(|wanted| call.endpoint == *wanted)
        && own.event.as_ref().is_none_or(|wanted| call.event == *wanted)
        && has_all(&own.payload, |name| call.payload.to_json().get(name).cloned())
}

fn is_at(at: Option<Span>, seen: &Seen, performed: &Performed) -> bool {
    at.is_none_or(|at| performed.time == seen.start + at)
}

fn holding(own: &Holding, note: &Note) -> bool {
    let Note::MessageHeld { channel, purpose, reason, .. } = note else { return false };
    own.channel.as_ref().is_none_or(|wanted| wanted == channel)
        && own.purpose.is_none_or(|wanted| wanted == *purpose)
        && own.reason.is_none_or(|wanted| wanted == HeldBecause::of(reason))
}

fn ending(own: &EndingLike, note: &Note) -> bool {
    let Note::JourneyEnded { journey, how, .. } = note else { return false };
    **journey == *own.journey.value
        && own.how.is_none_or(|wanted| wanted == EndedBy::of(how))
        && contains(own.reason.as_deref(), Some(&how.sentence()))
}

fn standing(own: &Standing, run: &KnownRun) -> bool {
    run.view.ended.is_none()
        && own.step.as_ref().is_none_or(|step| step.value == run.view.step)
        && own.question.as_ref().is_none_or(|slot| Some(&slot.value) == run.question.as_ref())
}

fn knowing(own: &Knowing, run: &KnownRun) -> bool {
    has_all(&own.slots, |name| {
        let slot = run.view.slots.iter().find(|slot| slot.slot == name)?;
        Some(slot.value.to_json())
    })
}

fn profile(own: &ProfileLike, seen: &Seen) -> bool {
    seen.customers.iter().any(|customer| {
        let profile = &customer.view.profile;
        has_all(&own.traits, |name| profile.traits.get(name).map(|known| known.value.to_json()))
            && has_all(&own.computed, |name| profile.computed.get(name).map(model::Value::to_json))
    })
}

fn is_in(seen: &Seen, segment: &str) -> bool {
    let mut segments = seen.customers.iter().flat_map(|customer| &customer.view.profile.segments);
    segments.any(|own| &*own.name == segment)
}

fn runs<'a>(seen: &'a Seen, journey: &str) -> impl Iterator<Item = &'a KnownRun> {
    seen.customers.iter().flat_map(|customer| &customer.runs).filter(move |run| run.view.journey == journey)
}

fn latest<'a>(seen: &'a Seen, journey: &str) -> Option<&'a KnownRun> {
    runs(seen, journey).max_by_key(|run| (run.view.started, run.view.run))
}

fn contains(wanted: Option<&str>, there: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| there.is_some_and(|there| there.contains(wanted)))
}

fn has_all(wanted: &Map<String, Json>, there: impl Fn(&str) -> Option<Json>) -> bool {
    wanted.iter().all(|(name, value)| is_same(value, &there(name).unwrap_or(Json::Null)))
}

/// Numbers are the same by their value: `5` is `5.0`.
fn is_same(a: &Json, b: &Json) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => a == b,
        _ => a == b,
    }
}

fn message_words(
    channel: &Option<Channel>,
    purpose: Option<Purpose>,
    subject: &Option<String>,
    text: &Option<String>,
) -> String {
    let channel = channel.iter().map(|channel| format!(" by {channel}"));
    let purpose = purpose.map(|purpose| format!(" for {}", purpose.as_str()));
    let subject = subject.iter().map(|subject| format!(" with the subject “{subject}”"));
    let text = text.iter().map(|text| format!(" with the text “{}”", text.trim_end()));
    channel.chain(purpose).chain(subject).chain(text).collect()
}

fn count_words(at: Option<Span>, times: Option<usize>, in_all: Option<usize>) -> String {
    let at = at.map(|at| format!(" at {at}"));
    let times = times.map(|times| format!(", {times} times"));
    let in_all = in_all.map(|in_all| format!(", {in_all} times in all"));
    at.into_iter().chain(times).chain(in_all).collect()
}

/// The word that stands for it in a test file.
fn word(choice: impl Serialize) -> String {
    serde_json::to_value(choice).ok().and_then(|json| json.as_str().map(str::to_owned)).unwrap_or_default()
}

fn json(fields: &Map<String, Json>) -> String {
    Json::Object(fields.clone()).to_string()
}
