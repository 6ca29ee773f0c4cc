//! The world outside, for the demo: the customer's mail server and the business's back office.
//!
//! They are peers on loopback that know nothing of Throughline: mail reaches them by SMTP and goes back by LMTP, calls
//! reach them by HTTP. So the demo runs the real channels.

mod mailbox;
mod office;
mod postman;

pub use mailbox::receive_mail;
pub use office::answer_calls;
pub use postman::carry_replies;
