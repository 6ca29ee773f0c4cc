//! What agents do: they come and go, take conversations, answer, put them aside, pass them on and close them.

use model::{ConversationId, CustomerId, DeskAction, Presence, Priority, Span, Value};
use shard::Order;

use crate::world::{Halt, World};

const AGENTS: [&str; 2] = ["anna", "ben"];
const QUEUES: [&str; 2] = ["service", "leads"];

impl World {
    pub fn desk(&mut self) -> Result<(), Halt> {
        let agent = *self.random.pick(&AGENTS);
        if self.random.chance(25) {
            let presence = if self.random.chance(70) { Presence::Available } else { Presence::Away };
            return self.order(Order::Presence { agent: agent.into(), presence }).map(|_| ());
        }
        let waiting: Vec<(CustomerId, ConversationId)> = {
            let view = self.shard().view();
            view.desk().entries().map(|(customer, entry)| (customer, entry.conversation)).collect()
        };
        if waiting.is_empty() {
            return Ok(());
        }
        let (customer, conversation) = *self.random.pick(&waiting);
        let action = self.action();
        self.order(Order::Desk { by: agent.into(), customer, conversation, action }).map(|_| ())
    }

    fn action(&mut self) -> DeskAction {
        match self.random.below(12) {
            0 => DeskAction::Take,
            1 => DeskAction::Assign { agent: (*self.random.pick(&AGENTS)).into() },
            2 => DeskAction::Queue { queue: (*self.random.pick(&QUEUES)).into(), priority: None },
            3 => {
                let later = Span(self.random.between(1, 5 * Span::DAY.0));
                DeskAction::Snooze { until: self.now + later }
            }
            4 => DeskAction::Wake,
            5..=6 => {
                let results = vec![("refund".into(), Value::Int(self.random.between(1, 90)))];
                let results = if self.random.chance(50) { results } else { Vec::new() };
                DeskAction::Close { outcome: "refunded".into(), results }
            }
            7 => DeskAction::HandBack,
            8 => DeskAction::Note { text: "a note".into() },
            9 => DeskAction::Priority { priority: *self.random.pick(&Priority::ALL) },
            _ => {
                let key = self.random.chance(50).then(|| format!("k{}", self.random.below(5)).into());
                DeskAction::Reply { text: "An answer.".into(), channel: None, key }
            }
        }
    }
}
