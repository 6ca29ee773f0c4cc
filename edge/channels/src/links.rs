//! Links that a message carries: stop these messages, and continue in chat.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{CHAT_LINK, ConversationId, CustomerId, Effect, Purpose, Span, Timestamp, UNSUBSCRIBE_LINK};
use subtle::ConstantTimeEq;
use url::Url;

use crate::signing::{Signer, Use};

/// How long a link to the chat works. Long enough for a slow reply, short enough that an old mailbox
/// does not open conversations.
pub const CONTINUE_LIFETIME: Span = Span(14 * Span::DAY.0);

/// Makes the links of one workspace and reads them back.
#[derive(Debug, Clone)]
pub struct Links {
    signer: Signer,
    public_url: Url,
    chat_page: Url,
}

/// Whom a valid unsubscribe link names. Act on it on `POST` only (RFC 8058): scanners follow links.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unsubscribe {
    pub customer: CustomerId,
    pub purpose: Purpose,
}

/// What a valid link to the chat continues. Whoever holds it received the customer's message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContinueChat {
    pub customer: CustomerId,
    pub conversation: ConversationId,
}

/// Why a link does not work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLink {
    #[error("this link was not made here or has been changed; use the link of the newest message")]
    Forged,
    #[error("this link ended at {0}; use the link of the newest message")]
    Expired(Timestamp),
}

impl Links {
    /// `public_url` is where customers reach this server; `chat_page` is the page that embeds the chat.
    pub fn new(signer: Signer, public_url: Url, chat_page: Url) -> Self {
        Self { signer, public_url, chat_page }
    }

    /// The signature of a quote: HMAC-SHA-256 of its canonical bytes under the workspace's own key, in base64url.
    pub fn sign_quote(&self, canonical: &[u8]) -> String {
        URL_SAFE_NO_PAD.encode(self.signer.mac(Use::Quote, canonical))
    }

    /// Whether a signature is of these bytes.
    pub fn is_quote_signature(&self, canonical: &[u8], signature: &str) -> bool {
        let given = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        self.signer.mac(Use::Quote, canonical).ct_eq(&given).into()
    }

    /// `{public_url}/u/{token}`.
    pub fn unsubscribe(&self, whom: Unsubscribe) -> String {
        let mut payload = whom.customer.0.to_be_bytes().to_vec();
        payload.push(purpose_code(whom.purpose));
        let token = self.signer.seal(Use::Unsubscribe, &payload);
        format!("{}/u/{token}", self.public_url.as_str().trim_end_matches('/'))
    }

    pub fn read_unsubscribe(&self, token: &str) -> Result<Unsubscribe, InvalidLink> {
        let payload = self.signer.open(Use::Unsubscribe, token).ok_or(InvalidLink::Forged)?;
        let [customer @ .., purpose] = &payload[..] else { return Err(InvalidLink::Forged) };
        let customer = customer.try_into().map_err(|_| InvalidLink::Forged)?;
        let purpose = Purpose::ALL.into_iter().find(|known| purpose_code(*known) == *purpose);
        Ok(Unsubscribe {
            customer: CustomerId(u64::from_be_bytes(customer)),
            purpose: purpose.ok_or(InvalidLink::Forged)?,
        })
    }

    /// `{chat_page}?tl_continue={token}`, which works until `until`.
    pub fn continue_chat(&self, what: ContinueChat, until: Timestamp) -> String {
        let numbers = [what.customer.0, what.conversation.0, until.0.max(0) as u64];
        let payload: Vec<u8> = numbers.into_iter().flat_map(u64::to_be_bytes).collect();
        let mut url = self.chat_page.clone();
        url.query_pairs_mut().append_pair("tl_continue", &self.signer.seal(Use::ContinueChat, &payload));
        url.into()
    }

    /// The text with the address of the chat where it stands for one.
    pub fn in_text(&self, text: &str, effect: &Effect, conversation: ConversationId) -> String {
        if !text.contains(CHAT_LINK) {
            return text.to_owned();
        }
        let what = ContinueChat { customer: effect.customer, conversation };
        text.replace(CHAT_LINK, &self.continue_chat(what, effect.asked + CONTINUE_LIFETIME))
    }

