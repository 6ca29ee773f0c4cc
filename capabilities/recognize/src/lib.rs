//! Who is this? Identifiers, the identity graph, the profile and the segments of a customer.

mod definitions;
mod facts;
mod identity;
mod normalise;
mod profile;
mod recognition;
mod segments;
mod service;
mod view;

pub use definitions::json_schemas;
pub use facts::{Facts, INVALID_IDENTIFIERS_MAX, Noted, TRAITS_MAX};
pub use identity::{
    CannotUnmerge, Cause, Change, Claim, Directory, DropReason, DroppedLink, Explanation, IdentityGraph,
    IdentityRules, LINKS_PER_STRAND_MAX, LineageEntry, LinkReason, Lookup, NamespaceRule, Node,
    REFOLD_STRANDS_MAX, Resolution, STAFF, STRANDS_PER_CUSTOMER_MAX, apply, apply_unmerge, erase, explain,
    forward, known, plan_unmerge, resolve, unmerge,
};
pub use normalise::{IDENTIFIER_BYTES_MAX, InvalidEmail, InvalidIdentifier, InvalidPhone, Region, normalise};
pub use profile::{InvalidValue, KnownIdentifier, Profile, SegmentSince, TraitValue};
pub use recognition::Recognition;
pub use segments::{CLOCK_EVERY, Membership, Segment, Touched, Transition};
pub use service::{
    CaseView, LineState, LineView, MomentView, OrderStatus, OrderView, PaymentView, RemarkView, ReturnView,
    ServiceView, ShipmentView,
};
pub use view::{Standing, View};
