//! Signed tokens: what goes out in addresses and links and comes back from strangers.
//!
//! One secret of the workspace signs them all; each kind has its own label inside the signature, so
//! that a token made for one use never passes for another.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use subtle::ConstantTimeEq;

/// Bytes of each signature that travel: 128 bits cannot be guessed, and links stay short.
const MAC_BYTES: usize = 16;
/// The longest token worth decoding.
const TOKEN_CHARS_MAX: usize = 1_024;

/// What a token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    ReplyAddress,
    Recipient,
    Unsubscribe,
    ContinueChat,
    ChatSession,
    Quote,
}

impl Use {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::ReplyAddress => b"throughline/reply-address/1",
            Self::Recipient => b"throughline/recipient/1",
            Self::Unsubscribe => b"throughline/unsubscribe/1",
            Self::ContinueChat => b"throughline/continue-chat/1",
            Self::ChatSession => b"throughline/chat-session/1",
            Self::Quote => b"throughline/quote/1",
        }
    }
}

/// Signs tokens and checks them. Cheap to clone.
#[derive(Clone)]
pub struct Signer(hmac::Key);

impl Signer {
    /// `secret` is the workspace's own and stays the same as long as its links shall work.
    pub fn new(secret: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, secret))
    }

    /// The payload and its signature as one word of `A–Z a–z 0–9 - _`.
    pub(crate) fn seal(&self, purpose: Use, payload: &[u8]) -> String {
        let mut token = payload.to_vec();
        token.extend_from_slice(&self.mac(purpose, payload)[..MAC_BYTES]);
        URL_SAFE_NO_PAD.encode(token)
    }

    /// The payload of a token that this signer made for the same purpose.
    pub(crate) fn open(&self, purpose: Use, token: &str) -> Option<Vec<u8>> {
        if token.len() > TOKEN_CHARS_MAX {
            return None;
        }
        let mut payload = URL_SAFE_NO_PAD.decode(token).ok()?;
        let mac = payload.split_off(payload.len().checked_sub(MAC_BYTES)?);
        let valid: bool = self.mac(purpose, &payload)[..MAC_BYTES].ct_eq(&mac).into();
        valid.then_some(payload)
    }

    pub(crate) fn mac(&self, purpose: Use, payload: &[u8]) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.0);
        // No label is the beginning of another, and the zero byte ends it.
        context.update(purpose.label());
        context.update(&[0]);
        context.update(payload);
        let mut mac = [0; 32];
        mac.copy_from_slice(context.sign().as_ref());
        mac
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signer(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_opens_only_unchanged_and_for_its_own_use() {
        let signer = Signer::new(&[7; 32]);
        let token = signer.seal(Use::Unsubscribe, b"customer");
        assert_eq!(signer.open(Use::Unsubscribe, &token).as_deref(), Some(&b"customer"[..]));
        assert_eq!(signer.open(Use::ContinueChat, &token), None);
        assert_eq!(Signer::new(&[8; 32]).open(Use::Unsubscribe, &token), None);
        for place in 0..token.len() {
            let mut forged = token.clone().into_bytes();
            forged[place] = if forged[place] == b'A' { b'B' } else { b'A' };
            assert_eq!(
                signer.open(Use::Unsubscribe, std::str::from_utf8(&forged).unwrap()),
                None,
                "at {place}"
            );
        }
        for text in ["", "A", "====", "ä", &"A".repeat(5_000)] {
            assert_eq!(signer.open(Use::Unsubscribe, text), None);
        }
    }
}
