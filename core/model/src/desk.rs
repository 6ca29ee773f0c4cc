//! The desk: what members of staff do with conversations, and how urgent one is.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

use crate::{Channel, Timestamp, Value};

/// How urgent a conversation is; the greater goes first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Encode, Decode, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Priority {
    #[n(0)]
    Low,
    #[default]
    #[n(1)]
    Normal,
    #[n(2)]
    High,
    #[n(3)]
    Urgent,
}

/// The text names no priority.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no priority; use low, normal, high or urgent")]
pub struct InvalidPriority(String);

impl Priority {
    pub const ALL: [Self; 4] = [Self::Low, Self::Normal, Self::High, Self::Urgent];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
            Self::Urgent => "urgent",
        }
    }
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Priority {
    type Err = InvalidPriority;

    fn from_str(text: &str) -> Result<Self, InvalidPriority> {
        let found = Self::ALL.into_iter().find(|priority| priority.as_str() == text);
        found.ok_or_else(|| InvalidPriority(text.into()))
    }
}

/// Whether conversations may be assigned to an agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum Presence {
    #[default]
    #[n(0)]
    Away,
    #[n(1)]
    Available,
}

impl Presence {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Away => "away",
            Self::Available => "available",
        }
    }
}

/// What a member of staff does with a conversation. Texts may be personal: records hold it sealed.
#[derive(Debug, Clone, PartialEq, Encode, Decode, Serialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum DeskAction {
    /// Into a queue, out of an agent's hands.
    #[n(0)]
    Queue {
        #[n(0)]
        queue: Box<str>,
        /// As it was, unless stated.
        #[n(1)]
        priority: Option<Priority>,
    },
    /// To an agent, by the name of their token.
    #[n(1)]
    Assign {
        #[n(0)]
        agent: Box<str>,
    },
    /// To oneself, unless somebody else has it.
    #[n(2)]
    Take,
    /// Out of sight until a time, or until the customer writes.
    #[n(3)]
    Snooze {
        #[n(0)]
        until: Timestamp,
    },
    /// Back into sight.
    #[n(4)]
    Wake,
    /// The agent is done. A journey that handed the customer over goes on with the outcome.
    #[n(5)]
    Close {
        #[n(0)]
        outcome: Box<str>,
        /// Values of the journey's slots.
        #[n(1)]
        results: Vec<(Box<str>, Value)>,
    },
    /// Back to the desk after it was closed.
    #[n(6)]
    Reopen,
    /// Back to the bot, without an outcome.
    #[n(7)]
    HandBack,
    #[n(8)]
    Reply {
        #[n(0)]
        text: Box<str>,
        /// Where the customer was last, unless stated.
        #[n(1)]
        channel: Option<Channel>,
        /// Made by whoever asks; the same reply sent again is taken once.
        #[n(2)]
        key: Option<Box<str>>,
    },
    /// A note that the customer never sees.
    #[n(9)]
    Note {
        #[n(0)]
        text: Box<str>,
    },
    #[n(10)]
    Subject {
        #[n(0)]
        subject: Box<str>,
    },
    #[n(11)]
    Priority {
        #[n(0)]
        priority: Priority,
    },
    /// An article, in the words for the channel it goes out on.
    #[n(50)]
    Article {
        #[n(0)]
        article: Box<str>,
        /// The customer's own where it has it, unless stated.
        #[n(1)]
        language: Option<Box<str>>,
        /// Where the customer was last, unless stated.
        #[n(2)]
        channel: Option<Channel>,
        /// Made by whoever asks; the same sent again is taken once.
        #[n(3)]
        key: Option<Box<str>>,
    },
}
