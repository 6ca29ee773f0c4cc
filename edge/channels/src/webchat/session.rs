//! One connection of one browser: welcome, what was missed, and then each side's messages as they come.

use std::time::Duration;

use futures_util::{Sink, SinkExt, Stream, StreamExt};
use model::{ConversationId, CustomerId};
use tokio::time::{Instant, interval_at, timeout};

use super::hub::{Heard, Hub, Subscription};
use super::protocol::{ClientFrame, ErrorCode, Hello, Said, ServerFrame, ShownMessage};
use super::ticket::{Ticket, Tickets};

/// The most messages replayed to a browser that was away.
pub const HISTORY_MAX: usize = 200;
/// A browser may send so many messages at once, and then one more each [`Timing::say_every`].
const SAY_BURST: u32 = 10;
/// Frames that cannot be read, before the connection is closed.
const MISTAKES_MAX: u32 = 20;

/// What the chat asks of the rest of the server.
pub trait ChatBackend: Send + Sync {
    /// A browser has connected. If it came by a link that continues a conversation, this is where the
    /// link is checked and acted on.
    fn opened(&self, opening: &Opening) -> impl Future<Output = Result<Opened, Refused>> + Send;

    /// The messages this session may see whose numbers are above `number`, in rising order: the newest
    /// [`HISTORY_MAX`] of them. A session sees the conversations it took part in or was let into by a
    /// link, not everything of a customer whose address somebody typed into it.
    fn since(&self, ticket: &Ticket, number: u64) -> impl Future<Output = Result<History, Refused>> + Send;

    /// The customer wrote something. Returns when it is durable: whose message it was. Called again with
    /// the same id when the browser did not hear the answer; then it must be taken once.
    fn said(&self, ticket: &Ticket, said: &Said) -> impl Future<Output = Result<CustomerId, Refused>> + Send;
}

/// A browser that connects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    pub ticket: Ticket,
    /// It was here before.
    pub returning: bool,
    /// The token of the link it came by, not checked yet: see [`crate::links::Links::read_continue`].
    pub continues: Option<String>,
}

/// How a session stands after opening.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Opened {
    /// None for a visitor nobody has met before.
    pub customer: Option<CustomerId>,
    pub conversation: Option<ConversationId>,
    /// The link it came by does not work.
    pub link_expired: bool,
}

/// A part of the thread.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Whose thread it is now.
    pub customer: Option<CustomerId>,
    pub messages: Vec<ShownMessage>,
    /// There were more than [`HISTORY_MAX`].
    pub cut: bool,
}

/// Why the backend does not do it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refused {
    /// Overloaded or starting: the browser tries again.
    Later,
    /// It never will; the text says why.
    Invalid(String),
}

/// How long a session waits for what.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    pub hello: Duration,
    /// Between two questions whether the browser is still there.
    pub alive: Duration,
    /// After so long without a frame the browser is gone.
    pub silence: Duration,
    /// For the browser's end to take one frame.
    pub write: Duration,
    pub say_every: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            hello: Duration::from_secs(10),
            alive: Duration::from_secs(25),
            silence: Duration::from_secs(70),
            write: Duration::from_secs(20),
            say_every: Duration::from_secs(1),
        }
    }
}

/// Why a session ended, for the log and the metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    Closed,
    NoHello,
    Silent,
    TooSlow,
    Misbehaved,
    Refused,
    Stopping,
}

/// Runs a session to its end. `incoming` yields the text frames of the browser, `outgoing` takes those
/// for it; the WebSocket itself, its origin check and its close frame are the caller's.
pub async fn run<R, W, B>(
    mut incoming: R,
    outgoing: W,
    hub: &Hub,
    tickets: &Tickets,
    backend: &B,
    timing: Timing,
    stopping: impl Future<Output = ()>,
) -> Ended
where
    R: Stream<Item = String> + Unpin,
    W: Sink<String> + Unpin,
    B: ChatBackend,
{
    let hello = match timeout(timing.hello, incoming.next()).await {
        Err(_) => return Ended::NoHello,
        Ok(None) => return Ended::Closed,
        Ok(Some(text)) => match ClientFrame::parse(&text) {
            Ok(ClientFrame::Hello(hello)) => hello,
            Ok(_) | Err(_) => return Ended::NoHello,
        },
    };
    let ended = async {
        let mut session = Session::open(hello, outgoing, hub, tickets, backend, timing).await?;
        session.talk(incoming, stopping).await
    };
    match ended.await {
        Ok(ended) | Err(ended) => ended,
    }
}

