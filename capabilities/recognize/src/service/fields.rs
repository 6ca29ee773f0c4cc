//! What conditions and texts may name of orders, tickets and complaints. None of it tells a channel: prices and offers
//! read the same.

use std::collections::BTreeSet;

use model::{Timestamp, Value, ValueKind};

use super::case::{Case, CaseKind};
use super::order::Order;
use super::view::{CaseView, OrderStatus, OrderView, ServiceView, concerned, is_open};
use super::{Service, Words};

/// A field by its path's meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ServiceField {
    OrdersCount,
    OrdersOpen,
    OrdersReturning,
    OrdersProducts,
    OrdersLatest(OfOrder),
    Open(CaseKind),
    Count(CaseKind),
    Products(CaseKind),
    Orders(CaseKind),
    Latest(CaseKind, OfCase),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfOrder {
    Number,
    Status,
    Total,
    Placed,
    Products,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OfCase {
    Reference,
    Subject,
    Severity,
    Order,
    Products,
    Solution,
}

use CaseKind::{Complaint, Ticket};
use ServiceField as Is;

/// Every field, with its kind.
pub(crate) const FIELDS: &[(&str, ValueKind, ServiceField)] = &[
    ("orders.count", ValueKind::Int, Is::OrdersCount),
    ("orders.open", ValueKind::Int, Is::OrdersOpen),
    ("orders.returning", ValueKind::Int, Is::OrdersReturning),
    ("orders.products", ValueKind::List, Is::OrdersProducts),
    ("orders.latest.number", ValueKind::Text, Is::OrdersLatest(OfOrder::Number)),
    ("orders.latest.status", ValueKind::Text, Is::OrdersLatest(OfOrder::Status)),
    ("orders.latest.total", ValueKind::Money, Is::OrdersLatest(OfOrder::Total)),
    ("orders.latest.placed", ValueKind::Time, Is::OrdersLatest(OfOrder::Placed)),
    ("orders.latest.products", ValueKind::List, Is::OrdersLatest(OfOrder::Products)),
    ("complaints.open", ValueKind::Int, Is::Open(Complaint)),
    ("complaints.count", ValueKind::Int, Is::Count(Complaint)),
    ("complaints.products", ValueKind::List, Is::Products(Complaint)),
    ("complaints.orders", ValueKind::List, Is::Orders(Complaint)),
    ("complaints.latest.reference", ValueKind::Text, Is::Latest(Complaint, OfCase::Reference)),
    ("complaints.latest.subject", ValueKind::Text, Is::Latest(Complaint, OfCase::Subject)),
    ("complaints.latest.severity", ValueKind::Text, Is::Latest(Complaint, OfCase::Severity)),
    ("complaints.latest.order", ValueKind::Text, Is::Latest(Complaint, OfCase::Order)),
    ("complaints.latest.products", ValueKind::List, Is::Latest(Complaint, OfCase::Products)),
    ("complaints.latest.solution", ValueKind::Text, Is::Latest(Complaint, OfCase::Solution)),
    ("tickets.open", ValueKind::Int, Is::Open(Ticket)),
    ("tickets.count", ValueKind::Int, Is::Count(Ticket)),
    ("tickets.products", ValueKind::List, Is::Products(Ticket)),
    ("tickets.orders", ValueKind::List, Is::Orders(Ticket)),
    ("tickets.latest.reference", ValueKind::Text, Is::Latest(Ticket, OfCase::Reference)),
    ("tickets.latest.subject", ValueKind::Text, Is::Latest(Ticket, OfCase::Subject)),
    ("tickets.latest.severity", ValueKind::Text, Is::Latest(Ticket, OfCase::Severity)),
    ("tickets.latest.order", ValueKind::Text, Is::Latest(Ticket, OfCase::Order)),
    ("tickets.latest.products", ValueKind::List, Is::Latest(Ticket, OfCase::Products)),
    ("tickets.latest.solution", ValueKind::Text, Is::Latest(Ticket, OfCase::Solution)),
];

impl ServiceField {
    /// Whether time alone can change it.
    pub fn is_timed(self) -> bool {
        self == Self::OrdersOpen
    }

    pub fn read(self, service: &Service, now: Timestamp, words: &Words) -> Value {
        let open_for = words.open_for;
        let cases = |kind: CaseKind| service.cases.iter().filter(move |case| case.kind == kind);
        let open = |kind: CaseKind| cases(kind).filter(|case| case.is_open());
        match self {
            Self::OrdersCount => {
                count(service.orders.iter().filter(|order| order.cancelled.is_none()).count())
            }
            Self::OrdersOpen => {
                count(service.orders.iter().filter(|order| is_open(order, now, open_for)).count())
            }
            Self::OrdersReturning => {
                count(service.orders.iter().filter(|order| order.has_open_return()).count())
            }
            Self::OrdersProducts => ordered(service),
            Self::OrdersLatest(of) => of.read(&ServiceView::new(service, now, words)),
            Self::Open(kind) => count(open(kind).count()),
            Self::Count(kind) => count(cases(kind).count()),
            Self::Products(kind) => {
                texts(open(kind).flat_map(|case: &Case| concerned(case, service)).collect())
            }
            Self::Orders(kind) => {
                texts(open(kind).filter_map(|case| Some(case.order.as_ref()?.value.clone())).collect())
            }
            Self::Latest(kind, of) => {
                let view = ServiceView::new(service, now, words);
                let cases = match kind {
                    Complaint => view.complaints,
                    Ticket => view.tickets,
                };
                cases.first().map_or(Value::Null, |case| of.read(case))
            }
        }
    }
}

impl OfOrder {
    fn read(self, view: &ServiceView) -> Value {
        let Some(order) = view.orders.first() else { return Value::Null };
        match self {
            Self::Number => Value::text(order.number.clone()),
            Self::Status => Value::text(status(order)),
            Self::Total => order.total.map_or(Value::Null, Value::Money),
            Self::Placed => order.placed.as_ref().map_or(Value::Null, |at| Value::Time(at.time)),
            Self::Products => list(order.lines.iter().map(|line| line.product.clone())),
        }
    }
}

impl OfCase {
    fn read(self, case: &CaseView) -> Value {
        let text = |text: &Option<Box<str>>| text.clone().map_or(Value::Null, Value::Text);
        match self {
            Self::Reference => Value::text(case.reference.clone()),
            Self::Subject => text(&case.subject),
            Self::Severity => text(&case.severity),
            Self::Order => text(&case.order),
            Self::Solution => text(&case.solution),
            Self::Products => list(case.products.iter().cloned()),
        }
    }
}

fn status(order: &OrderView) -> &'static str {
    match order.status {
        OrderStatus::Placed => "placed",
        OrderStatus::Shipped => "shipped",
        OrderStatus::Delivered => "delivered",
        OrderStatus::Refunded => "refunded",
        OrderStatus::Cancelled => "cancelled",
    }
}

/// The products of all orders that stand.
fn ordered(service: &Service) -> Value {
    let standing = service.orders.iter().filter(|order: &&Order| order.cancelled.is_none());
    let lines = standing.filter_map(|order| order.lines.as_ref()).flat_map(|said| &said.value);
    texts(lines.map(|line| line.product.clone()).collect())
}

fn texts(texts: BTreeSet<Box<str>>) -> Value {
    list(texts.into_iter())
}

fn list(texts: impl Iterator<Item = Box<str>>) -> Value {
    Value::List(texts.map(Value::Text).collect())
}

fn count(count: usize) -> Value {
    Value::Int(count as i64)
}
