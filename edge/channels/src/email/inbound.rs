//! E-mail in: an LMTP listener (RFC 2033) behind whatever mail server the business runs.
//!
//! LMTP answers for each recipient after the message, so a 250 can mean what it should: this message
//! is durable here, forget it. Everything else makes the mail server keep it and try again.

use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::ReplyAddresses;
use super::lmtp::Session;

/// The limits of the listener. The defaults suit one mail server on the same network.
#[derive(Debug, Clone)]
pub struct LmtpConfig {
    /// What the listener calls itself in its greeting.
    pub host_name: String,
    pub message_bytes_max: usize,
    pub recipients_max: usize,
    pub connections_max: usize,
    /// Bytes of messages held in memory over all connections; more are refused for now.
    pub buffered_bytes_max: usize,
    /// How long to wait for the next command, and for the next bytes of a message.
    pub read_timeout: Duration,
    /// How long a message may take to become durable before it is refused for now.
    pub take_timeout: Duration,
}

impl Default for LmtpConfig {
    fn default() -> Self {
        Self {
            host_name: "throughline.invalid".into(),
            message_bytes_max: 25 * 1024 * 1024,
            recipients_max: 100,
            connections_max: 64,
            buffered_bytes_max: 128 * 1024 * 1024,
            read_timeout: Duration::from_secs(300),
            take_timeout: Duration::from_secs(60),
        }
    }
}

/// One message for one recipient, as it came.
#[derive(Debug, Clone)]
pub struct Inbound {
    /// The envelope's sender; `None` for the empty one of bounces.
    pub return_path: Option<String>,
    pub recipient: String,
    pub message: Arc<Vec<u8>>,
}

/// Why a message is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Not now: the mail server keeps it and tries again (451).
    Later(String),
    /// Never: the mail server sends it back (550).
    Never(String),
}

/// What the sessions of a listener share.
pub(super) struct Shared<T> {
    pub config: LmtpConfig,
    pub replies: ReplyAddresses,
    pub take: T,
    /// Permits of [`BUFFER_STEP_BYTES`] each.
    pub buffer: Arc<Semaphore>,
}

