//! The vocabulary every other crate speaks: ids, time, money, values, events, records and effects.
//!
//! Nothing here reads a clock, draws randomness or does I/O. Stored shapes ([`record`]) are encoded as
//! CBOR with numbered fields, so that an old file parses for ever; each has a golden file in `golden/`.

mod catalogue;
mod channel;
mod complaint;
mod desk;
mod effect;
mod event;
mod identifier;
mod ids;
mod money;
mod note;
mod problem;
mod purpose;
pub mod record;
pub mod sms;
mod time;
mod value;
mod zone;

pub use catalogue::{Catalogue, CatalogueFile};
pub use channel::{Channel, InvalidChannel};
pub use complaint::OpenComplaint;
pub use desk::{DeskAction, InvalidPriority, Presence, Priority};
pub use effect::{
    ARTICLE_SEARCH, CHAT_LINK, ChatMessage, Effect, EffectKind, Email, HookMessage, Letter, Outcome,
    OutcomeKind, PostalAddress, Resend, Retries, Sms, UNSUBSCRIBE_LINK, WebhookCall,
};
pub use event::{
    CLAIMS_MAX, EVENT_NAME_BYTES_MAX, Event, EventKind, EventName, MalformedEvent, Stamp, named_identifiers,
};
pub use identifier::{Identifier, IdentifierHash, InvalidNamespace, Namespace};
pub use ids::{
    ConversationId, CustomerId, DecisionId, EffectId, FrameSeq, InvalidId, MessageHash, Position, QuoteId,
    RunId, Seq, SourceId, StrandId, WorkspaceName,
};
pub use money::{Currency, Decimal, InvalidMoney, Money};
pub use note::{
    DeskClock, Ending, EntryRefusal, HeldReason, Note, NoteEntry, OfferCandidate, OfferCandidates,
    OfferResponse, Proof, Reopening, SlotSource, StepReason,
};
pub use problem::{Place, Problem};
pub use purpose::Purpose;
pub use time::{InvalidTime, Span, Timestamp};
pub use value::{Value, ValueKind};
pub use zone::{Day, InvalidClock, LocalTime, TimeOfDay, Weekday, Zone};
