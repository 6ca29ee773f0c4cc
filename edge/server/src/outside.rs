//! The world outside, for the demo: the customer's mail server, the carrier of text messages, the print
//! shop, and the business's back office.
//!
//! They are peers on loopback that know nothing of Throughline: mail reaches them by SMTP and goes back by LMTP, text
//! messages go both ways by SMPP, letters lie in a folder, calls reach them by HTTP. So the demo runs the real channels.

mod carrier;
mod mailbox;
mod office;
mod postman;
mod print_shop;

pub use carrier::carry_texts;
pub use mailbox::receive_mail;
pub use office::answer_calls;
pub use postman::carry_replies;
pub use print_shop::bring_letters;