/// Messages are counted against the memory limit in steps of this size.
pub(super) const BUFFER_STEP_BYTES: usize = 64 * 1024;
/// How long sessions get to finish their message when the server stops.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
/// How long to wait when the system refuses to accept a connection, usually for want of descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves until `shutdown` resolves, then lets open sessions finish the message they are in.
/// `take` is called once for each recipient and must return `Ok` only when the message is durable.
pub async fn serve<T, F>(
    listener: TcpListener,
    replies: ReplyAddresses,
    config: LmtpConfig,
    take: T,
    shutdown: impl Future<Output = ()>,
) where
    T: Fn(Inbound) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), Refusal>> + Send,
{
    let connections = Arc::new(Semaphore::new(config.connections_max));
    let buffer = Arc::new(Semaphore::new(config.buffered_bytes_max / BUFFER_STEP_BYTES));
    let shared = Arc::new(Shared { config, replies, take, buffer });
    let (stop, stopping) = watch::channel(false);
    let mut sessions = JoinSet::new();
    let mut shutdown = std::pin::pin!(shutdown);
    loop {
        let permit = tokio::select! {
            permit = connections.clone().acquire_owned() => permit.expect("the semaphore is never closed"),
            () = &mut shutdown => break,
        };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut shutdown => break,
        };
        while sessions.try_join_next().is_some() {}
        let Ok((stream, _)) = accepted else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let session = Session::new(shared.clone(), stream, stopping.clone());
        sessions.spawn(async move {
            let _permit = permit;
            // A broken connection is the mail server's to notice: it was answered or will try again.
            let _ = session.run().await;
        });
    }
    drop(listener);
    let _ = stop.send(true);
    let _ = timeout(STOP_TIMEOUT, async { while sessions.join_next().await.is_some() {} }).await;
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;
    use tokio::sync::oneshot;

    use super::*;
    use crate::signing::Signer;

    type Taken = Arc<Mutex<Vec<Inbound>>>;

    /// Runs a script against a fresh listener: lines beginning with `>` are sent, every other line is
    /// what the next line of the answer must begin with. `\r`, `\n` and `.` are as written.
    async fn check(config: LmtpConfig, script: &[&str]) -> Taken {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let taken = Taken::default();
        let keep = taken.clone();
        let take = move |inbound: Inbound| {
            let keep = keep.clone();
            async move {
                match inbound.recipient.split('@').next() {
                    Some("busy") => Err(Refusal::Later("too much\r\n250 going on".into())),
                    Some("never") => Err(Refusal::Never("not here".into())),
                    Some("slow") => std::future::pending().await,
                    _ => {
                        keep.lock().unwrap().push(inbound);
                        Ok(())
                    }
                }
            }
        };
        let replies = ReplyAddresses::new(Signer::new(&[1; 32]), "reply", "in.example");
        let (stop, stopped) = oneshot::channel::<()>();
        let server = tokio::spawn(serve(listener, replies, config, take, async move {
            let _ = stopped.await;
        }));
        let mut stream = TcpStream::connect(address).await.unwrap();
        let mut answer = Vec::new();
        for line in script {
            match line.strip_prefix('>') {
                Some(sent) => {
                    stream.write_all(sent.replace("\\r", "\r").replace("\\n", "\n").as_bytes()).await.unwrap()
                }
                None => {
                    let got = read_line(&mut stream, &mut answer).await;
                    assert!(got.starts_with(line), "expected `{line}`, got `{got}`");
                }
            }
        }
        drop(stream);
        stop.send(()).unwrap();
        server.await.unwrap();
        taken
    }

    async fn read_line(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> String {
        loop {
            if let Some(end) = buffer.windows(2).position(|pair| pair == b"\r\n") {
                let line: Vec<u8> = buffer.drain(..end + 2).collect();
                return String::from_utf8(line).unwrap().trim_end().to_owned();
            }
            let mut chunk = [0; 1024];
            let count = stream.read(&mut chunk).await.unwrap();
            if count == 0 {
                return "(closed)".into();
            }
            buffer.extend_from_slice(&chunk[..count]);
        }
    }

    #[tokio::test]
    async fn each_recipient_has_its_own_answer() {
        let taken = check(
            LmtpConfig::default(),
            &[
                "220 ", ">LHLO mx.example\\r\\n", "250-throughline.invalid", "250-PIPELINING",
                "250-ENHANCEDSTATUSCODES", "250-8BITMIME", "250-SMTPUTF8", "250 SIZE 26214400",
                ">MAIL FROM:<ada@example.com> BODY=8BITMIME SIZE=10\\r\\n", "250 2.1.0",
                ">RCPT TO:<one@in.example>\\r\\nRCPT TO:<busy@in.example>\\r\\nRCPT TO:<x@else.example>\\r\\n",
                "250 2.1.5", "250 2.1.5", "550 5.7.1",
                ">RCPT TO:<never@IN.example>\\r\\nDATA\\r\\n", "250 2.1.5", "354 ",
                ">Subject: x\\r\\n\\r\\n..dot\\r\\n.\\r\\n", "250 2.0.0 ", "451 4.3.1 too much", "550 5.6.0 not here",
                ">QUIT\\r\\n", "221 2.0.0", "(closed)",
            ],
        )
        .await;
        let taken = taken.lock().unwrap();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].message.as_slice(), b"Subject: x\r\n\r\n.dot\r\n");
        assert_eq!(taken[0].return_path.as_deref(), Some("ada@example.com"));
    }

    #[tokio::test]
    async fn a_lone_line_feed_does_not_end_a_message() {
        let taken = check(
            LmtpConfig::default(),
            &[
                "220 ",
                ">LHLO a\\r\\nMAIL FROM:<>\\r\\nRCPT TO:<a@in.example>\\r\\nDATA\\r\\n",
                "250-",
                "250-",
                "250-",
                "250-",
                "250-",
                "250 SIZE",
                "250 ",
                "250 ",
                "354 ",
                ">a\\n.\\nMAIL FROM:<eve@evil.example>\\r\\n.\\n\\r\\nb\\r.\\r\\nc\\r\\n.\\r\\n",
                "250 2.0.0",
            ],
        )
        .await;
        let taken = taken.lock().unwrap();
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0].return_path, None);
        let text = std::str::from_utf8(&taken[0].message).unwrap();
        assert_eq!(text, "a\n.\nMAIL FROM:<eve@evil.example>\r\n\n\r\nb\r.\r\nc\r\n");
    }

    #[tokio::test]
    async fn limits_are_answered_and_the_session_goes_on() {
        let config = LmtpConfig { message_bytes_max: 1_000, recipients_max: 1, ..LmtpConfig::default() };
        let long = format!(">{}\\r\\n.\\r\\n", "x".repeat(2_000));
        let line = format!(">NOOP {}\\r\\n", "x".repeat(10_000));
        check(
            config,
            &[
                "220 ",
                ">LHLO a\\r\\n",
                "250-",
                "250-",
                "250-",
                "250-",
                "250-",
                "250 SIZE 1000",
                ">MAIL FROM:<> SIZE=1001\\r\\n",
                "552 5.3.4",
                ">RCPT TO:<a@in.example>\\r\\n",
                "503 5.5.1",
                ">DATA\\r\\n",
                "503 5.5.1",
                ">MAIL FROM:<>\\r\\n",
                "250",
                ">MAIL FROM:<>\\r\\n",
                "503 5.5.1",
                ">RCPT TO:<a@in.example>\\r\\n",
                "250",
                ">RCPT TO:<b@in.example>\\r\\n",
                "452 4.5.3",
                ">DATA\\r\\n",
                "354",
                &long,
                "552 5.3.4",
                &line,
                "500 5.5.2",
                ">HELO a\\r\\n",
                "500 5.5.1",
                ">MAIL FROM:<a\\r\\n",
                "501 5.5.4",
                ">MAIL FROM:<> FOO=1\\r\\n",
                "555 5.5.4",
                ">NOOP\\r\\n",
                "250 2.0.0",
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn what_does_not_become_durable_in_time_is_refused_for_now() {
        let config = LmtpConfig { take_timeout: Duration::from_millis(1), ..LmtpConfig::default() };
        check(
            config,
            &[
                "220 ",
                ">LHLO a\\r\\n",
                "250-",
                "250-",
                "250-",
                "250-",
                "250-",
                "250 ",
                ">MAIL FROM:<>\\r\\n",
                "250",
                ">RCPT TO:<slow@in.example>\\r\\n",
                "250",
                ">DATA\\r\\n",
                "354",
                ">x\\r\\n.\\r\\n",
                "451 4.3.1",
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn memory_for_messages_is_bounded() {
        let config = LmtpConfig { buffered_bytes_max: 2 * BUFFER_STEP_BYTES, ..LmtpConfig::default() };
        let long = format!(">{}\\r\\n.\\r\\n", "x".repeat(3 * BUFFER_STEP_BYTES));
        check(
            config,
            &[
                "220 ",
                ">LHLO a\\r\\n",
                "250-",
                "250-",
                "250-",
                "250-",
                "250-",
                "250 ",
                ">MAIL FROM:<>\\r\\n",
                "250",
                ">RCPT TO:<a@in.example>\\r\\n",
                "250",
                ">DATA\\r\\n",
                "354",
                &long,
                "451 4.3.1",
                ">MAIL FROM:<>\\r\\n",
                "250",
                ">RCPT TO:<a@in.example>\\r\\n",
                "250",
                ">DATA\\r\\n",
                "354",
                ">x\\r\\n.\\r\\n",
                "250 2.0.0",
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn a_silent_peer_is_hung_up_on() {
        let config = LmtpConfig { read_timeout: Duration::from_millis(20), ..LmtpConfig::default() };
        check(config, &["220 ", "421 4.4.2", "(closed)"]).await;
    }
}
