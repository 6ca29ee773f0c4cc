//! Signatures by Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use serde::{Deserialize, Deserializer};
use subtle::ConstantTimeEq;

/// How far a call's time may be from ours, either way.
pub const TOLERANCE_SECONDS: i64 = 300;
/// More signatures than this in one header are not looked at.
const SIGNATURES_MAX: usize = 16;

/// An endpoint's secret: `whsec_` and 24 to 64 bytes in base 64. Does not show in logs.
#[derive(Clone)]
pub struct Secret(hmac::Key);

/// The text is not a secret. It is not repeated here, because it may be one with a typing error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecret {
    #[error("a webhook secret must be `whsec_` and base 64; make one with `openssl rand -base64 32`")]
    Encoding,
    #[error(
        "a webhook secret must have 24 to 64 bytes, this one has {0}; make one with `openssl rand -base64 32`"
    )]
    Length(usize),
}

impl std::str::FromStr for Secret {
    type Err = InvalidSecret;

    fn from_str(text: &str) -> Result<Self, InvalidSecret> {
        let text = text.trim();
        let bytes = STANDARD
            .decode(text.strip_prefix("whsec_").unwrap_or(text))
            .map_err(|_| InvalidSecret::Encoding)?;
        if !(24..=64).contains(&bytes.len()) {
            return Err(InvalidSecret::Length(bytes.len()));
        }
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &bytes)))
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The three headers of a signed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignatureHeaders {
    /// `webhook-id`: the same in every attempt.
    pub id: String,
    /// `webhook-timestamp`: of this attempt, in seconds since 1970.
    pub timestamp: String,
    /// `webhook-signature`: one `v1,…` for each secret, separated by spaces.
    pub signature: String,
}

/// Why a call is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unverified {
    #[error("webhook-timestamp is not a number of seconds")]
    Timestamp,
    #[error("webhook-timestamp is more than five minutes from now; send the time of this attempt")]
    OutOfTime,
    #[error("no signature in webhook-signature fits; sign `id.timestamp.body` with the endpoint's secret")]
    NoMatch,
}

/// Signs a body with each secret. `id` contains no full stop.
pub fn sign(secrets: &[Secret], id: &str, timestamp_seconds: i64, body: &[u8]) -> SignatureHeaders {
    debug_assert!(!id.contains('.'), "an id with a full stop would make the signed text ambiguous");
    let timestamp = timestamp_seconds.to_string();
    let signatures: Vec<String> = secrets
        .iter()
        .map(|secret| format!("v1,{}", STANDARD.encode(signature(secret, id, &timestamp, body))))
        .collect();
    SignatureHeaders { id: id.into(), timestamp, signature: signatures.join(" ") }
}

/// Checks a call against each secret, in constant time for each comparison.
pub fn verify(
    secrets: &[Secret],
    headers: &SignatureHeaders,
    body: &[u8],
    now_seconds: i64,
) -> Result<(), Unverified> {
    let SignatureHeaders { id, timestamp, signature: sent } = headers;
    let seconds: i64 = timestamp.parse().map_err(|_| Unverified::Timestamp)?;
    if now_seconds.abs_diff(seconds) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(Unverified::OutOfTime);
    }
    if id.contains('.') {
        return Err(Unverified::NoMatch);
    }
    let sent: Vec<Vec<u8>> = sent
        .split(' ')
        .take(SIGNATURES_MAX)
        .filter_map(|signature| STANDARD.decode(signature.strip_prefix("v1,")?).ok())
        .collect();
    let matches = secrets.iter().any(|secret| {
        let expected = signature(secret, id, timestamp, body);
        sent.iter().any(|sent| expected.ct_eq(sent).into())
    });
    if matches { Ok(()) } else { Err(Unverified::NoMatch) }
}

fn signature(secret: &Secret, id: &str, timestamp: &str, body: &[u8]) -> Vec<u8> {
    let mut context = hmac::Context::with_key(&secret.0);
    for part in [id.as_bytes(), b".", timestamp.as_bytes(), b".", body] {
        context.update(part);
    }
    context.sign().as_ref().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_614_265_330;

    fn secret() -> Secret {
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse().unwrap()
    }

    /// The example of the Standard Webhooks specification.
    #[test]
    fn the_published_example_is_signed_alike() {
        let headers = sign(&[secret()], "msg_p5jXN8AQM9LWM0D4loKWxJek", NOW, br#"{"test": 2432232314}"#);
        assert_eq!(headers.signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(verify(&[secret()], &headers, br#"{"test": 2432232314}"#, NOW), Ok(()));
    }

    #[test]
    fn every_change_is_noticed() {
        let other: Secret = format!("whsec_{}", STANDARD.encode([9; 32])).parse().unwrap();
        let good = sign(&[other.clone(), secret()], "eff_1", NOW, b"body");
        for secrets in [[secret()], [other]] {
            assert_eq!(verify(&secrets, &good, b"body", NOW + 300), Ok(()));
        }
        assert_eq!(verify(&[secret()], &good, b"bodi", NOW), Err(Unverified::NoMatch));
        assert_eq!(verify(&[secret()], &good, b"body", NOW + 301), Err(Unverified::OutOfTime));
        assert_eq!(verify(&[secret()], &good, b"body", NOW - 301), Err(Unverified::OutOfTime));
        let change = |edit: fn(&mut SignatureHeaders)| {
            let mut headers = good.clone();
            edit(&mut headers);
            verify(&[secret()], &headers, b"body", NOW)
        };
        assert_eq!(change(|headers| headers.id.push('2')), Err(Unverified::NoMatch));
        assert_eq!(change(|headers| headers.timestamp = "1614265331".into()), Err(Unverified::NoMatch));
        assert_eq!(change(|headers| headers.timestamp = "soon".into()), Err(Unverified::Timestamp));
        assert_eq!(
            change(|headers| headers.signature = headers.signature.replace("v1,", "v1a,")),
            Err(Unverified::NoMatch)
        );
        assert_eq!(change(|headers| headers.signature.clear()), Err(Unverified::NoMatch));
        // A full stop moved from one field to the next signs the same text.
        let split =
            change(|headers| (headers.id, headers.timestamp) = ("eff_1.1614265330".into(), String::new()));
        assert_eq!(split, Err(Unverified::Timestamp));
    }

    #[test]
    fn secrets_are_checked_and_never_shown() {
        assert!(matches!("whsec_!!".parse::<Secret>(), Err(InvalidSecret::Encoding)));
        assert!(matches!("whsec_AAAA".parse::<Secret>(), Err(InvalidSecret::Length(3))));
        assert_eq!(format!("{:?}", secret()), "Secret(…)");
    }
}
