//! Signatures: the lines under a message that say who wrote it, found and left out.
//!
//! Careful by design: an answer that loses its words is worse than one that keeps a name, so the first
//! line of a message is never taken for a signature.

use super::quoted::joined;

/// Lines that programs add by themselves, by how they begin.
const PROGRAM_LINES: &[&str] = &[
    "sent from my",
    "sent from mail for",
    "sent from outlook",
    "sent from yahoo",
    "sent via",
    "sent with",
    "sent by",
    "get outlook for",
    "von meinem",
    "gesendet von",
    "gesendet mit",
    "gesendet mit der",
    "envoyé de mon",
    "envoyé depuis",
    "enviado desde",
    "enviado do meu",
    "inviato da",
    "verstuurd vanaf",
    "skickat från",
    "sendt fra",
    "wysłane z",
    "отправлено с",
    "отправлено из",
    "via mobile",
    "obtenir outlook",
    "holen sie sich outlook",
];

/// Lines that close a letter; the name follows.
const CLOSINGS: &[&str] = &[
    "thanks",
    "thank you",
    "many thanks",
    "thanks again",
    "thank you very much",
    "thanks in advance",
    "regards",
    "best regards",
    "kind regards",
    "warm regards",
    "best",
    "best wishes",
    "all the best",
    "cheers",
    "sincerely",
    "yours sincerely",
    "yours faithfully",
    "yours",
    "mit freundlichen grüßen",
    "mit freundlichen grüssen",
    "freundliche grüße",
    "viele grüße",
    "liebe grüße",
    "beste grüße",
    "herzliche grüße",
    "danke",
    "vielen dank",
    "lg",
    "mfg",
    "vg",
    "cordialement",
    "bien cordialement",
    "merci",
    "bonne journée",
    "saludos",
    "un saludo",
    "gracias",
    "atentamente",
    "cordiali saluti",
    "grazie",
    "met vriendelijke groet",
    "groeten",
    "med vänlig hälsning",
    "с уважением",
    "спасибо",
    "pozdrawiam",
    "abraços",
    "obrigado",
    "obrigada",
    "atenciosamente",
];

const LINE_CHARS_MAX: usize = 80;
const NAME_CHARS_MAX: usize = 60;
/// The most lines with text under a delimiter, a closing, or the sender's name.
const BELOW_DELIMITER_MAX: usize = 15;
const BELOW_CLOSING_MAX: usize = 6;
const BELOW_NAME_MAX: usize = 8;

/// Without a mark, a signature is looked for so many lines from the end; also bounds the work on long texts.
const LINES_LOOKED_AT: usize = 60;

/// The text without its signature. `sender` is the display name or address of who wrote it.
pub fn without_signature(text: &str, sender: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let names = names(sender);
    let Some(first) = lines.iter().position(|line| !line.trim().is_empty()) else { return String::new() };
    let marked = (first + 1..lines.len()).find(|&place| is_mark(lines[place]));
    let guessed_from = (first + 1).max(lines.len().saturating_sub(LINES_LOOKED_AT));
    let guessed = (guessed_from..lines.len()).find(|&place| begins_signature(&lines[place..], &names));
    let cut = marked.into_iter().chain(guessed).min();
    joined(&lines[..cut.unwrap_or(lines.len())])
}

/// "-- " is the mark of RFC 3676 §4.3; below it, anything goes.
fn is_mark(line: &str) -> bool {
    matches!(line.trim(), "--" | "—")
}

fn begins_signature(lines: &[&str], names: &[String]) -> bool {
    let line = lines[0].trim();
    let below: Vec<&str> =
        lines[1..].iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
    let short = below.iter().all(|line| line.chars().count() <= LINE_CHARS_MAX);
    let lower = line.to_lowercase();
    if PROGRAM_LINES.iter().any(|start| lower.starts_with(start)) {
        return short && below.len() <= BELOW_CLOSING_MAX && line.chars().count() <= LINE_CHARS_MAX;
    }
    if is_delimiter(line) {
        return short && (1..=BELOW_DELIMITER_MAX).contains(&below.len());
    }
    let closing = lower.trim_end_matches([',', '.', '!', ' ', '-']);
    if CLOSINGS.contains(&closing) {
        return short && below.len() <= BELOW_CLOSING_MAX && below.iter().all(|line| !line.ends_with('?'));
    }
    names_sender(line, names)
        && short
        && below.len() <= BELOW_NAME_MAX
        && below.iter().all(|line| !line.ends_with('?'))
}

fn is_delimiter(line: &str) -> bool {
    line.chars().count() >= 3 && line.chars().all(|c| matches!(c, '-' | '_' | '–' | '—' | '=' | '*'))
}

/// Whether the line is the sender's name as people sign: `Ada`, `Ada K. Lovelace, Ph.D.`, `- Ada`.
fn names_sender(line: &str, names: &[String]) -> bool {
    if line.is_empty() || line.chars().count() > NAME_CHARS_MAX {
        return false;
    }
    let words: Vec<&str> =
        line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let named = words.first().is_some_and(|word| names.contains(&word.to_lowercase()));
    named && words.len() <= 5 && words.iter().all(|word| !word.starts_with(char::is_lowercase))
}

/// The words of a display name, or of the address before its `@`.
fn names(sender: &str) -> Vec<String> {
    let sender = sender.split('<').next().filter(|name| !name.trim().is_empty()).unwrap_or(sender);
    let sender = sender.split('@').next().unwrap_or_default();
    let words = sender.split(|c: char| !c.is_alphanumeric()).filter(|word| word.chars().count() >= 2);
    words.map(str::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(without_signature(text, "Ada Lovelace"), expected, "{text:?}");
    }

    #[test]
    fn signatures_are_left_out() {
        check("55 inch please\n-- \nAda\nAnalytical Engines Ltd", "55 inch please");
        check("55 inch please\n\nSent from my iPhone", "55 inch please");
        check("55 inch please\n\nBest regards,\nAda", "55 inch please");
        check("55 inch please\n\nAda", "55 inch please");
        check("55 inch please\n\n- Ada K. Lovelace\nt. 030 1234\nwww.example.com", "55 inch please");
        check("Ja bitte\n\nViele Grüße\nAda", "Ja bitte");
        check("Yes\n\n________\nAda Lovelace\nHead of Engines", "Yes");
    }

    #[test]
    fn an_answer_is_never_taken_for_one() {
        check("Thanks", "Thanks");
        check("Ada", "Ada");
        check("Ada Lovelace\n12 Engine Street\nLondon", "Ada Lovelace\n12 Engine Street\nLondon");
        check("My name:\nAda is what they call me", "My name:\nAda is what they call me");
        check(
            "Yes\n\nThanks,\nAda\n\nPS: can you also send the invoice?",
            "Yes\n\nThanks,\nAda\n\nPS: can you also send the invoice?",
        );
        check("", "");
    }
}
