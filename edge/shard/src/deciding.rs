//! Customers for whom something waits that only the shard can do, in the order in which it came to wait.

use std::collections::{BTreeMap, BTreeSet};

use model::{CustomerId, Seq};

#[derive(Debug, Default)]
pub(crate) struct Deciding {
    order: BTreeSet<(Seq, CustomerId)>,
    since: BTreeMap<CustomerId, Seq>,
}

impl Deciding {
    /// Since when something waits for the customer; nothing when nothing does.
    pub fn set(&mut self, customer: CustomerId, since: Option<Seq>) {
        if let Some(before) = self.since.remove(&customer) {
            self.order.remove(&(before, customer));
        }
        if let Some(since) = since {
            self.since.insert(customer, since);
            self.order.insert((since, customer));
        }
    }

    pub fn first(&self) -> Option<CustomerId> {
        self.order.first().map(|(_, customer)| *customer)
    }

    pub fn iter(&self) -> impl Iterator<Item = (Seq, CustomerId)> {
        self.order.iter().copied()
    }
}

impl From<Vec<(Seq, CustomerId)>> for Deciding {
    fn from(waiting: Vec<(Seq, CustomerId)>) -> Self {
        let mut deciding = Self::default();
        waiting.into_iter().for_each(|(since, customer)| deciding.set(customer, Some(since)));
        deciding
    }
}
