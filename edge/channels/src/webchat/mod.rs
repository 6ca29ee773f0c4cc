//! Web chat: a WebSocket between a browser and the customer's thread.
//!
//! The thread holds the messages; a session only carries them. A browser that comes back says which
//! number it saw last and gets what came after, so nothing is lost and nothing shown twice. The wire
//! format is in `docs/channels.md`, the other end in `sdk/`.

mod hub;
mod protocol;
pub mod session;
mod ticket;

pub use hub::{Heard, Hub, Sign, SignOf, Subscription};
pub use protocol::{Author, ClientFrame, ErrorCode, Hello, Said, ServerFrame, ShownMessage};
pub use session::{ChatBackend, Ended, HISTORY_MAX, History, Opened, Opening, Refused, Timing};
pub use ticket::{SessionId, Ticket, Tickets};
