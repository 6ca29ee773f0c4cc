//! Quoted text: what a reply repeats of the message it answers, found and left out.
//!
//! Works on lines, after HTML has become text with `> ` before quoted lines. Three marks are known: the
//! sentence before a quote ("On … wrote:"), a separator or block of headers after which everything is
//! the old message, and quoted lines themselves. What remains is the customer's own words, wherever
//! among the quotes they stand.

/// Words that end the sentence before a quote, in the languages mail programs write it in.
const WROTE: &[&str] = &[
    "wrote",
    "writes",
    "schrieb",
    "geschrieben",
    "a écrit",
    "escribió",
    "escribio",
    "ha scritto",
    "scrisse",
    "schreef",
    "skrev",
    "napisał",
    "napisał(a)",
    "napsal",
    "napsal(a)",
    "escreveu",
    "написал",
    "написала",
    "написал(а)",
    "пишет",
    "пише",
    "yazdı",
    "kirjoitti",
    "写道",
    "написав",
];

/// Words between dashes that announce the old message.
const SEPARATORS: &[&str] = &[
    "original message",
    "forwarded message",
    "reply message",
    "original appointment",
    "ursprüngliche nachricht",
    "originalnachricht",
    "weitergeleitete nachricht",
    "message d'origine",
    "message original",
    "mensaje original",
    "messaggio originale",
    "oorspronkelijk bericht",
    "oprindelig meddelelse",
    "ursprungligt meddelande",
    "opprinnelig melding",
    "alkuperäinen viesti",
    "wiadomość oryginalna",
    "mensagem original",
    "исходное сообщение",
    "пересылаемое сообщение",
];

/// Labels of the header block that Outlook and others put above the old message.
const LABELS: &[&str] = &[
    "from",
    "to",
    "cc",
    "sent",
    "date",
    "subject",
    "reply-to",
    "von",
    "an",
    "gesendet",
    "datum",
    "betreff",
    "de",
    "à",
    "a",
    "envoyé",
    "date",
    "objet",
    "para",
    "enviado",
    "fecha",
    "asunto",
    "da",
    "inviato",
    "oggetto",
    "van",
    "aan",
    "verzonden",
    "onderwerp",
    "fra",
    "til",
    "emne",
    "sendt",
    "från",
    "till",
    "ämne",
    "skickat",
    "od",
    "do",
    "wysłano",
    "temat",
    "от",
    "кому",
    "дата",
    "отправлено",
    "тема",
    "копия",
    "data",
    "assunto",
    "per",
];

/// The sentence before a quote may be broken over so many lines.
const SENTENCE_LINES_MAX: usize = 4;
const SENTENCE_CHARS_MAX: usize = 400;
/// Where labels are looked for below the first one.
const BLOCK_LINES_MAX: usize = 6;
const BLOCK_LABELS_MIN: usize = 3;
/// A rule of at least so many underscores or dashes above a header block belongs to it.
const RULE_CHARS_MIN: usize = 5;

/// The text without what it quotes. Empty when all of it is quoted.
pub fn without_quotes(text: &str) -> String {
    let text = text.replace("\r\n", "\n").replace('\u{a0}', " ");
    let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
    let mut kept: Vec<&str> = Vec::new();
    let mut place = 0;
    while place < lines.len() {
        if old_message_begins(&lines, place) {
            break;
        }
        if let Some(length) = sentence(&lines[place..]) {
            let below = lines[place + length..].iter().find(|line| !line.is_empty());
            match below {
                // The quote is marked line by line, so the customer's words may go on below it.
                Some(line) if is_quoted(line) => place += length,
                Some(_) | None => break,
            }
            continue;
        }
        if !is_quoted(lines[place]) {
            kept.push(lines[place]);
        }
        place += 1;
    }
    joined(&kept)
}

/// Joins lines, with no empty ones at the ends and never more than one between two others.
pub(super) fn joined(lines: &[&str]) -> String {
    let mut text = String::new();
    let mut blank = false;
    for line in lines {
        if line.trim().is_empty() {
            blank = !text.is_empty();
            continue;
        }
        if !text.is_empty() {
            text.push_str(if blank { "\n\n" } else { "\n" });
        }
        blank = false;
        text.push_str(line);
    }
    text.trim().to_owned()
}

fn is_quoted(line: &str) -> bool {
    line.trim_start().starts_with('>')
}

/// Whether everything from `place` on is the old message.
fn old_message_begins(lines: &[&str], place: usize) -> bool {
    let line = lines[place];
    if is_separator(line) {
        return true;
    }
    if is_rule(line) {
        let below = lines[place + 1..].iter().position(|line| !line.is_empty());
        return below.is_some_and(|offset| header_block(&lines[place + 1 + offset..]));
    }
    header_block(&lines[place..])
}

fn is_separator(line: &str) -> bool {
    let line = line.trim();
    let inner = line.trim_matches(|c| matches!(c, '-' | '_' | '–' | '—' | '=' | ' ' | '*'));
    let dashed = line.starts_with(['-', '_', '–', '—', '=']) && line.ends_with(['-', '_', '–', '—', '=']);
    dashed && SEPARATORS.contains(&inner.to_lowercase().as_str())
}

fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.chars().count() >= RULE_CHARS_MIN && line.chars().all(|c| matches!(c, '_' | '-' | '–' | '—' | '*'))
}

