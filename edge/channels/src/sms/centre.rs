//! The other end of the line: a small message centre with the telephones behind it, for demonstrations and tests.
//!
//! It takes every message for every number, sends delivery receipts for those complete, and carries what is typed on a
//! telephone back as `deliver_sm`. What the business cannot take yet is sent again, as carriers do.

use std::collections::BTreeMap;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use model::sms::{Encoding, PARTS_MAX, write};
use tokio::io::AsyncWriteExt;
use tokio::net::tcp::OwnedWriteHalf;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Instant, MissedTickBehavior, interval};

use super::SmsConfig;
use super::inbound::Assembly;
use super::pdu::{ESM_HEADER, ESM_RECEIPT, Number, Pdu, ShortMessage, command, status, tag};
use super::pdu::{fields_of_bind, text_body};

/// What was put off is tried again this often.
const AGAIN: Duration = Duration::from_secs(1);
/// Packets read ahead of their answers.
const HEARD_MAX: usize = 64;
/// The state of a message that arrived (section 5.2.28).
const DELIVERED: u8 = 2;

/// What happens on the telephones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnTelephone {
    /// A message is complete on the telephone.
    Arrived(Arrived),
    /// The business has taken the delivery receipts of the message of this id.
    Receipted(String),
}

/// A message on a telephone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    pub id: String,
    /// The business's number or name, as the telephone shows it.
    pub from: String,
    pub to: String,
    pub text: String,
    pub encoding: Encoding,
    pub parts: usize,
}

/// A message typed on a telephone.
#[derive(Debug)]
pub struct Typed {
    /// The telephone's number with plus and country code.
    pub from: String,
    pub text: String,
    /// Told when the business has taken it, or why it could not be sent.
    pub sent: oneshot::Sender<Result<Carried, String>>,
}

/// How a typed message went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Carried {
    pub encoding: Encoding,
    pub parts: usize,
}

/// A message centre that one client at a time may bind to, with the account of `config`.
pub struct MessageCentre {
    config: SmsConfig,
    events: mpsc::UnboundedSender<OnTelephone>,
    /// Ids must differ from those of an earlier start: receipts are matched by them.
    start: u128,
    number: u32,
    assembly: Assembly,
    /// Packets that the business has not acknowledged.
    unacknowledged: BTreeMap<u32, (Vec<u8>, About)>,
    /// Of those, the ones to send again.
    again: Vec<u32>,
    waiting: BTreeMap<u32, Waiting>,
}

/// What a packet belongs to.
#[derive(Debug, Clone)]
enum About {
    /// A receipt of the message whose first part has this number.
    Receipt(u32),
    /// A part of a typed message whose first part has this number.
    Typed(u32),
}

/// What is told once all packets are acknowledged.
struct Waiting {
    packets: usize,
    tell: Tell,
}

enum Tell {
    Receipted(String),
    Carried(Carried, oneshot::Sender<Result<Carried, String>>),
}

impl MessageCentre {
    pub fn new(config: SmsConfig, events: mpsc::UnboundedSender<OnTelephone>) -> Self {
        let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        Self {
            config,
            events,
            start,
            number: 0,
            assembly: Assembly::default(),
            unacknowledged: BTreeMap::new(),
            again: Vec::new(),
            waiting: BTreeMap::new(),
        }
    }

    /// Serves until the listener fails or nobody types any more.
    pub async fn serve(mut self, listener: TcpListener, mut typed: mpsc::Receiver<Typed>) {
        loop {
            tokio::select! {
                accepted = listener.accept() => {
                    let Ok((stream, _)) = accepted else { return };
                    // A client that goes away binds again; what it has not acknowledged is sent then.
                    let _ = self.converse(stream, &mut typed).await;
                    self.again = self.unacknowledged.keys().copied().collect();
                }
                message = typed.recv() => {
                    let Some(message) = message else { return };
                    let _ = message.sent.send(Err("the business is not connected to the carrier".into()));
                }
            }
        }
    }

