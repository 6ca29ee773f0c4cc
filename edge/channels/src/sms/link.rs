//! The connection to the message centre: bound, kept alive, filled up to its window, and bound again when it breaks.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, WriteHalf};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, interval, sleep, sleep_until, timeout};
use tokio_rustls::TlsConnector;

use super::awaited::Awaited;
use super::inbound::{Assembly, Complete};
use super::pdu::{Pdu, ShortMessage, bind_body, command, first_text, status};
use super::sender::{Incoming, LinkState, Take};
use super::{InvalidSmsConfig, SmsConfig, receipt, tls};
use crate::email::Tls;

/// One packet to be submitted.
#[derive(Debug)]
pub(super) struct Submission {
    pub body: Vec<u8>,
    pub answer: oneshot::Sender<Answer>,
    /// How often the carrier asked to slow down instead of taking it.
    pub throttled: u32,
}

/// What became of a submission.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Answer {
    /// Taken, under this id.
    Taken(String),
    /// Surely not taken, for good.
    Refused(u32),
    /// Surely not taken, for now.
    Busy,
    /// It never left.
    Unsent,
    /// It left, and nobody knows.
    Broken,
}

/// How patient the connection is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Timing {
    pub connect: Duration,
    /// For the answer to a submission.
    pub answer: Duration,
    /// Silence after which the carrier is asked whether it is there; it has as long to answer.
    pub silence: Duration,
    /// Pauses before connecting again and between messages when the carrier asks to slow down: first and longest.
    pub reconnect: (Duration, Duration),
    pub slow_down: (Duration, Duration),
    pub look: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_secs(30),
            silence: Duration::from_secs(15),
            reconnect: (Duration::from_millis(250), Duration::from_secs(60)),
            slow_down: (Duration::from_millis(100), Duration::from_secs(5)),
            look: Duration::from_secs(1),
        }
    }
}

/// Times one message is put off by a busy carrier before it goes back to its customer's outbox.
const THROTTLED_MAX: u32 = 60;
/// Packets from the carrier being made durable at a time; further ones wait in the socket.
const TAKING_MAX: usize = 256;
/// How far the pace may catch up after a pause of the machine.
const CATCH_UP: Duration = Duration::from_millis(50);
const PACKETS_READ_AHEAD: usize = 64;

trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}
type Stream = Box<dyn Transport>;

pub(super) struct Link {
    config: Arc<SmsConfig>,
    timing: Timing,
    tls: Option<TlsConnector>,
    queue: mpsc::Receiver<Submission>,
    state: watch::Sender<LinkState>,
    closing: watch::Receiver<bool>,
    awaited: Arc<Mutex<Awaited>>,
    take: Take,
    assembly: Assembly,
}

impl Link {
    pub fn new(
        config: Arc<SmsConfig>,
        timing: Timing,
        queue: mpsc::Receiver<Submission>,
        state: watch::Sender<LinkState>,
        closing: watch::Receiver<bool>,
        awaited: Arc<Mutex<Awaited>>,
        take: Take,
    ) -> Result<Self, InvalidSmsConfig> {
        let tls = match config.tls {
            Tls::None | Tls::Starttls => None,
            Tls::Implicit => Some(tls::connector(config.ca_pem.as_deref())?),
        };
        Ok(Self { config, timing, tls, queue, state, closing, awaited, take, assembly: Assembly::default() })
    }

    /// Keeps the connection until it is told to close.
    pub async fn run(mut self) {
        let (first, longest) = self.timing.reconnect;
        let mut pause = first;
        while !*self.closing.borrow() {
            let reason = match self.connect().await {
                Ok(stream) => {
                    self.state.send_replace(LinkState::Bound);
                    pause = first;
                    self.serve(stream).await
                }
                Err(reason) => reason,
            };
            self.state.send_replace(LinkState::Down(reason));
            self.assembly.disconnected();
            self.rest(pause).await;
            pause = (pause * 2).min(longest);
        }
    }

