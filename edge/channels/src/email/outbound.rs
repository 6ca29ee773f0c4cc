//! E-mail out: one effect becomes one message, handed to the configured SMTP server once.

use std::fmt;

use lettre::Address;
use lettre::address::Envelope;
use lettre::message::Mailbox;
use model::{Effect, Email, OutcomeKind};
use serde::Deserialize;

use super::ReplyAddresses;
use super::compose::{Composition, compose};
use super::smtp::Smtp;
use crate::links::Links;
use crate::signing::Signer;

/// How to reach the mail server, and as whom.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailConfig {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
    #[serde(default)]
    pub user: Option<String>,
    #[serde(default)]
    pub password: Option<Password>,
    /// The certificate authority of the mail server in PEM, where it is not a public one.
    #[serde(default)]
    pub ca_pem: Option<String>,
    /// `Harbour Living <hello@shop.example>`.
    pub from: String,
    /// The part of reply addresses before the plus.
    #[serde(default = "reply")]
    pub reply_local: String,
    /// The domain whose mail reaches the LMTP listener.
    pub reply_domain: String,
    /// The name under which our own mail server writes `Authentication-Results`; see [`super::Reading`].
    #[serde(default)]
    pub trusted_server: Option<String>,
}

impl EmailConfig {
    /// The reply addresses that the sender writes and the listener reads.
    pub fn reply_addresses(&self, signer: Signer) -> ReplyAddresses {
        ReplyAddresses::new(signer, &self.reply_local, &self.reply_domain)
    }
}

fn reply() -> String {
    "reply".into()
}

/// How the connection to the mail server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Not at all: for a mail server on the same machine.
    None,
    /// After `STARTTLS`, which the server must offer.
    Starttls,
    /// From the first byte (port 465).
    Implicit,
}

/// A password that does not show in logs.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// What is wrong with an [`EmailConfig`].
#[derive(Debug, thiserror::Error)]
pub enum InvalidEmailConfig {
    #[error("email.from is `{0}`; write an address or `Name <name@domain>`")]
    From(String),
    #[error(
        "email.reply_domain is `{0}`; write a domain whose mail reaches the LMTP listener, such as `mail.shop.example`"
    )]
    ReplyDomain(String),
    #[error("email.ca_pem is no certificate in PEM: {0}")]
    Authority(String),
    #[error("email.user is set without email.password, or the reverse; set both or none")]
    HalfLogin,
    #[error("email.password would travel in the clear to `{0}`; set email.tls to starttls or implicit")]
    LoginInTheClear(String),
}

/// Sends e-mails. One per workspace; sends many at the same time, within the connection limit.
#[derive(Debug)]
pub struct EmailSender {
    from: Mailbox,
    replies: ReplyAddresses,
    links: Links,
    smtp: Smtp,
}

impl EmailSender {
    pub fn new(config: &EmailConfig, signer: Signer, links: Links) -> Result<Self, InvalidEmailConfig> {
        let from: Mailbox = config.from.parse().map_err(|_| InvalidEmailConfig::From(config.from.clone()))?;
        if Address::new(&config.reply_local, &config.reply_domain).is_err() {
            return Err(InvalidEmailConfig::ReplyDomain(config.reply_domain.clone()));
        }
        let replies = config.reply_addresses(signer);
        Ok(Self { from, replies, links, smtp: Smtp::new(config)? })
    }

