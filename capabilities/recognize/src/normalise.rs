//! Raw identifiers become keys: one text per person and namespace, however it was written.
//!
//! What cannot become a key is refused with the reason, so that it is kept as a raw trait and never merges
//! anybody. The reasons name the field and the remedy, not the value: they stand in logs.

mod email;
mod phone;
mod placeholder;

use std::borrow::Cow;

use model::{Identifier, Namespace};

pub use email::InvalidEmail;
pub use phone::{InvalidPhone, Region};

use crate::IdentityRules;

/// The longest identifier, in bytes, after trimming.
pub const IDENTIFIER_BYTES_MAX: usize = 256;

/// Why a raw identifier is not a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidIdentifier {
    #[error("`{0}` is empty; leave it out when it is not known")]
    Empty(Namespace),
    #[error("`{0}` has {1} bytes; at most {IDENTIFIER_BYTES_MAX} name a customer")]
    TooLong(Namespace, usize),
    #[error("`{0}` holds a control character; send it as plain text")]
    ControlCharacter(Namespace),
    #[error("`{0}` holds a placeholder that many people share; leave it out when it is not known")]
    Blocked(Namespace),
    #[error("`email` is not a mailbox: {0}")]
    Email(#[from] InvalidEmail),
    #[error("`phone` is not a telephone number: {0}")]
    Phone(#[from] InvalidPhone),
}

/// The key of a raw identifier under default rules: no default region, nothing blocked beyond the usual
/// placeholders. Workspaces use [`IdentityRules::normalise`].
pub fn normalise(namespace: &Namespace, raw: &str) -> Result<Identifier, InvalidIdentifier> {
    IdentityRules::default().normalise(namespace, raw)
}

impl IdentityRules {
    /// The key of a raw identifier.
    pub fn normalise(&self, namespace: &Namespace, raw: &str) -> Result<Identifier, InvalidIdentifier> {
        let value = self.normal(namespace, raw)?.into_owned().into();
        Ok(Identifier { namespace: namespace.clone(), value })
    }

    /// The key's text; borrowed where `raw` is normal already, which is the rule on the hot path.
    pub fn normal<'a>(&self, namespace: &Namespace, raw: &'a str) -> Result<Cow<'a, str>, InvalidIdentifier> {
        let text = raw.trim();
        if text.is_empty() {
            return Err(InvalidIdentifier::Empty(namespace.clone()));
        }
        if text.len() > IDENTIFIER_BYTES_MAX {
            return Err(InvalidIdentifier::TooLong(namespace.clone(), text.len()));
        }
        if text.chars().any(char::is_control) {
            return Err(InvalidIdentifier::ControlCharacter(namespace.clone()));
        }
        if placeholder::is_placeholder(text) || self.blocks(namespace, text) {
            return Err(InvalidIdentifier::Blocked(namespace.clone()));
        }
        let normal = match namespace {
            Namespace::Email => email::normal(text)?,
            Namespace::Phone => phone::normal(text, self.default_region)?,
            Namespace::AnonymousId | Namespace::UserId | Namespace::DeviceId | Namespace::External(_) => {
                Cow::Borrowed(text)
            }
        };
        if normal.len() > IDENTIFIER_BYTES_MAX {
            return Err(InvalidIdentifier::TooLong(namespace.clone(), normal.len()));
        }
        if matches!(normal, Cow::Owned(_)) && self.blocks(namespace, &normal) {
            return Err(InvalidIdentifier::Blocked(namespace.clone()));
        }
        Ok(normal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(namespace: &str, raw: &str) -> String {
        match normalise(&namespace.parse().unwrap(), raw) {
            Ok(identifier) => identifier.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn ids_are_trimmed_and_keep_their_case() {
        assert_eq!(key("user_id", "  Ada-7 "), "user_id:Ada-7");
        assert_eq!(key("external/crm", "Ünïque"), "external/crm:Ünïque");
    }

    #[test]
    fn what_many_share_is_no_key() {
        let blocked =
            "`user_id` holds a placeholder that many people share; leave it out when it is not known";
        for raw in [
            "null",
            "NULL",
            "undefined",
            "Unknown",
            "anonymous",
            "0",
            "-",
            "00000000-0000-0000-0000-000000000000",
        ] {
            assert_eq!(key("user_id", raw), blocked, "{raw}");
        }
        assert_eq!(key("user_id", "10"), "user_id:10");
        assert_eq!(key("email", "null"), blocked.replace("user_id", "email"));
    }

    #[test]
    fn reasons_name_the_field_and_never_the_value() {
        assert_eq!(
            key("device_id", "a\u{7}b"),
            "`device_id` holds a control character; send it as plain text"
        );
        assert_eq!(key("user_id", &"x".repeat(257)), "`user_id` has 257 bytes; at most 256 name a customer");
        assert_eq!(key("user_id", "  "), "`user_id` is empty; leave it out when it is not known");
        assert!(!key("email", "canary-at-nowhere").contains("canary"));
        assert!(!key("phone", "canary").contains("canary"));
    }

    #[test]
    fn a_normal_identifier_is_borrowed() {
        let rules = IdentityRules::default();
        for (namespace, raw) in [(Namespace::UserId, "u-1"), (Namespace::Email, "ada@example.com")] {
            assert!(matches!(rules.normal(&namespace, raw), Ok(Cow::Borrowed(_))), "{raw}");
        }
    }
}
