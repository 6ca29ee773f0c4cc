//! One order: what was said about it, by register.

use minicbor::{Decode, Encode};
use model::{Money, Timestamp};

use super::Service;
use super::line::{Line, sum};
use super::register::{Keyed, Latest, Moment, earliest, entry, join, join_earliest};

/// Shipments, returns and payments of one order at most.
const PARTS_MAX: usize = 50;

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Order {
    #[n(0)]
    pub number: Box<str>,
    /// The first word and the last, whatever they say.
    #[n(1)]
    pub first: Option<Moment>,
    #[n(2)]
    pub last: Option<Moment>,
    /// When and where it was placed: the earliest word that says so.
    #[n(3)]
    pub placed: Option<Moment>,
    #[n(4)]
    pub lines: Latest<Box<[Line]>>,
    #[n(5)]
    pub total: Latest<Money>,
    /// With the reason.
    #[n(6)]
    pub cancelled: Latest<Option<Box<str>>>,
    /// By key, ascending; so are the others.
    #[n(7)]
    pub shipments: Vec<Shipment>,
    #[n(8)]
    pub returns: Vec<Return>,
    #[n(9)]
    pub payments: Vec<Payment>,
    #[n(10)]
    pub refunds: Vec<Payment>,
}

/// A parcel. One without id or tracking number has an empty key and stands for the order as a whole.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Shipment {
    #[n(0)]
    pub key: Box<str>,
    #[n(1)]
    pub carrier: Latest<Box<str>>,
    #[n(2)]
    pub tracking: Latest<Box<str>>,
    /// When it is expected, in the words of who said so.
    #[n(3)]
    pub expected: Latest<Box<str>>,
    #[n(4)]
    pub lines: Latest<Box<[Line]>>,
    #[n(5)]
    pub shipped: Option<Moment>,
    #[n(6)]
    pub delivered: Option<Moment>,
}

#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Return {
    #[n(0)]
    pub key: Box<str>,
    #[n(1)]
    pub lines: Latest<Box<[Line]>>,
    #[n(2)]
    pub reason: Latest<Box<str>>,
    #[n(3)]
    pub requested: Option<Moment>,
    #[n(4)]
    pub received: Option<Moment>,
    #[n(5)]
    pub cancelled: Option<Moment>,
}

/// Money that came, or went back.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Payment {
    #[n(0)]
    pub key: Box<str>,
    /// Absent for a refund of everything.
    #[n(1)]
    pub amount: Latest<Option<Money>>,
}

impl Order {
    pub fn last(&self) -> Option<Timestamp> {
        self.last.as_ref().map(|at| at.time)
    }

    pub fn shipment(&mut self, key: &str) -> Option<&mut Shipment> {
        entry(&mut self.shipments, key, PARTS_MAX)
    }

    pub fn returned(&mut self, key: &str) -> Option<&mut Return> {
        entry(&mut self.returns, key, PARTS_MAX)
    }

    pub fn payment(&mut self, key: &str) -> Option<&mut Payment> {
        entry(&mut self.payments, key, PARTS_MAX)
    }

    pub fn refund(&mut self, key: &str) -> Option<&mut Payment> {
        entry(&mut self.refunds, key, PARTS_MAX)
    }

    /// Whether everything has arrived: what was sent, or the order as a whole.
    pub fn is_delivered(&self) -> bool {
        let arrived = |shipment: &Shipment| shipment.delivered.is_some();
        let whole = self.shipments.iter().any(|shipment| shipment.key.is_empty() && arrived(shipment));
        whole || (!self.shipments.is_empty() && self.shipments.iter().all(arrived) && self.is_all_sent())
    }

    /// Whether the shipments hold every product of the order; one that does not say what is in it holds all.
    fn is_all_sent(&self) -> bool {
        let within = |product: &str, shipment: &Shipment| {
            shipment.lines.as_ref().is_none_or(|said| said.value.iter().any(|line| *line.product == *product))
        };
        let sent = |line: &Line| self.shipments.iter().any(|shipment| within(&line.product, shipment));
        self.lines.as_ref().is_none_or(|said| said.value.iter().all(sent))
    }

    /// Whether all of it was paid back.
    pub fn is_refunded(&self) -> bool {
        let all = |refund: &Payment| refund.amount.as_ref().is_some_and(|said| said.value.is_none());
        self.refunds.iter().any(all) || self.is_paid_back()
    }

    /// As it was told, else what the lines come to.
    pub fn total(&self) -> Option<Money> {
        let told = self.total.as_ref().map(|said| said.value);
        told.or_else(|| sum(self.lines.as_ref().map_or(&[] as &[Line], |said| &said.value)))
    }

