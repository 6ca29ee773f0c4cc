//! One bound connection: what is in flight on it, at which pace, and what the carrier says.

use std::collections::{BTreeMap, VecDeque};
use std::sync::PoisonError;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::io::{AsyncWriteExt, WriteHalf};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};

use super::inbound::Complete;
use super::link::{Answer, Link, Stream, Submission, Timing};
use super::pdu::{Pdu, ShortMessage, command, first_text, status};
use super::receipt;
use super::recent::Met;
use super::sender::Incoming;

/// Times one message is put off by a busy carrier before it goes back to its customer's outbox.
const THROTTLED_MAX: u32 = 60;
/// How far the pace may catch up after a pause of the machine.
const CATCH_UP: Duration = Duration::from_millis(50);

/// One bound connection.
pub(super) struct Session<'a> {
    pub link: &'a mut Link,
    writer: WriteHalf<Stream>,
    /// Tells when something was made durable: the packets it came in, and whether it was.
    settled: mpsc::UnboundedSender<(Vec<u32>, bool)>,
    pub taking: usize,
    sequence: u32,
    in_flight: BTreeMap<u32, (Instant, Submission)>,
    /// To be submitted again.
    pub again: VecDeque<Submission>,
    /// When the next message may be submitted.
    pub next: Instant,
    slow_down: Duration,
    heard: Instant,
    asked: Option<Instant>,
}

impl<'a> Session<'a> {
    pub fn new(
        link: &'a mut Link,
        writer: WriteHalf<Stream>,
        settled: mpsc::UnboundedSender<(Vec<u32>, bool)>,
    ) -> Self {
        let now = Instant::now();
        let slow_down = link.timing.slow_down.0;
        Self {
            link,
            writer,
            settled,
            taking: 0,
            sequence: 1,
            in_flight: BTreeMap::new(),
            again: VecDeque::new(),
            next: now,
            slow_down,
            heard: now,
            asked: None,
        }
    }

    pub fn has_room(&self) -> bool {
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

    pub async fn submit(&mut self, submission: Option<Submission>) -> Result<(), String> {
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

    pub async fn heard(&mut self, packet: Pdu) -> Result<(), String> {
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
            let report = self.link.awaited.lock().unwrap_or_else(PoisonError::into_inner).report(&receipt);
            return match report {
                Some(report) => {
                    self.take(Incoming::Report(report), vec![sequence]);
                    Ok(())
                }
                None => self.acknowledge_now(sequence, status::OK).await,
            };
        }
        let now = Instant::now();
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let Link { assembly, config, recent, .. } = &mut *self.link;
        let id = match recent.meet(&packet.body, sequence, now, seconds) {
            // Under its id it is taken once, and answered when that is durable.
            Met::Again(message) => {
                self.take(Incoming::Message(*message), vec![sequence]);
                return Ok(());
            }
            Met::Part { id } => id,
        };
        if let Some(complete) = assembly.take(&message, sequence, id, config, now) {
            self.take_message(complete);
        }
        Ok(())
    }

    fn take_message(&mut self, complete: Complete) {
        self.link.recent.complete(&complete.message, &complete.sequences);
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

    pub async fn acknowledge(&mut self, sequences: &[u32], durable: bool) -> Result<(), String> {
        self.taking = self.taking.saturating_sub(1);
        let status = if durable { status::OK } else { status::RECEIVER_LATER };
        for sequence in sequences {
            self.acknowledge_now(*sequence, status).await?;
        }
        Ok(())
    }

    async fn acknowledge_now(&mut self, sequence: u32, status: u32) -> Result<(), String> {
        self.link.recent.answered(sequence, status == status::OK, Instant::now());
        let answer = command::DELIVER_SM | command::ANSWER;
        // The message id of this answer is unused and empty.
        self.write(&Pdu { command: answer, status, sequence, body: vec![0] }).await
    }

    /// What time alone brings: silence, answers that do not come, parts that wait for others.
    pub async fn look(&mut self) -> Result<(), String> {
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
    pub async fn end(mut self) {
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
