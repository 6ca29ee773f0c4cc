//! What happens next? Journeys, the customers' runs through them, and the conversations they are held in.
//!
//! A catalogue's journeys are compiled as a whole ([`Journeys::compile`]). A customer's part is [`Progress`];
//! [`advance`] takes it through one event, through the passing of time or past the outcome of an effect, and
//! returns what is to be done as [`Request`]s. Nothing here waits, sends or looks at a clock.
//!
//! A step kind is one file in `steps/` and one line in `kinds.rs`.

mod advance;
mod answer;
mod articles;
mod caps;
mod channels;
mod compiler;
mod content;
mod conversation;
mod date;
mod days;
mod definition;
mod desk;
mod entry;
mod explain;
mod in_flight;
mod journey;
mod journeys;
mod kinds;
mod knock;
mod layout;
mod letter;
mod media;
mod outlet;
mod parts;
mod payload;
mod plan;
mod postal;
mod progress;
mod question;
mod reach;
mod request;
mod schedule;
mod sight;
mod slot;
mod steps;
#[cfg(test)]
mod stories;
mod text;
mod trigger;
mod versions;
mod view;
mod waiting;
mod walk;
mod wish;
mod wording;
#[cfg(test)]
mod world;

pub use advance::advance;
pub use articles::{Article, ArticleText, Articles, Audience, Block, BlockKind, FoundArticle, Piece};
pub use caps::{Admitted, Cap, Caps};
pub use channels::{Extent, MessagingChannel, MessagingChannels};
pub use content::{ContentTitle, Missing, Preview, PreviewAsk, PreviewRefusal};
pub use conversation::{Conversation, HandOver, Wrote};
pub use desk::{
    Agent, CannedAnswer, Clock, Closed, Desk, DeskEntry, DeskRefusal, FieldKind, FormField, MacroAction,
    Queue, Ticket, desk_entries, form, refuse,
};
pub use explain::{ConditionExplained, EntryExplained, EntryVerdict, WayIn, explain_event, ways_in};
pub use journeys::Journeys;
pub use kinds::step_kinds;
pub use knock::Knock;
pub use layout::{Graph, GraphStep, GraphWay};
pub use progress::{Filled, Progress, Run, Visit, Waiting, WaitingFor};
pub use question::{OpenQuestion, open_questions};
pub use request::{
    AskedChoice, AskedQuote, Call, Context, Emit, Emitted, Input, Ordinals, Request, Send, mixed,
};
pub use versions::Versions;
pub use view::{OpenSlotView, RunView, SlotView, WaitingView, where_now};
