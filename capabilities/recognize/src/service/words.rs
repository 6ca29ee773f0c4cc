//! `service.yaml`: which events and properties tell of orders, tickets and complaints. Nothing in it is needed: what the
//! Segment Spec calls them, and the names of `docs/orders-and-service.md`, are understood without.

use std::collections::BTreeMap;

use model::{Catalogue, Currency, Problem, Span, Value};
use schemars::JsonSchema;
use serde::Deserialize;

use super::line::text;
use crate::definitions::read;

pub const FILE: &str = "service.yaml";

/// How long an order of which nothing more is heard counts as open.
const OPEN_FOR: Span = Span(60 * Span::DAY.0);

/// How long a complaint of which nothing more is heard holds marketing: the time in which a dispute of a consumer is to be
/// settled out of court (Directive 2013/11/EU, article 8).
const COMPLAINTS_HOLD_FOR: Span = Span(90 * Span::DAY.0);

/// What an event tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    OrderPlaced,
    OrderUpdated,
    OrderCancelled,
    OrderPaid,
    OrderRefunded,
    OrderShipped,
    ShipmentUpdated,
    ShipmentDelivered,
    ReturnRequested,
    ReturnReceived,
    ReturnCancelled,
    ComplaintOpened,
    ComplaintUpdated,
    ComplaintSolved,
    TicketOpened,
    TicketUpdated,
    TicketSolved,
    NoteTaken,
}

impl Happening {
    /// The things whose properties are read where this happens.
    fn things(self) -> &'static [&'static str] {
        match self {
            Self::OrderPlaced | Self::OrderUpdated => &["order", "total", "currency", "products"],
            Self::OrderCancelled => &["order", "reason"],
            Self::OrderPaid | Self::OrderRefunded => &["order", "amount", "total", "currency"],
            Self::OrderShipped | Self::ShipmentUpdated | Self::ShipmentDelivered => {
                &["order", "shipment", "tracking", "carrier", "expected", "products"]
            }
            Self::ReturnRequested | Self::ReturnReceived | Self::ReturnCancelled => {
                &["order", "return", "products", "product", "reason"]
            }
            Self::ComplaintOpened | Self::ComplaintUpdated | Self::ComplaintSolved => {
                &["complaint", "order", "products", "product", "subject", "severity", "solution", "by"]
            }
            Self::TicketOpened | Self::TicketUpdated | Self::TicketSolved => {
                &["ticket", "order", "products", "product", "subject", "severity", "solution", "by"]
            }
            Self::NoteTaken => &["note", "by", "order"],
        }
    }
}

/// What is understood without a file.
const EVENTS: &[(Happening, &[&str])] = &[
    (Happening::OrderPlaced, &["Order Completed"]),
    (Happening::OrderUpdated, &["Order Updated"]),
    (Happening::OrderCancelled, &["Order Cancelled"]),
    (Happening::OrderPaid, &["Order Paid"]),
    (Happening::OrderRefunded, &["Order Refunded"]),
    (Happening::OrderShipped, &["Order Shipped"]),
    (Happening::ShipmentUpdated, &["Shipment Updated"]),
    (Happening::ShipmentDelivered, &["Order Delivered", "Shipment Delivered"]),
    (Happening::ReturnRequested, &["Return Requested"]),
    (Happening::ReturnReceived, &["Return Received"]),
    (Happening::ReturnCancelled, &["Return Cancelled"]),
    (Happening::ComplaintOpened, &["Complaint Opened", "Complaint Reopened"]),
    (Happening::ComplaintUpdated, &["Complaint Updated"]),
    (Happening::ComplaintSolved, &["Complaint Solved"]),
    (Happening::TicketOpened, &["Ticket Opened", "Ticket Reopened"]),
    (Happening::TicketUpdated, &["Ticket Updated"]),
    (Happening::TicketSolved, &["Ticket Solved"]),
    (Happening::NoteTaken, &["Note Taken", "Call Ended"]),
];

/// Where each thing stands in an event's properties, the first that is there.
const PROPERTIES: &[(&str, &[&str])] = &[
    ("amount", &["amount", "refund"]),
    ("carrier", &["carrier"]),
    ("complaint", &["complaint_id", "complaint"]),
    ("currency", &["currency"]),
    ("expected", &["expected", "estimated_delivery"]),
    ("name", &["name"]),
    ("note", &["text", "notes"]),
    ("order", &["order_id", "order_number"]),
    ("price", &["price"]),
    ("product", &["product_id", "sku", "product"]),
    ("products", &["products", "lines"]),
    ("quantity", &["quantity"]),
    ("reason", &["reason"]),
    ("return", &["return_id"]),
    ("severity", &["severity", "priority"]),
    ("shipment", &["shipment_id", "tracking_number"]),
    ("solution", &["solution", "resolution"]),
    ("by", &["by", "solved_by", "agent"]),
    ("subject", &["subject", "text"]),
    ("ticket", &["ticket_id", "ticket"]),
    ("total", &["total", "revenue", "value"]),
    ("tracking", &["tracking_number"]),
];

