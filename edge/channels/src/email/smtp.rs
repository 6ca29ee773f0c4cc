//! The SMTP conversation, one phase at a time, so that a broken connection has the right meaning.
//!
//! lettre's own transport reports an error without saying how far the message got. Here each command
//! is sent on its own: whatever goes wrong before the message itself surely did not happen, and
//! whatever goes wrong from its first byte until the server's answer is uncertain.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use lettre::address::Envelope;
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Certificate, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::{ClientId, Extension, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use model::OutcomeKind;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout};

use super::{EmailConfig, InvalidEmailConfig, Tls};

/// Connections open at the same time; more senders wait.
const CONNECTIONS_MAX: usize = 8;
/// Idle connections older than this are closed instead of used: most servers hang up after 60 s or more.
const IDLE_MAX: Duration = Duration::from_secs(30);
/// How much of a server's answer is kept in an outcome.
const REASON_CHARS_MAX: usize = 300;

#[derive(Debug, Clone, Copy)]
pub(super) struct Timeouts {
    pub connect: Duration,
    pub command: Duration,
    /// From the message's first byte to the server's answer. RFC 5321 asks for ten minutes, because
    /// giving up early makes a delivered message uncertain.
    pub message: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            command: Duration::from_secs(60),
            message: Duration::from_secs(600),
        }
    }
}

/// The connections to one mail server.
pub(super) struct Smtp {
    host: String,
    port: u16,
    tls: Option<(Tls, TlsParameters)>,
    login: Option<Credentials>,
    hello: ClientId,
    pub(super) timeouts: Timeouts,
    gate: Semaphore,
    idle: Mutex<Vec<(Instant, AsyncSmtpConnection)>>,
}

impl Smtp {
    pub fn new(config: &EmailConfig) -> Result<Self, InvalidEmailConfig> {
        let login = match (&config.user, &config.password) {
            (Some(user), Some(password)) => Some(Credentials::new(user.clone(), password.0.clone())),
            (None, None) => None,
            (Some(_), None) | (None, Some(_)) => return Err(InvalidEmailConfig::HalfLogin),
        };
        let loopback = matches!(config.host.as_str(), "localhost" | "127.0.0.1" | "::1");
        if login.is_some() && config.tls == Tls::None && !loopback {
            return Err(InvalidEmailConfig::LoginInTheClear(config.host.clone()));
        }
        let tls = match config.tls {
            Tls::None => None,
            Tls::Starttls | Tls::Implicit => Some((config.tls, tls_parameters(config)?)),
        };
        Ok(Self {
            host: config.host.clone(),
            port: config.port,
            tls,
            login,
            hello: ClientId::Domain(config.reply_domain.clone()),
            timeouts: Timeouts::default(),
            gate: Semaphore::new(CONNECTIONS_MAX),
            idle: Mutex::new(Vec::new()),
        })
    }

    /// Sends one message in one transaction.
    pub async fn deliver(&self, envelope: &Envelope, message: &[u8]) -> OutcomeKind {
        let _permit = self.gate.acquire().await.expect("the gate is never closed");
        let mut connection = match self.connection().await {
            Ok(connection) => connection,
            Err(reason) => return OutcomeKind::Retry { reason, after: None },
        };
        let outcome = self.transaction(&mut connection, envelope, message).await;
        if matches!(outcome, OutcomeKind::Done { .. }) {
            self.idle().push((Instant::now(), connection));
        }
        outcome
    }