    /// The text as a customer would see it, with a chat address as long as theirs that continues nothing.
    pub fn in_preview(&self, text: &str) -> String {
        let nothing = ContinueChat { customer: CustomerId(0), conversation: ConversationId(0) };
        text.replace(CHAT_LINK, &self.continue_chat(nothing, Timestamp(0)))
    }

    /// The same of a page, of which nothing can be stopped either.
    pub fn in_page_preview(&self, page: &str) -> String {
        let chat = self.in_preview(CHAT_LINK).replace('&', "&amp;");
        page.replace(CHAT_LINK, &chat).replace(UNSUBSCRIBE_LINK, "#")
    }

    pub fn read_continue(&self, token: &str, now: Timestamp) -> Result<ContinueChat, InvalidLink> {
        let payload = self.signer.open(Use::ContinueChat, token).ok_or(InvalidLink::Forged)?;
        let (numbers, []) = payload.as_chunks::<8>() else { return Err(InvalidLink::Forged) };
        let [customer, conversation, until] = numbers else { return Err(InvalidLink::Forged) };
        let until = Timestamp(i64::from_be_bytes(*until));
        if now > until {
            return Err(InvalidLink::Expired(until));
        }
        Ok(ContinueChat {
            customer: CustomerId(u64::from_be_bytes(*customer)),
            conversation: ConversationId(u64::from_be_bytes(*conversation)),
        })
    }
}

/// Part of links already sent: never change a number.
const fn purpose_code(purpose: Purpose) -> u8 {
    match purpose {
        Purpose::Service => 0,
        Purpose::Marketing => 1,
        Purpose::Personalization => 2,
        Purpose::Analytics => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links() -> Links {
        let parse = |text: &str| text.parse().unwrap();
        Links::new(
            Signer::new(&[1; 32]),
            parse("https://tl.example/"),
            parse("https://shop.example/help?lang=en"),
        )
    }

    #[test]
    fn a_preview_shows_links_that_lead_to_the_chat_and_nowhere_on() {
        let text = links().in_preview("Go on: throughline:chat");
        let token = text.strip_prefix("Go on: https://shop.example/help?lang=en&tl_continue=").unwrap();
        assert_eq!(links().read_continue(token, Timestamp(1)), Err(InvalidLink::Expired(Timestamp(0))));
        let page = links()
            .in_page_preview(r#"<a href="throughline:chat">a</a><a href="throughline:unsubscribe">b</a>"#);
        assert!(page.starts_with(r#"<a href="https://shop.example/help?lang=en&amp;tl_continue="#), "{page}");
        assert!(page.ends_with(r##"<a href="#">b</a>"##), "{page}");
    }

    #[test]
    fn an_unsubscribe_link_names_customer_and_purpose() {
        let whom = Unsubscribe { customer: CustomerId(42), purpose: Purpose::Marketing };
        let link = links().unsubscribe(whom);
        let token = link.strip_prefix("https://tl.example/u/").unwrap();
        assert_eq!(links().read_unsubscribe(token), Ok(whom));
        assert_eq!(links().read_unsubscribe(&token[1..]), Err(InvalidLink::Forged));
        assert_eq!(links().read_continue(token, Timestamp(0)), Err(InvalidLink::Forged));
    }

    #[test]
    fn a_chat_link_keeps_the_pages_own_query_and_ends() {
        let what = ContinueChat { customer: CustomerId(1), conversation: ConversationId(9) };
        let link = links().continue_chat(what, Timestamp(1_000));
        let token = link.strip_prefix("https://shop.example/help?lang=en&tl_continue=").unwrap();
        assert_eq!(links().read_continue(token, Timestamp(1_000)), Ok(what));
        assert_eq!(
            links().read_continue(token, Timestamp(1_001)),
            Err(InvalidLink::Expired(Timestamp(1_000)))
        );
    }
}
