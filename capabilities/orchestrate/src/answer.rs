//! Answers as people write them: "the living room, please", "2", "ja", "next Friday".

use model::{Channel, Timestamp, Value};

use crate::date;
use crate::definition::ChoiceDefinition;
use crate::slot::{Slot, SlotKind};

const YES: [&str; 22] = [
    "yes",
    "y",
    "yeah",
    "yep",
    "yup",
    "sure",
    "ok",
    "okay",
    "of course",
    "please do",
    "yes please",
    "true",
    "ja",
    "j",
    "jo",
    "jawohl",
    "gerne",
    "ja bitte",
    "klar",
    "oui",
    "si",
    "sí",
];
const NO: [&str; 16] = [
    "no",
    "n",
    "nope",
    "nah",
    "no thanks",
    "no thank you",
    "not",
    "never",
    "false",
    "nein",
    "ne",
    "nee",
    "nö",
    "nein danke",
    "non",
    "keine",
];

impl Slot {
    /// The value of an answer; for one that is none, what would have been.
    pub fn parse(&self, text: &str, now: Timestamp) -> Result<Value, String> {
        self.kind.parse(text.trim(), now).ok_or_else(|| self.kind.wanted())
    }

    /// The value of something that was known already, if it fits.
    pub fn accept(&self, value: &Value, now: Timestamp) -> Option<Value> {
        match (&self.kind, value) {
            (_, Value::Null) => None,
            (SlotKind::Bool, Value::Bool(_)) => Some(value.clone()),
            (SlotKind::Int { min, max }, Value::Int(int)) => {
                (min..=max).contains(&int).then(|| value.clone())
            }
            (SlotKind::Int { .. }, Value::Double(double)) if double.fract() == 0.0 => {
                self.accept(&Value::Int(*double as i64), now)
            }
            _ => self.kind.parse(value.plain().trim(), now),
        }
    }
}

impl SlotKind {
    fn parse(&self, text: &str, now: Timestamp) -> Option<Value> {
        match self {
            Self::Text { min, max, pattern } => {
                let length = text.chars().count() as i64;
                let fits =
                    (*min..=*max).contains(&length) && pattern.as_ref().is_none_or(|own| own.is_match(text));
                fits.then(|| Value::text(text))
            }
            Self::Int { min, max } => {
                the_number(text).filter(|int| (min..=max).contains(&int)).map(Value::Int)
            }
            Self::Bool => yes_or_no(text).map(Value::Bool),
            Self::Choice(choices) => choose(choices, text).map(|choice| Value::text(choice.value.as_str())),
            Self::Email => email(text).map(Value::text),
            Self::Phone => phone(text).map(Value::text),
            Self::Date { min, max } => date::read(text, now, *min, *max).map(Value::text),
        }
    }

    /// What would be an answer.
    pub fn wanted(&self) -> String {
        match self {
            Self::Text { max, pattern: None, .. } => format!("a text of up to {max} characters"),
            Self::Text { .. } => "a text in the right form".into(),
            Self::Int { min: i64::MIN, max: i64::MAX } => "a whole number".into(),
            Self::Int { min, max: i64::MAX } => format!("a whole number from {min}"),
            Self::Int { min: i64::MIN, max } => format!("a whole number up to {max}"),
            Self::Int { min, max } => format!("a whole number from {min} to {max}"),
            Self::Bool => "yes or no".into(),
            Self::Choice(choices) => {
                let labels: Vec<&str> = choices.iter().map(|choice| choice.label.as_str()).collect();
                format!("one of: {}", labels.join(", "))
            }
            Self::Email => "an e-mail address, such as ada@example.com".into(),
            Self::Phone => "a phone number, such as +49 30 901820".into(),
            Self::Date { .. } => "a date, such as 2026-03-14 or Friday, that we can offer".into(),
        }
    }
}

const LATER: [&str; 14] = [
    "later",
    "not now",
    "i ll say that later",
    "i will say that later",
    "i ll tell you later",
    "tell you later",
    "ask me later",
    "maybe later",
    "skip",
    "skip this",
    "später",
    "jetzt nicht",
    "das sage ich später",
    "überspringen",
];

/// Whether a message says nothing but that the answer comes later.
pub(crate) fn is_later(parts: &[String]) -> bool {
    matches!(parts, [one] if LATER.contains(&words(one).join(" ").as_str()))
}

const GREETINGS: [&str; 11] = [
    "hi",
    "hello",
    "hey",
    "dear",
    "good morning",
    "good day",
    "good evening",
    "hallo",
    "guten tag",
    "liebe",
    "moin",
];
const CLOSINGS: [&str; 13] = [
    "thanks",
    "thank you",
    "many thanks",
    "cheers",
    "best",
    "kind regards",
    "regards",
    "yours",
    "sincerely",
    "danke",
    "viele grüße",
    "liebe grüße",
    "mit freundlichen grüßen",
];

