//! Orders, tickets and complaints as people and touchpoints see them: the strands of a customer read as one.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use model::{Channel, Money, OpenComplaint, Span, Timestamp};
use serde::Serialize;

use super::case::{Case, CaseKind};
use super::line::Line;
use super::order::{Order, Payment, Return, Shipment};
use super::register::{Moment, Said};
use super::{Service, Words};

/// When and on which channel something was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MomentView {
    pub time: Timestamp,
    pub channel: Channel,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    Placed,
    Shipped,
    Delivered,
    Refunded,
    Cancelled,
}

/// What is with a line besides its being ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LineState {
    ReturnRequested,
    Returned,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct OrderView {
    pub number: Box<str>,
    pub status: OrderStatus,
    /// Whether something is left to do about it.
    pub open: bool,
    /// When and where it was placed; absent while only later words about it are known.
    pub placed: Option<MomentView>,
    /// The channel it came from.
    pub channel: Channel,
    pub lines: Vec<LineView>,
    /// As it was told, else what the lines come to.
    pub total: Option<Money>,
    pub cancelled: Option<MomentView>,
    pub cancelled_why: Option<Box<str>>,
    pub shipments: Vec<ShipmentView>,
    pub returns: Vec<ReturnView>,
    pub payments: Vec<PaymentView>,
    pub refunds: Vec<PaymentView>,
    /// The references of all complaints about it.
    pub complaints: Vec<Box<str>>,
    /// The last word about it.
    pub last: Option<MomentView>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LineView {
    pub product: Box<str>,
    pub name: Option<Box<str>>,
    pub quantity: f64,
    pub price: Option<Money>,
    pub total: Option<Money>,
    pub state: Option<LineState>,
    /// The references of open complaints about it.
    pub complaints: Vec<Box<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShipmentView {
    pub carrier: Option<Box<str>>,
    pub tracking: Option<Box<str>>,
    pub expected: Option<Box<str>>,
    /// The products in it; none told means all.
    pub products: Vec<Box<str>>,
    pub shipped: Option<MomentView>,
    pub delivered: Option<MomentView>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReturnView {
    /// None told means all.
    pub products: Vec<Box<str>>,
    pub reason: Option<Box<str>>,
    pub requested: Option<MomentView>,
    pub received: Option<MomentView>,
    pub cancelled: Option<MomentView>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PaymentView {
    /// Absent for all of the order.
    pub amount: Option<Money>,
    pub at: MomentView,
}

/// A ticket or a complaint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CaseView {
    pub reference: Box<str>,
    pub open: bool,
    pub subject: Option<Box<str>>,
    pub severity: Option<Box<str>>,
    pub order: Option<Box<str>>,
    /// What it is about; where only the order was named, all of its products.
    pub products: Vec<Box<str>>,
    pub opened: Option<MomentView>,
    pub solved: Option<MomentView>,
    pub solution: Option<Box<str>>,
    pub solved_by: Option<Box<str>>,
    /// Of an open complaint: when it stops holding marketing and offers, unless something more is heard of it.
    pub holds_until: Option<Timestamp>,
    pub last: Option<MomentView>,
}

/// What staff wrote down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RemarkView {
    pub at: MomentView,
    pub text: Box<str>,
    pub by: Option<Box<str>>,
    pub order: Option<Box<str>>,
}

/// All that is known, the latest first; open cases before solved ones.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ServiceView {
    pub orders: Vec<OrderView>,
    pub complaints: Vec<CaseView>,
    pub tickets: Vec<CaseView>,
    pub notes: Vec<RemarkView>,
}

impl ServiceView {
    pub(crate) fn new(service: &Service, now: Timestamp, words: &Words) -> Self {
        let open_for = words.open_for;
        let cases = |kind: CaseKind| {
            let own = service.cases.iter().filter(|case| case.kind == kind);
            let mut views: Vec<CaseView> = own.map(|case| case_view(case, service, words)).collect();
            views.sort_by_key(|case| Reverse((case.open, since(case.last.as_ref()))));
            views
        };
        let complaints = cases(CaseKind::Complaint);
        let mut orders: Vec<OrderView> =
            service.orders.iter().map(|order| order_view(order, &complaints, now, open_for)).collect();
        let placed = |order: &OrderView| since(order.placed.as_ref().or(order.last.as_ref()));
        orders.sort_by(|a, b| placed(b).cmp(&placed(a)).then_with(|| a.number.cmp(&b.number)));
        let notes = service.remarks.iter().rev().map(|remark| RemarkView {
            at: view(&remark.at),
            text: remark.text.clone(),
            by: remark.by.clone(),
            order: remark.order.clone(),
        });
        Self { orders, complaints, tickets: cases(CaseKind::Ticket), notes: notes.collect() }
    }
}

/// The complaints that are open and hold something back, those opened first before the others. One of which nothing has
/// been heard for long holds no more: often its end was told to nobody.
pub(crate) fn open_complaints(service: &Service, now: Timestamp, words: &Words) -> Vec<OpenComplaint> {
    let complaints = service.cases.iter().filter(|case| case.kind == CaseKind::Complaint);
    let holds = |case: &Case| case.holds_until(words.complaints_hold_for).filter(|until| now < *until);
    let mut open: Vec<OpenComplaint> = complaints
        .filter_map(|case| Some((case, holds(case)?)))
        .map(|(case, until)| OpenComplaint {
            reference: case.reference.clone(),
            since: case.opened.as_ref().map_or(Timestamp::MIN, |at| at.time),
            until,
            products: concerned(case, service).into(),
        })
        .collect();
    open.sort_by(|a, b| (a.since, &a.reference).cmp(&(b.since, &b.reference)));
    open
}

/// When an order that is open only for not having been closed stops being so.
pub(crate) fn open_until(order: &Order, open_for: Span) -> Option<Timestamp> {
    (!order.is_closed() && !order.has_open_return()).then(|| order.last().map(|last| last + open_for))?
}

pub(crate) fn is_open(order: &Order, now: Timestamp, open_for: Span) -> bool {
    order.has_open_return() || open_until(order, open_for).is_some_and(|until| now < until)
}

fn since(at: Option<&MomentView>) -> Timestamp {
    at.map_or(Timestamp::MIN, |at| at.time)
}

fn order_view(order: &Order, complaints: &[CaseView], now: Timestamp, open_for: Span) -> OrderView {
    let about = |case: &&CaseView| case.order.as_ref() == Some(&order.number);
    let own: Vec<&CaseView> = complaints.iter().filter(about).collect();
    let lines = order.lines.as_ref().map_or(&[] as &[Line], |said| &said.value);
    let first = order.placed.as_ref().or(order.first.as_ref());
    OrderView {
        number: order.number.clone(),
        status: status(order),
        open: is_open(order, now, open_for),
        placed: moment(&order.placed),
        channel: first.map_or(Channel::SERVER, |at| at.channel.clone()),
        lines: lines.iter().map(|line| line_view(line, order, &own)).collect(),
        total: order.total(),
        cancelled: order.cancelled.as_ref().map(|said| view(&said.at)),
        cancelled_why: order.cancelled.as_ref().and_then(|said| said.value.clone()),
        shipments: order.shipments.iter().map(shipment_view).collect(),
        returns: order.returns.iter().map(return_view).collect(),
        payments: order.payments.iter().filter_map(payment_view).collect(),
        refunds: order.refunds.iter().filter_map(payment_view).collect(),
        complaints: own.iter().map(|case| case.reference.clone()).collect(),
        last: moment(&order.last),
    }
}

fn status(order: &Order) -> OrderStatus {
    if order.cancelled.is_some() {
        OrderStatus::Cancelled
    } else if order.is_refunded() {
        OrderStatus::Refunded
    } else if order.is_delivered() {
        OrderStatus::Delivered
    } else if order.shipments.iter().any(|shipment| shipment.shipped.is_some()) {
        OrderStatus::Shipped
    } else {
        OrderStatus::Placed
    }
}

fn line_view(line: &Line, order: &Order, complaints: &[&CaseView]) -> LineView {
    let comes_back = |returned: &&Return| {
        let named = returned.lines.as_ref();
        let lists = |said: &Said<Box<[Line]>>| said.value.iter().any(|own| own.product == line.product);
        returned.cancelled.is_none() && named.is_none_or(lists)
    };
    let mut returns = order.returns.iter().filter(comes_back).peekable();
    let state = returns.peek().is_some().then(|| match returns.all(|own| own.received.is_some()) {
        true => LineState::Returned,
        false => LineState::ReturnRequested,
    });
    let about = |case: &&&CaseView| case.open && case.products.contains(&line.product);
    LineView {
        product: line.product.clone(),
        name: line.name.clone(),
        quantity: line.quantity(),
        price: line.price,
        total: line.total(),
        state,
        complaints: complaints.iter().filter(about).map(|case| case.reference.clone()).collect(),
    }
}

fn shipment_view(shipment: &Shipment) -> ShipmentView {
    ShipmentView {
        carrier: value(&shipment.carrier),
        tracking: value(&shipment.tracking),
        expected: value(&shipment.expected),
        products: products(shipment.lines.as_ref()),
        shipped: moment(&shipment.shipped),
        delivered: moment(&shipment.delivered),
    }
}

fn return_view(returned: &Return) -> ReturnView {
    ReturnView {
        products: products(returned.lines.as_ref()),
        reason: value(&returned.reason),
        requested: moment(&returned.requested),
        received: moment(&returned.received),
        cancelled: moment(&returned.cancelled),
    }
}

fn payment_view(payment: &Payment) -> Option<PaymentView> {
    let said = payment.amount.as_ref()?;
    Some(PaymentView { amount: said.value, at: view(&said.at) })
}

fn case_view(case: &Case, service: &Service, words: &Words) -> CaseView {
    let holds = case.kind == CaseKind::Complaint;
    let solved = case.solved.as_ref().filter(|_| !case.is_open());
    CaseView {
        reference: case.reference.clone(),
        open: case.is_open(),
        subject: value(&case.subject),
        severity: value(&case.severity),
        order: value(&case.order),
        products: concerned(case, service),
        opened: moment(&case.opened),
        solved: solved.map(|said| view(&said.at)),
        solution: solved.and_then(|said| said.value.how.clone()),
        solved_by: solved.and_then(|said| said.value.by.clone()),
        holds_until: case.holds_until(words.complaints_hold_for).filter(|_| holds),
        last: moment(&case.last),
    }
}

/// The products a case is about.
pub(crate) fn concerned(case: &Case, service: &Service) -> Vec<Box<str>> {
    if let Some(named) = &case.products {
        return named.value.to_vec();
    }
    let order = case.order.as_ref().and_then(|said| service.order(&said.value));
    let products: BTreeSet<Box<str>> =
        products(order.and_then(|order| order.lines.as_ref())).into_iter().collect();
    products.into_iter().collect()
}

fn products(lines: Option<&Said<Box<[Line]>>>) -> Vec<Box<str>> {
    lines.iter().flat_map(|said| &said.value).map(|line| line.product.clone()).collect()
}

fn value(said: &Option<Said<Box<str>>>) -> Option<Box<str>> {
    said.as_ref().map(|said| said.value.clone())
}

fn moment(at: &Option<Moment>) -> Option<MomentView> {
    at.as_ref().map(view)
}

fn view(at: &Moment) -> MomentView {
    MomentView { time: at.time, channel: at.channel.clone() }
}
