//! Values that programs send when they do not know the customer.

/// Compared without regard to case.
const PLACEHOLDERS: [&str; 24] = [
    "null",
    "(null)",
    "<null>",
    "nil",
    "none",
    "undefined",
    "unknown",
    "anonymous",
    "anon",
    "guest",
    "visitor",
    "n/a",
    "na",
    "nan",
    "not set",
    "(not set)",
    "not_set",
    "empty",
    "true",
    "false",
    "[object object]",
    "object",
    "id",
    "-1",
];

/// Whether the text names nobody: a placeholder, or nothing but zeros and punctuation, such as the all-zero
/// UUID of phones without an advertising id.
pub fn is_placeholder(text: &str) -> bool {
    let only_zeros = text.bytes().all(|byte| byte == b'0' || byte.is_ascii_punctuation());
    let longest = 15;
    only_zeros || (text.len() <= longest && PLACEHOLDERS.iter().any(|known| known.eq_ignore_ascii_case(text)))
}
