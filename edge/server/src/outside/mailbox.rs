//! The customer's mail server: takes mail by SMTP (RFC 5321) into the demo's mailboxes.

use std::io;

use api::resources::demo::{Devices, MailMessage};
use api::resources::thread_item::Direction;
use mail_parser::{Address, Message, MessageParser};
use model::Timestamp;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The longest message taken, in bytes.
const MESSAGE_BYTES_MAX: u64 = 1 << 20;
/// The longest line taken, in bytes.
const LINE_BYTES_MAX: u64 = 4_096;

/// Takes mail until the listener fails.
pub async fn receive_mail(listener: TcpListener, devices: Devices) {
    while let Ok((socket, _)) = listener.accept().await {
        let devices = devices.clone();
        tokio::spawn(async move {
            // A client that goes away in the middle has sent nothing.
            let _ = converse(socket, &devices).await;
        });
    }
}

async fn converse(socket: TcpStream, devices: &Devices) -> io::Result<()> {
    let (reader, mut writer) = socket.into_split();
    let mut reader = BufReader::new(reader);
    writer.write_all(b"220 mail.example ESMTP\r\n").await?;
    let mut recipients = Vec::new();
    loop {
        let Some(line) = read_line(&mut reader).await? else { return Ok(()) };
        let command = line.get(..4).unwrap_or("").to_ascii_uppercase();
        let answer: &[u8] = match command.as_str() {
            "EHLO" => b"250-mail.example\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 1048576\r\n",
            "HELO" | "NOOP" => b"250 mail.example\r\n",
            "MAIL" | "RSET" => {
                recipients.clear();
                b"250 2.1.0 go on\r\n"
            }
            "RCPT" => {
                recipients.extend(address_in(&line));
                b"250 2.1.5 go on\r\n"
            }
            "DATA" if recipients.is_empty() => b"503 5.5.1 name a recipient first\r\n",
            "DATA" => {
                writer.write_all(b"354 end with a dot\r\n").await?;
                match read_message(&mut reader).await? {
                    Some(bytes) => {
                        deliver(devices, &recipients, &bytes);
                        b"250 2.0.0 taken\r\n"
                    }
                    None => b"552 5.3.4 too long\r\n",
                }
            }
            "QUIT" => {
                writer.write_all(b"221 2.0.0 good-bye\r\n").await?;
                return Ok(());
            }
            _ => b"502 5.5.2 not here\r\n",
        };
        writer.write_all(answer).await?;
    }
}

async fn read_line(reader: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let count = reader.take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await?;
    Ok((count > 0).then(|| String::from_utf8_lossy(&line).trim_end().to_owned()))
}

/// The message without the dots that transparency added; `None` when it is too long.
async fn read_message(reader: &mut (impl AsyncBufReadExt + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let mut message = Vec::new();
    let mut too_long = false;
    loop {
        let mut line = Vec::new();
        if reader.take(MESSAGE_BYTES_MAX).read_until(b'\n', &mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == b".\r\n" || line == b".\n" {
            return Ok((!too_long).then_some(message));
        }
        too_long |= (message.len() + line.len()) as u64 > MESSAGE_BYTES_MAX;
        if !too_long {
            message.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }
}

fn address_in(line: &str) -> Option<String> {
    let (_, rest) = line.split_once('<')?;
    rest.split_once('>').map(|(address, _)| address.to_owned())
}

fn deliver(devices: &Devices, recipients: &[String], bytes: &[u8]) {
    let Some(message) = MessageParser::default().parse(bytes) else { return };
    let text = message.body_text(0).unwrap_or_default().into_owned();
    for recipient in recipients {
        let kept = MailMessage {
            id: message.message_id().unwrap_or_default().to_owned(),
            direction: Direction::In,
            from: first_address(message.from()),
            to: recipient.clone(),
            subject: message.subject().unwrap_or_default().to_owned(),
            links: links_in(&text),
            text: text.clone(),
            time: date_of(&message),
            in_reply_to: message.in_reply_to().as_text().map(str::to_owned),
            customer: None,
        };
        let reply_to =
            message.reply_to().map_or_else(|| kept.from.clone(), |address| first_address(Some(address)));
        devices.keep(kept, reply_to);
    }
}

fn date_of(message: &Message<'_>) -> Timestamp {
    message.date().map_or_else(api::state::now, |date| Timestamp(date.to_timestamp() * 1_000))
}

fn first_address(address: Option<&Address<'_>>) -> String {
    address.and_then(Address::first).and_then(|first| first.address()).unwrap_or_default().to_owned()
}

/// Web addresses in a text, without the punctuation that may follow them.
fn links_in(text: &str) -> Vec<String> {
    let links =
        text.split_whitespace().filter(|word| word.starts_with("http://") || word.starts_with("https://"));
    links.map(|word| word.trim_end_matches(['.', ',', ')', '>']).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lose_the_punctuation_behind_them() {
        assert_eq!(
            links_in("See https://a.example/x?y=1. Or (http://b.example)"),
            ["https://a.example/x?y=1"]
        );
        assert_eq!(address_in("RCPT TO:<ada@example.com> NOTIFY=NEVER"), Some("ada@example.com".into()));
    }
}
