//! The demo's "customer's devices": a mailbox, telephones and a letter box that are real peers of the channels, and a
//! back office that can be out of order. Only there in `throughline demo`.

mod letter_box;
mod mailbox;
mod office;
mod telephone;

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use tokio::sync::{broadcast, mpsc};
use utoipa::ToSchema;

use super::thread_item::Direction;
use crate::access::{AnyToken, Needs};
use crate::operation::{Operation, Operations};
use crate::state::Api;

pub use letter_box::{Delivered, document};
pub use mailbox::{MailMessage, Outgoing};
pub use telephone::{Calling, TextMessage};

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
    /// The write key under which shops, the telephone and the marketplace tell what happened there.
    pub places_write_key: Option<String>,
    /// The address mail comes from and goes to.
    pub shop_address: String,
    /// The number text messages come from and go to.
    pub shop_number: String,
    /// Mailboxes that hold mail.
    pub addresses: Vec<String>,
}

/// What the demo's shop is known by.
#[derive(Debug, Clone)]
pub struct Shop {
    /// The write keys of the web chat, of the shop's pages, and of all other places.
    pub chat_key: String,
    pub site_key: String,
    pub places_key: String,
    /// The address of its mail, and the number of its text messages.
    pub address: String,
    pub number: String,
}

/// Where what the customer writes goes.
#[derive(Debug)]
pub struct Ways {
    pub replies: mpsc::Sender<Outgoing>,
    pub calls: mpsc::Sender<Calling>,
}

/// A device that something happened on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stir {
    /// The mailbox of this address.
    Mail(String),
    /// The telephone of this number.
    Telephone(String),
    LetterBox,
}

/// The devices of the demo. Cheap to clone.
#[derive(Clone)]
pub struct Devices(Arc<Inner>);

struct Inner {
    shop: Shop,
    /// Each message with its `Reply-To`.
    mail: Mutex<Vec<(MailMessage, String)>>,
    texts: Mutex<Vec<TextMessage>>,
    letters: Mutex<Vec<Delivered>>,
    ways: Ways,
    stirs: broadcast::Sender<Stir>,
    office_works: AtomicBool,
}

/// Messages, texts and letters kept, of each.
const KEPT_MAX: usize = 500;
/// Stirs that a listener may lag behind.
const STIRS_MAX: usize = 64;

impl Devices {
    pub fn new(shop: Shop, ways: Ways) -> Self {
        let stirs = broadcast::channel(STIRS_MAX).0;
        let (mail, texts, letters) = Default::default();
        Self(Arc::new(Inner { shop, mail, texts, letters, ways, stirs, office_works: AtomicBool::new(true) }))
    }

    /// A message arrived in a mailbox, or was sent from it.
    pub fn keep(&self, message: MailMessage, reply_to: String) {
        let address = match message.direction {
            Direction::In => message.to.clone(),
            Direction::Out => message.from.clone(),
        };
        push(&mut self.mail(), (message, reply_to));
        self.tell(Stir::Mail(address));
    }

    /// What happens on the devices, from now on.
    pub fn stirs(&self) -> broadcast::Receiver<Stir> {
        self.0.stirs.subscribe()
    }

    fn tell(&self, stir: Stir) {
        // Nobody may be looking.
        let _ = self.0.stirs.send(stir);
    }

    fn mail(&self) -> MutexGuard<'_, Vec<(MailMessage, String)>> {
        self.0.mail.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn push<T>(kept: &mut Vec<T>, one: T) {
    kept.push(one);
    if kept.len() > KEPT_MAX {
        kept.remove(0);
    }
}

pub fn add(operations: Operations) -> Operations {
    let devices = Operation::get("/api/v1/demo/devices", "get_demo_devices", "demo");
    let operations = operations.add(devices.answers::<DemoDevices>(), get_demo_devices);
    office::add(letter_box::add(telephone::add(mailbox::add(operations))))
}

async fn get_demo_devices(_: Needs<AnyToken>, State(api): State<Api>) -> Json<DemoDevices> {
    let Some(devices) = api.demo() else {
        return Json(DemoDevices {
            available: false,
            why_not: Some("The customer's devices are part of `throughline demo`.".into()),
            chat_server: String::new(),
            write_key: String::new(),
            site_write_key: None,
            places_write_key: None,
            shop_address: String::new(),
            shop_number: String::new(),
            addresses: Vec::new(),
        });
    };
    let addresses: BTreeSet<String> = devices
        .mail()
        .iter()
        .map(|(message, _)| match message.direction {
            Direction::In => message.to.clone(),
            Direction::Out => message.from.clone(),
        })
        .collect();
    let shop = devices.0.shop.clone();
    Json(DemoDevices {
        available: true,
        why_not: None,
        chat_server: String::new(),
        write_key: shop.chat_key,
        site_write_key: Some(shop.site_key),
        places_write_key: Some(shop.places_key),
        shop_address: shop.address,
        shop_number: shop.number,
        addresses: addresses.into_iter().collect(),
    })
}