    /// Waits before connecting again; what comes meanwhile is not sent.
    async fn rest(&mut self, pause: Duration) {
        let over = sleep(pause);
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = &mut over => return,
                _ = self.closing.wait_for(|closing| *closing) => return,
                submission = self.queue.recv() => match submission {
                    // Whoever asked may have gone meanwhile.
                    Some(submission) => drop(submission.answer.send(Answer::Unsent)),
                    None => return,
                },
            }
        }
    }

    async fn connect(&self) -> Result<Stream, String> {
        let SmsConfig { host, port, system_id, password, system_type, .. } = &*self.config;
        let connecting = async {
            let tcp = TcpStream::connect((host.as_str(), *port)).await.map_err(|error| error.to_string())?;
            // Packets are small and each is waited for.
            let _ = tcp.set_nodelay(true);
            let mut stream: Stream = match &self.tls {
                None => Box::new(tcp),
                Some(connector) => Box::new(tls::connect(connector, host, tcp).await?),
            };
            let bind = Pdu::new(command::BIND_TRANSCEIVER, 1, bind_body(system_id, &password.0, system_type));
            stream.write_all(&bind.bytes()).await.map_err(|error| error.to_string())?;
            loop {
                match Pdu::read(&mut stream).await.map_err(|error| error.to_string())? {
                    None => return Err("the carrier hung up at the login".into()),
                    Some(pdu) if pdu.status != status::OK => {
                        return Err(format!("the carrier refused the login (status 0x{:08x})", pdu.status));
                    }
                    Some(pdu) if pdu.command == command::BIND_TRANSCEIVER | command::ANSWER => return Ok(stream),
                    Some(_) => {}
                }
            }
        };
        timeout(self.timing.connect, connecting).await.unwrap_or_else(|_| Err("no answer in time".into()))
    }

    /// Exchanges packets until the connection ends; returns why it did.
    async fn serve(&mut self, stream: Stream) -> String {
        let (mut reader, writer) = tokio::io::split(stream);
        let (packets, mut incoming) = mpsc::channel(PACKETS_READ_AHEAD);
        let reading = tokio::spawn(async move {
            while let Ok(Some(packet)) = Pdu::read(&mut reader).await {
                if packets.send(packet).await.is_err() {
                    return;
                }
            }
        });
        let (settled, mut taken) = mpsc::unbounded_channel();
        let mut session = Session::new(self, writer, settled);
        let mut look = interval(session.link.timing.look);
        let reason = loop {
            let room = session.has_room();
            let again = session.again.front().is_some();
            let next = session.next;
            let step = tokio::select! {
                packet = incoming.recv(), if session.taking < TAKING_MAX => match packet {
                    Some(packet) => session.heard(packet).await,
                    None => Err("the connection broke".into()),
                },
                Some((sequences, durable)) = taken.recv() => session.acknowledge(&sequences, durable).await,
                () = sleep_until(next), if room && again => session.submit(None).await,
                submission = async { sleep_until(next).await; session.link.queue.recv().await }, if room && !again => {
                    match submission {
                        Some(submission) => session.submit(Some(submission)).await,
                        None => Err("the server stops".into()),
                    }
                }
                _ = look.tick() => session.look().await,
            };
            if let Err(reason) = step {
                break reason;
            }
        };
        reading.abort();
        session.end().await;
        reason
    }
}

/// One bound connection.
struct Session<'a> {
    link: &'a mut Link,
    writer: WriteHalf<Stream>,
    /// Tells when something was made durable: the packets it came in, and whether it was.
    settled: mpsc::UnboundedSender<(Vec<u32>, bool)>,
    taking: usize,
    /// Tells this connection from every other one.
    name: u128,
    sequence: u32,
    in_flight: BTreeMap<u32, (Instant, Submission)>,
    /// To be submitted again.
    again: VecDeque<Submission>,
    /// When the next message may be submitted.
    next: Instant,
    slow_down: Duration,
    heard: Instant,
    asked: Option<Instant>,
}

