//! The people of a world and what they do.

use model::{Channel, SourceId, Span, Timestamp};

use crate::random::Random;
use crate::sent::{Said, Sent, Told};

/// The ways in: a source for each, with the channel it carries.
pub(crate) const SOURCES: [(SourceId, &str, Channel); 4] = [
    (SourceId(1), "web", Channel::WEB),
    (SourceId(2), "chat", Channel::WEBCHAT),
    (SourceId(3), "mail", Channel::EMAIL),
    (SourceId(4), "shop", Channel::STORE),
];

/// What is sold, what is offered, and what customers do with it.
pub(crate) const PRODUCTS: [&str; 4] = ["sofa", "table", "care", "nothing"];
pub(crate) const OFFERS: [&str; 5] = ["daily", "greeting", "lamp", "sorry", "voucher"];
pub(crate) const RESPONSES: [&str; 6] =
    ["Offer Shown", "Offer Shown", "Offer Clicked", "Offer Accepted", "Offer Accepted", "Offer Declined"];

/// The address that cashiers type when a customer has none; most catalogues block it.
pub(crate) const SHARED_ADDRESS: &str = "till@shop.example";

/// Somebody with several devices and addresses. Some of them are shared with others, as in life.
struct Person {
    user: String,
    emails: Vec<String>,
    phone: String,
    anonymous: Vec<String>,
}

pub(crate) struct Crowd {
    people: Vec<Person>,
    /// Numbers message ids and orders.
    count: u64,
}

/// What a body says besides who it is about.
struct Act {
    source: usize,
    kind: &'static str,
    content: String,
    consent: Option<Said>,
}

const WEB: usize = 0;
const CHAT: usize = 1;
const MAIL: usize = 2;
const SHOP: usize = 3;

impl Crowd {
    pub fn new(random: &mut Random) -> Self {
        let count = 2 + random.below(5);
        let person = |number: u64| Person {
            user: format!("u{number}"),
            emails: vec![format!("p{number}@example.com"), format!("p{number}.work@example.com")],
            phone: format!("+4420794601{number:02}"),
            anonymous: (0..3).map(|device| format!("a{number}-{device}")).collect(),
        };
        Self { people: (0..count).map(person).collect(), count: 0 }
    }