    /// Hands the e-mail to the mail server. `Done` means that the server has taken responsibility for it;
    /// `Uncertain` that the connection broke between the message's last byte and the server's answer.
    pub async fn send(&self, effect: &Effect, email: &Email) -> OutcomeKind {
        let Ok(to) = email.to.trim().parse::<Address>() else {
            return OutcomeKind::Failed { reason: "the address is not one that mail can be sent to".into() };
        };
        let reply_to = self.replies.address(email.conversation, &email.to);
        let parts =
            Composition { from: &self.from, reply_to: &reply_to, replies: &self.replies, links: &self.links };
        let composed = match compose(&parts, effect, email, to.clone()) {
            Ok(message) => message,
            Err(reason) => return OutcomeKind::Failed { reason },
        };
        // The reply address is also the return path, so that a bounce comes back naming its conversation.
        let Ok(envelope) = Envelope::new(reply_to.parse().ok(), vec![to]) else {
            return OutcomeKind::Failed { reason: "the envelope is not one that mail can be sent in".into() };
        };
        self.smtp.deliver(&envelope, &composed).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use model::{ConversationId, CustomerId, EffectId, EffectKind, Purpose, Resend, StrandId, Timestamp};
    use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
    use tokio::net::{TcpListener, TcpStream};

    use super::super::smtp::Timeouts;
    use super::*;

    /// What the test server does instead of going on, at one place of the conversation.
    #[derive(Clone, Copy, PartialEq, Eq, Debug)]
    enum At {
        Greeting(&'static str),
        Mail(&'static str),
        Rcpt(&'static str),
        Data(&'static str),
        Message(&'static str),
    }

    impl At {
        fn is_silent(self) -> bool {
            let (Self::Greeting(answer)
            | Self::Mail(answer)
            | Self::Rcpt(answer)
            | Self::Data(answer)
            | Self::Message(answer)) = self;
            answer == SILENCE
        }
    }

    /// Stands for hanging up without a word.
    const HANG_UP: &str = "";
    /// Stands for never saying a word.
    const SILENCE: &str = "…";

    #[derive(Default)]
    struct Seen {
        connections: usize,
        messages: Vec<String>,
        recipients: Vec<String>,
    }

    async fn serve(listener: TcpListener, at: Option<At>, seen: Arc<Mutex<Seen>>) {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            seen.lock().unwrap().connections += 1;
            let seen = seen.clone();
            tokio::spawn(async move { converse(stream, at, &seen).await });
        }
    }

    async fn converse(stream: TcpStream, at: Option<At>, seen: &Mutex<Seen>) {
        let mut stream = BufReader::new(stream);
        let greeting = match at {
            Some(At::Greeting(answer)) => answer,
            _ => "220 test ready",
        };
        if !say(&mut stream, greeting).await {
            return;
        }
        let mut line = String::new();
        loop {
            line.clear();
            if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
                return;
            }
            let command = line.trim_end().to_owned();
            let answer = match (command.get(..4).unwrap_or_default(), at) {
                ("MAIL", Some(At::Mail(answer))) => answer,
                ("RCPT", Some(At::Rcpt(answer))) => answer,
                ("DATA", Some(At::Data(answer))) => answer,
                ("EHLO", _) => "250-test\r\n250 SMTPUTF8",
                ("DATA", _) => "354 go on",
                _ => "250 ok",
            };
            if command.starts_with("RCPT") {
                seen.lock().unwrap().recipients.push(command.clone());
            }
            if !say(&mut stream, answer).await {
                return;
            }
            if answer.starts_with("354") {
                let message = message(&mut stream).await;
                seen.lock().unwrap().messages.push(message);
                let answer = match at {
                    Some(At::Message(answer)) => answer,
                    _ => "250 2.0.0 queued as 17",
                };
                if !say(&mut stream, answer).await {
                    return;
                }
            }
        }
    }

    async fn message(stream: &mut BufReader<TcpStream>) -> String {
        let mut message = String::new();
        while !message.ends_with("\r\n.\r\n") {
            assert!(stream.read_line(&mut message).await.unwrap() > 0);
        }
        message
    }

    async fn say(stream: &mut BufReader<TcpStream>, answer: &str) -> bool {
        if answer == SILENCE {
            tokio::time::sleep(Duration::from_secs(3_600)).await;
        }
        answer != HANG_UP && stream.write_all(format!("{answer}\r\n").as_bytes()).await.is_ok()
    }

    fn effect() -> (Effect, Email) {
        let email = Email {
            conversation: ConversationId(7),
            to: "ada@example.com".into(),
            subject: "Two questions left".into(),
            text: "Which size?".into(),
            in_reply_to: None,
            html: None,
        };
        let effect = Effect {
            id: EffectId(9),
            customer: CustomerId(1),
            strand: StrandId(1),
            asked: Timestamp(0),
            run: None,
            purpose: Purpose::Service,
            resend: Resend::Never,
            kind: EffectKind::Email(email.clone()),
        };
        (effect, email)
    }

    fn config(port: u16) -> EmailConfig {
        EmailConfig {
            host: "127.0.0.1".into(),
            port,
            tls: Tls::None,
            user: None,
            password: None,
            ca_pem: None,
            from: "Harbour Living <hello@shop.example>".into(),
            reply_local: "reply".into(),
            reply_domain: "in.example".into(),
            trusted_server: None,
        }
    }

    fn sender(config: &EmailConfig) -> Result<EmailSender, InvalidEmailConfig> {
        let signer = Signer::new(&[4; 32]);
        let url = "https://shop.example".parse::<url::Url>().unwrap();
        let links = Links::new(signer.clone(), url.clone(), url);
        EmailSender::new(config, signer, links)
    }

    async fn outcome(at: Option<At>) -> OutcomeKind {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(serve(listener, at, Arc::default()));
        let (effect, email) = effect();
        let mut sender = sender(&config(port)).unwrap();
        if at.is_some_and(At::is_silent) {
            let soon = Duration::from_millis(300);
            sender.smtp.timeouts = Timeouts { connect: soon, command: soon, message: soon };
        }
        sender.send(&effect, &email).await
    }

    #[tokio::test]
    async fn a_message_is_handed_over_and_the_connection_used_again() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Seen::default()));
        tokio::spawn(serve(listener, None, seen.clone()));
        let sender = sender(&config(port)).unwrap();
        let (effect, email) = effect();
        for _ in 0..3 {
            let outcome = sender.send(&effect, &email).await;
            assert_eq!(
                outcome,
                OutcomeKind::Done { reference: Some("2.0.0 queued as 17".into()), answer: None }
            );
        }
        let seen = seen.lock().unwrap();
        assert_eq!((seen.connections, seen.messages.len()), (1, 3));
        assert_eq!(seen.recipients[0], "RCPT TO:<ada@example.com>");
        assert!(seen.messages[0].contains("Message-ID: <eff_00000000000000000000000009@in.example>\r\n"));
    }

    #[tokio::test]
    async fn what_fails_before_the_message_surely_did_not_happen() {
        for at in [
            At::Greeting("554 no"),
            At::Greeting("421 busy"),
            At::Greeting(HANG_UP),
            At::Greeting(SILENCE),
            At::Mail("451 later"),
            At::Mail(HANG_UP),
            At::Rcpt("450 greylisted"),
            At::Rcpt(HANG_UP),
            At::Rcpt(SILENCE),
            At::Data("451 later"),
            At::Data(HANG_UP),
            At::Data(SILENCE),
        ] {
            let outcome = outcome(Some(at)).await;
            assert!(matches!(outcome, OutcomeKind::Retry { .. }), "{at:?}: {outcome:?}");
        }
    }

    #[tokio::test]
    async fn a_permanent_no_is_final() {
        for at in [
            At::Mail("550 no"),
            At::Rcpt("550 5.1.1 no such user"),
            At::Data("554 no"),
            At::Message("554 spam"),
        ] {
            let outcome = outcome(Some(at)).await;
            assert!(matches!(outcome, OutcomeKind::Failed { .. }), "{at:?}: {outcome:?}");
        }
        let later = outcome(Some(At::Message("452 disk full"))).await;
        assert!(matches!(later, OutcomeKind::Retry { .. }), "{later:?}");
    }

    #[tokio::test]
    async fn a_connection_lost_after_the_message_leaves_it_uncertain() {
        for at in [At::Message(HANG_UP), At::Message(SILENCE), At::Message("what?"), At::Message("354 more")]
        {
            let outcome = outcome(Some(at)).await;
            assert!(matches!(outcome, OutcomeKind::Uncertain { .. }), "{at:?}: {outcome:?}");
        }
    }

    #[tokio::test]
    async fn no_server_no_message() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let (effect, mut email) = effect();
        let sender = sender(&config(port)).unwrap();
        let outcome = sender.send(&effect, &email).await;
        assert!(matches!(outcome, OutcomeKind::Retry { .. }), "{outcome:?}");
        email.to = "ada@example.com\r\nRCPT TO:<eve@evil.example>".into();
        let outcome = sender.send(&effect, &email).await;
        assert!(matches!(outcome, OutcomeKind::Failed { .. }), "{outcome:?}");
    }

    #[test]
    fn a_wrong_configuration_names_the_field() {
        let check = |edit: fn(&mut EmailConfig)| {
            let mut config = config(25);
            edit(&mut config);
            sender(&config).unwrap_err().to_string()
        };
        assert!(check(|config| config.from = "nobody".into()).starts_with("email.from is `nobody`"));
        assert!(
            check(|config| config.reply_domain = "a b".into()).starts_with("email.reply_domain is `a b`")
        );
        assert!(check(|config| config.user = Some("u".into())).contains("email.password"));
        let authority = check(|config| (config.tls, config.ca_pem) = (Tls::Starttls, Some("x".into())));
        assert!(authority.starts_with("email.ca_pem"), "{authority}");
        let login = check(|config| {
            (config.user, config.password) = (Some("u".into()), Some(Password("secret".into())));
            config.host = "mx.example".into();
        });
        assert!(login.contains("in the clear") && !login.contains("secret"), "{login}");
    }
}