impl<'a> Session<'a> {
    fn new(
        link: &'a mut Link,
        writer: WriteHalf<Stream>,
        settled: mpsc::UnboundedSender<(Vec<u32>, bool)>,
    ) -> Self {
        let now = Instant::now();
        let slow_down = link.timing.slow_down.0;
        let name = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        Self {
            link,
            writer,
            settled,
            taking: 0,
            name,
            sequence: 1,
            in_flight: BTreeMap::new(),
            again: VecDeque::new(),
            next: now,
            slow_down,
            heard: now,
            asked: None,
        }
    }

    fn has_room(&self) -> bool {
        self.in_flight.len() < self.link.config.window && !*self.link.closing.borrow()
    }

    async fn write(&mut self, packet: &Pdu) -> Result<(), String> {
        let bytes = packet.bytes();
        match timeout(self.link.timing.answer, self.writer.write_all(&bytes)).await {
            Ok(written) => written.map_err(|error| format!("the connection broke: {error}")),
            Err(_) => Err("the carrier takes nothing any more".into()),
        }
    }

    fn new_sequence(&mut self) -> u32 {
        self.sequence = self.sequence % 0x7fff_ffff + 1;
        self.sequence
    }

    async fn submit(&mut self, submission: Option<Submission>) -> Result<(), String> {
        let Some(submission) = submission.or_else(|| self.again.pop_front()) else { return Ok(()) };
        let now = Instant::now();
        let pace = Duration::from_secs(1) / self.link.config.per_second_max;
        self.next = self.next.max(now - CATCH_UP) + pace;
        let sequence = self.new_sequence();
        let packet = Pdu::new(command::SUBMIT_SM, sequence, submission.body.clone());
        // Noted before the first byte leaves: from here only an answer tells that it was not taken.
        self.in_flight.insert(sequence, (now, submission));
        self.write(&packet).await
    }

    async fn heard(&mut self, packet: Pdu) -> Result<(), String> {
        self.heard = Instant::now();
        self.asked = None;
        const SUBMITTED: u32 = command::SUBMIT_SM | command::ANSWER;
        match packet.command {
            SUBMITTED | command::GENERIC_NACK => {
                if let Some((_, submission)) = self.in_flight.remove(&packet.sequence) {
                    self.answered(submission, &packet);
                }
                Ok(())
            }
            command::DELIVER_SM => self.delivered(&packet).await,
            command::ENQUIRE_LINK => self.write(&packet.answer(status::OK, Vec::new())).await,
            command::UNBIND => {
                self.write(&packet.answer(status::OK, Vec::new())).await?;
                Err("the carrier said good-bye".into())
            }
            answer if answer & command::ANSWER != 0 => Ok(()),
            _ => {
                let nack = Pdu { command: command::GENERIC_NACK, status: status::INVALID_COMMAND, ..packet };
                self.write(&Pdu { body: Vec::new(), ..nack }).await
            }
        }
    }

    fn answered(&mut self, mut submission: Submission, packet: &Pdu) {
        let answer = match packet.status {
            status::OK if packet.command != command::GENERIC_NACK => {
                self.slow_down = self.link.timing.slow_down.0;
                Answer::Taken(first_text(&packet.body).trim().to_owned())
            }
            status::THROTTLED | status::QUEUE_FULL if submission.throttled < THROTTLED_MAX => {
                submission.throttled += 1;
                self.pause();
                self.again.push_back(submission);
                return;
            }
            status::THROTTLED | status::QUEUE_FULL | status::SYSTEM_ERROR => Answer::Busy,
            refused => Answer::Refused(refused),
        };
        // Whoever asked may have gone meanwhile.
        let _ = submission.answer.send(answer);
    }

