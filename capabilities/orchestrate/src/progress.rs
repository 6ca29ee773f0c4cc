//! A customer's progress: the runs under way, those that ended lately, and the conversations.

use std::collections::BTreeSet;

use minicbor::{Decode, Encode};
use model::{Channel, ConversationId, Ending, RunId, SlotSource, StepReason, StrandId, Timestamp, Value};

use crate::conversation::Conversation;
use crate::knock::Knock;
use crate::outlet::Fallback;
use crate::plan::Plan;
use crate::wish::Wish;

pub use crate::waiting::{Waiting, WaitingFor};

/// The most runs under way for one customer.
pub(crate) const RUNS_MAX: usize = 32;
/// Ended runs that are kept to be shown.
const ENDED_KEPT_MAX: usize = 12;
/// Entries remembered for re-entry rules; the oldest are forgotten first.
const ENTERED_KEPT_MAX: usize = 256;
/// Messages remembered so that one delivered twice answers once.
const HEARD_KEPT_MAX: usize = 32;
/// Steps of a run that are kept to be shown; the first is always kept.
const HISTORY_MAX: usize = 64;

/// Everything orchestration knows about one customer. A few bytes while nothing is under way.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub struct Progress {
    /// By id: under way, and ended but still shown.
    #[n(0)]
    pub(crate) runs: Vec<Run>,
    /// By id.
    #[n(1)]
    pub(crate) conversations: Vec<Conversation>,
    /// What re-entry rules need to know, by time.
    #[n(2)]
    pub(crate) entered: Vec<Entered>,
    /// The last messages, by time.
    #[n(3)]
    pub(crate) heard: Vec<Heard>,
    /// When schedules start runs next, for the catalogue version and the zone they were worked out for.
    #[n(4)]
    #[cbor(default)]
    pub(crate) plan: Option<Box<Plan>>,
    /// Messages that go out on another channel should their delivery fail; none where there are none.
    #[n(12)]
    #[cbor(default)]
    pub(crate) fallbacks: Option<Vec<Fallback>>,
    /// Runs that begin when the shard says so, by when they were to begin; none where there are none.
    #[n(13)]
    #[cbor(default)]
    pub(crate) knocks: Option<Vec<Knock>>,
    /// By which channel messages shall come; none where the customer never said.
    #[n(15)]
    #[cbor(default)]
    pub(crate) wishes: Option<Vec<Wish>>,
}

/// One walk through one version of a journey.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Run {
    #[n(0)]
    pub id: RunId,
    #[n(1)]
    pub journey: Box<str>,
    #[n(2)]
    pub version: u32,
    #[n(3)]
    pub strand: StrandId,
    /// Distinguishes runs of one journey where it has one for each order, ticket, ….
    #[n(4)]
    pub key: Option<Box<str>>,
    #[n(5)]
    pub started: Timestamp,
    /// What the journey uses of the event that started it, by property path.
    #[n(6)]
    pub(crate) entry: Vec<(Box<str>, Value)>,
    /// Where the customer last was, as far as this run knows.
    #[n(7)]
    pub channel: Channel,
    /// When the customer last did something in this run.
    #[n(14)]
    pub(crate) heard: Timestamp,
    #[n(8)]
    pub conversation: Option<ConversationId>,
    /// The step it stands at.
    #[n(9)]
    pub step: Box<str>,
    #[n(10)]
    pub waiting: Option<Waiting>,
    #[n(11)]
    pub slots: Vec<Filled>,
    #[n(12)]
    pub history: Vec<Visit>,
    #[n(13)]
    pub ended: Option<Ended>,
    /// The run it is a part of, which waits for it.
    #[n(15)]
    pub parent: Option<RunId>,
    /// An arm of a step that goes several ways ends where they meet.
    #[n(16)]
    pub(crate) until: Option<Box<str>>,
    /// Questions the customer wants to answer later.
    #[n(17)]
    #[cbor(default)]
    pub(crate) postponed: Vec<Box<str>>,
    /// How many runs it is within.
    #[n(18)]
    #[cbor(default)]
    pub(crate) depth: u8,
}

/// A slot with its value, and where that came from.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Filled {
    #[n(0)]
    pub slot: Box<str>,
    #[n(1)]
    pub value: Value,
    #[n(2)]
    pub source: SlotSource,
    #[n(3)]
    pub channel: Option<Channel>,
    #[n(4)]
    pub time: Timestamp,
}

/// A step the run came to, and why.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Visit {
    #[n(0)]
    pub step: Box<str>,
    #[n(1)]
    pub time: Timestamp,
    #[n(2)]
    pub reason: StepReason,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Ended {
    #[n(0)]
    pub time: Timestamp,
    #[n(1)]
    pub how: Ending,
}

