//! Notes in plain words, as the studio and the API show them.

use super::{Ending, EntryRefusal, HeldReason, Note, Proof, SlotSource, StepReason};
use super::{desk_sentence, offer_sentence};
use crate::{Channel, OutcomeKind, Purpose};

impl Note {
    /// One plain sentence.
    pub fn sentence(&self) -> String {
        match self {
            Self::SegmentEntered { segment } => format!("Entered the segment “{segment}”."),
            Self::SegmentLeft { segment } => format!("Left the segment “{segment}”."),
            Self::JourneyStarted { journey, version, event, .. } => {
                format!("“{event}” started the journey “{journey}” (version {version}).")
            }
            Self::JourneyNotStarted { journey, reason } => {
                format!("The journey “{journey}” did not start: {}.", reason.sentence())
            }
            Self::StepReached { step, journey, reason, .. } => {
                format!("Reached “{step}” of “{journey}”: {}.", reason.sentence())
            }
            Self::Asked { slot, channel, retries: 0, .. } => {
                format!("Asked for “{slot}” by {}.", medium(channel))
            }
            Self::Asked { slot, channel, .. } => format!("Asked again for “{slot}” by {}.", medium(channel)),
            Self::SlotFilled { slot, source, channel, .. } => {
                let place =
                    channel.as_ref().map(|channel| format!(" by {}", medium(channel))).unwrap_or_default();
                format!("“{slot}” is known: {}{place}.", source.sentence())
            }
            Self::AnswerRefused { slot, wanted, .. } => {
                format!("That does not answer “{slot}”; wanted {wanted}.")
            }
            Self::PickedUp { from, to, questions_left, .. } => picked_up(from, to, *questions_left),
            Self::MessageDecided { channel, agent: Some(agent), .. } => {
                format!("{agent} answered by {}.", medium(channel))
            }
            Self::MessageDecided { channel, purpose, consent_proof, .. } => {
                let (purpose, proof) = (purpose.as_str(), consent_proof.sentence());
                format!("Decided to send a {purpose} message by {}: {proof}.", medium(channel))
            }
            Self::MessageHeld { channel, purpose, reason, .. } => {
                format!("Held a {} message by {}: {}.", purpose.as_str(), medium(channel), reason.sentence())
            }
            Self::CallAsked { endpoint, event, .. } => format!("Called {endpoint} with “{event}”."),
            Self::EffectSettled { outcome, .. } => settled(outcome),
            Self::AnswerPostponed { slot, .. } => format!("The customer wants to say “{slot}” later."),
            Self::ChannelPreferred { purpose, channel } => preferred(*purpose, channel.as_ref()),
            Self::RunMoved { journey, version, step, .. } => {
                format!("The run of “{journey}” goes on at “{step}” of version {version}.")
            }
            Self::GoalReached { journey, goal, .. } => format!("Reached the goal “{goal}” of “{journey}”."),
            Self::JourneyEnded { journey, how, .. } => {
                format!("The journey “{journey}” ended: {}.", how.sentence())
            }
            Self::IdentifierRefused { .. } | Self::CustomersMerged { .. } | Self::CustomersParted { .. } => {
                identity(self)
            }
            Self::ConsentChanged { .. } => consent(self),
            Self::OfferDecided { .. }
            | Self::OfferAnswered { .. }
            | Self::OfferTaken { .. }
            | Self::OfferGoalReached { .. }
            | Self::QuoteMade { .. } => offer_sentence::of(self),
            Self::ConversationQueued { .. }
            | Self::ConversationAssigned { .. }
            | Self::ConversationSnoozed { .. }
            | Self::ConversationClosed { .. }
            | Self::ConversationReopened { .. }
            | Self::ConversationHandedBack { .. }
            | Self::PrivateNote { .. }
            | Self::ConversationChanged { .. }
            | Self::ServiceLevel { .. }
            | Self::ArticleSent { .. }
            | Self::ArticleJudged { .. } => desk_sentence::of(self),
        }
    }
}

impl Proof {
    pub fn sentence(&self) -> String {
        match self {
            Self::NotObjected => "it needs no opt-in and the customer has not objected".into(),
            Self::Granted { time, said_on, .. } => {
                format!("the customer agreed by {} at {time}", medium(said_on))
            }
        }
    }
}

impl HeldReason {
    pub fn sentence(&self) -> String {
        match self {
            Self::NoOptIn { purpose, channel } => {
                format!("the customer has not agreed to {} by {}", purpose.as_str(), medium(channel))
            }
            Self::Revoked { purpose, time, said_on, .. } => {
                format!("the customer said no to {} by {} at {time}", purpose.as_str(), medium(said_on))
            }
            Self::NoAddress { channel } => format!("no address for {} is known", medium(channel)),
            Self::TextIncomplete { detail } => format!("the text could not be completed ({detail})"),
            Self::ComplaintOpen { purpose, complaint, since } => {
                let purpose = purpose.as_str();
                format!("{purpose} waits until complaint {complaint}, open since {since}, is solved")
            }
        }
    }
}

