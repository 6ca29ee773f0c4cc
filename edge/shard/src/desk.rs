//! The desk of a workspace: every conversation that waits for people or is with one, across customers, and who of the
//! agents is there. Nothing in it is personal; it follows from the customers' own states.
//!
//! Automatic assignment is decided once, while the shard is live, and recorded like what staff do. A replay repeats the
//! record and decides nothing, so that it agrees also where a conversation that counted then is erased.

use std::collections::BTreeMap;

use engine::{Engine, Input, Meta};
use ledger::Disk;
use minicbor::{Decode, Encode};
use model::record::{Command, CommandRecord};
use model::{ConversationId, CustomerId, DeskAction, Presence, Seq, StrandId, Timestamp};
use orchestrate::{Agent, DeskEntry, desk_entries};
use state::StateError;

use crate::customers::Slot;
use crate::orders::OrderError;
use crate::rows::ACTION_AAD;
use crate::shard::{Broken, Shard};
use crate::submission::{Consequences, Done, Refusal};
use crate::world::World;

/// Conversations assigned at one turn; the rest follow at the next.
const ASSIGNED_PER_TURN: usize = 64;
/// In whose name the desk itself acts.
const DESK: &str = "desk";

/// The desk, without what only the customers' states hold.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub struct DeskBook {
    #[n(0)]
    entries: BTreeMap<CustomerId, Vec<DeskEntry>>,
    #[n(1)]
    presence: BTreeMap<Box<str>, Presence>,
}

impl DeskBook {
    /// Every conversation at the desk, with its customer.
    pub fn entries(&self) -> impl Iterator<Item = (CustomerId, &DeskEntry)> {
        self.entries.iter().flat_map(|(customer, own)| own.iter().map(|entry| (*customer, entry)))
    }

    pub fn presence(&self, agent: &str) -> Presence {
        self.presence.get(agent).copied().unwrap_or_default()
    }

    /// How many conversations each agent has in hand; those put aside do not count.
    pub fn loads(&self) -> BTreeMap<&str, usize> {
        let mut loads = BTreeMap::new();
        for (_, entry) in self.entries().filter(|(_, entry)| entry.snoozed.is_none()) {
            if let Some(agent) = entry.agent.as_deref() {
                *loads.entry(agent).or_default() += 1;
            }
        }
        loads
    }

    /// Whether anything changed.
    fn put(&mut self, customer: CustomerId, entries: Vec<DeskEntry>) -> bool {
        let before = if entries.is_empty() {
            self.entries.remove(&customer)
        } else {
            self.entries.insert(customer, entries.clone())
        };
        before.unwrap_or_default() != entries
    }

    /// The conversation to assign next and the agent who gets it: the most urgent that waits longest, of those that
    /// somebody can take; the agent with the least in hand, of those who can.
    fn next_assignment(&self, engine: &Engine) -> Option<(CustomerId, ConversationId, Box<str>)> {
        let desk = engine.desk()?;
        let here = |agent: &&Agent| self.presence(&agent.name) == Presence::Available;
        if !desk.agents().any(|agent| here(&agent)) {
            return None;
        }
        let loads = self.loads();
        let load = |agent: &Agent| loads.get(&*agent.name).copied().unwrap_or_default();
        let has_room = |agent: &&Agent| load(agent) < usize::from(agent.capacity);
        let free: Vec<&Agent> = desk.agents().filter(here).filter(has_room).collect();
        let mut waiting: Vec<(CustomerId, &DeskEntry)> =
            self.entries().filter(|(_, own)| waits(own)).collect();
        waiting.sort_by_key(|(customer, own)| {
            (std::cmp::Reverse(own.priority), own.since, *customer, own.conversation)
        });
        waiting.into_iter().find_map(|(customer, own)| {
            let queue = desk.queue(&own.queue).filter(|queue| queue.automatic)?;
            let able = |agent: &&&Agent| queue.suits(agent, &own.skills);
            let agent = free.iter().filter(able).min_by_key(|agent| (load(agent), &agent.name))?;
            Some((customer, own.conversation, agent.name.clone()))
        })
    }
}

fn waits(entry: &DeskEntry) -> bool {
    entry.agent.is_none() && entry.snoozed.is_none()
}

