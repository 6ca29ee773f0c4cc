//! One customer's orders, tickets and complaints, of every channel.

use axum::Json;
use axum::extract::Path;
use model::Timestamp;
use recognize::{
    CaseView, LineState as State, LineView, MomentView, OrderStatus as Status, OrderView, PaymentView,
    RemarkView, ReturnView, ServiceView, ShipmentView,
};
use serde::Serialize;
use utoipa::ToSchema;

use super::customer_id;
use crate::access::{Needs, ReadCustomers};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::now;

/// When, and on which channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Told {
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    pub channel: String,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderStatus {
    Placed,
    Shipped,
    Delivered,
    Refunded,
    Cancelled,
}

#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OrderLineState {
    ReturnRequested,
    Returned,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderLine {
    pub product: String,
    pub name: Option<String>,
    pub quantity: f64,
    /// Of one, such as `19.90 EUR`.
    pub price: Option<String>,
    pub total: Option<String>,
    pub state: Option<OrderLineState>,
    /// The references of open complaints about it.
    pub complaints: Vec<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderShipment {
    pub carrier: Option<String>,
    pub tracking: Option<String>,
    /// When it is expected, in the words of who said so.
    pub expected: Option<String>,
    /// The products in it; all where none is named.
    pub products: Vec<String>,
    pub shipped: Option<Told>,
    pub delivered: Option<Told>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderReturn {
    /// The products that come back; all where none is named.
    pub products: Vec<String>,
    pub reason: Option<String>,
    pub requested: Option<Told>,
    pub received: Option<Told>,
    pub cancelled: Option<Told>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct OrderPayment {
    /// Absent for all of the order.
    pub amount: Option<String>,
    pub told: Told,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CustomerOrder {
    pub number: String,
    pub status: OrderStatus,
    /// Whether something is left to do about it.
    pub open: bool,
    /// When and where it was placed; absent while only later words about it are known.
    pub placed: Option<Told>,
    /// The channel it came from, such as `web`, `store` or `marketplace/acme`.
    pub channel: String,
    pub lines: Vec<OrderLine>,
    /// As it was told, else what the lines come to.
    pub total: Option<String>,
    pub cancelled: Option<Told>,
    pub cancelled_why: Option<String>,
    pub shipments: Vec<OrderShipment>,
    pub returns: Vec<OrderReturn>,
    pub payments: Vec<OrderPayment>,
    pub refunds: Vec<OrderPayment>,
    /// The references of all complaints about it, solved ones too.
    pub complaints: Vec<String>,
    /// The last word about it.
    pub last: Option<Told>,
}

/// A ticket or a complaint.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CustomerCase {
    pub reference: String,
    pub open: bool,
    pub subject: Option<String>,
    pub severity: Option<String>,
    /// The number of the order it is about.
    pub order: Option<String>,
    /// The products it is about; where only the order was named, all of its products.
    pub products: Vec<String>,
    pub opened: Option<Told>,
    pub solved: Option<Told>,
    pub solution: Option<String>,
    pub solved_by: Option<String>,
    /// Of an open complaint: when it stops holding marketing and offers, unless something more is heard of it.
    #[schema(value_type = Option<String>)]
    pub holds_until: Option<Timestamp>,
    /// The last word about it.
    pub last: Option<Told>,
}

/// What staff wrote down.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CustomerNote {
    pub told: Told,
    pub text: String,
    pub by: Option<String>,
    /// The number of the order it is about.
    pub order: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CustomerOrders {
    /// The latest first.
    pub orders: Vec<CustomerOrder>,
    /// Open ones first, then the latest.
    pub complaints: Vec<CustomerCase>,
    /// Open ones first, then the latest.
    pub tickets: Vec<CustomerCase>,
    /// The latest first.
    pub notes: Vec<CustomerNote>,
    /// Why messages for some purposes are held, in words; absent while none are.
    pub held: Option<String>,
}

pub fn add(operations: Operations) -> Operations {
    let get = Operation::get("/api/v1/customers/{id}/orders", "get_orders", "orchestrate");
    operations.add(get.answers::<CustomerOrders>().fails(&[400, 404]), get_orders)
}

async fn get_orders(
    caller: Needs<ReadCustomers>,
    Path(id): Path<String>,
) -> Result<Json<CustomerOrders>, Problem> {
    let asked = customer_id(&id)?;
    let read = caller.workspace.handle.view(move |view| {
        let time = view.time().max(now());
        let engine = view.engine().clone();
        let customer = view.customer(asked)?.ok_or_else(|| Problem::not_found("customer", asked))?;
        let held = engine.held_for_complaint(customer, time).map(|reason| reason.sentence());
        Ok::<_, Problem>(orders(engine.service(customer, time), held))
    });
    read.await?.map(Json)
}

/// The view as it is shown; `held` tells why messages wait.
pub fn orders(view: ServiceView, held: Option<String>) -> CustomerOrders {
    CustomerOrders {
        orders: view.orders.into_iter().map(order).collect(),
        complaints: view.complaints.into_iter().map(case).collect(),
        tickets: view.tickets.into_iter().map(case).collect(),
        notes: view.notes.into_iter().map(note).collect(),
        held,
    }
}

fn order(view: OrderView) -> CustomerOrder {
    CustomerOrder {
        number: view.number.into(),
        status: match view.status {
            Status::Placed => OrderStatus::Placed,
            Status::Shipped => OrderStatus::Shipped,
            Status::Delivered => OrderStatus::Delivered,
            Status::Refunded => OrderStatus::Refunded,
            Status::Cancelled => OrderStatus::Cancelled,
        },
        open: view.open,
        placed: view.placed.map(told),
        channel: view.channel.to_string(),
        lines: view.lines.into_iter().map(line).collect(),
        total: view.total.map(|total| total.to_string()),
        cancelled: view.cancelled.map(told),
        cancelled_why: view.cancelled_why.map(Into::into),
        shipments: view.shipments.into_iter().map(shipment).collect(),
        returns: view.returns.into_iter().map(returned).collect(),
        payments: view.payments.into_iter().map(payment).collect(),
        refunds: view.refunds.into_iter().map(payment).collect(),
        complaints: texts(view.complaints),
        last: view.last.map(told),
    }
}

fn line(view: LineView) -> OrderLine {
    OrderLine {
        product: view.product.into(),
        name: view.name.map(Into::into),
        quantity: view.quantity,
        price: view.price.map(|price| price.to_string()),
        total: view.total.map(|total| total.to_string()),
        state: view.state.map(|state| match state {
            State::ReturnRequested => OrderLineState::ReturnRequested,
            State::Returned => OrderLineState::Returned,
        }),
        complaints: texts(view.complaints),
    }
}

fn shipment(view: ShipmentView) -> OrderShipment {
    OrderShipment {
        carrier: view.carrier.map(Into::into),
        tracking: view.tracking.map(Into::into),
        expected: view.expected.map(Into::into),
        products: texts(view.products),
        shipped: view.shipped.map(told),
        delivered: view.delivered.map(told),
    }
}

fn returned(view: ReturnView) -> OrderReturn {
    OrderReturn {
        products: texts(view.products),
        reason: view.reason.map(Into::into),
        requested: view.requested.map(told),
        received: view.received.map(told),
        cancelled: view.cancelled.map(told),
    }
}

fn payment(view: PaymentView) -> OrderPayment {
    OrderPayment { amount: view.amount.map(|amount| amount.to_string()), told: told(view.at) }
}

fn case(view: CaseView) -> CustomerCase {
    CustomerCase {
        reference: view.reference.into(),
        open: view.open,
        subject: view.subject.map(Into::into),
        severity: view.severity.map(Into::into),
        order: view.order.map(Into::into),
        products: texts(view.products),
        opened: view.opened.map(told),
        solved: view.solved.map(told),
        solution: view.solution.map(Into::into),
        solved_by: view.solved_by.map(Into::into),
        holds_until: view.holds_until,
        last: view.last.map(told),
    }
}

fn note(view: RemarkView) -> CustomerNote {
    CustomerNote {
        told: told(view.at),
        text: view.text.into(),
        by: view.by.map(Into::into),
        order: view.order.map(Into::into),
    }
}

fn told(view: MomentView) -> Told {
    Told { time: view.time, channel: view.channel.to_string() }
}

fn texts(texts: Vec<Box<str>>) -> Vec<String> {
    texts.into_iter().map(Into::into).collect()
}
