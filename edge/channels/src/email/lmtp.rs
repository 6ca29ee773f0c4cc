//! One LMTP session: commands in, one answer each, and one for each recipient after a message.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::timeout;

use super::inbound::{BUFFER_STEP_BYTES, Inbound, Refusal, Shared};

/// The longest command line; RFC 5321 asks for 512 and more for each extension.
const LINE_BYTES_MAX: usize = 4_096;
/// After so many refused commands the peer is no mail server.
const MISTAKES_MAX: usize = 20;

pub(super) struct Session<T> {
    shared: Arc<Shared<T>>,
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    stopping: watch::Receiver<bool>,
    /// Written when the input is empty, so that a pipelined group has one answer; the reader's buffer
    /// bounds how many that are.
    answers: Vec<u8>,
    greeted: bool,
    mistakes: usize,
    envelope: Option<Envelope>,
}

#[derive(Default)]
struct Envelope {
    return_path: Option<String>,
    recipients: Vec<String>,
}

/// What became of a message's bytes.
enum Body {
    Whole(Vec<u8>, Vec<OwnedSemaphorePermit>),
    TooLong,
    NoMemory,
}

/// Why a session ends.
enum End {
    Closed,
    Silent,
    Stopping,
}

impl From<io::Error> for End {
    fn from(_: io::Error) -> Self {
        Self::Closed
    }
}