/// The parts of a message that may each answer a question: the whole, and for mail, where people answer several
/// questions at once, its lines without list marks, greeting and signature.
pub(crate) fn parts(channel: &Channel, text: &str) -> Vec<String> {
    if *channel != Channel::EMAIL {
        return vec![text.trim().to_owned()];
    }
    let body = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let mut lines: Vec<&str> = body.take_while(|line| *line != "--").collect();
    if lines.len() > 1 {
        lines.retain(|line| !begins_with(line, &GREETINGS));
        let closing = lines.iter().skip(1).position(|line| begins_with(line, &CLOSINGS));
        lines.truncate(closing.map_or(lines.len(), |place| place + 1));
    }
    match lines[..] {
        [] => vec![text.trim().to_owned()],
        [one] => vec![one.to_owned()],
        _ => lines.into_iter().map(|line| unmarked(line).to_owned()).collect(),
    }
}

/// Whether a short line begins with one of the phrases.
fn begins_with(line: &str, phrases: &[&str]) -> bool {
    /// "Hello Mr and Mrs Example," is a greeting; longer lines say something.
    const WORDS_MAX: usize = 5;
    let said = words(line);
    let line = said.join(" ");
    let begun = |phrase: &&str| {
        line.strip_prefix(phrase).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    said.len() <= WORDS_MAX && phrases.iter().any(begun)
}

/// A line without `1.`, `2)`, `-` or `*` before it.
fn unmarked(line: &str) -> &str {
    let (mark, rest) = line.split_once(' ').unwrap_or(("", line));
    let number = mark.trim_end_matches(['.', ')', ':']);
    let listed = mark == "-" || mark == "*";
    let numbered =
        number.len() < mark.len() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if listed || numbered { rest.trim() } else { line }
}

/// Words in lower case, without punctuation.
fn words(text: &str) -> Vec<String> {
    let bare: String =
        text.chars().map(|letter| if letter.is_alphanumeric() { letter } else { ' ' }).collect();
    bare.to_lowercase().split_whitespace().map(str::to_owned).collect()
}

pub(crate) fn yes_or_no(text: &str) -> Option<bool> {
    /// In a longer answer, the first word is not the answer.
    const WORDS_MAX: usize = 6;
    let said = words(text);
    let whole = said.join(" ");
    let first = said.first().filter(|_| said.len() <= WORDS_MAX)?;
    let is = |list: &[&str]| list.contains(&whole.as_str()) || list.contains(&first.as_str());
    match (is(&YES), is(&NO)) {
        (true, false) => Some(true),
        (false, true) => Some(false),
        _ => None,
    }
}

/// A choice by its label or another word for it, by its number in the list, or as the only one that is named.
fn choose<'a>(choices: &'a [ChoiceDefinition], text: &str) -> Option<&'a ChoiceDefinition> {
    let said = words(text);
    let names = |choice: &ChoiceDefinition| -> Vec<Vec<String>> {
        [&choice.value, &choice.label].into_iter().chain(&choice.also).map(|name| words(name)).collect()
    };
    if let Some(exact) = choices.iter().find(|choice| names(choice).contains(&said)) {
        return Some(exact);
    }
    if let [number] = &said[..]
        && let Ok(number) = number.parse::<usize>()
    {
        return number.checked_sub(1).and_then(|place| choices.get(place));
    }
    let named = |choice: &&ChoiceDefinition| {
        names(choice)
            .iter()
            .any(|name| !name.is_empty() && said.windows(name.len()).any(|part| part == &name[..]))
    };
    let begun = |choice: &&ChoiceDefinition| {
        said.len() == 1
            && said[0].chars().count() >= 3
            && names(choice).iter().any(|name| name.join(" ").starts_with(&said[0]))
    };
    only(choices.iter().filter(named)).or_else(|| only(choices.iter().filter(begun)))
}

fn only<'a, T>(mut items: impl Iterator<Item = &'a T>) -> Option<&'a T> {
    let first = items.next()?;
    items.next().is_none().then_some(first)
}

/// The number, where a text names exactly one.
fn the_number(text: &str) -> Option<i64> {
    let mut found: Vec<String> = Vec::new();
    let mut within = false;
    let mut before = ' ';
    for letter in text.chars() {
        match (letter.is_ascii_digit(), within) {
            (true, false) => {
                found.push(if before == '-' { format!("-{letter}") } else { letter.to_string() })
            }
            (true, true) => found.last_mut()?.push(letter),
            (false, true) if letter == '.' || letter == ',' => return decimal_is_none(text),
            (false, _) => {}
        }
        within = letter.is_ascii_digit();
        before = letter;
    }
    match &found[..] {
        [one] => one.parse().ok(),
        _ => None,
    }
}

/// A number with points or commas counts where they can only be thousands, or end the sentence.
fn decimal_is_none(text: &str) -> Option<i64> {
    let trimmed = text.trim().trim_end_matches(['.', ',']);
    if trimmed.bytes().all(|byte| byte.is_ascii_digit()) {
        return trimmed.parse().ok();
    }
    let groups: Vec<&str> = trimmed.split(['.', ',']).collect();
    let digits =
        groups.iter().all(|group| !group.is_empty() && group.bytes().all(|byte| byte.is_ascii_digit()));
    let thousands =
        groups.len() > 1 && groups[0].len() <= 3 && groups[1..].iter().all(|group| group.len() == 3);
    if digits && thousands { groups.concat().parse().ok() } else { None }
}

