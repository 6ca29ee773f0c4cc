//! SMS: text messages over a carrier's message centre, by SMPP 3.4.
//!
//! One connection (`bind_transceiver`) per workspace carries messages out, their delivery receipts and the
//! customers' own messages in. It is bound again whenever it breaks.

mod awaited;
mod centre;
#[cfg(test)]
mod centre_tests;
mod config;
mod inbound;
mod link;
pub mod pdu;
mod receipt;
mod recent;
mod sender;
mod session;
#[cfg(test)]
mod tests;
mod tls;

pub use awaited::Reported;
pub use centre::{Arrived, Carried, MessageCentre, OnTelephone, Typed};
pub use config::{InvalidSmsConfig, Joining, MessageIds, SmsConfig};
pub use inbound::InboundSms;
pub use sender::{Incoming, LinkState, SmsSender};
