//! Which run a note is about.

use super::Note;
use crate::RunId;

impl Note {
    /// The run the note is about, if it is about one.
    pub fn run(&self) -> Option<RunId> {
        match self {
            Self::JourneyStarted { run, .. }
            | Self::StepReached { run, .. }
            | Self::Asked { run, .. }
            | Self::SlotFilled { run, .. }
            | Self::AnswerRefused { run, .. }
            | Self::PickedUp { run, .. }
            | Self::CallAsked { run, .. }
            | Self::GoalReached { run, .. }
            | Self::AnswerPostponed { run, .. }
            | Self::RunMoved { run, .. }
            | Self::JourneyEnded { run, .. }
            | Self::ArticleJudged { run, .. } => Some(*run),
            Self::MessageHeld { run, .. }
            | Self::OfferDecided { run, .. }
            | Self::QuoteMade { run, .. }
            | Self::ConversationQueued { run, .. }
            | Self::ArticleSent { run, .. } => *run,
            Self::SegmentEntered { .. }
            | Self::SegmentLeft { .. }
            | Self::JourneyNotStarted { .. }
            | Self::MessageDecided { .. }
            | Self::EffectSettled { .. }
            | Self::IdentifierRefused { .. }
            | Self::CustomersMerged { .. }
            | Self::CustomersParted { .. }
            | Self::ConsentChanged { .. }
            | Self::OfferAnswered { .. }
            | Self::OfferTaken { .. }
            | Self::OfferGoalReached { .. }
            | Self::ConversationAssigned { .. }
            | Self::ConversationSnoozed { .. }
            | Self::ConversationClosed { .. }
            | Self::ConversationReopened { .. }
            | Self::ConversationHandedBack { .. }
            | Self::PrivateNote { .. }
            | Self::ConversationChanged { .. }
            | Self::ServiceLevel { .. }
            | Self::ChannelPreferred { .. } => None,
        }
    }
}
