//! Telephone numbers: E.164, judged by libphonenumber's data.
//!
//! Only numbers that can be in use become keys. A number with an extension names a switchboard and is refused.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat};

/// Where numbers without a country code are at home, as an ISO 3166 code such as `DE`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Region(rlibphonenumber::enums::Region);

/// Why a text is not a telephone number that can name a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPhone {
    #[error("it holds no number; write it with its country code, such as `+49 30 …`")]
    NoNumber,
    #[error("it has no country code; write it with `+`, or set `default_region` in identity.yaml")]
    NoCountry,
    #[error("no such number can be in use in its country; check its digits")]
    NotInUse,
    #[error("it has an extension and names a switchboard, not a person")]
    Extension,
}

impl FromStr for Region {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shape = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase());
        let region = text.parse().ok().filter(|_| shape);
        let region = region.filter(|region| PHONE_NUMBER_UTIL.get_country_code_for_region(*region).is_some());
        region.map(Self).ok_or_else(|| format!("`{text}` is not a region"))
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// The number in E.164.
pub fn normal(text: &str, region: Option<Region>) -> Result<Cow<'_, str>, InvalidPhone> {
    let international =
        text.trim_start_matches("tel:").starts_with(['+', '＋']) || text.contains("phone-context=+");
    if region.is_none() && !international {
        let digits = text.chars().filter(|c| c.is_numeric()).count();
        return Err(if digits > 1 { InvalidPhone::NoCountry } else { InvalidPhone::NoNumber });
    }
    let parsed = PHONE_NUMBER_UTIL.parse(text, region.map(|region| region.0));
    let number = parsed.map_err(|_| InvalidPhone::NoNumber)?;
    if number.extension.as_deref().is_some_and(|extension| !extension.is_empty()) {
        return Err(InvalidPhone::Extension);
    }
    if !PHONE_NUMBER_UTIL.is_valid_number(&number) {
        return Err(InvalidPhone::NotInUse);
    }
    let key = PHONE_NUMBER_UTIL.format(&number, PhoneNumberFormat::E164);
    Ok(if key == text { Cow::Borrowed(text) } else { Cow::Owned(key.into_owned()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_has_one_text() {
        let germany = Some("DE".parse().unwrap());
        for raw in [
            "+49 30 901820",
            "030 901820",
            "0049 (30) 90 18 20",
            "tel:+49-30-901820",
            "＋４９ ３０ ９０１８２０",
        ] {
            assert_eq!(normal(raw, germany).as_deref(), Ok("+4930901820"), "{raw}");
        }
    }

    #[test]
    fn what_is_no_number_says_why() {
        assert_eq!(normal("030 901820", None), Err(InvalidPhone::NoCountry));
        assert_eq!(normal("call me", None), Err(InvalidPhone::NoNumber));
        assert_eq!(normal("+49 30 901820 ext. 7", None), Err(InvalidPhone::Extension));
        assert_eq!(normal("+49 30 1", None), Err(InvalidPhone::NotInUse));
        assert!("de".parse::<Region>().is_err());
        assert!("XX".parse::<Region>().is_err());
    }
}