impl<T, F> Session<T>
where
    T: Fn(Inbound) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), Refusal>> + Send,
{
    pub fn new(shared: Arc<Shared<T>>, stream: TcpStream, stopping: watch::Receiver<bool>) -> Self {
        let (reader, writer) = stream.into_split();
        Self {
            shared,
            reader: BufReader::with_capacity(16 * 1024, reader),
            writer,
            stopping,
            answers: Vec::new(),
            greeted: false,
            mistakes: 0,
            envelope: None,
        }
    }

    pub async fn run(mut self) -> io::Result<()> {
        let greeting = format!("220 {} LMTP Throughline", self.shared.config.host_name);
        self.answer(&greeting);
        loop {
            let ended = match self.next_line().await {
                Ok(line) => self.command(line).await,
                Err(end) => Err(end),
            };
            match ended {
                Ok(true) => {}
                Ok(false) => break,
                Err(End::Closed) => return Ok(()),
                Err(End::Silent) => {
                    self.answer("421 4.4.2 nothing heard for too long");
                    break;
                }
                Err(End::Stopping) => {
                    self.answer("421 4.3.2 the server is stopping; try again later");
                    break;
                }
            }
        }
        self.flush().await
    }

    /// Answers one command; `false` ends the session.
    async fn command(&mut self, line: Option<String>) -> Result<bool, End> {
        let Some(line) = line else {
            return Ok(self.mistake("500 5.5.2 the line is too long or not UTF-8"));
        };
        let (verb, rest) = line.split_once(' ').unwrap_or((&line, ""));
        match verb.to_ascii_uppercase().as_str() {
            "LHLO" => self.hello(),
            "MAIL" => return Ok(self.mail(rest)),
            "RCPT" => return Ok(self.recipient(rest)),
            "DATA" => return self.data().await,
            "RSET" => {
                self.envelope = None;
                self.answer("250 2.0.0 forgotten");
            }
            "NOOP" => self.answer("250 2.0.0 still here"),
            "VRFY" => self.answer("252 2.5.0 send the message to find out"),
            "QUIT" => {
                self.answer("221 2.0.0 goodbye");
                return Ok(false);
            }
            "HELO" | "EHLO" => return Ok(self.mistake("500 5.5.1 this is LMTP; begin with LHLO")),
            _ => return Ok(self.mistake("500 5.5.1 unknown command")),
        }
        Ok(true)
    }

    fn hello(&mut self) {
        self.greeted = true;
        self.envelope = None;
        let config = &self.shared.config;
        let name = config.host_name.clone();
        let size = format!("250 SIZE {}", config.message_bytes_max);
        self.answer(&format!("250-{name}"));
        for extension in ["PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8"] {
            self.answer(&format!("250-{extension}"));
        }
        self.answer(&size);
    }

    fn mail(&mut self, rest: &str) -> bool {
        if !self.greeted {
            return self.mistake("503 5.5.1 begin with LHLO");
        }
        if self.envelope.is_some() {
            return self.mistake("503 5.5.1 one message at a time; RSET forgets the other");
        }
        let Some((path, parameters)) = path(rest, "FROM:") else {
            return self.mistake("501 5.5.4 write MAIL FROM:<address>");
        };
        for parameter in parameters.split_ascii_whitespace() {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            match (name.to_ascii_uppercase().as_str(), value.parse::<usize>()) {
                ("SIZE", Ok(size)) if size > self.shared.config.message_bytes_max => {
                    self.answer("552 5.3.4 the message is larger than SIZE allows");
                    return true;
                }
                ("SIZE", Ok(_)) | ("SMTPUTF8" | "BODY", _) => {}
                _ => return self.mistake("555 5.5.4 unknown parameter"),
            }
        }
        let return_path = (!path.is_empty()).then(|| path.to_owned());
        self.envelope = Some(Envelope { return_path, recipients: Vec::new() });
        self.answer("250 2.1.0 go on");
        true
    }

    fn recipient(&mut self, rest: &str) -> bool {
        let Some(envelope) = &mut self.envelope else {
            return self.mistake("503 5.5.1 MAIL comes first");
        };
        let Some((path, parameters)) = path(rest, "TO:") else {
            return self.mistake("501 5.5.4 write RCPT TO:<address>");
        };
        if !parameters.trim().is_empty() {
            return self.mistake("555 5.5.4 unknown parameter");
        }
        if !self.shared.replies.is_ours(path) {
            self.answer("550 5.7.1 no mail for that domain is taken here");
        } else if envelope.recipients.len() >= self.shared.config.recipients_max {
            self.answer("452 4.5.3 too many recipients; send the rest in another message");
        } else {
            envelope.recipients.push(path.to_owned());
            self.answer("250 2.1.5 go on");
        }
        true
    }

    async fn data(&mut self) -> Result<bool, End> {
        match &self.envelope {
            None => return Ok(self.mistake("503 5.5.1 MAIL comes first")),
            Some(envelope) if envelope.recipients.is_empty() => {
                return Ok(self.mistake("503 5.5.1 no recipient was taken"));
            }
            Some(_) => {}
        }
        let envelope = self.envelope.take().unwrap_or_default();
        self.answer("354 end with a line that is one dot");
        self.flush().await?;
        let body = self.read_body().await?;
        match body {
            Body::TooLong => {
                for _ in &envelope.recipients {
                    self.answer("552 5.3.4 the message is larger than SIZE allows");
                }
            }
            Body::NoMemory => {
                for _ in &envelope.recipients {
                    self.answer("451 4.3.1 too many messages at the same time; try again later");
                }
            }
            Body::Whole(message, _held) => {
                let message = Arc::new(message);
                for recipient in envelope.recipients {
                    let return_path = envelope.return_path.clone();
                    self.take(Inbound { return_path, recipient, message: message.clone() }).await;
                }
            }
        }
        Ok(true)
    }

    async fn take(&mut self, inbound: Inbound) {
        let taking = (self.shared.take)(inbound);
        let taken = timeout(self.shared.config.take_timeout, taking).await;
        match taken.unwrap_or_else(|_| Err(Refusal::Later("it took too long; try again later".into()))) {
            Ok(()) => self.answer("250 2.0.0 taken, durable"),
            Err(Refusal::Later(reason)) => self.answer(&format!("451 4.3.1 {}", one_line(&reason))),
            Err(Refusal::Never(reason)) => self.answer(&format!("550 5.6.0 {}", one_line(&reason))),
        }
    }

    /// Reads to the line that is one dot, with the dots of RFC 5321 §4.5.2 taken off. Only CR LF ends a
    /// line: a peer that took a lone LF for one could be made to smuggle a second message.
    async fn read_body(&mut self) -> Result<Body, End> {
        let Self { shared, reader, .. } = self;
        let (mut message, mut held) = (Vec::new(), Vec::new());
        let (mut too_long, mut no_memory) = (false, false);
        let mut state = DotState::LineStart;
        loop {
            let read = timeout(shared.config.read_timeout, reader.fill_buf()).await;
            let bytes = read.map_err(|_| End::Silent)??;
            if bytes.is_empty() {
                return Err(End::Closed);
            }
            let mut used = 0;
            for &byte in bytes {
                used += 1;
                if !(too_long || no_memory) && message.len() + 2 > held.len() * BUFFER_STEP_BYTES {
                    match shared.buffer.clone().try_acquire_owned() {
                        Ok(permit) => held.push(permit),
                        Err(_) => no_memory = true,
                    }
                }
                state = state.next(byte, |byte| {
                    too_long |= message.len() >= shared.config.message_bytes_max;
                    if !(too_long || no_memory) {
                        message.push(byte);
                    }
                });
                if state == DotState::End {
                    break;
                }
            }
            reader.consume(used);
            if too_long || no_memory {
                // The rest is read and dropped, because the peer only listens after its last byte.
                (message, held) = (Vec::new(), Vec::new());
            }
            if state == DotState::End {
                return Ok(match (too_long, no_memory) {
                    (true, _) => Body::TooLong,
                    (false, true) => Body::NoMemory,
                    (false, false) => Body::Whole(message, held),
                });
            }
        }
    }

    /// The next command line without its end; `None` for one that is too long or not UTF-8.
    async fn next_line(&mut self) -> Result<Option<String>, End> {
        let mut line = Vec::new();
        let mut too_long = false;
        loop {
            if self.reader.buffer().is_empty() {
                self.flush().await?;
            }
            if *self.stopping.borrow() {
                return Err(End::Stopping);
            }
            let bytes = tokio::select! {
                read = timeout(self.shared.config.read_timeout, self.reader.fill_buf()) => {
                    read.map_err(|_| End::Silent)??
                }
                _ = self.stopping.wait_for(|stopping| *stopping) => return Err(End::Stopping),
            };
            if bytes.is_empty() {
                return Err(End::Closed);
            }
            let end = bytes.iter().position(|&byte| byte == b'\n');
            let used = end.map_or(bytes.len(), |end| end + 1);
            too_long |= line.len() + used > LINE_BYTES_MAX;
            if !too_long {
                line.extend_from_slice(&bytes[..used]);
            }
            self.reader.consume(used);
            if end.is_some() {
                let line = String::from_utf8(line).ok().filter(|_| !too_long);
                return Ok(line.map(|line| line.trim_end_matches(['\r', '\n']).to_owned()));
            }
        }
    }

    fn mistake(&mut self, answer: &str) -> bool {
        self.answer(answer);
        self.mistakes += 1;
        if self.mistakes >= MISTAKES_MAX {
            self.answer("421 4.7.0 too many mistakes");
        }
        self.mistakes < MISTAKES_MAX
    }

    fn answer(&mut self, line: &str) {
        self.answers.extend_from_slice(line.as_bytes());
        self.answers.extend_from_slice(b"\r\n");
    }

    async fn flush(&mut self) -> io::Result<()> {
        let answers = std::mem::take(&mut self.answers);
        match timeout(self.shared.config.read_timeout, self.writer.write_all(&answers)).await {
            Ok(written) => written,
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

/// Where the reader of a message stands in the search for its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum DotState {
    LineStart,
    Dot,
    DotCr,
    Middle,
    Cr,
    End,
}

impl DotState {
    fn next(self, byte: u8, mut keep: impl FnMut(u8)) -> Self {
        match (self, byte) {
            (Self::LineStart, b'.') => return Self::Dot,
            (Self::Dot, b'\r') => return Self::DotCr,
            (Self::DotCr, b'\n') => return Self::End,
            // The dot was stuffing, the CR was not.
            (Self::DotCr, _) => keep(b'\r'),
            (Self::LineStart | Self::Dot | Self::Middle | Self::Cr | Self::End, _) => {}
        }
        keep(byte);
        match (self, byte) {
            (_, b'\r') => Self::Cr,
            (Self::Cr, b'\n') => Self::LineStart,
            _ => Self::Middle,
        }
    }
}

/// The address of `FROM:<address> parameters`, without the source route nobody uses any more.
fn path<'a>(rest: &'a str, keyword: &str) -> Option<(&'a str, &'a str)> {
    let rest = rest.trim_start();
    let (head, rest) = rest.split_at_checked(keyword.len())?;
    if !head.eq_ignore_ascii_case(keyword) {
        return None;
    }
    let rest = rest.trim_start().strip_prefix('<')?;
    let mut quoted = false;
    let mut escaped = false;
    let end = rest.char_indices().find_map(|(place, c)| {
        let was_escaped = escaped;
        escaped = !was_escaped && c == '\\';
        match c {
            '"' if !was_escaped => quoted = !quoted,
            '>' if !quoted => return Some(place),
            _ => {}
        }
        None
    })?;
    let (address, parameters) = (&rest[..end], &rest[end + 1..]);
    let address = match address.strip_prefix('@') {
        Some(route) => route.split_once(':')?.1,
        None => address,
    };
    let legal = address.len() <= 320 && !address.chars().any(char::is_control);
    (legal && (parameters.is_empty() || parameters.starts_with(' '))).then_some((address, parameters))
}

fn one_line(reason: &str) -> String {
    reason.lines().next().unwrap_or_default().chars().filter(|c| !c.is_control()).take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read_as_mail_servers_write_them() {
        assert_eq!(path("TO:<a@b.c>", "TO:"), Some(("a@b.c", "")));
        assert_eq!(path("to: <a@b.c> X=1", "TO:"), Some(("a@b.c", " X=1")));
        assert_eq!(path("FROM:<>", "FROM:"), Some(("", "")));
        assert_eq!(path("TO:<@r.example:a@b.c>", "TO:"), Some(("a@b.c", "")));
        assert_eq!(path(r#"TO:<"a>b"@b.c>"#, "TO:"), Some((r#""a>b"@b.c"#, "")));
        for wrong in ["TO:a@b.c", "TO:<a@b.c", "TO", "<a@b.c>", "TO:<a@b.c>X", "TÖ:<a>", "TO:<a\u{7}@b.c>"] {
            assert_eq!(path(wrong, "TO:"), None, "{wrong}");
        }
    }
}
