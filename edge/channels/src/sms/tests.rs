//! The sender against a small message centre in this process.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use model::{
    ConversationId, CustomerId, Effect, EffectId, EffectKind, OutcomeKind, Purpose, Resend, Sms, StrandId,
    Timestamp,
};
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::link::Timing;
use super::pdu::{ESM_HEADER, ESM_RECEIPT, Number, Pdu, ShortMessage, command, status, text_body};
use super::{Incoming, Joining, SmsConfig, SmsSender};
use crate::email::{Password, Tls};
use crate::links::Links;
use crate::signing::Signer;
use model::sms::{self as alphabet, Alphabet};

pub(super) fn effect(id: u128, to: &str) -> Effect {
    let sms = Sms { conversation: ConversationId(7), to: to.into(), text: "Hello".into() };
    Effect {
        id: EffectId(id),
        customer: CustomerId(id as u64),
        strand: StrandId(1),
        asked: Timestamp(0),
        run: None,
        purpose: Purpose::Service,
        resend: Resend::Never,
        kind: EffectKind::Sms(sms),
    }
}

/// How the message centre treats submissions, by their number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Treat {
    Take,
    Throttle,
    Refuse,
    /// Hangs up after it has taken the message and before it says so.
    HangUp,
}

#[derive(Default)]
struct Seen {
    submissions: usize,
    binds: usize,
    enquiries: usize,
    taken: Vec<ShortMessage>,
    acknowledged: BTreeMap<u32, u32>,
}

struct Centre {
    port: u16,
    seen: Arc<Mutex<Seen>>,
    /// What it sends on its own.
    deliver: mpsc::UnboundedSender<Pdu>,
}

impl Centre {
    async fn open(treat: impl Fn(usize) -> Treat + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen: Arc<Mutex<Seen>> = Arc::default();
        let (deliver, mut packets) = mpsc::unbounded_channel();
        let own = seen.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                converse(stream, &treat, &own, &mut packets).await;
            }
        });
        Self { port, seen, deliver }
    }

    fn deliver(&self, sequence: u32, message: ShortMessage) {
        self.deliver.send(Pdu::new(command::DELIVER_SM, sequence, message.body())).unwrap();
    }
}

async fn converse(
    stream: TcpStream,
    treat: &impl Fn(usize) -> Treat,
    seen: &Mutex<Seen>,
    packets: &mut mpsc::UnboundedReceiver<Pdu>,
) {
    let (mut reader, mut writer) = stream.into_split();
    let (read, mut heard) = mpsc::channel(16);
    tokio::spawn(async move {
        while let Ok(Some(pdu)) = Pdu::read(&mut reader).await {
            if read.send(pdu).await.is_err() {
                return;
            }
        }
    });
    loop {
        let pdu = tokio::select! {
            pdu = heard.recv() => pdu,
            Some(packet) = packets.recv() => {
                writer.write_all(&packet.bytes()).await.unwrap();
                continue;
            }
        };
        let Some(pdu) = pdu else { return };
        let answer = match pdu.command {
            command::BIND_TRANSCEIVER => {
                seen.lock().unwrap().binds += 1;
                pdu.answer(status::OK, text_body("centre"))
            }
            command::SUBMIT_SM => {
                let mut seen = seen.lock().unwrap();
                let number = seen.submissions;
                seen.submissions += 1;
                let how = treat(number);
                if matches!(how, Treat::Take | Treat::HangUp) {
                    seen.taken.push(ShortMessage::read(&pdu.body));
                }
                match how {
                    Treat::Take => pdu.answer(status::OK, text_body(&format!("id{number}"))),
                    Treat::Throttle => pdu.answer(status::THROTTLED, Vec::new()),
                    Treat::Refuse => pdu.answer(0x0b, Vec::new()),
                    Treat::HangUp => return,
                }
            }
            command::ENQUIRE_LINK => {
                seen.lock().unwrap().enquiries += 1;
                pdu.answer(status::OK, Vec::new())
            }
            acknowledged if acknowledged == command::DELIVER_SM | command::ANSWER => {
                seen.lock().unwrap().acknowledged.insert(pdu.sequence, pdu.status);
                continue;
            }
            _ => continue,
        };
        if writer.write_all(&answer.bytes()).await.is_err() {
            return;
        }
    }
}

