//! What an e-mail looks like: its headers, its text, and the same text as plain HTML.

use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};
use lettre::{Address, message::header};
use model::{CHAT_LINK, Effect, Email, Purpose, UNSUBSCRIBE_LINK};

use super::ReplyAddresses;
use crate::links::{Links, Unsubscribe};

/// The longest subject worth sending; mail programs show far less.
const SUBJECT_CHARS_MAX: usize = 250;

/// What every message of a sender shares.
pub(super) struct Composition<'a> {
    pub from: &'a Mailbox,
    pub reply_to: &'a str,
    pub replies: &'a ReplyAddresses,
    pub links: &'a Links,
}

/// The message's bytes, or why there can be none.
pub(super) fn compose(
    parts: &Composition<'_>,
    effect: &Effect,
    email: &Email,
    to: Address,
) -> Result<Vec<u8>, String> {
    let domain = parts.replies.domain();
    let reply_to = parts.reply_to.parse().map_err(|_| "the reply address is not one".to_owned())?;
    let unsubscribe = (effect.purpose == Purpose::Marketing)
        .then(|| parts.links.unsubscribe(Unsubscribe { customer: effect.customer, purpose: effect.purpose }));

    // Every message of a conversation refers to this id, which no message bears, so that mail
    // programs show them as one thread even where the customer's own messages are missing.
    let thread = format!("<{}@{domain}>", email.conversation);
    let mut references = thread;
    let mut builder = Message::builder()
        .from(parts.from.clone())
        .reply_to(Mailbox::new(parts.from.name.clone(), reply_to))
        .to(Mailbox::new(None, to))
        .subject(one_line(&email.subject))
        .message_id(Some(format!("<{}@{domain}>", effect.id)))
        // RFC 3834: so that no absence note answers us, and no answer to one is ever sent.
        .raw_header(raw("Auto-Submitted", "auto-generated"));
    if let Some(answered) = email.in_reply_to.as_deref().and_then(message_id) {
        references = format!("{references} {answered}");
        builder = builder.in_reply_to(answered);
    }
    builder = builder.references(references);
    if let Some(link) = &unsubscribe {
        // RFC 8058: one click in the mail program, a POST to us.
        builder = builder
            .raw_header(raw("List-Unsubscribe", &format!("<{link}>")))
            .raw_header(raw("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"));
    }
    let text = full_text(parts.links, effect, email, unsubscribe.as_deref());
    let html = match &email.html {
        Some(page) => full_page(parts.links, effect, email, page, unsubscribe.as_deref()),
        None => html(&text),
    };
    let message = builder
        .multipart(MultiPart::alternative_plain_html(text, html))
        .map_err(|error| error.to_string())?;
    Ok(message.formatted())
}

fn raw(name: &'static str, value: &str) -> HeaderValue {
    let name: HeaderName = header::HeaderName::new_from_ascii_str(name);
    HeaderValue::new(name, value.to_owned())
}

/// A subject in one line: nothing in it can begin another header.
fn one_line(subject: &str) -> String {
    let spaced: String = subject.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    spaced.trim().chars().take(SUBJECT_CHARS_MAX).collect()
}

/// A message id in angle brackets; `None` for what is not one and could break the header.
fn message_id(text: &str) -> Option<String> {
    let id = text.trim().trim_start_matches('<').trim_end_matches('>');
    let legal = (1..=900).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'<' && byte != b'>');
    legal.then(|| format!("<{id}>"))
}

fn full_text(links: &Links, effect: &Effect, email: &Email, unsubscribe: Option<&str>) -> String {
    let text = email.text.trim_end().replace("\r\n", "\n");
    let mut text = links.in_text(&text, effect, email.conversation);
    if let Some(link) = unsubscribe {
        text.push_str("\n\n-- \nTo receive no more of these messages: ");
        text.push_str(link);
    }
    text.push('\n');
    text
}

/// The page with its links; for marketing also the one that stops these messages, where the page says, or below it.
fn full_page(links: &Links, effect: &Effect, email: &Email, page: &str, unsubscribe: Option<&str>) -> String {
    let page = match page.contains(CHAT_LINK) {
        true => page.replace(CHAT_LINK, &escaped(&links.in_text(CHAT_LINK, effect, email.conversation))),
        false => page.to_owned(),
    };
    let Some(link) = unsubscribe.map(escaped) else {
        // What is no marketing cannot be stopped; such a link leads nowhere.
        return page.replace(UNSUBSCRIBE_LINK, "#");
    };
    if page.contains(UNSUBSCRIBE_LINK) {
        return page.replace(UNSUBSCRIBE_LINK, &link);
    }
    let stop = format!(
        "<p style=\"font-family:sans-serif;font-size:13px;text-align:center\">\
         <a href=\"{link}\">To receive no more of these messages</a></p>"
    );
    match page.rfind("</body>") {
        Some(end) => format!("{}{stop}{}", &page[..end], &page[end..]),
        None => page + &stop,
    }
}

/// The text as HTML: paragraphs, line breaks and links, everything else escaped.
fn html(text: &str) -> String {
    let mut html = String::from(
        "<!DOCTYPE html><html><head><meta charset=\"utf-8\"></head>\
         <body style=\"font-family:sans-serif;font-size:16px;line-height:1.5\">",
    );
    for paragraph in text.split("\n\n").filter(|paragraph| !paragraph.trim().is_empty()) {
        html.push_str("<p>");
        for (index, line) in paragraph.trim_matches('\n').lines().enumerate() {
            if index > 0 {
                html.push_str("<br>");
            }
            for (index, word) in line.split(' ').enumerate() {
                if index > 0 {
                    html.push(' ');
                }
                push_word(&mut html, word);
            }
        }
        html.push_str("</p>");
    }
    html.push_str("</body></html>");
    html
}