struct Session<'a, W, B> {
    ticket: Ticket,
    subscription: Subscription,
    outgoing: W,
    backend: &'a B,
    timing: Timing,
    /// The number of the newest message shown.
    last: u64,
    may_say: u32,
    refilled: Instant,
    mistakes: u32,
}

impl<'a, W, B> Session<'a, W, B>
where
    W: Sink<String> + Unpin,
    B: ChatBackend,
{
    async fn open(
        hello: Hello,
        mut outgoing: W,
        hub: &Hub,
        tickets: &Tickets,
        backend: &'a B,
        timing: Timing,
    ) -> Result<Self, Ended> {
        let known = hello.token.as_deref().and_then(|token| tickets.read(token));
        let mut expired = hello.token.is_some() && known.is_none();
        let returning = known.is_some();
        let ticket = known.unwrap_or_else(|| Ticket::begin(hello.anonymous_id.as_deref()));
        let opening = Opening { ticket: ticket.clone(), returning, continues: hello.continues };
        let opened = match backend.opened(&opening).await {
            Ok(opened) => opened,
            Err(refused) => return Err(refuse(&mut outgoing, timing, refused).await),
        };
        expired |= opened.link_expired;
        if expired {
            let text = "this chat or link has ended; a new chat begins".into();
            send(&mut outgoing, timing, &ServerFrame::Error { code: ErrorCode::Expired, id: None, text })
                .await?;
        }
        // Subscribe first and read after: what is delivered in between is heard twice and shown once,
        // the other way round it would be lost.
        let subscription = hub.open(ticket.clone(), opened.customer);
        let after = if returning { hello.last_seen } else { 0 };
        let history = match backend.since(&ticket, after).await {
            Ok(history) => history,
            Err(refused) => return Err(refuse(&mut outgoing, timing, refused).await),
        };
        if let Some(customer) = history.customer {
            subscription.belongs_to(customer);
        }
        let last = history.messages.last().map_or(after, |message| message.number);
        let token = tickets.write(&ticket);
        let (session, conversation) = (ticket.session, opened.conversation);
        let welcome =
            ServerFrame::Welcome { session, token, conversation, missed: history.messages, cut: history.cut };
        send(&mut outgoing, timing, &welcome).await?;
        let refilled = Instant::now();
        Ok(Self {
            ticket,
            subscription,
            outgoing,
            backend,
            timing,
            last,
            may_say: SAY_BURST,
            refilled,
            mistakes: 0,
        })
    }

    async fn talk(
        &mut self,
        mut incoming: impl Stream<Item = String> + Unpin,
        stopping: impl Future<Output = ()>,
    ) -> Result<Ended, Ended> {
        let mut stopping = std::pin::pin!(stopping);
        let mut alive = interval_at(Instant::now() + self.timing.alive, self.timing.alive);
        let mut heard_last = Instant::now();
        loop {
            tokio::select! {
                frame = incoming.next() => {
                    let Some(text) = frame else { return Ok(Ended::Closed) };
                    heard_last = Instant::now();
                    self.frame(&text).await?;
                }
                heard = self.subscription.next() => match heard {
                    Heard::Message(message) => self.show(message).await?,
                    Heard::Typing { name } => self.send(&ServerFrame::Typing { name }).await?,
                    Heard::FellBehind => self.catch_up().await?,
                },
                _ = alive.tick() => {
                    if heard_last.elapsed() > self.timing.silence {
                        return Ok(Ended::Silent);
                    }
                    self.send(&ServerFrame::Alive {}).await?;
                }
                () = &mut stopping => {
                    self.error(ErrorCode::Closing, None, "the server is stopping; come back in a moment").await?;
                    return Ok(Ended::Stopping);
                }
            }
        }
    }

    async fn frame(&mut self, text: &str) -> Result<(), Ended> {
        match ClientFrame::parse(text) {
            Ok(ClientFrame::Say(said)) => self.said(said).await,
            Ok(ClientFrame::Typing {}) => {
                self.subscription.types();
                Ok(())
            }
            Ok(ClientFrame::Alive {}) => Ok(()),
            Ok(ClientFrame::Hello(_)) => self.mistake("`hello` is only the first frame").await,
            Err(error) => self.mistake(&error.to_string()).await,
        }
    }

    async fn said(&mut self, said: Said) -> Result<(), Ended> {
        if let Some(fault) = said.fault() {
            let id = (said.id.len() <= super::protocol::MESSAGE_ID_BYTES_MAX).then_some(said.id);
            return self.error(ErrorCode::Invalid, id, &fault).await;
        }
        if !self.spend_say() {
            return self
                .error(ErrorCode::Later, Some(said.id), "too many messages at once; wait a moment")
                .await;
        }
        match self.backend.said(&self.ticket, &said).await {
            Err(Refused::Later) => self.error(ErrorCode::Later, Some(said.id), "try again in a moment").await,
            Err(Refused::Invalid(reason)) => self.error(ErrorCode::Invalid, Some(said.id), &reason).await,
            Ok(customer) => {
                self.send(&ServerFrame::Ack { id: said.id }).await?;
                // The message told who this is: what was delivered to them meanwhile went past.
                if self.subscription.belongs_to(customer) { self.catch_up().await } else { Ok(()) }
            }
        }
    }

    async fn catch_up(&mut self) -> Result<(), Ended> {
        loop {
            let history = match self.backend.since(&self.ticket, self.last).await {
                Ok(history) => history,
                // The browser comes back with its last number and gets the rest then.
                Err(refused) => return Err(refuse(&mut self.outgoing, self.timing, refused).await),
            };
            for message in history.messages {
                self.show(message).await?;
            }
            // A merge while reading: read again as whoever it is now.
            match history.customer {
                Some(customer) if self.subscription.belongs_to(customer) => {}
                Some(_) | None => return Ok(()),
            }
        }
    }

    /// Shows a message unless it has been shown.
    async fn show(&mut self, message: ShownMessage) -> Result<(), Ended> {
        if message.number <= self.last {
            return Ok(());
        }
        self.last = message.number;
        self.send(&ServerFrame::Message(message)).await
    }

    async fn mistake(&mut self, what: &str) -> Result<(), Ended> {
        self.mistakes += 1;
        self.error(ErrorCode::Invalid, None, what).await?;
        if self.mistakes < MISTAKES_MAX { Ok(()) } else { Err(Ended::Misbehaved) }
    }

    fn spend_say(&mut self) -> bool {
        let every = self.timing.say_every.max(Duration::from_millis(1));
        let earned = self.refilled.elapsed().as_millis() / every.as_millis();
        let earned = u32::try_from(earned).unwrap_or(u32::MAX);
        if earned > 0 {
            self.may_say = self.may_say.saturating_add(earned).min(SAY_BURST);
            self.refilled = Instant::now();
        }
        let may = self.may_say > 0;
        self.may_say = self.may_say.saturating_sub(1);
        may
    }

    async fn error(&mut self, code: ErrorCode, id: Option<String>, text: &str) -> Result<(), Ended> {
        self.send(&ServerFrame::Error { code, id, text: text.into() }).await
    }

    async fn send(&mut self, frame: &ServerFrame) -> Result<(), Ended> {
        send(&mut self.outgoing, self.timing, frame).await
    }
}

async fn send<W: Sink<String> + Unpin>(
    outgoing: &mut W,
    timing: Timing,
    frame: &ServerFrame,
) -> Result<(), Ended> {
    match timeout(timing.write, outgoing.send(frame.to_text())).await {
        Err(_) => Err(Ended::TooSlow),
        Ok(Err(_)) => Err(Ended::Closed),
        Ok(Ok(())) => Ok(()),
    }
}

async fn refuse<W: Sink<String> + Unpin>(outgoing: &mut W, timing: Timing, refused: Refused) -> Ended {
    let (code, text) = match refused {
        Refused::Later => (ErrorCode::Later, "try again in a moment".into()),
        Refused::Invalid(reason) => (ErrorCode::Invalid, reason),
    };
    match send(outgoing, timing, &ServerFrame::Error { code, id: None, text }).await {
        Ok(()) => Ended::Refused,
        Err(ended) => ended,
    }
}

#[cfg(test)]
mod tests;