pub(super) fn config(port: u16) -> SmsConfig {
    SmsConfig {
        host: "127.0.0.1".into(),
        port,
        tls: Tls::None,
        ca_pem: None,
        system_id: "shop".into(),
        password: Password("secret".into()),
        system_type: String::new(),
        source: "12345".into(),
        alphabet: Alphabet::Gsm7,
        joining: Joining::Udh,
        window: 10,
        per_second_max: 10_000,
        message_ids: super::MessageIds::Auto,
        receipt_hours: 72,
        country_code: Some("49".into()),
        workspace: None,
    }
}

fn quick() -> Timing {
    let short = (Duration::from_millis(5), Duration::from_millis(20));
    Timing {
        silence: Duration::from_millis(100),
        reconnect: short,
        slow_down: short,
        look: Duration::from_millis(20),
        ..Timing::default()
    }
}

/// A sender connected to the centre, and what comes in, which is durable at once.
pub(super) fn sender(config: SmsConfig) -> (SmsSender, mpsc::UnboundedReceiver<Incoming>) {
    let url = "https://shop.example".parse::<url::Url>().unwrap();
    let links = Links::new(Signer::new(&[4; 32]), url.clone(), url);
    let (tell, told) = mpsc::unbounded_channel();
    let take = move |incoming| {
        let told = tell.send(incoming).is_ok();
        async move { told }
    };
    let (sender, link) = SmsSender::with_timing(config, links, take, quick()).unwrap();
    tokio::spawn(link);
    (sender, told)
}

pub(super) async fn send(sender: &SmsSender, text: &str) -> OutcomeKind {
    sender.ready().await.unwrap();
    let sms = Sms { conversation: ConversationId(7), to: "+4915112345678".into(), text: text.into() };
    sender.send(&effect(3, "+4915112345678"), &sms).await
}

fn from_phone(text: &str) -> ShortMessage {
    ShortMessage {
        from: Number::parse("4915112345678"),
        to: Number::parse("12345"),
        esm_class: 0,
        registered_delivery: 0,
        data_coding: 0,
        message: text.as_bytes().to_vec(),
        parameters: Vec::new(),
    }
}

#[tokio::test]
async fn a_busy_carrier_is_asked_again_and_gets_the_message_once() {
    let centre = Centre::open(|number| if number < 3 { Treat::Throttle } else { Treat::Take }).await;
    let (sender, _) = sender(config(centre.port));
    let outcome = send(&sender, "Hello").await;
    assert!(
        matches!(&outcome, OutcomeKind::Accepted { references, .. } if *references == ["id3"]),
        "{outcome:?}"
    );
    assert_eq!(centre.seen.lock().unwrap().taken.len(), 1);
}

#[tokio::test]
async fn a_connection_that_breaks_before_the_answer_leaves_it_uncertain_and_is_bound_again() {
    let centre = Centre::open(|number| if number == 0 { Treat::HangUp } else { Treat::Take }).await;
    let (sender, _) = sender(config(centre.port));
    let outcome = send(&sender, "one").await;
    assert!(matches!(outcome, OutcomeKind::Uncertain { .. }), "{outcome:?}");
    let outcome = send(&sender, "two").await;
    assert!(matches!(outcome, OutcomeKind::Accepted { .. }), "{outcome:?}");
    let seen = centre.seen.lock().unwrap();
    assert_eq!((seen.binds, seen.taken.len()), (2, 2));
}

#[tokio::test]
async fn a_refusal_is_final_and_named() {
    let centre = Centre::open(|_| Treat::Refuse).await;
    let (sender, _) = sender(config(centre.port));
    let reason = "the carrier refused with status 0x0000000b (invalid destination address)";
    assert_eq!(send(&sender, "Hello").await, OutcomeKind::Failed { reason: reason.into() });
}

