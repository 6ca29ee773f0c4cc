//! Taking what an event tells of orders, tickets and complaints into the facts of its strand.

use model::{Event, Timestamp, Value};

use super::Service;
use super::case::{Case, CaseKind, Solution};
use super::line::{Line, lines, money};
use super::order::Order;
use super::register::{Moment, earliest, latest_of};
use super::remark::Remark;
use super::words::{Happening, Words};

/// An event, ready to be taken in.
struct Told<'a> {
    words: &'a Words,
    properties: Value,
    at: Moment,
    /// A name for what names itself not.
    nameless: String,
}

impl Words {
    /// Takes the event in; whether it told anything.
    pub fn note(
        &self,
        service: &mut Option<Box<Service>>,
        event: &Event,
        time: Timestamp,
        message: u128,
    ) -> bool {
        let Some(happening) = self.happening(&event.name) else { return false };
        // Both halves: what journeys tell in one step shares the upper one.
        let tie = (message >> 64) as u64 ^ (message as u64).rotate_left(32);
        let at = Moment { time, tie, channel: event.stamp.channel.clone() };
        let told = Told {
            words: self,
            properties: Value::Map(event.properties().into()),
            nameless: format!("{}-{tie:016x}", time.0),
            at,
        };
        match happening {
            Happening::ComplaintOpened | Happening::ComplaintUpdated | Happening::ComplaintSolved => {
                told.case(service, CaseKind::Complaint, "complaint", happening)
            }
            Happening::TicketOpened | Happening::TicketUpdated | Happening::TicketSolved => {
                told.case(service, CaseKind::Ticket, "ticket", happening)
            }
            Happening::NoteTaken => told.remark(service),
            Happening::OrderPlaced
            | Happening::OrderUpdated
            | Happening::OrderCancelled
            | Happening::OrderPaid
            | Happening::OrderRefunded
            | Happening::OrderShipped
            | Happening::ShipmentUpdated
            | Happening::ShipmentDelivered
            | Happening::ReturnRequested
            | Happening::ReturnReceived
            | Happening::ReturnCancelled => told.order(service, happening),
        }
    }
}

