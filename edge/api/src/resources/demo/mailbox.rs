//! The customer's mailbox: mail that came by SMTP, and replies that go back by LMTP.

use axum::Json;
use axum::extract::{Query, State};
use model::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;
use utoipa::{IntoParams, ToSchema};

use super::super::thread_item::Direction;
use crate::access::{AnyToken, Needs};
use crate::operation::{Operation, Operations};
use crate::problem::Problem;
use crate::state::Api;

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

pub(super) fn add(operations: Operations) -> Operations {
    let mailbox = Operation::get("/api/v1/demo/mailbox", "get_mailbox", "demo");
    let reply = Operation::post("/api/v1/demo/mailbox/reply", "reply_to_mail", "demo");
    operations
        .add(mailbox.query::<MailboxQuery>().answers::<MailboxPage>(), get_mailbox)
        .add(reply.takes::<MailReply>().answers::<MailMessage>().fails(&[404]), reply_to_mail)
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
    let items = devices.mail().iter().rev().map(|(message, _)| message.clone()).filter(wanted).collect();
    Ok(Json(MailboxPage { items }))
}

async fn reply_to_mail(
    _: Needs<AnyToken>,
    State(api): State<Api>,
    Json(reply): Json<MailReply>,
) -> Result<Json<MailMessage>, Problem> {
    let devices = api.demo().ok_or_else(|| Problem::not_found("demo", "mailbox"))?;
    let found = devices.mail().iter().find(|(message, _)| message.id == reply.message).cloned();
    let (to_message, reply_to) = found.ok_or_else(|| Problem::not_found("message", &reply.message))?;
    let (sent, answer) = oneshot::channel();
    let outgoing = Outgoing { to_message, reply_to, text: reply.text, sent };
    devices.0.ways.replies.send(outgoing).await.map_err(|_| Problem::stopping())?;
    let message = answer.await.map_err(|_| Problem::stopping())?;
    message.map(Json).map_err(Problem::conflict)
}