#[tokio::test]
async fn long_texts_go_out_in_parts_that_belong_together() {
    let text = "x".repeat(320);
    for joining in [Joining::Udh, Joining::Sar] {
        let centre = Centre::open(|_| Treat::Take).await;
        let (sender, _) = sender(SmsConfig { joining, ..config(centre.port) });
        let outcome = send(&sender, &text).await;
        assert!(matches!(&outcome, OutcomeKind::Accepted { references, .. } if references.len() == 3));
        let seen = centre.seen.lock().unwrap();
        let mut whole = String::new();
        for (place, part) in seen.taken.iter().enumerate() {
            let octets = match joining {
                Joining::Udh => {
                    assert_eq!(part.esm_class & ESM_HEADER, ESM_HEADER);
                    assert_eq!(part.message[..3], [5, 0, 3]);
                    assert_eq!(part.message[4..6], [3, place as u8 + 1]);
                    &part.message[6..]
                }
                Joining::Sar => {
                    assert_eq!(part.number(super::pdu::tag::SAR_NUMBER), Some(place as u32 + 1));
                    &part.message[..]
                }
            };
            whole += &alphabet::read(octets, part.data_coding, Alphabet::Gsm7);
        }
        assert_eq!(whole, text);
    }
}

#[tokio::test]
async fn receipts_come_back_as_outcomes_and_are_acknowledged() {
    let centre = Centre::open(|_| Treat::Take).await;
    let (sender, mut incoming) = sender(config(centre.port));
    send(&sender, "Hello").await;
    let receipt = ShortMessage { esm_class: ESM_RECEIPT, ..from_phone("id:id0 stat:UNDELIV err:001") };
    centre.deliver(900, receipt);
    let Some(Incoming::Report(report)) = incoming.recv().await else { panic!("a report") };
    assert_eq!(report.effect, EffectId(3));
    let reason = "the carrier could not deliver it (UNDELIV, error 001)";
    assert_eq!(report.outcome, OutcomeKind::Failed { reason: reason.into() });
    until(|| centre.seen.lock().unwrap().acknowledged.get(&900) == Some(&status::OK)).await;
}

#[tokio::test]
async fn messages_come_in_whole_under_the_senders_number() {
    let centre = Centre::open(|_| Treat::Take).await;
    let (sender, mut incoming) = sender(config(centre.port));
    sender.ready().await.unwrap();
    let national = Number { kind: super::pdu::number::NATIONAL, digits: "015112345678".into() };
    for (sequence, part) in [(51, 2), (50, 1)] {
        let mut message = from_phone("");
        message.from = national.clone();
        message.esm_class = ESM_HEADER;
        message.message =
            [&[5, 0, 3, 99, 2, part], [&b"Yes, "[..], b"please"][usize::from(part) - 1]].concat();
        centre.deliver(sequence, message);
    }
    let Some(Incoming::Message(message)) = incoming.recv().await else { panic!("a message") };
    assert_eq!((message.from.as_str(), message.text.as_str()), ("+4915112345678", "Yes, please"));
    until(|| centre.seen.lock().unwrap().acknowledged.len() == 2).await;
    let body = message.event_body();
    assert_eq!(body["identifiers"]["phone"], "+4915112345678");
}

#[tokio::test]
async fn a_silent_line_is_asked_and_kept_and_closing_ends_it() {
    let centre = Centre::open(|_| Treat::Take).await;
    let (sender, _) = sender(config(centre.port));
    sender.ready().await.unwrap();
    until(|| centre.seen.lock().unwrap().enquiries >= 3).await;
    assert_eq!(centre.seen.lock().unwrap().binds, 1);
    tokio::time::timeout(Duration::from_secs(2), sender.close()).await.unwrap();
}

pub(super) async fn until(look: impl Fn() -> bool) {
    for _ in 0..200 {
        if look() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within two seconds");
}