/// Names in `service.yaml` are heard besides the ones that are understood without it, and before them.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ServiceFile {
    /// The currency of amounts whose event names none.
    #[serde(default)]
    currency: Option<String>,
    /// How long an order of which nothing more is heard counts as open; 60 days unless stated.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    open_for: Option<Span>,
    /// How long an open complaint of which nothing more is heard holds marketing and offers; 90 days unless stated.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    complaints_hold_for: Option<Span>,
    /// The names of further events, by what they tell.
    #[serde(default)]
    events: BTreeMap<Happening, Vec<String>>,
    /// Where further properties stand, by what they are; a dotted name reaches into an object.
    #[serde(default)]
    properties: BTreeMap<String, Vec<String>>,
}

/// The file, ready to use.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Words {
    pub currency: Option<Currency>,
    pub open_for: Span,
    pub complaints_hold_for: Span,
    /// By name, ascending.
    events: Vec<(Box<str>, Happening)>,
    properties: BTreeMap<&'static str, Vec<Box<str>>>,
}

impl Words {
    /// What an event of this name tells.
    pub fn happening(&self, event: &str) -> Option<Happening> {
        let place = self.events.binary_search_by(|(name, _)| (**name).cmp(event)).ok()?;
        Some(self.events[place].1)
    }

    /// Every event that tells something.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        self.events.iter().map(|(name, _)| &**name)
    }

    /// The properties that such an event is known to have, without being declared.
    pub fn properties(&self, event: &str) -> impl Iterator<Item = &str> {
        let things = self.happening(event).map_or(&[] as &[&str], Happening::things);
        things.iter().flat_map(|thing| self.property(thing))
    }

    /// The paths at which a thing may stand.
    pub fn property(&self, thing: &str) -> impl Iterator<Item = &str> {
        self.properties.get(thing).into_iter().flatten().map(|path| &**path)
    }

    pub fn value<'a>(&self, of: &'a Value, thing: &str) -> Option<&'a Value> {
        self.property(thing).find_map(|path| of.at(path).filter(|value| !value.is_null()))
    }

    pub fn text(&self, of: &Value, thing: &str) -> Option<Box<str>> {
        self.property(thing).find_map(|path| text(of.at(path)?))
    }

    /// Whether events mean another thing than by `other`.
    pub fn differ(&self, other: &Self) -> bool {
        (&self.events, &self.properties, self.currency) != (&other.events, &other.properties, other.currency)
    }
}

impl Default for Words {
    fn default() -> Self {
        let mut events: Vec<(Box<str>, Happening)> = EVENTS
            .iter()
            .flat_map(|(happening, names)| names.iter().map(|name| ((*name).into(), *happening)))
            .collect();
        events.sort();
        let paths = |paths: &&[&str]| paths.iter().map(|path| (*path).into()).collect();
        let properties = PROPERTIES.iter().map(|(thing, names)| (*thing, paths(names))).collect();
        Self {
            currency: None,
            open_for: OPEN_FOR,
            complaints_hold_for: COMPLAINTS_HOLD_FOR,
            events,
            properties,
        }
    }
}

/// The workspace's words; each mistake at its place.
pub(crate) fn read_service(catalogue: &Catalogue, problems: &mut Vec<Problem>) -> Words {
    let mut words = Words::default();
    let Some(file) = catalogue.file(FILE) else { return words };
    let file: ServiceFile = read(file, problems);
    if let Some(text) = &file.currency {
        match text.parse() {
            Ok(currency) => words.currency = Some(currency),
            Err(_) => problems.push(Problem::new(
                FILE,
                "currency",
                format!("`{text}` is not a currency"),
                "Write an ISO 4217 code, such as `EUR`.",
            )),
        }
    }
    match file.open_for {
        Some(open_for) if open_for.0 <= 0 => problems.push(Problem::new(
            FILE,
            "open_for",
            "an order would never be open",
            "Write how long, such as `60d`.",
        )),
        Some(open_for) => words.open_for = open_for,
        None => {}
    }
    match file.complaints_hold_for {
        Some(hold_for) if hold_for.0 <= 0 => problems.push(Problem::new(
            FILE,
            "complaints_hold_for",
            "no complaint would hold anything",
            "Write how long, such as `90d`; in `consents.yaml`, `complaint_holds: false` lets a purpose go on.",
        )),
        Some(hold_for) => words.complaints_hold_for = hold_for,
        None => {}
    }
    words.add_events(file.events, problems);
    for (thing, paths) in file.properties {
        match words.properties.iter_mut().find(|(known, _)| **known == thing) {
            Some((_, known)) => {
                let own = paths.into_iter().map(Into::into);
                *known = own.chain(std::mem::take(known)).collect();
            }
            None => {
                let known: Vec<&str> = words.properties.keys().copied().collect();
                let message = format!("`{thing}` is nothing that is read");
                let remedy = format!("Name one of: {}.", known.join(", "));
                problems.push(Problem::new(FILE, format!("properties.{thing}"), message, remedy));
            }
        }
    }
    words
}

impl Words {
    fn add_events(&mut self, named: BTreeMap<Happening, Vec<String>>, problems: &mut Vec<Problem>) {
        let mut told: BTreeMap<Box<str>, Happening> = BTreeMap::new();
        for (happening, names) in named {
            for name in names {
                match told.get(name.as_str()) {
                    Some(before) if *before != happening => problems.push(Problem::new(
                        FILE,
                        "events",
                        format!("`{name}` stands for two things"),
                        "Let each event tell one thing.",
                    )),
                    Some(_) | None => {
                        told.insert(name.into(), happening);
                    }
                }
            }
        }
        self.events.retain(|(name, _)| !told.contains_key(name));
        self.events.extend(told);
        self.events.sort();
    }
}