/// A run that began, for the journey's re-entry rule.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(crate) struct Entered {
    #[n(0)]
    pub time: Timestamp,
    #[n(1)]
    pub journey: Box<str>,
    #[n(2)]
    pub key: Option<Box<str>>,
    #[n(3)]
    pub strand: StrandId,
}

/// A message that was taken in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(crate) struct Heard {
    #[n(0)]
    pub time: Timestamp,
    #[n(1)]
    pub message_id: Box<str>,
    #[n(2)]
    pub strand: StrandId,
}

impl Progress {
    /// When the next timer fires, if there is one.
    pub fn next_due(&self) -> Option<Timestamp> {
        let runs = self.runs.iter().filter(|run| !self.is_held_up(run)).filter_map(Run::due);
        let planned = self.plan.iter().flat_map(|plan| &plan.due).map(|planned| planned.due);
        runs.chain(planned).chain(self.desk_due()).min()
    }

    /// The catalogue versions that runs under way are pinned to.
    pub fn versions_in_use(&self) -> BTreeSet<u32> {
        self.under_way().chain(self.knocks().map(|knock| &knock.run)).map(|run| run.version).collect()
    }

    /// Whether nothing is under way or remembered; schedules to come do not count.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
            && self.conversations.is_empty()
            && self.entered.is_empty()
            && self.heard.is_empty()
            && self.fallbacks.is_none()
            && self.knocks.is_none()
            && self.wishes.is_none()
    }

    /// Whether schedules are planned for the customer.
    pub fn has_plan(&self) -> bool {
        self.plan.is_some()
    }

    pub fn drop_plan(&mut self) {
        self.plan = None;
    }

    /// All runs that are kept, the ended ones too, by id.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    pub fn under_way(&self) -> impl Iterator<Item = &Run> {
        self.runs.iter().filter(|run| run.ended.is_none())
    }

    pub fn conversations(&self) -> &[Conversation] {
        &self.conversations
    }

    /// Splits off what belongs to `strands`, when they leave the customer or are erased.
    pub fn take(&mut self, strands: &[StrandId]) -> Self {
        fn part<T>(list: &mut Vec<T>, taken: impl Fn(&T) -> bool) -> Vec<T> {
            let (gone, kept) = list.drain(..).partition(|item| taken(item));
            *list = kept;
            gone
        }
        Self {
            runs: part(&mut self.runs, |run| strands.contains(&run.strand)),
            conversations: part(&mut self.conversations, |conversation| {
                strands.contains(&conversation.strand)
            }),
            entered: part(&mut self.entered, |entered| strands.contains(&entered.strand)),
            heard: part(&mut self.heard, |heard| strands.contains(&heard.strand)),
            fallbacks: {
                let mut kept = self.fallbacks.take().unwrap_or_default();
                let gone = part(&mut kept, |fallback| strands.contains(&fallback.strand));
                self.fallbacks = Some(kept).filter(|kept| !kept.is_empty());
                Some(gone).filter(|gone| !gone.is_empty())
            },
            knocks: {
                let mut kept = self.knocks.take().unwrap_or_default();
                let gone = part(&mut kept, |knock| strands.contains(&knock.run.strand));
                self.knocks = Some(kept).filter(|kept| !kept.is_empty());
                Some(gone).filter(|gone| !gone.is_empty())
            },
            plan: self.plan.clone(),
            wishes: {
                let mut kept = self.wishes.take().unwrap_or_default();
                let gone = part(&mut kept, |wish| strands.contains(&wish.strand));
                self.wishes = Some(kept).filter(|kept| !kept.is_empty());
                Some(gone).filter(|gone| !gone.is_empty())
            },
        }
    }

    /// Takes in the progress of another customer who turned out to be the same. Runs go on as they are.
    pub fn absorb(&mut self, other: Self) {
        self.runs.extend(other.runs);
        self.runs.sort_by_key(|run| run.id);
        self.conversations.extend(other.conversations);
        self.conversations.sort_by_key(|conversation| conversation.id);
        self.entered.extend(other.entered);
        self.entered.sort();
        self.heard.extend(other.heard);
        self.heard.sort();
        if let Some(others) = other.fallbacks {
            let own = self.fallbacks.get_or_insert_default();
            own.extend(others);
            own.sort_by_key(|fallback| fallback.effect);
        }
        if let Some(others) = other.knocks {
            let own = self.knocks.get_or_insert_default();
            own.extend(others);
            own.sort_by_key(|knock| knock.since);
        }
        if let Some(others) = other.wishes {
            let own = self.wishes.get_or_insert_default();
            own.extend(others);
            own.sort_by_key(|wish| (wish.strand, wish.time));
        }
        self.plan = self.plan.take().or(other.plan);
    }

    pub(crate) fn run_mut(&mut self, id: RunId) -> Option<&mut Run> {
        self.runs.iter_mut().find(|run| run.id == id)
    }

    pub(crate) fn run(&self, id: RunId) -> Option<&Run> {
        self.runs.iter().find(|run| run.id == id)
    }

    /// Whether the message is new; remembers it.
    pub(crate) fn hear(&mut self, message_id: &str, strand: StrandId, time: Timestamp) -> bool {
        if self.heard.iter().any(|heard| &*heard.message_id == message_id) {
            return false;
        }
        self.heard.reserve_exact(1);
        self.heard.push(Heard { time, message_id: message_id.into(), strand });
        keep_last(&mut self.heard, HEARD_KEPT_MAX);
        true
    }

    pub(crate) fn remember_entry(&mut self, entered: Entered) {
        self.entered.reserve_exact(1);
        self.entered.push(entered);
        self.entered.sort();
        keep_last(&mut self.entered, ENTERED_KEPT_MAX);
    }

    /// Puts a run back in its place, and forgets ended runs beyond those that are kept. Here as elsewhere room is made for
    /// one only: most customers have one, and a list that grows by itself begins with room for four.
    pub(crate) fn put(&mut self, run: Run) {
        let place = self.runs.partition_point(|other| other.id < run.id);
        self.runs.reserve_exact(1);
        self.runs.insert(place, run);
        // Arms that ended are taken in by their run.
        let whole = self.runs.iter().filter(|run| !run.is_arm());
        let mut ended: Vec<(Timestamp, RunId)> =
            whole.filter_map(|run| run.ended.as_ref().map(|ended| (ended.time, run.id))).collect();
        ended.sort();
        let surplus = ended.len().saturating_sub(ENDED_KEPT_MAX);
        for (_, id) in &ended[..surplus] {
            self.runs.retain(|run| run.id != *id);
        }
    }
}