/// Whether a block of headers begins at the first of `lines`.
fn header_block(lines: &[&str]) -> bool {
    let Some(first) = lines.first().and_then(|line| label(line)) else { return false };
    let mut seen = vec![first];
    for line in lines[1..].iter().take(BLOCK_LINES_MAX) {
        if line.is_empty() {
            break;
        }
        if let Some(label) = label(line).filter(|label| !seen.contains(label)) {
            seen.push(label);
        }
    }
    seen.len() >= BLOCK_LABELS_MIN
        // Windows Mail writes no subject; its three labels are still one more than an answer has.
        || seen.len() == 2 && lines.first().is_some_and(|line| line.contains('@'))
}

/// The label of a header line, such as `from` of `*From:* Ada <ada@example.com>`.
fn label(line: &str) -> Option<String> {
    let line = line.trim_start_matches(['>', ' ', '*', '\t']);
    let (label, _) = line.split_once(':')?;
    let label = label.trim_matches(['*', ' ']).to_lowercase();
    LABELS.contains(&label.as_str()).then_some(label)
}

/// The number of lines, from the first on, that are the sentence before a quote.
fn sentence(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?.trim();
    if first.is_empty() || is_quoted(first) || !opens_sentence(first) {
        return None;
    }
    let mut joined = String::new();
    for (index, line) in lines.iter().take(SENTENCE_LINES_MAX).enumerate() {
        if line.is_empty() || is_quoted(line) {
            break;
        }
        joined.push_str(line.trim());
        joined.push(' ');
        if joined.len() > SENTENCE_CHARS_MAX {
            break;
        }
        if is_sentence(joined.trim_end()) {
            return Some(index + 1);
        }
    }
    None
}

/// Sentences before quotes begin with a preposition, a date, a weekday or the writer.
fn opens_sentence(line: &str) -> bool {
    let line = line.trim_start_matches(['-', ' ', '*']);
    let word = line.split([' ', ',']).next().unwrap_or_default().to_lowercase();
    let preposition = [
        "on", "am", "le", "el", "il", "op", "den", "dne", "em", "a", "på", "w", "dnia", "at", "in", "no",
        "dana",
    ];
    let weekday = word.chars().count() <= 4 && line.contains(", ");
    preposition.contains(&word.as_str())
        || line.starts_with(|c: char| c.is_ascii_digit())
        || weekday
        || line.contains('@')
}

fn is_sentence(text: &str) -> bool {
    let Some(text) = text.strip_suffix(':').or_else(|| text.strip_suffix('：')) else { return false };
    let text = text.trim_end().to_lowercase();
    let dated = text.bytes().filter(u8::is_ascii_digit).count() >= 2;
    let addressed = text.contains('@');
    let wrote = WROTE.iter().any(|word| {
        text.ends_with(word) || text.contains(&format!(" {word} ")) || text.contains(&format!("{word}\u{a0}"))
    });
    // "26.06.2014, 14:41, "Ada" <ada@example.com>:" has no verb; its date and address are enough.
    (wrote && (dated || addressed)) || (dated && addressed && text.ends_with(['>', ')', ']', '"']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(without_quotes(text), expected);
    }

    #[test]
    fn the_old_message_below_an_answer_is_left_out() {
        check(
            "Yes, 55 inch.\n\nOn Tue, 3 Mar 2026 at 10:12, Harbour <hello@shop.example> wrote:\n> Which size?",
            "Yes, 55 inch.",
        );
        check("Ja.\n\nAm 03.03.2026 um 10:12 schrieb Harbour <h@shop.example>:\n\n> Welche?", "Ja.");
        check("Oui\n\nLe 3 mars 2026 à 10:12, Harbour <h@shop.example> a écrit :\n> Quoi ?", "Oui");
        check("Да\n\n3 марта 2026 г., 10:12, \"Harbour\" <h@shop.example>:\n> Что?", "Да");
        check("Sí\n\nEl mar, 3 mar 2026 a las 10:12, Harbour\n(<h@shop.example>) escribió:\n\n> ¿Qué?", "Sí");
        check("OK\n\n-----Original Message-----\nFrom: Harbour\nWhich size?", "OK");
        check("OK\n\n--- Ursprüngliche Nachricht ---\nVon: H", "OK");
    }

    #[test]
    fn a_block_of_headers_begins_the_old_message() {
        check(
            "Fine\n\nFrom: H <h@shop.example>\nSent: Monday\nTo: Ada\nSubject: Your order\n\nHello",
            "Fine",
        );
        check(
            "Gut\n________________________________\nVon: H\nGesendet: Montag\nAn: Ada\nBetreff: x\nHallo",
            "Gut",
        );
        check("Fine\n\n*From:* H\n*Date:* Monday\n*To:* Ada\n\nHello", "Fine");
    }

    #[test]
    fn words_below_and_between_quotes_stay() {
        check(
            "On 03/03/2026 10:12 AM, Harbour wrote:\n> Which size?\n55 inch\n> Which colour?\nBlack",
            "55 inch\nBlack",
        );
        check("> Which size?\n\nThe large one", "The large one");
        check("> everything\n> quoted", "");
    }

    #[test]
    fn answers_that_look_like_quotes_stay() {
        check("Send it to: Ada", "Send it to: Ada");
        check("On Monday I wrote: hello", "On Monday I wrote: hello");
        check("To: the front door\nThanks", "To: the front door\nThanks");
        check("I have two questions:\n1. size\n2. colour", "I have two questions:\n1. size\n2. colour");
        check("Deliver on 12 March at 10:00", "Deliver on 12 March at 10:00");
        check("-----\nfive dashes", "-----\nfive dashes");
        check("5 > 3", "5 > 3");
    }

    #[test]
    fn a_sentence_over_several_lines_is_one() {
        check(
            "ok\n\nOn Tue, 3 Mar 2026 at 10:12, Harbour Living\n<hello-with-a-long-address@shop.example>\nwrote:\n\n> x",
            "ok",
        );
    }
}