    /// Whether the refunds come to the total.
    fn is_paid_back(&self) -> bool {
        let Some(total) = self.total() else { return false };
        let amounts = self.refunds.iter().filter_map(|refund| refund.amount.as_ref()?.value);
        let back = amounts.filter(|amount| amount.currency == total.currency).map(|amount| amount.amount);
        !self.refunds.is_empty()
            && back.fold(model::Decimal::ZERO, model::Decimal::saturating_add) >= total.amount
    }

    pub fn has_open_return(&self) -> bool {
        self.returns.iter().any(Return::is_open)
    }

    /// Whether nothing is left to do about it.
    pub fn is_closed(&self) -> bool {
        (self.cancelled.is_some() || self.is_delivered() || self.is_refunded()) && !self.has_open_return()
    }

    pub fn touch(&mut self, at: &Moment) {
        earliest(&mut self.first, at);
        if self.last.as_ref().is_none_or(|last| last < at) {
            self.last = Some(at.clone());
        }
    }

    pub fn join(&mut self, other: &Self) {
        [&other.first, &other.last].into_iter().flatten().for_each(|at| self.touch(at));
        join_earliest(&mut self.placed, &other.placed);
        join(&mut self.lines, &other.lines);
        join(&mut self.total, &other.total);
        join(&mut self.cancelled, &other.cancelled);
        for shipment in &other.shipments {
            if let Some(own) = self.shipment(&shipment.key) {
                own.join(shipment);
            }
        }
        for returned in &other.returns {
            if let Some(own) = self.returned(&returned.key) {
                own.join(returned);
            }
        }
        for payment in &other.payments {
            if let Some(own) = self.payment(&payment.key) {
                join(&mut own.amount, &payment.amount);
            }
        }
        for refund in &other.refunds {
            if let Some(own) = self.refund(&refund.key) {
                join(&mut own.amount, &refund.amount);
            }
        }
    }

    pub fn heap_bytes(&self) -> usize {
        let lines = self.lines.as_ref().map_or(0, |said| size_of_val(&*said.value));
        size_of::<Self>()
            + lines
            + self.shipments.len() * size_of::<Shipment>()
            + self.returns.len() * size_of::<Return>()
            + (self.payments.len() + self.refunds.len()) * size_of::<Payment>()
    }
}

impl Return {
    pub fn is_open(&self) -> bool {
        self.received.is_none() && self.cancelled.is_none()
    }

    fn join(&mut self, other: &Self) {
        join(&mut self.lines, &other.lines);
        join(&mut self.reason, &other.reason);
        join_earliest(&mut self.requested, &other.requested);
        join_earliest(&mut self.received, &other.received);
        join_earliest(&mut self.cancelled, &other.cancelled);
    }
}

impl Shipment {
    fn join(&mut self, other: &Self) {
        join(&mut self.carrier, &other.carrier);
        join(&mut self.tracking, &other.tracking);
        join(&mut self.expected, &other.expected);
        join(&mut self.lines, &other.lines);
        join_earliest(&mut self.shipped, &other.shipped);
        join_earliest(&mut self.delivered, &other.delivered);
    }
}

impl Service {
    /// The order of a number, made where there is none yet.
    pub fn order_mut(&mut self, number: &str) -> &mut Order {
        let place = match self.orders.binary_search_by(|order| (*order.number).cmp(number)) {
            Ok(place) => place,
            Err(place) => {
                self.orders.reserve_exact(1);
                self.orders.insert(place, Order::new(number));
                place
            }
        };
        &mut self.orders[place]
    }
}

impl Order {
    fn new(number: &str) -> Self {
        Self {
            number: number.into(),
            first: None,
            last: None,
            placed: None,
            lines: None,
            total: None,
            cancelled: None,
            shipments: Vec::new(),
            returns: Vec::new(),
            payments: Vec::new(),
            refunds: Vec::new(),
        }
    }
}

impl Keyed for Shipment {
    fn key(&self) -> &str {
        &self.key
    }

    fn new(key: &str) -> Self {
        Self {
            key: key.into(),
            carrier: None,
            tracking: None,
            expected: None,
            lines: None,
            shipped: None,
            delivered: None,
        }
    }
}

impl Keyed for Return {
    fn key(&self) -> &str {
        &self.key
    }

    fn new(key: &str) -> Self {
        let key = key.into();
        Self { key, lines: None, reason: None, requested: None, received: None, cancelled: None }
    }
}

impl Keyed for Payment {
    fn key(&self) -> &str {
        &self.key
    }

    fn new(key: &str) -> Self {
        Self { key: key.into(), amount: None }
    }
}
