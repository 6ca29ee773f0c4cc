//! Orders, tickets and complaints: what the events of any channel say about them, in one model.
//!
//! They are facts of a strand like counts and traits, and live beside these: each is a join of what the events say, so
//! that late, shuffled and repeated events give the same bytes, merging reads the strands of a customer as one, and
//! unmerging folds them apart. Conditions read them as fields, and an event evaluates only what it can change.

mod case;
mod fields;
mod line;
mod note;
mod order;
mod register;
mod remark;
mod view;
mod words;

use minicbor::{Decode, Encode};
use model::Timestamp;

use case::Case;
use order::Order;
use remark::Remark;

pub(crate) use fields::{FIELDS, ServiceField};
pub use view::{
    CaseView, LineView, MomentView, OrderStatus, OrderView, PaymentView, RemarkView, ReturnView, ServiceView,
};
pub use view::{LineState, ShipmentView};
pub(crate) use view::{open_complaints, open_until};
pub(crate) use words::{ServiceFile, Words, read_service};

/// Orders, and cases, of one strand at most. Beyond that the closed ones that nothing was said about for longest leave;
/// the thread keeps all.
const KEPT_MAX: usize = 100;

/// What the events of one strand say about orders, tickets and complaints.
#[derive(Debug, Clone, PartialEq, Default, Encode, Decode)]
pub(crate) struct Service {
    /// By number, ascending.
    #[n(0)]
    pub orders: Vec<Order>,
    /// By kind and reference, ascending.
    #[n(1)]
    pub cases: Vec<Case>,
    /// The last word about any order, or case, that has left: what is as old and about an unknown one is not taken in.
    #[n(2)]
    pub left: Option<Timestamp>,
    /// What staff wrote down, the earliest first.
    #[n(3)]
    #[cbor(default)]
    pub remarks: Vec<Remark>,
}

impl Service {
    /// Takes in what another strand, or an earlier gathering of this one, says.
    pub fn join(&mut self, other: &Self) {
        self.left = self.left.max(other.left);
        for order in &other.orders {
            self.order_mut(&order.number).join(order);
        }
        other.remarks.iter().for_each(|remark| self.remark(remark.clone()));
        for case in &other.cases {
            self.case_mut(case.kind, &case.reference).join(case);
        }
    }

    /// Lets what is over the bound go.
    pub fn bound(&mut self) {
        while self.orders.len() > KEPT_MAX {
            let oldest = (0..self.orders.len()).min_by_key(|place| {
                let order = &self.orders[*place];
                (!order.is_closed(), order.last())
            });
            let Some(place) = oldest else { return };
            let gone = self.orders.remove(place);
            self.left = self.left.max(gone.last());
        }
        while self.cases.len() > KEPT_MAX {
            let oldest = (0..self.cases.len()).min_by_key(|place| {
                let case = &self.cases[*place];
                (case.is_open(), case.last())
            });
            let Some(place) = oldest else { return };
            let gone = self.cases.remove(place);
            self.left = self.left.max(gone.last());
        }
    }

    pub fn order(&self, number: &str) -> Option<&Order> {
        let place = self.orders.binary_search_by(|order| (*order.number).cmp(number)).ok()?;
        Some(&self.orders[place])
    }

    pub fn heap_bytes(&self) -> usize {
        self.orders.iter().map(Order::heap_bytes).sum::<usize>()
            + self.cases.iter().map(Case::heap_bytes).sum::<usize>()
            + self.remarks.iter().map(|remark| size_of::<Remark>() + remark.text.len()).sum::<usize>()
    }
}
