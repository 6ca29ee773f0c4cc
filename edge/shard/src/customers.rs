//! The customers in memory: decoded while hot, read from their rows when they come back.
//!
//! A checkpoint must show every customer as of one record, while steps go on. So the customers that changed
//! are first *marked*; a marked customer is written down before it changes again, and the rest of the marked ones
//! are written down a few at a time between batches.

use std::collections::HashSet;

use engine::Customer;
use foldhash::fast::FixedState;
use keys::{Keys, Opening};
use model::CustomerId;
use state::{StateError, Store, Table};

use crate::growing::{Parted, Pile};
use crate::rows::{customer_key, customer_row, read_customer_row};

/// Bytes of most customers' rows, about: a guess too low costs a move.
const ROW_BYTES: usize = 1_024;

/// A customer's place in memory; good until the next eviction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Slot(pub u32);

#[derive(Default)]
struct Held {
    customer: Option<Box<Customer>>,
    /// Changed since it was last marked.
    dirty: bool,
    /// Marked for the checkpoint that is being written, and not written down yet.
    marked: bool,
    /// Its last row could not be written because its key is gone: a replay needs it in memory until the frame comes
    /// that erases it.
    rowless: bool,
    /// Used since the last eviction.
    used: bool,
}

pub(crate) struct Customers {
    slots: Pile<Held>,
    free: Vec<u32>,
    index: Parted<CustomerId, u32, FixedState>,
    dirty: Pile<u32>,
    marked: Pile<u32>,
    /// Rows to delete at the next checkpoint, and those that the one being made deletes.
    gone: HashSet<CustomerId, FixedState>,
    going: HashSet<CustomerId, FixedState>,
    /// The greatest id that the last checkpoint may have a row for.
    last_row: u64,
}

/// A row a checkpoint writes; without bytes it is deleted.
pub(crate) type RowChange = (CustomerId, Option<Vec<u8>>);

impl Customers {
    pub fn new(last_row: u64) -> Self {
        Self {
            slots: Pile::default(),
            free: Vec::new(),
            index: Parted::default(),
            dirty: Pile::default(),
            marked: Pile::default(),
            gone: HashSet::default(),
            going: HashSet::default(),
            last_row,
        }
    }

    /// Brings the customer into memory; `None` when there is none of this id (any more).
    pub fn find(&mut self, id: CustomerId, rows: &RowReader<'_>) -> Result<Option<Slot>, StateError> {
        if let Some(&slot) = self.index.get(&id) {
            self.slots[slot as usize].used = true;
            return Ok(Some(Slot(slot)));
        }
        if !self.may_have_row(id) {
            return Ok(None);
        }
        Ok(rows.customer(id)?.map(|customer| self.hold(customer, false)))
    }

    /// Whether the customer is not in memory, and a row of it would be the customer.
    pub fn may_have_row(&self, id: CustomerId) -> bool {
        id.0 <= self.last_row && !self.index.contains_key(&id) && !self.has_gone(id)
    }

    /// Puts a customer in that was read from its row.
    pub fn bring(&mut self, customer: Box<Customer>) {
        self.hold(customer, false);
    }

    /// Puts a new customer in.
    pub fn insert(&mut self, customer: Box<Customer>) -> Slot {
        self.gone.remove(&customer.id);
        self.going.remove(&customer.id);
        self.hold(customer, true)
    }

    /// Where the customer of this id is, if it is in memory.
    pub fn held_slot(&self, id: CustomerId) -> Option<Slot> {
        self.index.get(&id).copied().map(Slot)
    }

    /// The customer of this id, if it is in memory.
    pub fn held_customer(&self, id: CustomerId) -> Option<&Customer> {
        self.slots[*self.index.get(&id)? as usize].customer.as_deref()
    }

    pub fn at(&self, slot: Slot) -> &Customer {
        self.slots[slot.0 as usize].customer.as_deref().expect("a slot handed out holds a customer")
    }

    /// The customer, about to change.
    pub fn at_mut(&mut self, slot: Slot, keys: &Keys, written: &mut Vec<RowChange>) -> &mut Customer {
        self.touch(slot, keys, written);
        self.slots[slot.0 as usize].customer.as_deref_mut().expect("a slot handed out holds a customer")
    }

    /// Takes the customer out for a step on another thread; [`Customers::put_back`] follows.
    pub fn take_out(&mut self, slot: Slot, keys: &Keys, written: &mut Vec<RowChange>) -> Box<Customer> {
        self.touch(slot, keys, written);
        self.slots[slot.0 as usize].customer.take().expect("a slot handed out holds a customer")
    }

    /// The same, but what a checkpoint waits for is left to the borrower: whether the customer is to be written down
    /// with [`row_of`] before it changes.
    pub fn lend(&mut self, slot: Slot) -> (Box<Customer>, bool) {
        let unwritten = self.note_change(slot);
        let customer = self.slots[slot.0 as usize].customer.take();
        (customer.expect("a slot handed out holds a customer"), unwritten)
    }

    pub fn put_back(&mut self, slot: Slot, customer: Box<Customer>) {
        self.slots[slot.0 as usize].customer = Some(customer);
    }

    /// Removes the customer.
    pub fn remove(&mut self, slot: Slot, keys: &Keys, written: &mut Vec<RowChange>) -> Box<Customer> {
        let customer = self.take_out(slot, keys, written);
        self.index.remove(&customer.id);
        self.slots[slot.0 as usize].dirty = false;
        self.free.push(slot.0);
        self.gone.insert(customer.id);
        customer
    }