impl Run {
    /// Whether it is one of several ways taken at once, rather than a walk of its own.
    pub fn is_arm(&self) -> bool {
        self.until.is_some()
    }

    pub(crate) fn waiting_for(&self) -> Option<&WaitingFor> {
        self.waiting.as_ref().map(|waiting| &waiting.for_what)
    }

    pub fn due(&self) -> Option<Timestamp> {
        self.waiting.as_ref().and_then(|waiting| waiting.due)
    }

    pub fn slot(&self, name: &str) -> Option<&Filled> {
        self.slots.iter().find(|filled| &*filled.slot == name)
    }

    pub(crate) fn visit(&mut self, visit: Visit) {
        if self.history.len() >= HISTORY_MAX {
            self.history.remove(1);
        }
        self.history.reserve_exact(1);
        self.history.push(visit);
    }
}

fn keep_last<T>(list: &mut Vec<T>, most: usize) {
    let surplus = list.len().saturating_sub(most);
    list.drain(..surplus);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{Show, World, journey};

    const ASK: &str =
        "slots:\n  a: {type: int, ask: How many?}\nsteps:\n  - {id: ask, kind: ask, slots: [a]}\n";

    #[test]
    fn nothing_takes_no_space() {
        assert_eq!(minicbor::to_vec(Progress::default()).unwrap().len(), 5);
    }

    #[test]
    fn what_belongs_to_a_strand_leaves_and_comes_back_with_it() {
        let journey = journey(ASK);
        let mut world = World::new(&[&journey], Show::Ends);
        world.run("10:00:00 webchat says hello\n10:00:01 webchat does Go");
        let whole = world.progress.clone();
        assert!(!whole.is_empty() && whole.next_due().is_some());
        let taken = world.progress.take(&[StrandId(1)]);
        assert!(world.progress.is_empty());
        world.progress.absorb(taken);
        assert_eq!(world.progress, whole);
        assert!(world.progress.take(&[StrandId(2)]).is_empty());
        world.run("10:00:02 webchat says 3");
        assert_eq!(world.progress.under_way().count(), 0);
    }

    #[test]
    fn ended_runs_are_kept_for_a_while_and_memory_is_bounded() {
        let journey = journey("steps:\n  - {id: out, kind: exit}\n");
        let mut world = World::new(&[&journey], Show::Ends);
        for _ in 0..100 {
            world.run("10:00:00 webchat does Go\nwebchat says hello");
        }
        assert_eq!(world.progress.runs().len(), ENDED_KEPT_MAX);
        assert_eq!(world.progress.heard.len(), HEARD_KEPT_MAX);
        assert_eq!(world.progress.conversations().len(), 1);
    }
}