impl StepReason {
    pub fn sentence(&self) -> String {
        match self {
            Self::Started => "the journey begins here".into(),
            Self::Continued => "the step before was done".into(),
            Self::Answered => "every answer is known".into(),
            Self::Condition { when } => format!("`{when}` holds"),
            Self::Otherwise => "no condition holds".into(),
            Self::EventArrived { event } => format!("“{event}” arrived"),
            Self::TimeOver { after } => format!("{after} passed"),
            Self::TimedOut { after } => format!("nothing came for {after}"),
            Self::CallDone => "the called system answered".into(),
            Self::CallFailed { detail } => format!("the call failed ({detail})"),
            Self::CallRefused { detail } => format!("the called system refused ({detail})"),
            Self::CallUncertain { detail } => {
                format!("it is not known whether the call succeeded ({detail})")
            }
            Self::AgentDone { outcome } => format!("the agent is done: {outcome}"),
            Self::HandedBack => "the agent gave the conversation back".into(),
            Self::HandOverLoop { queue } => {
                format!("the customer has written nothing since the last hand-overs to “{queue}”")
            }
            Self::TimeCame { at } => format!("it was {at}"),
            Self::NoTime { detail } => detail.to_string(),
            Self::Split { arm, share } => format!("the customer is in “{arm}”, {share} of 100"),
            Self::Joined { arms: 0 } => "no arm was for this customer".into(),
            Self::Joined { arms: 1 } => "the arm came to its end".into(),
            Self::Joined { arms } => format!("all {arms} arms came to their end"),
            Self::SubJourneyEnded { journey, how } => format!("“{journey}” ended: {}", how.sentence()),
            Self::Moved { version } => format!("version {version} was published, and runs go on in it here"),
            Self::Restarted { version } => format!("version {version} was published, and runs begin again"),
            Self::Quoted => "the prices were promised".into(),
            Self::NotQuoted { detail } => format!("no price could be promised ({detail})"),
            Self::OfferChosen { offer } => format!("the offer “{offer}” was chosen"),
            Self::NoOffer => "no offer may be made".into(),
            Self::ArticleHelped { article } => format!("the article “{article}” helped"),
            Self::ArticleDidNotHelp { article } => format!("the article “{article}” did not help"),
            Self::NoArticle => "no article answers it".into(),
        }
    }
}

impl SlotSource {
    pub fn sentence(&self) -> String {
        match self {
            Self::Answer => "the customer answered".into(),
            Self::Known { expression } => format!("it stood in {expression}"),
            Self::Call { endpoint } => format!("{endpoint} returned it"),
            Self::WorkedOut { by } => format!("{by} gave it"),
            Self::Agent { agent } => format!("{agent} filled it in"),
            Self::Journey { journey } => format!("the journey “{journey}” knew it"),
        }
    }
}

impl EntryRefusal {
    pub fn sentence(&self) -> String {
        match self {
            Self::Running { run } => format!("{run} is under way"),
            Self::OnceOnly { entered } => format!("it is entered once, and was at {entered}"),
            Self::TooSoon { entered, again_at } => {
                format!("it was entered at {entered} and may be again from {again_at}")
            }
            Self::SameKey { key } => format!("there was a run for “{key}” already"),
            Self::TooOld { happened } => format!("the event is from {happened}, too long ago"),
            Self::TooManyRuns => "the customer has too many runs under way".into(),
            Self::Excluded { journey, group } => {
                format!("the customer is in “{journey}”, and of the group “{group}” in one at a time")
            }
            Self::LimitReached { entries, per, again_at } => {
                format!("it is entered {entries} times per {per} at most, so again from {again_at}")
            }
            Self::Missed { due } => format!("its time was {due}, too long ago"),
            Self::CapReached { entries, per: Some(per), again_at } => {
                let again = again_at.map(|at| format!("; there is room again at {at}")).unwrap_or_default();
                format!("it takes {entries} in {per} of all customers together, and they had come{again}")
            }
            Self::CapReached { entries, per: None, .. } => {
                format!("it takes {entries} of all customers together, and they had come")
            }
        }
    }
}