    async fn transaction(
        &self,
        connection: &mut AsyncSmtpConnection,
        envelope: &Envelope,
        message: &[u8],
    ) -> OutcomeKind {
        let mut parameters = Vec::new();
        let addresses = envelope.from().into_iter().chain(envelope.to());
        if addresses.into_iter().any(|address| !AsRef::<str>::as_ref(address).is_ascii()) {
            if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
                return failed("the mail server does not take addresses beyond ASCII (SMTPUTF8)");
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        let mail = Mail::new(envelope.from().cloned(), parameters);
        if let Err(outcome) = self.command(connection, mail).await {
            return outcome;
        }
        for recipient in envelope.to() {
            if let Err(outcome) = self.command(connection, Rcpt::new(recipient.clone(), Vec::new())).await {
                return outcome;
            }
        }
        if let Err(outcome) = self.command(connection, Data).await {
            return outcome;
        }
        match timeout(self.timeouts.message, connection.message(message)).await {
            Err(_) => uncertain("no answer to the message in time"),
            Ok(Ok(response)) if response.code().severity == Severity::PositiveCompletion => {
                OutcomeKind::Done { reference: Some(shortened(&first_line(&response))), answer: None }
            }
            Ok(Ok(response)) => uncertain(&first_line(&response)),
            Ok(Err(error)) => answer(&error).unwrap_or_else(|| uncertain(&error.to_string())),
        }
    }

    /// One command before the message: without an answer, nothing has happened.
    async fn command(
        &self,
        connection: &mut AsyncSmtpConnection,
        command: impl std::fmt::Display,
    ) -> Result<(), OutcomeKind> {
        match timeout(self.timeouts.command, connection.command(command)).await {
            Err(_) => Err(retry("the mail server did not answer in time")),
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(answer(&error).unwrap_or_else(|| retry(&error.to_string()))),
        }
    }

    /// A connection that has just answered. Refused logins and greetings are for the operator to put
    /// right, so they never fail a message for good.
    async fn connection(&self) -> Result<AsyncSmtpConnection, String> {
        loop {
            let Some((since, mut connection)) = self.idle().pop() else { break };
            let fresh = since.elapsed() < IDLE_MAX;
            if fresh && timeout(self.timeouts.command, connection.test_connected()).await == Ok(true) {
                return Ok(connection);
            }
        }
        let in_time = timeout(self.timeouts.connect, self.connect()).await;
        in_time
            .map_err(|_| "the mail server did not answer in time".to_owned())?
            .map_err(|error| shortened(&format!("could not talk to the mail server: {error}")))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let implicit = self.tls.as_ref().filter(|(tls, _)| *tls == Tls::Implicit);
        let address = (self.host.as_str(), self.port);
        let parameters = implicit.map(|(_, parameters)| parameters.clone());
        let mut connection = AsyncSmtpConnection::connect_tokio1(
            address,
            Some(self.timeouts.connect),
            &self.hello,
            parameters,
            None,
        )
        .await?;
        if let Some((Tls::Starttls, parameters)) = &self.tls {
            connection.starttls(parameters.clone(), &self.hello).await?;
        }
        if let Some(login) = &self.login {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], login).await?;
        }
        Ok(connection)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<(Instant, AsyncSmtpConnection)>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Smtp({}:{})", self.host, self.port)
    }
}

fn tls_parameters(config: &EmailConfig) -> Result<TlsParameters, InvalidEmailConfig> {
    let invalid = |error: Error| InvalidEmailConfig::Authority(error.to_string());
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(pem) = &config.ca_pem {
        if !pem.contains("-----BEGIN CERTIFICATE-----") {
            return Err(InvalidEmailConfig::Authority("it holds no certificate".into()));
        }
        builder = builder.add_root_certificate(Certificate::from_pem(pem.as_bytes()).map_err(invalid)?);
    }
    builder.build_rustls().map_err(invalid)
}

/// What the server itself said; `None` where it did not get to say anything.
fn answer(error: &Error) -> Option<OutcomeKind> {
    error.status()?;
    let reason = error.to_string();
    Some(if error.is_permanent() { failed(&reason) } else { retry(&reason) })
}

fn first_line(response: &Response) -> String {
    response.first_line().unwrap_or("accepted").to_owned()
}

fn retry(reason: &str) -> OutcomeKind {
    OutcomeKind::Retry { reason: shortened(reason), after: None }
}

fn failed(reason: &str) -> OutcomeKind {
    OutcomeKind::Failed { reason: shortened(reason) }
}

fn uncertain(reason: &str) -> OutcomeKind {
    OutcomeKind::Uncertain { reason: shortened(reason) }
}

fn shortened(text: &str) -> String {
    text.chars().take(REASON_CHARS_MAX).collect()
}