    /// Marks all changed customers for a checkpoint; what is marked is written as it is now.
    pub fn mark(&mut self, written: &mut Vec<RowChange>) {
        for slot in std::mem::take(&mut self.dirty) {
            let held = &mut self.slots[slot as usize];
            // A slot is listed twice when its customer was removed and another took its place.
            if std::mem::take(&mut held.dirty) {
                held.marked = true;
                self.marked.push(slot);
            }
        }
        self.going = std::mem::take(&mut self.gone);
        written.extend(self.going.iter().map(|id| (*id, None)));
    }

    /// Writes down up to `count` marked customers; whether none is left.
    pub fn write_marked(&mut self, count: usize, keys: &Keys, written: &mut Vec<RowChange>) -> bool {
        use rayon::prelude::*;
        let mut due = self.marked.take_last(count);
        due.retain(|&slot| std::mem::take(&mut self.slots[slot as usize].marked));
        due.retain(|&slot| self.slots[slot as usize].customer.is_some());
        let first = written.len();
        let slots = &self.slots;
        let row = |&slot: &u32| slots[slot as usize].customer.as_deref().map(|held| row_of(held, keys));
        written.par_extend(due.par_iter().with_min_len(256).filter_map(row));
        for (&slot, (_, row)) in due.iter().zip(&written[first..]) {
            self.slots[slot as usize].rowless = row.is_none();
        }
        self.marked.is_empty()
    }

    /// Lets go of customers that were not used since the last call, when more than `held_max` are held.
    /// Only after a checkpoint is committed, so that the rows are as new as what is let go; none of them is of an id
    /// above `last_row`.
    pub fn evict(&mut self, held_max: usize, last_row: u64) {
        self.last_row = last_row;
        self.going.clear();
        if self.index.len() <= held_max {
            return;
        }
        for slot in 0..self.slots.len() {
            let held = &mut self.slots[slot];
            let idle = !std::mem::take(&mut held.used) && !held.dirty && !held.marked && !held.rowless;
            if let Some(customer) = held.customer.take_if(|_| idle) {
                self.index.remove(&customer.id);
                self.free.push(slot as u32);
            }
        }
    }

    /// Whether the customer's row is to be deleted.
    pub fn has_gone(&self, id: CustomerId) -> bool {
        self.gone.contains(&id) || self.going.contains(&id)
    }

    pub fn held(&self) -> usize {
        self.index.len()
    }

    /// The customers in memory that a checkpoint has not seen, for counting and hashing.
    pub fn iter(&self) -> impl Iterator<Item = &Customer> {
        self.slots.iter().filter_map(|held| held.customer.as_deref())
    }

    fn hold(&mut self, customer: Box<Customer>, dirty: bool) -> Slot {
        let id = customer.id;
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Held::default());
            (self.slots.len() - 1) as u32
        });
        self.slots[slot as usize] =
            Held { customer: Some(customer), dirty, marked: false, rowless: false, used: true };
        if dirty {
            self.dirty.push(slot);
        }
        self.index.insert(id, slot);
        Slot(slot)
    }

    fn touch(&mut self, slot: Slot, keys: &Keys, written: &mut Vec<RowChange>) {
        if self.note_change(slot)
            && let Some(customer) = self.slots[slot.0 as usize].customer.as_deref()
        {
            written.push(row_of(customer, keys));
        }
    }

    /// The customer is about to change; whether it was marked until now.
    fn note_change(&mut self, slot: Slot) -> bool {
        let held = &mut self.slots[slot.0 as usize];
        held.used = true;
        if !std::mem::replace(&mut held.dirty, true) {
            self.dirty.push(slot.0);
        }
        std::mem::take(&mut held.marked)
    }
}

/// A customer as its row. Where the keys are gone (the frame that erases it is on its way), the row is a deletion.
pub(crate) fn row_of(customer: &Customer, keys: &Keys) -> RowChange {
    let strand = customer.first_strand();
    let mut plain = Vec::with_capacity(ROW_BYTES);
    minicbor::encode(customer, &mut plain).expect("encoding into memory cannot fail");
    let mut row = customer_row(strand, plain.len() + Keys::ROW_OVERHEAD);
    let sealed = keys.seal_row(strand, &customer_key(customer.id), &plain, &mut row);
    (customer.id, sealed.is_ok().then_some(row))
}

/// Reads rows and opens them.
#[derive(Clone, Copy)]
pub(crate) struct RowReader<'a> {
    pub store: &'a dyn Store,
    pub keys: &'a Keys,
}

impl RowReader<'_> {
    pub fn customer(&self, id: CustomerId) -> Result<Option<Box<Customer>>, StateError> {
        let Some(row) = self.store.get(Table::Customers, &customer_key(id))? else { return Ok(None) };
        self.open(id, &row)
    }

    /// Opens a customer's row; `None` when its key was destroyed.
    pub fn open(&self, id: CustomerId, row: &[u8]) -> Result<Option<Box<Customer>>, StateError> {
        let damaged = |cause: String| StateError::Row { table: Table::Customers, key: id.to_string(), cause };
        let (strand, sealed) = read_customer_row(row).ok_or_else(|| damaged("it is too short".into()))?;
        match self.keys.open_row(strand, &customer_key(id), sealed) {
            Ok(plain) => {
                let customer = minicbor::decode(&plain).map_err(|error| damaged(error.to_string()))?;
                Ok(Some(Box::new(customer)))
            }
            Err(Opening::Destroyed) => Ok(None),
            Err(other) => Err(damaged(other.to_string())),
        }
    }

    /// The ids of all customers that have rows, in order.
    pub fn customer_ids(&self) -> Result<Vec<CustomerId>, StateError> {
        let mut ids = Vec::new();
        self.store.scan(Table::Customers, &[], &[0xff; 8], false, &mut |key, _| {
            ids.extend(key.try_into().ok().map(|key| CustomerId(u64::from_be_bytes(key))));
            true
        })?;
        Ok(ids)
    }
}
