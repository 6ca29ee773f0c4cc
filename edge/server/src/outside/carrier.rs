//! The carrier: a message centre (SMPP 3.4) with the customer's telephones behind it.

use api::resources::demo::{Calling, Devices, TextMessage};
use api::resources::thread_item::Direction;
use channels::sms::{MessageCentre, OnTelephone, SmsConfig, Typed};
use model::sms::Encoding;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

/// Messages typed and not carried yet.
const TYPED_MAX: usize = 16;

/// Serves the business and the telephones until the listener fails or nobody types any more.
pub async fn carry_texts(
    listener: TcpListener,
    config: SmsConfig,
    calls: mpsc::Receiver<Calling>,
    devices: Devices,
) {
    let (events, happened) = mpsc::unbounded_channel();
    let (typed, keys) = mpsc::channel(TYPED_MAX);
    let business = config.source.clone();
    let centre = MessageCentre::new(config, events);
    tokio::join!(
        centre.serve(listener, keys),
        ring(happened, devices.clone()),
        type_in(calls, typed, business, devices),
    );
}

/// Shows what arrives on the telephones.
async fn ring(mut happened: mpsc::UnboundedReceiver<OnTelephone>, devices: Devices) {
    while let Some(event) = happened.recv().await {
        match event {
            OnTelephone::Receipted(id) => devices.confirm_text(&id),
            OnTelephone::Arrived(arrived) => devices.ring(TextMessage {
                id: arrived.id,
                direction: Direction::In,
                number: arrived.to,
                business: arrived.from,
                text: arrived.text,
                encoding: name(arrived.encoding),
                parts: arrived.parts,
                confirmed: false,
                time: api::state::now(),
            }),
        }
    }
}

/// Gives what the customer types to the message centre, one message after the other.
async fn type_in(
    mut calls: mpsc::Receiver<Calling>,
    typed: mpsc::Sender<Typed>,
    business: String,
    devices: Devices,
) {
    let mut number = 0_u64;
    while let Some(Calling { number: from, text, sent: tell }) = calls.recv().await {
        let (sent, answer) = oneshot::channel();
        if typed.send(Typed { from: from.clone(), text: text.clone(), sent }).await.is_err() {
            return;
        }
        let carried = answer.await.unwrap_or_else(|_| Err("the carrier stopped".into()));
        number += 1;
        let time = api::state::now();
        let answer = carried.map(|carried| {
            let message = TextMessage {
                id: format!("typed-{}-{number}", time.0),
                direction: Direction::Out,
                number: from,
                business: business.clone(),
                text,
                encoding: name(carried.encoding),
                parts: carried.parts,
                confirmed: true,
                time,
            };
            devices.ring(message.clone());
            message
        });
        // The page that asked may have been closed.
        let _ = tell.send(answer);
    }
}

fn name(encoding: Encoding) -> String {
    match encoding {
        Encoding::Gsm7 => "gsm7",
        Encoding::Latin1 => "latin1",
        Encoding::Ucs2 => "ucs2",
    }
    .to_owned()
}