impl World {
    /// Takes note of the customer's conversations at the desk.
    pub fn put_desk(&mut self, customer: CustomerId, entries: Vec<DeskEntry>) {
        if self.desk.put(customer, entries) {
            self.desk_changed = true;
            self.desk_revision += 1;
        }
    }

    /// The same for a customer who changed otherwise than by a step.
    pub fn refresh_desk(&mut self, slot: Slot) {
        let held = self.customers.at(slot);
        let (id, entries) = (held.id, desk_entries(&held.progress));
        self.put_desk(id, entries);
    }

    pub fn set_presence(&mut self, agent: &str, presence: Presence) {
        match presence {
            Presence::Away => drop(self.desk.presence.remove(agent)),
            Presence::Available => drop(self.desk.presence.insert(agent.into(), presence)),
        }
        self.desk_changed = true;
        self.desk_revision += 1;
    }

    /// Repeats what was done with a conversation; nothing where the key of its strand is destroyed.
    pub fn repeat_action(
        &mut self,
        (seq, now): (Seq, Timestamp),
        record: &CommandRecord,
        consequences: &mut Consequences,
    ) -> Result<(), StateError> {
        let Command::Conversation { customer, conversation, action: sealed } = &record.command else {
            return Ok(());
        };
        let Some(plain) = self.unseal(sealed, ACTION_AAD)? else { return Ok(()) };
        let action = minicbor::decode::<DeskAction>(&plain)
            .map_err(|error| StateError::Store(format!("an action of staff no longer parses: {error}")))?;
        let input = Input::Desk { conversation: *conversation, action: &action, by: &record.by };
        self.step_one(*customer, Meta { seq, now }, input, consequences)
    }
}

impl<D: Disk> Shard<D> {
    /// Something that staff do with a conversation.
    pub(crate) fn desk_order(
        &mut self,
        by: String,
        (customer, conversation): (CustomerId, ConversationId),
        action: &DeskAction,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<Done, OrderError> {
        let slot = self.world.find(customer)?.ok_or(Refusal::NoCustomer(customer))?;
        let held = self.world.customers.at(slot);
        orchestrate::refuse(&held.progress, self.world.engine.versions(), conversation, (&by, action), now)
            .map_err(|refused| Refusal::Invalid(refused.to_string()))?;
        let (customer, strand) = (held.id, strand_of(&held.progress, conversation, held.first_strand()));
        self.act((by, strand), (customer, conversation), action, now, consequences)?;
        Ok(Done::Noted)
    }

    /// Gives conversations that wait to agents who are there.
    pub(crate) fn assign_waiting(
        &mut self,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<(), Broken> {
        for _ in 0..ASSIGNED_PER_TURN {
            if !self.world.desk_changed {
                return Ok(());
            }
            let Some((customer, conversation, agent)) = self.world.desk.next_assignment(&self.world.engine)
            else {
                self.world.desk_changed = false;
                return Ok(());
            };
            let Some(slot) = self.world.find(customer)? else { return Ok(()) };
            let held = self.world.customers.at(slot);
            let strand = strand_of(&held.progress, conversation, held.first_strand());
            let action = DeskAction::Assign { agent };
            self.act((DESK.into(), strand), (customer, conversation), &action, now, consequences)?;
        }
        Ok(())
    }

    fn act(
        &mut self,
        (by, strand): (String, StrandId),
        (customer, conversation): (CustomerId, ConversationId),
        action: &DeskAction,
        now: Timestamp,
        consequences: &mut Consequences,
    ) -> Result<(), Broken> {
        let counter = self.world.last_seq.next().0;
        let plain = minicbor::to_vec(action).expect("encoding into memory cannot fail");
        let sealed = self.seal(strand, counter, ACTION_AAD, &plain)?;
        let command = Command::Conversation { customer, conversation, action: sealed };
        let seq = self.command(by.clone(), command, now, false)?;
        let input = Input::Desk { conversation, action, by: &by };
        Ok(self.world.step_one(customer, Meta { seq, now }, input, consequences)?)
    }
}

/// The strand whose key seals what is done with a conversation.
fn strand_of(progress: &orchestrate::Progress, id: ConversationId, first: StrandId) -> StrandId {
    let own = progress.conversations().iter().find(|own| own.id == id);
    own.map_or(first, |own| own.strand)
}
