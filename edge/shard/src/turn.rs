//! A turn at the shard: reads and orders with nothing of others between them, answered when what the orders did is
//! durable.

use ledger::{Disk, RealDisk};
use model::Timestamp;

use crate::orders::OrderError;
use crate::shard::{Broken, Shard};
use crate::submission::{Consequences, Done, Order, Refusal};
use crate::view::View;

/// A shard, to be read and given orders.
pub struct Turn<'a, D: Disk> {
    shard: &'a mut Shard<D>,
    now: Timestamp,
    /// What the orders did; nothing while none was carried out.
    consequences: Option<Consequences>,
    broken: Option<Broken>,
}

/// A turn at a shard on the local disk.
pub type LocalTurn<'a> = Turn<'a, RealDisk>;

impl<'a, D: Disk> Turn<'a, D> {
    pub(crate) fn new(shard: &'a mut Shard<D>, now: Timestamp) -> Self {
        Self { shard, now, consequences: None, broken: None }
    }

    pub fn view(&mut self) -> View<'_, D> {
        self.shard.view()
    }

    /// Carries an order out. Its answer must not leave the turn but with the turn's own.
    pub fn order(&mut self, order: Order) -> Result<Done, Refusal> {
        match self.shard.order(order, self.now) {
            Ok(committed) => {
                self.consequences.get_or_insert_default().join(committed.consequences);
                Ok(committed.answer)
            }
            Err(OrderError::Refused(refusal)) => Err(refusal),
            Err(OrderError::Broken(broken)) if broken.is_full() => Err(Refusal::DiskFull),
            Err(OrderError::Broken(broken)) => {
                let refusal = Refusal::Failed(broken.to_string());
                self.broken = Some(broken);
                Err(refusal)
            }
        }
    }

    /// What others are to hear of when it is durable.
    pub(crate) fn end(self) -> Result<Option<Consequences>, Broken> {
        match self.broken {
            Some(broken) => Err(broken),
            None => Ok(self.consequences),
        }
    }
}