impl Told<'_> {
    fn text(&self, thing: &str) -> Option<Box<str>> {
        self.words.text(&self.properties, thing)
    }

    fn lines(&self) -> Option<Box<[Line]>> {
        lines(&self.properties, self.words, self.currency())
    }

    fn currency(&self) -> Option<model::Currency> {
        let named = self.text("currency").and_then(|text| text.to_uppercase().parse().ok());
        named.or(self.words.currency)
    }

    fn money(&self, thing: &str) -> Option<model::Money> {
        money(self.words.value(&self.properties, thing)?, self.currency())
    }

    /// Whether it is about something that has left already.
    fn is_past(&self, service: &Service) -> bool {
        service.left.is_some_and(|left| self.at.time <= left)
    }

    fn order(&self, service: &mut Option<Box<Service>>, happening: Happening) -> bool {
        let Some(number) = self.text("order") else { return false };
        let service = service.get_or_insert_default();
        if service.order(&number).is_none() && self.is_past(service) {
            return false;
        }
        let order = service.order_mut(&number);
        order.touch(&self.at);
        self.tell(order, happening);
        service.bound();
        true
    }

    fn tell(&self, order: &mut Order, happening: Happening) {
        let at = &self.at;
        match happening {
            Happening::OrderPlaced | Happening::OrderUpdated => {
                if happening == Happening::OrderPlaced {
                    earliest(&mut order.placed, at);
                }
                latest_of(&mut order.lines, at, self.lines());
                latest_of(&mut order.total, at, self.money("total"));
            }
            Happening::OrderCancelled => latest_of(&mut order.cancelled, at, Some(self.text("reason"))),
            Happening::OrderPaid => {
                let amount = self.money("amount").or_else(|| self.money("total"));
                if let Some(payment) = order.payment(&self.nameless) {
                    latest_of(&mut payment.amount, at, Some(amount));
                }
            }
            Happening::OrderRefunded => {
                let amount = self.money("amount").or_else(|| self.money("total"));
                if let Some(refund) = order.refund(&self.nameless) {
                    latest_of(&mut refund.amount, at, Some(amount));
                }
            }
            Happening::OrderShipped | Happening::ShipmentUpdated | Happening::ShipmentDelivered => {
                self.ship(order, happening);
            }
            Happening::ReturnRequested | Happening::ReturnReceived | Happening::ReturnCancelled => {
                self.take_back(order, happening);
            }
            Happening::ComplaintOpened
            | Happening::ComplaintUpdated
            | Happening::ComplaintSolved
            | Happening::TicketOpened
            | Happening::TicketUpdated
            | Happening::TicketSolved
            | Happening::NoteTaken => {}
        }
    }

    fn ship(&self, order: &mut Order, happening: Happening) {
        let at = &self.at;
        let key = self.text("shipment").unwrap_or_default();
        let Some(shipment) = order.shipment(&key) else { return };
        latest_of(&mut shipment.carrier, at, self.text("carrier"));
        latest_of(&mut shipment.tracking, at, self.text("tracking"));
        latest_of(&mut shipment.expected, at, self.text("expected"));
        latest_of(&mut shipment.lines, at, self.lines());
        match happening {
            Happening::OrderShipped => earliest(&mut shipment.shipped, at),
            Happening::ShipmentDelivered => earliest(&mut shipment.delivered, at),
            _ => {}
        }
    }

    fn take_back(&self, order: &mut Order, happening: Happening) {
        let at = &self.at;
        let lines = self.lines();
        // Without an id, a return is known by what comes back.
        let products = || {
            let mut products: Vec<&str> = lines.iter().flatten().map(|line| &*line.product).collect();
            products.sort_unstable();
            products.join(" ").into_boxed_str()
        };
        let key = self.text("return").unwrap_or_else(products);
        let Some(returned) = order.returned(&key) else { return };
        latest_of(&mut returned.lines, at, lines);
        latest_of(&mut returned.reason, at, self.text("reason"));
        match happening {
            Happening::ReturnRequested => earliest(&mut returned.requested, at),
            Happening::ReturnReceived => earliest(&mut returned.received, at),
            Happening::ReturnCancelled => earliest(&mut returned.cancelled, at),
            _ => {}
        }
    }

    fn remark(&self, service: &mut Option<Box<Service>>) -> bool {
        let Some(text) = self.text("note") else { return false };
        let (by, order) = (self.text("by"), self.text("order"));
        service.get_or_insert_default().remark(Remark { at: self.at.clone(), text, by, order });
        true
    }

    /// A case without a reference is known by the order it is about.
    fn case(
        &self,
        service: &mut Option<Box<Service>>,
        kind: CaseKind,
        named: &str,
        happening: Happening,
    ) -> bool {
        let order = self.text("order");
        let Some(reference) = self.text(named).or_else(|| order.clone()) else { return false };
        let service = service.get_or_insert_default();
        let known = service.cases.iter().any(|case| (case.kind, &case.reference) == (kind, &reference));
        if !known && self.is_past(service) {
            return false;
        }
        let case = service.case_mut(kind, &reference);
        case.touch(&self.at);
        self.describe(case, order, happening);
        match happening {
            Happening::ComplaintOpened | Happening::TicketOpened => case.reopen(&self.at),
            Happening::ComplaintSolved | Happening::TicketSolved => {
                let solution = Solution { how: self.text("solution"), by: self.text("by") };
                latest_of(&mut case.solved, &self.at, Some(solution));
            }
            _ => {}
        }
        service.bound();
        true
    }

    fn describe(&self, case: &mut Case, order: Option<Box<str>>, happening: Happening) {
        let solved = matches!(happening, Happening::ComplaintSolved | Happening::TicketSolved);
        let products = self.lines().map(|lines| lines.iter().map(|line| line.product.clone()).collect());
        // What is said at the end is about the solution.
        latest_of(&mut case.subject, &self.at, self.text("subject").filter(|_| !solved));
        latest_of(&mut case.severity, &self.at, self.text("severity"));
        latest_of(&mut case.order, &self.at, order);
        latest_of(&mut case.products, &self.at, products);
    }
}