    /// Something that happens at about `now`.
    pub fn act(&mut self, random: &mut Random, now: Timestamp) -> Sent {
        self.count += 1;
        let act = self.what(random);
        let person = random.index(self.people.len());
        let who = self.who(random, person, &act);
        let body = format!(r#"{{"type":"{}","messageId":"m{}",{who}{}}}"#, act.kind, self.count, act.content);
        let late = match random.below(10) {
            0..=5 => Span(0),
            6..=7 => Span(random.between(0, 120_000)),
            8 => Span(random.between(0, 30 * Span::HOUR.0)),
            _ => Span(random.between(0, 45 * Span::DAY.0)),
        };
        let (source, _, channel) = SOURCES[act.source].clone();
        Sent {
            body: if random.chance(4) { spoil(random, body) } else { body },
            source,
            channel,
            time: now - late,
            tried: None,
            state: Told::Nothing,
            known: None,
            consent: act.consent,
        }
    }

    /// Something that happens now on a channel by chance to somebody whom these identifiers name.
    pub fn says_of(
        &mut self,
        random: &mut Random,
        now: Timestamp,
        identifiers: &str,
        name: &str,
        properties: &str,
    ) -> Sent {
        self.count += 1;
        let (source, _, channel) = random.pick(&SOURCES).clone();
        let count = self.count;
        let body = format!(
            r#"{{"type":"track","messageId":"m{count}","identifiers":{{{identifiers}}},"event":"{name}","properties":{{{properties}}}}}"#
        );
        Sent {
            body,
            source,
            channel,
            time: now,
            tried: None,
            state: Told::Nothing,
            known: None,
            consent: None,
        }
    }

    fn what(&self, random: &mut Random) -> Act {
        match random.below(30) {
            dice @ 24..=28 => self.deals(random, dice),
            0..=3 => {
                let category = *random.pick(&["sofas", "tables"]);
                let price = random.between(100, 2_000);
                track(WEB, "Product Viewed", format!(r#""category":"{category}","price":{price}.5"#))
            }
            4..=6 => {
                let order = random.below(6);
                let total = random.between(1, 500);
                track(SHOP, "Order Completed", format!(r#""order_id":"o{order}","total":{total}.25"#))
            }
            7 => {
                let (name, order) = match random.below(14) {
                    order @ 0..=5 => ("Order Delivered", order),
                    order @ 6..=8 => ("Complaint Opened", order - 6),
                    order @ 9..=11 => ("Complaint Solved", order - 9),
                    12 => ("Order Shipped", 1),
                    _ => ("Return Requested", 1),
                };
                track(SHOP, name, format!(r#""order_id":"o{order}""#))
            }
            8..=9 => track(WEB, "Add-on Requested", r#""item":"sofa""#.into()),
            10 => track(CHAT, "Add-on Requested", String::new()),
            11..=14 => self.says(random),
            15..=16 => self.consents(random),
            17 | 29 => Act {
                source: WEB,
                kind: "page",
                content: r#","properties":{"title":"Sofas"}"#.into(),
                consent: None,
            },
            18 => Act {
                source: WEB,
                kind: "track",
                content: r#","event":"Journey Requested","properties":{"journey":"campaign","item":"sofa"}"#
                    .into(),
                consent: None,
            },
            19 => Act { source: WEB, kind: "alias", content: String::new(), consent: None },
            _ => {
                let city = *random.pick(&["Bristol", "Hamburg", "Rome"]);
                let name = *random.pick(&["Ada", "Grace", "Lin"]);
                let points = random.below(100);
                let zone = *random.pick(&["Asia/Tokyo", "America/New_York", "Nowhere/Else"]);
                let traits = format!(
                    r#","traits":{{"city":"{city}","first_name":"{name}","points":{points},"timezone":"{zone}"}}"#
                );
                Act { source: WEB, kind: "identify", content: traits, consent: None }
            }
        }
    }

    /// What has to do with prices, offers and complaints.
    fn deals(&self, random: &mut Random, dice: u64) -> Act {
        match dice {
            24..=25 => {
                let (product, number) = (*random.pick(&PRODUCTS), 1 + random.below(4));
                track(WEB, "Cart Filled", format!(r#""product":"{product}","number":{number}"#))
            }
            26 => {
                let order = random.below(3);
                let name = *random.pick(&["Complaint Opened", "Complaint Opened", "Complaint Solved"]);
                track(SHOP, name, format!(r#""order_id":"o{order}""#))
            }
            _ => {
                let name = *random.pick(&RESPONSES);
                let source = *random.pick(&[WEB, CHAT, SHOP]);
                let offer = *random.pick(&OFFERS);
                track(source, name, format!(r#""offer":"{offer}""#))
            }
        }
    }

    /// A message in the chat or by e-mail: an answer, small talk, or STOP.
    fn says(&self, random: &mut Random) -> Act {
        let source = *random.pick(&[CHAT, CHAT, MAIL]);
        let text = *random.pick(&[
            "Sofa",
            "plus",
            "Complete",
            "table please",
            "what?",
            "later",
            "4",
            "STOP",
            "human",
            "broken",
        ]);
        let channel = SOURCES[source].2.clone();
        let consent = (text == "STOP").then_some(Said { granted: false, channel: Some(channel) });
        let content = format!(r#","event":"Message Received","properties":{{"text":"{text}"}}"#);
        Act { source, kind: "track", content, consent }
    }

    fn consents(&self, random: &mut Random) -> Act {
        if random.chance(10) {
            let content = r#","event":"Unsubscribed","properties":{}"#.into();
            let consent = Some(Said { granted: false, channel: Some(Channel::EMAIL) });
            return Act { source: WEB, kind: "track", content, consent };
        }
        let granted = random.chance(65);
        let channel = match random.below(3) {
            0 => None,
            1 => Some(Channel::EMAIL),
            _ => Some(Channel::WEBCHAT),
        };
        let named = channel.as_ref().map_or(String::new(), |channel| format!(r#","channel":"{channel}""#));
        let name = if granted { "Consent Granted" } else { "Consent Revoked" };
        let content = format!(r#","event":"{name}","properties":{{"purpose":"marketing"{named}}}"#);
        Act { source: WEB, kind: "track", content, consent: Some(Said { granted, channel }) }
    }

    /// The identifiers an event names: usually of one person, now and then of two who share a device.
    fn who(&self, random: &mut Random, person: usize, act: &Act) -> String {
        let own = &self.people[person];
        let other = &self.people[random.index(self.people.len())];
        let anonymous =
            if random.chance(6) { random.pick(&other.anonymous) } else { random.pick(&own.anonymous) };
        let email = if random.chance(4) { SHARED_ADDRESS } else { random.pick(&own.emails).as_str() };
        if act.kind == "alias" {
            return format!(r#""userId":"{}","previousId":"{anonymous}""#, own.user);
        }
        if act.source == MAIL {
            return format!(r#""identifiers":{{"email":"{email}"}}"#);
        }
        match random.below(8) {
            0..=2 => format!(r#""anonymousId":"{anonymous}""#),
            3..=4 => format!(r#""userId":"{}","anonymousId":"{anonymous}""#, own.user),
            5 => format!(r#""userId":"{}","identifiers":{{"email":"{email}"}}"#, own.user),
            6 => format!(r#""identifiers":{{"email":"{email}","phone":"{}"}}"#, own.phone),
            _ => format!(r#""anonymousId":"{anonymous}","identifiers":{{"email":"{email}"}}"#),
        }
    }
}

/// What a broken client makes of a body.
fn spoil(random: &mut Random, body: String) -> String {
    match random.below(3) {
        0 => body.replace("\"type\":", "\"typ\":"),
        1 => body[..random.index(body.len())].into(),
        _ => body
            .replace("\"userId\":\"", "\"userId\":{\"id\":\"")
            .replace("\"anonymousId\":", "\"anonymous\":"),
    }
}

fn track(source: usize, name: &str, properties: String) -> Act {
    let content = format!(r#","event":"{name}","properties":{{{properties}}}"#);
    Act { source, kind: "track", content, consent: None }
}