    /// The carrier is busy: everything waits. The other messages of the window are told the same; they count as one.
    fn pause(&mut self) {
        let now = Instant::now();
        if self.next <= now + CATCH_UP {
            self.next = now + self.slow_down;
            self.slow_down = (self.slow_down * 2).min(self.link.timing.slow_down.1);
        }
    }

    async fn delivered(&mut self, packet: &Pdu) -> Result<(), String> {
        let message = ShortMessage::read(&packet.body);
        let sequence = packet.sequence;
        if let Some(receipt) = receipt::read(&message) {
            let report =
                self.link.awaited.lock().unwrap_or_else(PoisonError::into_inner).report(&receipt);
            return match report {
                Some(report) => {
                    self.take(Incoming::Report(report), vec![sequence]);
                    Ok(())
                }
                None => self.acknowledge_now(sequence, status::OK).await,
            };
        }
        let id = format!("sms-{:x}-{sequence}", self.name);
        let now = Instant::now();
        let Link { assembly, config, .. } = &mut *self.link;
        if let Some(complete) = assembly.take(&message, sequence, id, config, now) {
            self.take_message(complete);
        }
        Ok(())
    }

    fn take_message(&mut self, complete: Complete) {
        self.take(Incoming::Message(complete.message), complete.sequences);
    }

    fn take(&mut self, incoming: Incoming, sequences: Vec<u32>) {
        self.taking += 1;
        let (taking, settled) = ((self.link.take)(incoming), self.settled.clone());
        tokio::spawn(async move {
            let durable = taking.await;
            // Nobody listens when the connection has broken; the carrier sends it again then.
            let _ = settled.send((sequences, durable));
        });
    }

    async fn acknowledge(&mut self, sequences: &[u32], durable: bool) -> Result<(), String> {
        self.taking = self.taking.saturating_sub(1);
        let status = if durable { status::OK } else { status::RECEIVER_LATER };
        for sequence in sequences {
            self.acknowledge_now(*sequence, status).await?;
        }
        Ok(())
    }

    async fn acknowledge_now(&mut self, sequence: u32, status: u32) -> Result<(), String> {
        let answer = command::DELIVER_SM | command::ANSWER;
        // The message id of this answer is unused and empty.
        self.write(&Pdu { command: answer, status, sequence, body: vec![0] }).await
    }

    /// What time alone brings: silence, answers that do not come, parts that wait for others.
    async fn look(&mut self) -> Result<(), String> {
        let now = Instant::now();
        let Timing { answer, silence, .. } = self.link.timing;
        if *self.link.closing.borrow() && self.in_flight.is_empty() && self.taking == 0 {
            return Err("the server stops".into());
        }
        if self.in_flight.values().any(|(since, _)| now.duration_since(*since) >= answer) {
            return Err("the carrier did not answer a message in time".into());
        }
        match self.asked {
            Some(asked) if now.duration_since(asked) >= silence => {
                return Err("the carrier has fallen silent".into());
            }
            None if now.duration_since(self.heard) >= silence => {
                self.asked = Some(now);
                let sequence = self.new_sequence();
                self.write(&Pdu::new(command::ENQUIRE_LINK, sequence, Vec::new())).await?;
            }
            _ => {}
        }
        for sequence in self.link.assembly.held_long(now) {
            self.acknowledge_now(sequence, status::OK).await?;
        }
        for complete in self.link.assembly.overdue(now) {
            self.take_message(complete);
        }
        Ok(())
    }

    /// The connection is over: what is in flight is uncertain, what waits never left.
    async fn end(mut self) {
        if *self.link.closing.borrow() {
            let sequence = self.new_sequence();
            // Courtesy; the connection ends either way.
            let _ = self.write(&Pdu::new(command::UNBIND, sequence, Vec::new())).await;
        }
        // Whoever asked may have gone meanwhile.
        for (_, submission) in self.in_flight.into_values() {
            let _ = submission.answer.send(Answer::Broken);
        }
        for submission in self.again {
            let _ = submission.answer.send(Answer::Unsent);
        }
    }
}
