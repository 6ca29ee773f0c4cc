//! The connection to the message centre: bound, kept alive, filled up to its window, and bound again when it breaks.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, interval, sleep, sleep_until, timeout};
use tokio_rustls::TlsConnector;

use super::awaited::Awaited;
use super::inbound::Assembly;
use super::pdu::{Pdu, bind_body, command, status};
use super::recent::Recent;
use super::sender::{LinkState, Take};
use super::session::Session;
use super::{InvalidSmsConfig, SmsConfig, tls};
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

/// Packets from the carrier being made durable at a time; further ones wait in the socket.
const TAKING_MAX: usize = 256;
const PACKETS_READ_AHEAD: usize = 64;

pub(super) trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}
pub(super) type Stream = Box<dyn Transport>;

pub(super) struct Link {
    pub config: Arc<SmsConfig>,
    pub timing: Timing,
    tls: Option<TlsConnector>,
    queue: mpsc::Receiver<Submission>,
    state: watch::Sender<LinkState>,
    pub closing: watch::Receiver<bool>,
    pub awaited: Arc<Mutex<Awaited>>,
    pub take: Take,
    pub assembly: Assembly,
    pub recent: Recent,
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
        let (assembly, recent) = (Assembly::default(), Recent::default());
        Ok(Self { config, timing, tls, queue, state, closing, awaited, take, assembly, recent })
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
            self.recent.disconnected(Instant::now());
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
                    Some(pdu) if pdu.command == command::BIND_TRANSCEIVER | command::ANSWER => {
                        return Ok(stream);
                    }
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
