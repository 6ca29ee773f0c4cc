//! The demo's "customer's devices": a mailbox that is a real peer of the mail channels. Only there in `throughline demo`.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::extract::{Query, State};
use model::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc, oneshot};
use utoipa::{IntoParams, ToSchema};

use super::thread_item::Direction;
use crate::access::{AnyToken, Needs};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::Api;

#[derive(Debug, Serialize, ToSchema)]
pub struct DemoDevices {
    pub available: bool,
    pub why_not: Option<String>,
    /// Base address for the chat widget; empty: this origin.
    pub chat_server: String,
    /// The demo web chat's write key.
    pub write_key: String,
    /// The write key of the demo shop's pages.
    pub site_write_key: Option<String>,
    /// The address mail comes from and goes to.
    pub shop_address: String,
    /// Mailboxes that hold mail.
    pub addresses: Vec<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MailMessage {
    pub id: String,
    /// `in`: to the customer; `out`: written by the customer.
    pub direction: Direction,
    pub from: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    /// Addresses found in the text.
    pub links: Vec<String>,
    #[schema(value_type = String, format = DateTime)]
    pub time: Timestamp,
    pub in_reply_to: Option<String>,
    /// Whose thread it is in, where known.
    pub customer: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct MailboxPage {
    /// Newest first.
    pub items: Vec<MailMessage>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub struct MailReply {
    /// The id of the message replied to.
    pub message: String,
    pub text: String,
}

#[derive(Debug, Deserialize, IntoParams)]
struct MailboxQuery {
    address: Option<String>,
}

/// A reply the customer writes, on its way to the mail server.
pub struct Outgoing {
    pub to_message: MailMessage,
    /// Where the reply goes: the message's `Reply-To`.
    pub reply_to: String,
    pub text: String,
    pub sent: oneshot::Sender<Result<MailMessage, String>>,
}

/// The mailbox of the demo. Cheap to clone.
#[derive(Clone)]
pub struct Devices(Arc<Inner>);

struct Inner {
    chat_key: String,
    site_key: String,
    shop_address: String,
    /// Each message with its `Reply-To`.
    mail: Mutex<Vec<(MailMessage, String)>>,
    outgoing: mpsc::Sender<Outgoing>,
    arrived: broadcast::Sender<String>,
}

/// Messages kept.
const MAIL_MAX: usize = 500;

impl Devices {
    /// `chat_key` and `site_key` are the write keys of the demo's web chat and shop pages.
    pub fn new(
        chat_key: String,
        site_key: String,
        shop_address: String,
        outgoing: mpsc::Sender<Outgoing>,
    ) -> Self {
        let (mail, arrived) = (Mutex::default(), broadcast::channel(64).0);
        Self(Arc::new(Inner { chat_key, site_key, shop_address, mail, outgoing, arrived }))
    }

    /// A message arrived in a mailbox, or was sent from it.
    pub fn keep(&self, message: MailMessage, reply_to: String) {
        let address = match message.direction {
            Direction::In => message.to.clone(),
            Direction::Out => message.from.clone(),
        };
        let mut mail = self.lock();
        mail.push((message, reply_to));
        if mail.len() > MAIL_MAX {
            mail.remove(0);
        }
        drop(mail);
        // Nobody may be looking.
        let _ = self.0.arrived.send(address);
    }

    /// Addresses whose mailbox changes.
    pub fn arrivals(&self) -> broadcast::Receiver<String> {
        self.0.arrived.subscribe()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<(MailMessage, String)>> {
        self.0.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub fn add(operations: Operations) -> Operations {
    let devices = Operation::get("/api/v1/demo/devices", "get_demo_devices", "demo");
    let mailbox = Operation::get("/api/v1/demo/mailbox", "get_mailbox", "demo");
    let reply = Operation::post("/api/v1/demo/mailbox/reply", "reply_to_mail", "demo");
    operations
        .add(devices.answers::<DemoDevices>(), get_demo_devices)
        .add(mailbox.query::<MailboxQuery>().answers::<MailboxPage>(), get_mailbox)
        .add(reply.takes::<MailReply>().answers::<MailMessage>().fails(&[404]), reply_to_mail)
}

async fn get_demo_devices(_: Needs<AnyToken>, State(api): State<Api>) -> Json<DemoDevices> {
    let Some(devices) = api.demo() else {
        return Json(DemoDevices {
            available: false,
            why_not: Some("The customer's devices are part of `throughline demo`.".into()),
            chat_server: String::new(),
            write_key: String::new(),
            site_write_key: None,
            shop_address: String::new(),
            addresses: Vec::new(),
        });
    };
    let addresses: BTreeSet<String> = devices
        .lock()
        .iter()
        .map(|(message, _)| match message.direction {
            Direction::In => message.to.clone(),
            Direction::Out => message.from.clone(),
        })
        .collect();
    Json(DemoDevices {
        available: true,
        why_not: None,
        chat_server: String::new(),
        write_key: devices.0.chat_key.clone(),
        site_write_key: Some(devices.0.site_key.clone()),
        shop_address: devices.0.shop_address.clone(),
        addresses: addresses.into_iter().collect(),
    })
}

async fn get_mailbox(
    _: Needs<AnyToken>,
    State(api): State<Api>,
    Query(query): Query<MailboxQuery>,
) -> Result<Json<MailboxPage>, Problem> {
    let devices = api.demo().ok_or_else(|| Problem::not_found("demo", "mailbox"))?;
    let wanted = |message: &MailMessage| {
        query.address.as_ref().is_none_or(|address| [&message.to, &message.from].contains(&address))
    };
    let items = devices.lock().iter().rev().map(|(message, _)| message.clone()).filter(wanted).collect();
    Ok(Json(MailboxPage { items }))
}

async fn reply_to_mail(
    _: Needs<AnyToken>,
    State(api): State<Api>,
    Json(reply): Json<MailReply>,
) -> Result<Json<MailMessage>, Problem> {
    let devices = api.demo().ok_or_else(|| Problem::not_found("demo", "mailbox"))?;
    let found = devices.lock().iter().find(|(message, _)| message.id == reply.message).cloned();
    let (to_message, reply_to) = found.ok_or_else(|| Problem::not_found("message", &reply.message))?;
    let (sent, answer) = oneshot::channel();
    let outgoing = Outgoing { to_message, reply_to, text: reply.text, sent };
    devices.0.outgoing.send(outgoing).await.map_err(|_| Problem::stopping())?;
    let message = answer.await.map_err(|_| Problem::stopping())?;
    message.map(Json).map_err(Problem::conflict)
}
