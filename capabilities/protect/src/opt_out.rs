//! Opting out: the messages and events by which a customer says "no more".

use model::{Channel, Event, Value};

use crate::Policy;

/// What customers write when they want no more, as a whole message. The first seven are what United States
/// regulation (47 CFR 64.1200) names; the others are their usual forms and their German and French words.
const WORDS: [&str; 17] = [
    "STOP",
    "QUIT",
    "END",
    "REVOKE",
    "OPT OUT",
    "CANCEL",
    "UNSUBSCRIBE",
    "OPTOUT",
    "STOPALL",
    "STOP ALL",
    "UNSUBSCRIBE ALL",
    "STOPP",
    "ABMELDEN",
    "ABBESTELLEN",
    "ARRET",
    "ARRÊT",
    "DESABONNER",
];

/// Where the customer opted out, and by what.
pub(crate) struct OptOut {
    pub channel: Channel,
    pub reason: &'static str,
}

/// Whether the event says "no more": a message such as STOP, or `Unsubscribed`. A journey that waits for an
/// answer must not take it for one.
pub fn opts_out(event: &Event, policy: &Policy) -> bool {
    read(event, policy).is_some()
}

pub(crate) fn read(event: &Event, policy: &Policy) -> Option<OptOut> {
    match &*event.name {
        "Unsubscribed" => Some(OptOut { channel: unsubscribed_channel(event), reason: "unsubscribed" }),
        "Message Received" => {
            let channel = event.stamp.channel.clone();
            let text = event.property("text");
            let subject = event.property("subject");
            let mail = channel == Channel::EMAIL;
            let first_line = |value: &Value| {
                value.as_text().and_then(|text| text.trim().lines().next().map(str::to_owned))
            };
            let said = text.as_text().is_some_and(|text| is_stop(text, policy))
                || mail && first_line(&text).is_some_and(|line| is_stop(&line, policy))
                || mail && subject.as_text().is_some_and(|subject| is_stop(subject, policy));
            said.then_some(OptOut { channel, reason: "wrote to stop" })
        }
        _ => None,
    }
}

/// The channel an `Unsubscribed` event is about: the one it names, the one it came by when messages go
/// there, else e-mail, for which the Segment Spec defines the event.
fn unsubscribed_channel(event: &Event) -> Channel {
    let named = event.property("channel").as_text().and_then(|text| text.parse().ok());
    let carried = || {
        let channel = event.stamp.channel.clone();
        let no_messages = [Channel::WEB, Channel::APP, Channel::STORE, Channel::SERVER, Channel::DEVICE];
        (!no_messages.contains(&channel)).then_some(channel)
    };
    named.or_else(carried).unwrap_or(Channel::EMAIL)
}

fn is_stop(text: &str, policy: &Policy) -> bool {
    /// Longer messages say more than one of the words.
    const BYTES_MAX: usize = 60;
    if text.trim().len() > BYTES_MAX {
        return false;
    }
    let said = bare(text);
    WORDS.contains(&said.as_str()) || policy.stop_words().iter().any(|word| bare(word) == said)
}

/// The words in capitals, without punctuation, one space between them.
fn bare(text: &str) -> String {
    let spaced: String =
        text.chars().map(|letter| if letter.is_alphanumeric() { letter } else { ' ' }).collect();
    spaced.split_whitespace().collect::<Vec<_>>().join(" ").to_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_whole_message_counts() {
        let policy = Policy::default();
        for stop in ["STOP", " stop. ", "Opt-Out!", "“Quit”", "stopp", "abmelden"] {
            assert!(is_stop(stop, &policy), "{stop}");
        }
        for other in ["please stop by on Monday", "the bus stop", "end of May", "", "!"] {
            assert!(!is_stop(other, &policy), "{other}");
        }
    }
}
