//! E-mail: out by SMTP, in by an LMTP listener behind any mail server.

mod address;
mod bounce;
mod compose;
mod html;
mod inbound;
mod lmtp;
mod message;
mod outbound;
mod quoted;
mod signature;
mod smtp;

pub use address::{ReplyAddresses, ReplyToken};
pub use bounce::Bounce;
pub use inbound::{Inbound, LmtpConfig, Refusal, serve};
pub use message::{InboundEmail, MailKind, Reading, Sender, UnreadableMail, read};
pub use outbound::{EmailConfig, EmailSender, InvalidEmailConfig, Password, Tls};
pub use quoted::without_quotes;
pub use signature::without_signature;
