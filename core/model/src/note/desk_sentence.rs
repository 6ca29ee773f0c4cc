//! Notes about conversations: which one, and what happened at the desk in plain words.

use super::{DeskClock, Note, Reopening};
use crate::ConversationId;

impl Note {
    /// The conversation the note is about, if it is about one.
    pub fn conversation(&self) -> Option<ConversationId> {
        match self {
            Self::PickedUp { conversation, .. }
            | Self::MessageDecided { conversation, .. }
            | Self::ConversationQueued { conversation, .. }
            | Self::ConversationAssigned { conversation, .. }
            | Self::ConversationSnoozed { conversation, .. }
            | Self::ConversationClosed { conversation, .. }
            | Self::ConversationReopened { conversation, .. }
            | Self::ConversationHandedBack { conversation, .. }
            | Self::PrivateNote { conversation, .. }
            | Self::ConversationChanged { conversation, .. }
            | Self::ServiceLevel { conversation, .. }
            | Self::ArticleSent { conversation, .. } => Some(*conversation),
            _ => None,
        }
    }
}

/// One plain sentence; empty for notes of others.
pub(super) fn of(note: &Note) -> String {
    match note {
        Note::ConversationQueued { queue, priority, why, .. } => {
            format!("Handed over to “{queue}” with {priority} priority: {why}.")
        }
        Note::ConversationAssigned { agent, by, .. } if agent == by => {
            format!("{agent} took the conversation.")
        }
        Note::ConversationAssigned { agent, by, .. } => {
            format!("{by} assigned the conversation to {agent}.")
        }
        Note::ConversationSnoozed { until, by, .. } => {
            format!("{by} put the conversation aside until {until}.")
        }
        Note::ConversationClosed { outcome, by, .. } => format!("{by} closed the conversation: {outcome}."),
        Note::ConversationReopened { cause, .. } => match cause {
            Reopening::CustomerWrote => "The conversation is back: the customer wrote.".into(),
            Reopening::TimeCame => "The conversation is back: its time has come.".into(),
            Reopening::Staff { by } => format!("{by} reopened the conversation."),
        },
        Note::ConversationHandedBack { by, .. } => format!("{by} gave the conversation back to the bot."),
        Note::PrivateNote { text, by, .. } => format!("{by} noted: {text}"),
        Note::ConversationChanged { subject: Some(subject), by, .. } => {
            format!("{by} named the conversation “{subject}”.")
        }
        Note::ConversationChanged { priority: Some(priority), by, .. } => {
            format!("{by} set the priority to {priority}.")
        }
        Note::ServiceLevel { queue, clock, breached, .. } => {
            let what = match clock {
                DeskClock::FirstResponse => "first response",
                DeskClock::Resolution => "resolution",
            };
            match breached {
                true => format!("The {what} promised by “{queue}” was not given in time."),
                false => format!("The {what} promised by “{queue}” is due soon."),
            }
        }
        Note::ArticleSent { article, language, by: Some(by), .. } => {
            format!("{by} sent the article “{article}” ({language}).")
        }
        Note::ArticleSent { article, language, .. } => format!("Sent the article “{article}” ({language})."),
        Note::ArticleJudged { article, helped: true, .. } => format!("The article “{article}” helped."),
        Note::ArticleJudged { article, .. } => format!("The article “{article}” did not help."),
        _ => String::new(),
    }
}
