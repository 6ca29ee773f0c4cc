//! Who is this? Identifiers, the identity graph, the profile and the segments of a customer.

mod identity;
mod normalise;

pub use identity::{
    CannotUnmerge, Cause, Change, Claim, Directory, DropReason, DroppedLink, Explanation, IdentityGraph,
    IdentityRules, LINKS_PER_STRAND_MAX, LineageEntry, LinkReason, NamespaceRule, Node, REFOLD_STRANDS_MAX,
    Resolution, STAFF, STRANDS_PER_CUSTOMER_MAX, apply, apply_unmerge, erase, explain, forward, resolve,
    unmerge,
};
pub use normalise::{IDENTIFIER_BYTES_MAX, InvalidEmail, InvalidIdentifier, InvalidPhone, Region, normalise};