    async fn converse(&mut self, stream: TcpStream, typed: &mut mpsc::Receiver<Typed>) -> io::Result<()> {
        let (mut reader, mut writer) = stream.into_split();
        let (read, mut heard) = mpsc::channel(HEARD_MAX);
        tokio::spawn(async move {
            while let Ok(Some(packet)) = Pdu::read(&mut reader).await {
                if read.send(packet).await.is_err() {
                    return;
                }
            }
        });
        let mut bound = false;
        let mut tick = interval(AGAIN);
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                packet = heard.recv() => {
                    let Some(packet) = packet else { return Ok(()) };
                    match packet.command {
                        command::BIND_TRANSCEIVER => {
                            let status = self.may_bind(&packet);
                            bound = status == status::OK;
                            writer.write_all(&packet.answer(status, text_body("centre")).bytes()).await?;
                        }
                        command::UNBIND => {
                            writer.write_all(&packet.answer(status::OK, Vec::new()).bytes()).await?;
                            return Ok(());
                        }
                        _ => self.hear(packet, bound, &mut writer).await?,
                    }
                }
                Some(message) = typed.recv(), if bound => self.type_in(message, &mut writer).await?,
                _ = tick.tick(), if bound => {
                    for number in std::mem::take(&mut self.again) {
                        self.send_again(number, &mut writer).await?;
                    }
                }
            }
        }
    }

    fn may_bind(&self, packet: &Pdu) -> u32 {
        let (system_id, password) = fields_of_bind(&packet.body);
        match (system_id == self.config.system_id, password == self.config.password.0) {
            (true, true) => status::OK,
            (false, _) => status::INVALID_SYSTEM_ID,
            (true, false) => status::INVALID_PASSWORD,
        }
    }

    async fn hear(&mut self, packet: Pdu, bound: bool, writer: &mut OwnedWriteHalf) -> io::Result<()> {
        const TAKEN: u32 = command::DELIVER_SM | command::ANSWER;
        let answer = match packet.command {
            command::SUBMIT_SM if bound => return self.submitted(&packet, writer).await,
            command::SUBMIT_SM => packet.answer(status::WRONG_BIND_STATE, Vec::new()),
            command::ENQUIRE_LINK => packet.answer(status::OK, Vec::new()),
            TAKEN => {
                self.acknowledged(&packet);
                return Ok(());
            }
            answer if answer & command::ANSWER != 0 => return Ok(()),
            _ => Pdu {
                command: command::GENERIC_NACK,
                status: status::INVALID_COMMAND,
                body: Vec::new(),
                ..packet
            },
        };
        writer.write_all(&answer.bytes()).await
    }

    /// Answers with the part's id; a message that is complete with it arrives, and its receipts go out.
    async fn submitted(&mut self, packet: &Pdu, writer: &mut OwnedWriteHalf) -> io::Result<()> {
        let part = ShortMessage::read(&packet.body);
        let number = self.next_number();
        writer.write_all(&packet.answer(status::OK, text_body(&self.id(number))).bytes()).await?;
        let now = Instant::now();
        let taken = self.assembly.take(&part, number, self.id(number), &self.config, now);
        let overdue = self.assembly.overdue(now);
        for complete in taken.into_iter().chain(overdue) {
            let Some(first) = complete.sequences.iter().min().copied() else { continue };
            let arrived = Arrived {
                id: self.id(first),
                from: shown(&part.from),
                to: shown(&part.to),
                text: complete.message.text,
                encoding: encoding(part.data_coding, self.config.alphabet),
                parts: complete.sequences.len(),
            };
            let tell = Tell::Receipted(arrived.id.clone());
            // Nobody may be looking.
            let _ = self.events.send(OnTelephone::Arrived(arrived));
            if part.registered_delivery & 1 == 0 {
                continue;
            }
            self.waiting.insert(first, Waiting { packets: complete.sequences.len(), tell });
            for number in complete.sequences {
                let receipt = receipt(&part, &self.id(number));
                self.deliver(&receipt, About::Receipt(first), writer).await?;
            }
        }
        Ok(())
    }

    async fn type_in(&mut self, message: Typed, writer: &mut OwnedWriteHalf) -> io::Result<()> {
        let written = write(&message.text, self.config.alphabet);
        let total = written.parts.len();
        if total > PARTS_MAX {
            let _ =
                message.sent.send(Err(format!("the text makes {total} parts; at most {PARTS_MAX} are sent")));
            return Ok(());
        }
        let first = self.next_number();
        let carried = Carried { encoding: written.encoding, parts: total };
        self.waiting.insert(first, Waiting { packets: total, tell: Tell::Carried(carried, message.sent) });
        let byte = |number: usize| u8::try_from(number).expect("there are at most ten parts");
        for (place, octets) in written.parts.into_iter().enumerate() {
            let mut part = ShortMessage {
                from: Number::parse(&message.from),
                to: Number::parse(&self.config.source),
                esm_class: 0,
                registered_delivery: 0,
                data_coding: written.encoding.data_coding(),
                message: octets,
                parameters: Vec::new(),
            };
            if total > 1 {
                part.esm_class = ESM_HEADER;
                let [.., reference] = first.to_be_bytes();
                part.message.splice(..0, [5, 0, 3, reference, byte(total), byte(place + 1)]);
            }
            self.deliver(&part, About::Typed(first), writer).await?;
        }
        Ok(())
    }

    async fn deliver(
        &mut self,
        message: &ShortMessage,
        about: About,
        writer: &mut OwnedWriteHalf,
    ) -> io::Result<()> {
        let sequence = self.next_number();
        let packet = Pdu::new(command::DELIVER_SM, sequence, message.body()).bytes();
        self.unacknowledged.insert(sequence, (packet.clone(), about));
        writer.write_all(&packet).await
    }

    async fn send_again(&mut self, sequence: u32, writer: &mut OwnedWriteHalf) -> io::Result<()> {
        match self.unacknowledged.get(&sequence) {
            Some((packet, _)) => writer.write_all(packet).await,
            None => Ok(()),
        }
    }

    fn acknowledged(&mut self, packet: &Pdu) {
        if packet.status == status::RECEIVER_LATER {
            self.again.push(packet.sequence);
            return;
        }
        let Some((_, about)) = self.unacknowledged.remove(&packet.sequence) else { return };
        let (About::Receipt(first) | About::Typed(first)) = about;
        let Some(waiting) = self.waiting.get_mut(&first) else { return };
        waiting.packets -= 1;
        if packet.status == status::OK && waiting.packets > 0 {
            return;
        }
        let Some(Waiting { tell, .. }) = self.waiting.remove(&first) else { return };
        match tell {
            Tell::Receipted(id) if packet.status == status::OK => {
                let _ = self.events.send(OnTelephone::Receipted(id));
            }
            Tell::Receipted(_) => {}
            Tell::Carried(carried, sent) => {
                let refused = || format!("the business refused it with status 0x{:08x}", packet.status);
                let _ = sent.send((packet.status == status::OK).then_some(carried).ok_or_else(refused));
            }
        }
    }

    fn next_number(&mut self) -> u32 {
        self.number = self.number % 0x7fff_ffff + 1;
        self.number
    }

    fn id(&self, number: u32) -> String {
        format!("{:x}-{number}", self.start)
    }
}

/// What the carrier says of a message that is on the telephone, to its sender.
fn receipt(part: &ShortMessage, id: &str) -> ShortMessage {
    ShortMessage {
        from: part.to.clone(),
        to: part.from.clone(),
        esm_class: ESM_RECEIPT,
        registered_delivery: 0,
        data_coding: 0,
        message: format!("id:{id} sub:001 dlvrd:001 stat:DELIVRD err:000 text:").into_bytes(),
        parameters: vec![(tag::RECEIPTED_MESSAGE_ID, text_body(id)), (tag::MESSAGE_STATE, vec![DELIVERED])],
    }
}

/// An address as a telephone shows it.
fn shown(number: &Number) -> String {
    match number.kind {
        super::pdu::number::INTERNATIONAL => format!("+{}", number.digits.trim_start_matches('+')),
        _ => number.digits.clone(),
    }
}

fn encoding(data_coding: u8, alphabet: model::sms::Alphabet) -> Encoding {
    match (data_coding, alphabet) {
        (8, _) => Encoding::Ucs2,
        (3, _) | (0 | 1, model::sms::Alphabet::Latin1) => Encoding::Latin1,
        _ => Encoding::Gsm7,
    }
}
