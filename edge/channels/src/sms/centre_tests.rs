//! The sender and the message centre against each other, over a real connection.

use model::sms::Encoding;
use model::{ConversationId, EffectId, OutcomeKind, Sms};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use super::tests::{config, effect, send, sender};
use super::{Arrived, Carried, Incoming, LinkState, MessageCentre, OnTelephone, SmsConfig, Typed};
use crate::email::Password;

struct World {
    config: SmsConfig,
    telephones: mpsc::UnboundedReceiver<OnTelephone>,
    keys: mpsc::Sender<Typed>,
}

async fn world() -> World {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let config = config(listener.local_addr().unwrap().port());
    let (events, telephones) = mpsc::unbounded_channel();
    let (keys, typed) = mpsc::channel(4);
    tokio::spawn(MessageCentre::new(config.clone(), events).serve(listener, typed));
    World { config, telephones, keys }
}

impl World {
    async fn types(&self, text: &str) -> Result<Carried, String> {
        let (sent, answer) = oneshot::channel();
        let typed = Typed { from: "+4915112345678".into(), text: text.into(), sent };
        self.keys.send(typed).await.unwrap();
        answer.await.unwrap()
    }
}

#[tokio::test]
async fn a_message_is_on_the_telephone_with_its_parts_and_its_receipts_settle_it() {
    let mut world = world().await;
    let (sender, mut incoming) = sender(world.config.clone());
    let text = format!("Zażółć gęślą jaźń, Łucja! {}", "ü".repeat(120));
    let outcome = send(&sender, &text).await;
    assert!(
        matches!(&outcome, OutcomeKind::Accepted { references, .. } if references.len() == 3),
        "{outcome:?}"
    );
    let Some(OnTelephone::Arrived(Arrived { id, from, to, text: read, encoding, parts })) =
        world.telephones.recv().await
    else {
        panic!("a message")
    };
    assert_eq!((from.as_str(), to.as_str(), encoding, parts), ("12345", "+4915112345678", Encoding::Ucs2, 3));
    assert_eq!(read, text);
    assert_eq!(world.telephones.recv().await, Some(OnTelephone::Receipted(id)));
    // Each part has a receipt of its own; the last one settles the message.
    loop {
        let Some(Incoming::Report(report)) = incoming.recv().await else { panic!("a report") };
        assert_eq!(report.effect, EffectId(3));
        match report.outcome {
            OutcomeKind::Accepted { .. } => {}
            OutcomeKind::Done { .. } => break,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_typed_comes_in_whole_however_long() {
    let world = world().await;
    let (sender, mut incoming) = sender(world.config.clone());
    sender.ready().await.unwrap();
    for (text, encoding, parts) in [
        ("STOP".to_owned(), Encoding::Gsm7, 1),
        (format!("{} €", "long ".repeat(60)), Encoding::Gsm7, 2),
        ("Łódź".to_owned(), Encoding::Ucs2, 1),
    ] {
        assert_eq!(world.types(&text).await, Ok(Carried { encoding, parts }));
        let Some(Incoming::Message(message)) = incoming.recv().await else { panic!("a message") };
        assert_eq!((message.from.as_str(), message.text.as_str()), ("+4915112345678", text.as_str()));
    }
}

#[tokio::test]
async fn a_telephone_says_why_a_message_was_not_sent() {
    let world = world().await;
    assert_eq!(world.types("Hello").await, Err("the business is not connected to the carrier".into()));
    let (sender, _incoming) = sender(world.config.clone());
    sender.ready().await.unwrap();
    let reason = "the text makes 14 parts; at most 10 are sent";
    assert_eq!(world.types(&"x".repeat(2_100)).await, Err(reason.into()));
}

#[tokio::test]
async fn who_does_not_know_the_password_is_not_let_in() {
    let world = world().await;
    let wrong = SmsConfig { password: Password("guess".into()), ..world.config.clone() };
    let (sender, _incoming) = sender(wrong);
    let mut state = sender.state();
    let down =
        state.wait_for(|state| matches!(state, LinkState::Down(reason) if reason.contains("0x0000000e")));
    tokio::time::timeout(std::time::Duration::from_secs(5), down).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_message_goes_to_the_telephone_it_is_for() {
    let mut world = world().await;
    let (sender, _incoming) = sender(world.config.clone());
    sender.ready().await.unwrap();
    let sms = Sms { conversation: ConversationId(7), to: "+447700900123".into(), text: "Hello".into() };
    sender.send(&effect(4, "+447700900123"), &sms).await;
    let Some(OnTelephone::Arrived(arrived)) = world.telephones.recv().await else { panic!("a message") };
    assert_eq!((arrived.to.as_str(), arrived.parts), ("+447700900123", 1));
}
