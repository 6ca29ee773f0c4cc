//! E-mail addresses: one text per mailbox (RFC 5321 and 5322, RFC 6531 for other scripts than Latin).
//!
//! The domain becomes lower-case ASCII (IDNA, UTS 46). The local part is lower-cased as well: RFC 5321 leaves
//! its case to the receiver, yet no receiver of size tells `Ada@` from `ada@`, and people write both. Dots and
//! plus-tags stay: what they mean differs between receivers.

use std::borrow::Cow;

/// RFC 5321, 4.5.3.1: the limits of a path without its angle brackets.
const ADDRESS_BYTES_MAX: usize = 254;
const LOCAL_BYTES_MAX: usize = 64;
const DOMAIN_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// Why a text is not a mailbox that a person can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmail {
    #[error("it has no `@`; write `name@domain`")]
    NoAt,
    #[error("it is longer than RFC 5321 allows (64 bytes before the `@`, 254 in all)")]
    TooLong,
    #[error("the part before the `@` has a character or a dot where none may stand")]
    Local,
    #[error("the domain is not a host name; letters, digits, dots and inner hyphens make one")]
    Domain,
    #[error("the domain has no dot; write it in full")]
    SingleLabel,
    #[error("the domain is a network address; write the host's name")]
    Literal,
}

/// The one text of a mailbox.
pub fn normal(text: &str) -> Result<Cow<'_, str>, InvalidEmail> {
    let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail::NoAt)?;
    let plain_local = local_part(local)?;
    let plain_domain = domain_name(domain)?;
    if local.len().max(plain_local.len()) > LOCAL_BYTES_MAX
        || plain_local.len() + 1 + plain_domain.len() > ADDRESS_BYTES_MAX
    {
        return Err(InvalidEmail::TooLong);
    }
    if plain_local == local && plain_domain == domain {
        return Ok(Cow::Borrowed(text));
    }
    Ok(Cow::Owned(format!("{plain_local}@{plain_domain}")))
}

/// A dot-atom, or a quoted string, which loses its quotes where it does not need them.
fn local_part(local: &str) -> Result<Cow<'_, str>, InvalidEmail> {
    if let Some(inner) = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        return quoted(inner).map(Cow::Owned);
    }
    if !is_dot_atom(local) {
        return Err(InvalidEmail::Local);
    }
    if local.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Ok(Cow::Borrowed(local));
    }
    Ok(Cow::Owned(local.to_lowercase()))
}

fn quoted(inner: &str) -> Result<String, InvalidEmail> {
    let mut plain = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(escaped @ ' '..='~') => plain.push(escaped),
                Some(_) | None => return Err(InvalidEmail::Local),
            },
            '"' => return Err(InvalidEmail::Local),
            other => plain.push(other),
        }
    }
    let plain = plain.to_lowercase();
    if plain.is_empty() {
        return Err(InvalidEmail::Local);
    }
    if is_dot_atom(&plain) {
        return Ok(plain);
    }
    Ok(format!("\"{}\"", plain.replace('\\', "\\\\").replace('"', "\\\"")))
}

/// RFC 5322 `dot-atom-text`, with RFC 6531's characters beyond ASCII.
fn is_dot_atom(text: &str) -> bool {
    let atext = |c: char| {
        c.is_ascii_alphanumeric()
            || "!#$%&'*+-/=?^_`{|}~".contains(c)
            || (!c.is_ascii() && !c.is_whitespace())
    };
    text.split('.').all(|atom| !atom.is_empty() && atom.chars().all(atext))
}

fn domain_name(domain: &str) -> Result<Cow<'_, str>, InvalidEmail> {
    if domain.starts_with('[') {
        return Err(InvalidEmail::Literal);
    }
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    let ascii = if domain.bytes().all(plain) && !domain.contains("xn--") {
        Cow::Borrowed(domain)
    } else {
        idna::domain_to_ascii_cow(domain.as_bytes(), idna::AsciiDenyList::STD3)
            .map_err(|_| InvalidEmail::Domain)?
    };
    let label = |label: &str| {
        (1..=LABEL_BYTES_MAX).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
    };
    if ascii.len() > DOMAIN_BYTES_MAX || !ascii.split('.').all(label) {
        return Err(InvalidEmail::Domain);
    }
    match ascii.rsplit_once('.') {
        None => Err(InvalidEmail::SingleLabel),
        Some((_, top)) if top.bytes().all(|byte| byte.is_ascii_digit()) => Err(InvalidEmail::Literal),
        Some(_) => Ok(ascii),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mailbox_has_one_text() {
        for (raw, key) in [
            ("Ada.Lovelace@Example.COM", "ada.lovelace@example.com"),
            ("ada+news@example.com", "ada+news@example.com"),
            ("\"ada\"@example.com", "ada@example.com"),
            ("\"Ada L\"@example.com", "\"ada l\"@example.com"),
            ("info@Bücher.example", "info@xn--bcher-kva.example"),
            ("info@xn--bcher-kva.example", "info@xn--bcher-kva.example"),
            ("Дмитрий@пример.рф", "дмитрий@xn--e1afmkfd.xn--p1ai"),
            ("o'brien@example.ie", "o'brien@example.ie"),
        ] {
            assert_eq!(normal(raw).as_deref(), Ok(key), "{raw}");
        }
    }

    #[test]
    fn what_is_no_mailbox_says_why() {
        for (raw, why) in [
            ("ada", InvalidEmail::NoAt),
            ("@example.com", InvalidEmail::Local),
            ("a..b@example.com", InvalidEmail::Local),
            (".a@example.com", InvalidEmail::Local),
            ("a b@example.com", InvalidEmail::Local),
            ("a(comment)@example.com", InvalidEmail::Local),
            ("a@b@example.com", InvalidEmail::Local),
            ("a@example..com", InvalidEmail::Domain),
            ("a@-example.com", InvalidEmail::Domain),
            ("a@exa_mple.com", InvalidEmail::Domain),
            ("a@example.com.", InvalidEmail::Domain),
            ("a@gmail", InvalidEmail::SingleLabel),
            ("a@[127.0.0.1]", InvalidEmail::Literal),
            ("a@127.0.0.1", InvalidEmail::Literal),
        ] {
            assert_eq!(normal(raw), Err(why), "{raw}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert_eq!(normal(&long), Err(InvalidEmail::TooLong));
    }
}
