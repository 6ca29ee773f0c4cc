//! Which source a request speaks for: its write key, in the three places clients put it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The write key of an `Authorization` header: Basic with the key as user name, or Bearer.
pub fn from_header(authorization: Option<&str>) -> Option<String> {
    let (scheme, value) = authorization?.trim().split_once(' ')?;
    let value = value.trim();
    if scheme.eq_ignore_ascii_case("bearer") {
        return (!value.is_empty()).then(|| value.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(STANDARD.decode(value).ok()?).ok()?;
    let user = decoded.split_once(':').map_or(decoded.as_str(), |(user, _)| user);
    (!user.is_empty()).then(|| user.to_owned())
}

/// The prefix of every write key, so that one found in a log or a repository is recognised.
pub const WRITE_KEY_PREFIX: &str = "wk_";

/// A new write key with 128 random bits.
pub fn new_write_key() -> String {
    secret(WRITE_KEY_PREFIX)
}

/// A secret of 128 random bits in hexadecimal, with a prefix that says what it is for.
pub fn secret(prefix: &str) -> String {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).expect("the operating system gives random bits");
    format!("{prefix}{:032x}", u128::from_be_bytes(bits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_found_in_either_scheme() {
        assert_eq!(from_header(Some("Basic d2tfMTo=")), Some("wk_1".into()));
        assert_eq!(from_header(Some("basic d2tfMQ==")), Some("wk_1".into()));
        assert_eq!(from_header(Some("Bearer  wk_1 ")), Some("wk_1".into()));
        for wrong in ["Basic", "Basic Og==", "Basic %%", "Digest x", "Bearer "] {
            assert_eq!(from_header(Some(wrong)), None, "{wrong}");
        }
        assert_eq!(from_header(None), None);
    }

    #[test]
    fn keys_do_not_repeat() {
        assert_ne!(new_write_key(), new_write_key());
        assert_eq!(new_write_key().len(), 35);
    }
}
