//! The judgement of one message: allowed with its proof, or held with its reason.

use model::{Channel, HeldReason, OpenComplaint, Proof, Purpose, StrandId, Timestamp};

use crate::Policy;
use crate::consents::{Consents, Entry, Said};

/// What is asked: may a message for this purpose go out on this channel?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    pub purpose: Purpose,
    pub channel: Channel,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Allowed { proof: Proof },
    Held(HeldReason),
}

/// Judges a message. `linked` tells since when a strand belongs to the customer; for the strand the customer
/// began with that is [`Timestamp::MIN`].
///
/// A no is lifted by a later yes on the same strand, or on another one if both strands were known to be the same
/// person when the yes was given. A yes from before the merge was given by somebody of whom we did not know that
/// they had said no, so after a merge the strictest consent wins. Yes and no at the same time is a no.
///
/// What consent allows still waits while a complaint is open, for the purposes that the policy says so of.
pub fn judge(
    consents: &Consents,
    policy: &Policy,
    ask: &Ask,
    complaints: &[OpenComplaint],
    linked: &dyn Fn(StrandId) -> Timestamp,
) -> Verdict {
    match consented(consents, policy, ask, linked) {
        Verdict::Allowed { proof } => match held_for_complaint(policy, ask.purpose, complaints) {
            Some(reason) => Verdict::Held(reason),
            None => Verdict::Allowed { proof },
        },
        held @ Verdict::Held(_) => held,
    }
}

/// Why messages for a purpose wait for a complaint, the first that was opened, if they do.
pub fn held_for_complaint(
    policy: &Policy,
    purpose: Purpose,
    complaints: &[OpenComplaint],
) -> Option<HeldReason> {
    let open = complaints.first().filter(|_| policy.complaint_holds(purpose))?;
    let (complaint, since, until) = (open.reference.clone(), open.since, Some(open.until));
    Some(HeldReason::ComplaintOpen { purpose, complaint, since, until })
}

/// What the customer's yes and no come to.
fn consented(
    consents: &Consents,
    policy: &Policy,
    ask: &Ask,
    linked: &dyn Fn(StrandId) -> Timestamp,
) -> Verdict {
    let (purpose, channel) = (ask.purpose, ask.channel.clone());
    match standing_revoke(consents, ask, linked) {
        Some(no) => {
            let (time, said_on, seq) = (no.time, no.said_on.clone(), no.seq);
            Verdict::Held(HeldReason::Revoked { purpose, channel, time, said_on, seq })
        }
        None => match latest_grant(consents, ask) {
            Some(yes) => Verdict::Allowed { proof: granted(yes) },
            None if policy.needs_opt_in(purpose, &channel) => {
                Verdict::Held(HeldReason::NoOptIn { purpose, channel })
            }
            None => Verdict::Allowed { proof: Proof::NotObjected },
        },
    }
}

/// The latest no that no yes lifts.
pub(crate) fn standing_revoke<'a>(
    consents: &'a Consents,
    ask: &Ask,
    linked: &dyn Fn(StrandId) -> Timestamp,
) -> Option<&'a Said> {
    let lifted = |no: &Entry, said: &Said| {
        concerned(consents, ask).any(|yes| {
            let known_same = if yes.strand == no.strand {
                Timestamp::MIN
            } else {
                linked(yes.strand).max(linked(no.strand))
            };
            yes.grant.as_ref().is_some_and(|grant| grant.time > said.time && grant.time >= known_same)
        })
    };
    concerned(consents, ask)
        .filter_map(|entry| entry.revoke.as_ref().filter(|said| !lifted(entry, said)))
        .max_by_key(|said| said.time)
}

pub(crate) fn latest_grant<'a>(consents: &'a Consents, ask: &Ask) -> Option<&'a Said> {
    concerned(consents, ask).filter_map(|entry| entry.grant.as_ref()).max_by_key(|said| said.time)
}

fn concerned<'a>(consents: &'a Consents, ask: &Ask) -> impl Iterator<Item = &'a Entry> {
    consents.0.iter().filter(|entry| entry.concerns(ask.purpose, &ask.channel))
}

fn granted(yes: &Said) -> Proof {
    Proof::Granted { time: yes.time, said_on: yes.said_on.clone(), seq: yes.seq, text: yes.text.clone() }
}
