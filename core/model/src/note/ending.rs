//! How runs end, and what may happen to a conversation at the desk.

use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "how", rename_all = "snake_case")]
pub enum Ending {
    /// It reached the end of its steps.
    #[n(0)]
    Finished,
    /// A goal that ends the run was reached.
    #[n(1)]
    Goal {
        #[n(0)]
        goal: Box<str>,
    },
    /// An exit step.
    #[n(2)]
    Exit {
        #[n(0)]
        reason: Box<str>,
    },
    /// An exit rule of the journey: the event or condition that ended it.
    #[n(3)]
    ExitRule {
        #[n(0)]
        rule: Box<str>,
    },
    /// The customer asked to stop.
    #[n(4)]
    Stopped,
    /// A call did not succeed and the journey has no path for that.
    #[n(5)]
    CallFailed {
        #[n(0)]
        step: Box<str>,
        #[n(1)]
        detail: Box<str>,
    },
    /// No answer came in time and the journey has no path for that.
    #[n(6)]
    GaveUp {
        #[n(0)]
        step: Box<str>,
    },
    /// The run went through more steps at once than a journey may.
    #[n(7)]
    Endless {
        #[n(0)]
        step: Box<str>,
    },
    /// The customer was handed over again and again and the journey has no path for that.
    #[n(50)]
    HandOverLoop {
        #[n(0)]
        step: Box<str>,
        #[n(1)]
        queue: Box<str>,
    },
    /// A journey of higher priority in the same group began.
    #[n(8)]
    Displaced {
        #[n(0)]
        journey: Box<str>,
    },
    /// A version was published that ends runs under way.
    #[n(9)]
    Replaced {
        #[n(0)]
        version: u32,
    },
    /// The run that it was a part of ended.
    #[n(10)]
    WithParent,
    /// It came to where the arms meet.
    #[n(11)]
    Joined,
}

/// Why a conversation is back.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Reopening {
    #[n(0)]
    CustomerWrote,
    /// The time it was snoozed until has come.
    #[n(1)]
    TimeCame,
    #[n(2)]
    Staff {
        #[n(0)]
        by: Box<str>,
    },
}

/// What a service level counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cbor(index_only)]
pub enum DeskClock {
    /// Until an agent answers for the first time.
    #[n(0)]
    FirstResponse,
    /// Until an agent is done.
    #[n(1)]
    Resolution,
}
