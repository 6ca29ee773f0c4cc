//! Reply addresses: `reply+{token}@domain`, which carries the conversation and proves who was written to.
//!
//! The token is 13 digits of conversation, 8 of a keyed hash of the recipient and 16 of signature, in
//! lower-case base 32, because mail servers may change the case of an address. A stranger cannot make
//! one, and a customer who owns one for their own conversation cannot use it to speak as somebody else.

use model::ConversationId;
use subtle::ConstantTimeEq;

use crate::signing::{Signer, Use};

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const CONVERSATION_DIGITS: usize = 13;
const RECIPIENT_DIGITS: usize = 8;
const MAC_DIGITS: usize = 16;

/// Makes and reads the reply addresses of one workspace.
#[derive(Debug, Clone)]
pub struct ReplyAddresses {
    signer: Signer,
    local: String,
    domain: String,
}

/// What a reply address with a valid signature says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyToken {
    pub conversation: ConversationId,
    recipient: String,
}

impl ReplyAddresses {
    /// `local` is the part before the plus, `domain` the one whose mail reaches the LMTP listener.
    pub fn new(signer: Signer, local: &str, domain: &str) -> Self {
        Self { signer, local: local.to_ascii_lowercase(), domain: domain.to_ascii_lowercase() }
    }

    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The address under which `recipient` answers in `conversation`.
    pub fn address(&self, conversation: ConversationId, recipient: &str) -> String {
        let mut token = base32(u128::from(conversation.0), CONVERSATION_DIGITS);
        token.push_str(&self.recipient_tag(recipient));
        let mac = self.signature(&token);
        format!("{}+{token}{mac}@{}", self.local, self.domain)
    }

    /// Whether mail to `address` is ours to take: any at the domain, with or without a token.
    pub fn is_ours(&self, address: &str) -> bool {
        address.rsplit_once('@').is_some_and(|(_, domain)| domain.eq_ignore_ascii_case(&self.domain))
    }

    /// The token in `address`, if it is one of ours and its signature holds.
    pub fn read(&self, address: &str) -> Option<ReplyToken> {
        let (local, domain) = address.rsplit_once('@')?;
        let (local, token) = local.rsplit_once('+')?;
        let ours = local.eq_ignore_ascii_case(&self.local) && domain.eq_ignore_ascii_case(&self.domain);
        let length = CONVERSATION_DIGITS + RECIPIENT_DIGITS + MAC_DIGITS;
        if !ours || token.len() != length || !token.is_ascii() {
            return None;
        }
        let token = token.to_ascii_lowercase();
        let (payload, mac) = token.split_at(CONVERSATION_DIGITS + RECIPIENT_DIGITS);
        let valid: bool = self.signature(payload).as_bytes().ct_eq(mac.as_bytes()).into();
        let (conversation, recipient) = payload.split_at(CONVERSATION_DIGITS);
        let conversation = u64::try_from(number(conversation)?).ok().map(ConversationId)?;
        valid.then(|| ReplyToken { conversation, recipient: recipient.into() })
    }

    /// Whether `sender` is the one this token's message was written to.
    pub fn was_written_to(&self, token: &ReplyToken, sender: &str) -> bool {
        self.recipient_tag(sender).as_bytes().ct_eq(token.recipient.as_bytes()).into()
    }

    fn recipient_tag(&self, recipient: &str) -> String {
        let mac = self.signer.mac(Use::Recipient, recipient.trim().to_lowercase().as_bytes());
        base32(first_16(&mac) >> (128 - 5 * RECIPIENT_DIGITS), RECIPIENT_DIGITS)
    }

    fn signature(&self, payload: &str) -> String {
        let mac = self.signer.mac(Use::ReplyAddress, payload.as_bytes());
        base32(first_16(&mac) >> (128 - 5 * MAC_DIGITS), MAC_DIGITS)
    }
}

fn first_16(mac: &[u8; 32]) -> u128 {
    u128::from_be_bytes(*mac.first_chunk().expect("a MAC has 32 bytes"))
}

fn base32(mut value: u128, digits: usize) -> String {
    let mut text = vec![b'0'; digits];
    for slot in text.iter_mut().rev() {
        *slot = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    String::from_utf8(text).expect("the alphabet is ASCII")
}

fn number(digits: &str) -> Option<u128> {
    digits.bytes().try_fold(0u128, |value, byte| {
        let digit = ALPHABET.iter().position(|&letter| letter == byte)?;
        value.checked_mul(32)?.checked_add(digit as u128)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> ReplyAddresses {
        ReplyAddresses::new(Signer::new(&[3; 32]), "reply", "mail.shop.example")
    }

    #[test]
    fn an_address_carries_its_conversation_through_a_change_of_case() {
        let address = addresses().address(ConversationId(u64::MAX), "Ada@Example.com");
        assert!(address.len() <= 64 + 1 + "mail.shop.example".len());
        for form in [address.clone(), address.to_uppercase()] {
            let token = addresses().read(&form).unwrap();
            assert_eq!(token.conversation, ConversationId(u64::MAX));
            assert!(addresses().was_written_to(&token, "ada@example.COM"));
            assert!(!addresses().was_written_to(&token, "eve@example.com"));
        }
    }

    #[test]
    fn nobody_moves_a_token_to_another_conversation_or_recipient() {
        let mine = addresses().address(ConversationId(1), "eve@example.com");
        let other = addresses().address(ConversationId(2), "ada@example.com");
        let token = |address: &str| address["reply+".len()..].split('@').next().unwrap().to_owned();
        let (mine, other) = (token(&mine), token(&other));
        for cut in 1..mine.len() {
            let spliced = format!("reply+{}{}@mail.shop.example", &mine[..cut], &other[cut..]);
            let read = addresses().read(&spliced);
            assert!(read.is_none() || spliced.contains(&mine) || spliced.contains(&other), "cut at {cut}");
        }
        for address in
            ["reply@mail.shop.example", "reply+@mail.shop.example", "x", "reply+ü@mail.shop.example"]
        {
            assert_eq!(addresses().read(address), None);
        }
        assert_eq!(addresses().read(&format!("reply+{mine}@elsewhere.example")), None);
    }
}