impl Ending {
    /// The kind of ending, by which runs are counted.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Goal { .. } => "goal",
            Self::Exit { .. } => "exit",
            Self::ExitRule { .. } => "exit_rule",
            Self::Stopped => "stopped",
            Self::CallFailed { .. } => "call_failed",
            Self::GaveUp { .. } => "gave_up",
            Self::Endless { .. } => "endless",
            Self::HandOverLoop { .. } => "hand_over_loop",
            Self::Displaced { .. } => "displaced",
            Self::Replaced { .. } => "replaced",
            Self::WithParent => "with_parent",
            Self::Joined => "joined",
        }
    }

    pub fn sentence(&self) -> String {
        match self {
            Self::Finished => "its last step was done".into(),
            Self::Goal { goal } => format!("the goal “{goal}” was reached"),
            Self::Exit { reason } => reason.to_string(),
            Self::ExitRule { rule } => format!("the exit rule {rule} applied"),
            Self::Stopped => "the customer asked to stop".into(),
            Self::CallFailed { step, detail } => format!("the call of “{step}” did not succeed ({detail})"),
            Self::GaveUp { step } => format!("no answer came at “{step}”"),
            Self::Endless { step } => format!("too many steps at once, the last was “{step}”"),
            Self::HandOverLoop { step, queue } => {
                format!("“{step}” handed over to “{queue}” again and again")
            }
            Self::Displaced { journey } => format!("“{journey}”, which comes before it, began"),
            Self::Replaced { version } => {
                format!("version {version} was published, which ends runs under way")
            }
            Self::WithParent => "the run that it was a part of ended".into(),
            Self::Joined => "it came to where the arms meet".into(),
        }
    }
}

/// What happened to who is who.
fn identity(note: &Note) -> String {
    match note {
        Note::IdentifierRefused { namespace, reason } => {
            format!("The {namespace} was not taken as an identifier: {reason}.")
        }
        Note::CustomersMerged { kept, merged, reason } => {
            format!("{merged} became part of {kept}: {reason}.")
        }
        Note::CustomersParted { kept, parted, reason } => {
            format!("{parted} was parted from {kept}: {reason}.")
        }
        _ => String::new(),
    }
}

fn medium(channel: &Channel) -> &str {
    match channel.as_str() {
        "webchat" => "web chat",
        "email" => "e-mail",
        "web" => "the web",
        "sms" => "SMS",
        other => other,
    }
}

fn preferred(purpose: Option<Purpose>, channel: Option<&Channel>) -> String {
    let messages = purpose.map_or("messages".to_owned(), |purpose| format!("{} messages", purpose.as_str()));
    match channel {
        Some(channel) => format!("The customer wishes for {messages} by {}.", medium(channel)),
        None => format!("The customer has no wish any more how {messages} come."),
    }
}

fn picked_up(from: &Channel, to: &Channel, questions_left: u16) -> String {
    let questions = if questions_left == 1 { "one question" } else { &format!("{questions_left} questions") };
    format!("Silent by {}; picked up by {} with {questions} left.", medium(from), medium(to))
}

fn settled(outcome: &OutcomeKind) -> String {
    match outcome {
        OutcomeKind::Started { attempt } => format!("Attempt {attempt} began."),
        OutcomeKind::Done { reference: Some(reference), .. } => {
            format!("Done; the receiver calls it {reference}.")
        }
        OutcomeKind::Done { reference: None, .. } => "Done.".into(),
        OutcomeKind::Retry { reason, .. } => format!("Not done yet, to be tried again: {reason}."),
        OutcomeKind::Failed { reason } => format!("Failed: {reason}."),
        OutcomeKind::Refused { reason, .. } => format!("Refused: {reason}."),
        OutcomeKind::Accepted { .. } => "Taken; a report of its delivery will follow.".into(),
        OutcomeKind::Uncertain { reason } => format!("Uncertain whether it happened: {reason}."),
    }
}

fn consent(note: &Note) -> String {
    let Note::ConsentChanged { purpose, channel, granted, reason } = note else { return String::new() };
    let place = channel.as_ref().map_or("every channel", medium);
    let verb = if *granted { "agreed to" } else { "said no to" };
    format!("The customer {verb} {} on {place}: {reason}.", purpose.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{RunId, Timestamp};

    #[test]
    fn a_note_survives_encoding_and_reads_as_a_sentence() {
        let note = Note::MessageHeld {
            channel: Channel::EMAIL,
            purpose: Purpose::Marketing,
            reason: HeldReason::Revoked {
                purpose: Purpose::Marketing,
                channel: Channel::EMAIL,
                time: Timestamp(0),
                said_on: Channel::WEBCHAT,
                seq: crate::Seq(4),
            },
            run: Some(RunId(7)),
        };
        let bytes = minicbor::to_vec(&note).unwrap();
        assert_eq!(minicbor::decode::<Note>(&bytes).unwrap(), note);
        assert_eq!(
            note.sentence(),
            "Held a marketing message by e-mail: the customer said no to marketing by web chat at 1970-01-01T00:00:00.000Z."
        );
        assert_eq!(serde_json::to_value(&note).unwrap()["note"], "message_held");
    }
}