/// The e-mail address in a text that names exactly one. `recognize` decides whether it becomes an identifier.
fn email(text: &str) -> Option<String> {
    let clean = |word: &str| word.trim_matches(|letter: char| !letter.is_alphanumeric()).to_owned();
    let mut found = text.split_whitespace().filter(|word| word.contains('@')).map(clean);
    let address = found.next().filter(|_| found.next().is_none())?;
    let (local, domain) = address.rsplit_once('@')?;
    let labels: Vec<&str> = domain.split('.').collect();
    let label = |label: &&str| {
        !label.is_empty() && label.chars().all(|letter| letter.is_alphanumeric() || letter == '-')
    };
    let valid = !local.is_empty() && !local.contains('@') && labels.len() >= 2 && labels.iter().all(label);
    valid.then(|| format!("{local}@{}", domain.to_lowercase()))
}

/// A phone number: 7 to 15 digits (ITU-T E.164) with the usual signs between them.
fn phone(text: &str) -> Option<String> {
    let number = text.trim_matches(|letter: char| !letter.is_ascii_digit() && letter != '+' && letter != '(');
    let legal = |letter: char| letter.is_ascii_digit() || " +-/().".contains(letter);
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    let valid = number.chars().all(legal) && (7..=15).contains(&digits.len()) && !number[1..].contains('+');
    valid.then(|| if number.starts_with('+') { format!("+{digits}") } else { digits })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: SlotKind, text: &str) -> Option<Value> {
        kind.parse(text.trim(), "2026-03-11T10:00:00Z".parse().unwrap())
    }

    fn choice(text: &str) -> Option<String> {
        let choices = ["small", "large", "extra large"].map(|label| ChoiceDefinition {
            value: label.replace(' ', "_"),
            label: label.into(),
            also: if label == "small" { vec!["klein".into()] } else { Vec::new() },
        });
        read(SlotKind::Choice(choices.into()), text).map(|value| value.plain().into_owned())
    }

    #[test]
    fn choices_are_found_in_what_people_write() {
        for (text, chosen) in [
            ("Small", "small"),
            ("klein!", "small"),
            ("2", "large"),
            ("3.", "extra_large"),
            ("the small one, please", "small"),
            ("Extra Large", "extra_large"),
            ("extra", "extra_large"),
            ("sma", "small"),
        ] {
            assert_eq!(choice(text).as_deref(), Some(chosen), "{text}");
        }
        for text in ["4", "0", "small or large", "blue", "", "-"] {
            assert_eq!(choice(text), None, "{text}");
        }
    }

    #[test]
    fn yes_and_no_in_several_languages() {
        for text in ["Yes", "ja", "OK!", "yes please", "sure, go ahead", "Ja bitte"] {
            assert_eq!(read(SlotKind::Bool, text), Some(Value::Bool(true)), "{text}");
        }
        for text in ["no", "Nein danke", "nope."] {
            assert_eq!(read(SlotKind::Bool, text), Some(Value::Bool(false)), "{text}");
        }
        for text in ["maybe", "", "no idea whether I said yes or no to you before"] {
            assert_eq!(read(SlotKind::Bool, text), None, "{text}");
        }
    }

    #[test]
    fn one_number_is_a_number() {
        let int = || SlotKind::Int { min: 1, max: 2000 };
        for (text, number) in [("3", 3), ("about 3 chairs", 3), ("1,200", 1200), ("1.200", 1200), ("4.", 4)] {
            assert_eq!(read(int(), text), Some(Value::Int(number)), "{text}");
        }
        for text in ["2 or 3", "2.5", "none", "0", "3000", "-3"] {
            assert_eq!(read(int(), text), None, "{text}");
        }
    }

    #[test]
    fn addresses_and_numbers_are_taken_out_of_their_sentence() {
        assert_eq!(read(SlotKind::Email, "it is <Ada@Example.COM>."), Some(Value::text("Ada@example.com")));
        assert_eq!(read(SlotKind::Email, "ada at example.com"), None);
        assert_eq!(read(SlotKind::Email, "a@b.c or d@e.f"), None);
        assert_eq!(read(SlotKind::Phone, "+49 (30) 90-1820."), Some(Value::text("+4930901820")));
        assert_eq!(read(SlotKind::Phone, "12"), None);
        assert_eq!(read(SlotKind::Phone, ""), None);
    }

    #[test]
    fn mail_can_answer_line_by_line() {
        let lines = parts(&Channel::EMAIL, "1) yes\n\n2) Friday\n-- \nAda\nHarbour Street");
        assert_eq!(lines, ["yes", "Friday"]);
        assert_eq!(parts(&Channel::EMAIL, "3.\n"), ["3."]);
        assert_eq!(parts(&Channel::EMAIL, "Hello Ms Quay,\n\nFriday\n\nThanks a lot\nAda"), ["Friday"]);
        assert_eq!(parts(&Channel::EMAIL, "thanks, Friday"), ["thanks, Friday"]);
        assert_eq!(parts(&Channel::WEBCHAT, "one\ntwo "), ["one\ntwo"]);
    }
}
