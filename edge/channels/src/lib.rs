//! Channels: one module for each way a business and a customer meet, and nothing else.
//!
//! A channel turns an [`model::Effect`] into bytes on the wire and reports the [`model::OutcomeKind`],
//! or turns bytes from the wire into the body of an event. It decides nothing: whether a message may go
//! out was decided in the step that asked for it. `docs/channels.md` describes each wire format.

pub mod email;
pub mod guard;
pub mod hook;
pub mod letter;
pub mod links;
pub mod signing;
pub mod sms;
pub mod webchat;
pub mod webhook;
