//! The post on its way back: a reply the customer writes is carried to Throughline's LMTP listener (RFC 2033).

use std::io;
use std::net::SocketAddr;

use api::resources::demo::{Devices, MailMessage, Outgoing};
use api::resources::thread_item::Direction;
use model::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

/// Carries replies until nobody writes any more.
pub async fn carry_replies(mut replies: mpsc::Receiver<Outgoing>, lmtp: SocketAddr, devices: Devices) {
    let mut number = 0u64;
    while let Some(reply) = replies.recv().await {
        number += 1;
        let time = api::state::now();
        let message = written(&reply, number, time);
        let carried = carry(lmtp, &reply, &message).await.map_err(|error| error.to_string());
        let answer = carried.map(|()| {
            devices.keep(message.clone(), reply.reply_to.clone());
            message
        });
        // The page that asked may have been closed.
        let _ = reply.sent.send(answer);
    }
}

fn written(reply: &Outgoing, number: u64, time: Timestamp) -> MailMessage {
    let original = &reply.to_message;
    let subject = match original.subject.strip_prefix("Re: ") {
        Some(_) => original.subject.clone(),
        None => format!("Re: {}", original.subject),
    };
    MailMessage {
        id: format!("reply-{}-{number}@mail.example", time.0),
        direction: Direction::Out,
        from: original.to.clone(),
        to: reply.reply_to.clone(),
        subject,
        text: reply.text.clone(),
        links: Vec::new(),
        time,
        in_reply_to: Some(original.id.clone()),
        customer: original.customer.clone(),
    }
}

/// What a mail program sends: the reply, and the original quoted under it.
fn source(reply: &Outgoing, message: &MailMessage) -> String {
    let quoted: String = reply.to_message.text.lines().map(|line| format!("> {line}\r\n")).collect();
    let text: String = reply.text.lines().map(|line| format!("{line}\r\n")).collect();
    let id = &reply.to_message.id;
    let date = rfc_2822(message.time);
    format!(
        "From: <{}>\r\nTo: <{}>\r\nSubject: {}\r\nDate: {date}\r\nMessage-ID: <{}>\r\nIn-Reply-To: <{id}>\r\n\
         References: <{id}>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n{text}\r\nOn {date}, {} wrote:\r\n{quoted}",
        message.from,
        message.to,
        header_text(&message.subject),
        message.id,
        reply.to_message.from,
    )
}

/// A header's text with everything that could begin another header taken out, encoded where it is not ASCII.
fn header_text(text: &str) -> String {
    use base64::Engine as _;
    let text: String = text.chars().filter(|each| !each.is_control()).collect();
    if text.is_ascii() {
        return text;
    }
    format!("=?utf-8?B?{}?=", base64::engine::general_purpose::STANDARD.encode(text))
}

fn rfc_2822(time: Timestamp) -> String {
    let zoned = jiff::Timestamp::from_millisecond(time.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    jiff::fmt::rfc2822::to_string(&zoned.to_zoned(jiff::tz::TimeZone::UTC)).unwrap_or_default()
}

async fn carry(lmtp: SocketAddr, reply: &Outgoing, message: &MailMessage) -> io::Result<()> {
    let (reader, mut writer) = TcpStream::connect(lmtp).await?.into_split();
    let mut reader = BufReader::new(reader);
    expect(&mut reader, "220").await?;
    let stuffed = source(reply, message).replace("\r\n.", "\r\n..");
    let commands = [
        ("LHLO mail.example\r\n".to_owned(), "250"),
        (format!("MAIL FROM:<{}> SMTPUTF8\r\n", message.from), "250"),
        (format!("RCPT TO:<{}>\r\n", message.to), "250"),
        ("DATA\r\n".to_owned(), "354"),
        (format!("{stuffed}\r\n.\r\n"), "250"),
        ("QUIT\r\n".to_owned(), "221"),
    ];
    for (command, code) in commands {
        writer.write_all(command.as_bytes()).await?;
        expect(&mut reader, code).await?;
    }
    Ok(())
}

/// Reads one answer, of one line or several, that must have this code.
async fn expect(reader: &mut (impl AsyncBufReadExt + Unpin), code: &str) -> io::Result<()> {
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if !line.starts_with(code) {
            return Err(io::Error::other(format!("the mail server said: {}", line.trim_end())));
        }
        if line.as_bytes().get(3) != Some(&b'-') {
            return Ok(());
        }
    }
}