fn push_word(html: &mut String, word: &str) {
    let is_link = word.starts_with("https://") || word.starts_with("http://");
    if !is_link {
        return html.push_str(&escaped(word));
    }
    let link = word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']);
    let (link, rest) = (escaped(link), escaped(&word[link.len()..]));
    html.push_str(&format!("<a href=\"{link}\">{link}</a>{rest}"));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

#[cfg(test)]
mod tests {
    use model::{ConversationId, CustomerId, EffectId, EffectKind, Resend, StrandId, Timestamp};

    use super::*;
    use crate::signing::Signer;

    fn composed(purpose: Purpose, subject: &str, text: &str, in_reply_to: Option<&str>) -> String {
        composed_with(purpose, subject, text, in_reply_to, None)
    }

    fn composed_with(
        purpose: Purpose,
        subject: &str,
        text: &str,
        in_reply_to: Option<&str>,
        html: Option<&str>,
    ) -> String {
        let signer = Signer::new(&[5; 32]);
        let links = Links::new(
            signer.clone(),
            "https://tl.example".parse().unwrap(),
            "https://shop.example".parse().unwrap(),
        );
        let replies = ReplyAddresses::new(signer, "reply", "mail.shop.example");
        let from: Mailbox = "Harbour Living <hello@shop.example>".parse().unwrap();
        let email = Email {
            conversation: ConversationId(7),
            to: "ada@example.com".into(),
            subject: subject.into(),
            text: text.into(),
            in_reply_to: in_reply_to.map(Into::into),
            html: html.map(Into::into),
        };
        let effect = Effect {
            id: EffectId(9),
            customer: CustomerId(1),
            strand: StrandId(1),
            asked: Timestamp(0),
            run: None,
            purpose,
            resend: Resend::Never,
            kind: EffectKind::Email(email.clone()),
        };
        let reply_to = replies.address(email.conversation, &email.to);
        let parts = Composition { from: &from, reply_to: &reply_to, replies: &replies, links: &links };
        String::from_utf8(compose(&parts, &effect, &email, email.to.parse().unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn the_message_id_comes_from_the_effect_and_replies_are_threaded() {
        let message = composed(Purpose::Service, "Your add-on", "Hello", Some("abc@mua.example"));
        assert!(
            message.contains("Message-ID: <eff_00000000000000000000000009@mail.shop.example>\r\n"),
            "{message}"
        );
        assert!(message.contains("In-Reply-To: <abc@mua.example>\r\n"), "{message}");
        assert!(
            message.contains("References: <cnv_0000000000007@mail.shop.example> <abc@mua.example>\r\n"),
            "{message}"
        );
        assert!(message.contains("Reply-To: \"Harbour Living\" <reply+0000000000007"), "{message}");
        assert!(!message.contains("List-Unsubscribe"), "{message}");
    }

    #[test]
    fn marketing_can_be_stopped_with_one_click() {
        let message = composed(Purpose::Marketing, "Offers", "Hello", None);
        assert!(message.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), "{message}");
        let unfolded = message.replace("\r\n ", " ");
        assert!(unfolded.contains("List-Unsubscribe: <https://tl.example/u/"), "{message}");
    }

    #[test]
    fn no_field_can_begin_a_header_of_its_own() {
        let message = composed(
            Purpose::Service,
            "Hi\r\nBcc: eve@evil.example",
            "x",
            Some("a\r\nBcc: eve@evil.example"),
        );
        let headers = message.split("\r\n\r\n").next().unwrap();
        assert!(!headers.lines().any(|line| line.starts_with("Bcc")), "{headers}");
    }

    #[test]
    fn text_becomes_links_and_nothing_else_in_html() {
        let html = html("Hello <b>Ada</b>,\nsee https://a.example/?x=1&y=\"2\".\n\n<script>");
        assert!(html.contains("<p>Hello &lt;b&gt;Ada&lt;/b&gt;,<br>see <a href=\"https://a.example/?x=1&amp;y=&quot;2&quot;\">"), "{html}");
        assert!(html.contains("<p>&lt;script&gt;</p>"), "{html}");
    }

    #[test]
    fn a_page_goes_beside_its_text_with_its_links() {
        let page = "<html><body><a href=\"throughline:chat\">Talk</a></body></html>";
        let unfolded =
            |message: String| message.replace("=\r\n", "").replace("=3D", "=").replace("\r\n ", " ");
        let message = unfolded(composed_with(Purpose::Marketing, "x", "Hello", None, Some(page)));
        assert!(message.contains("multipart/alternative"), "{message}");
        assert!(message.contains("<a href=\"https://shop.example/?tl_continue"), "{message}");
        assert!(message.contains("<a href=\"https://tl.example/u/"), "{message}");
        assert!(message.contains("\r\nHello\r\n"), "{message}");
        let own = "<html><body><a href=\"throughline:unsubscribe\">Stop</a></body></html>";
        let message = unfolded(composed_with(Purpose::Marketing, "x", "Hello", None, Some(own)));
        let links = message.matches("<a href=\"https://tl.example/u/").count();
        assert_eq!((links, message.contains("throughline:")), (1, false), "{message}");
        let message = unfolded(composed_with(Purpose::Service, "x", "Hello", None, Some(own)));
        assert!(message.contains("<a href=\"#\">Stop"), "{message}");
    }

    #[test]
    fn the_chat_link_is_put_where_the_text_asks_for_it() {
        let message = composed(Purpose::Service, "x", "Continue: throughline:chat", None);
        let unfolded = message.replace("=\r\n", "");
        assert!(unfolded.contains("https://shop.example/?tl_continue"), "{message}");
        assert!(!message.contains("[["), "{message}");
    }
}
