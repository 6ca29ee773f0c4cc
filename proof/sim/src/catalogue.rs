//! The brand of these worlds, and the ways its staff change it.

use model::{Catalogue, CatalogueFile, Span};

const BASE: [(&str, &str); 30] = [
    ("agents.yaml", include_str!("../catalogue/agents.yaml")),
    ("computed.yaml", include_str!("../catalogue/computed.yaml")),
    ("consents.yaml", include_str!("../catalogue/consents.yaml")),
    ("decisions.yaml", include_str!("../catalogue/decisions.yaml")),
    ("desk.yaml", include_str!("../catalogue/desk.yaml")),
    ("identity.yaml", include_str!("../catalogue/identity.yaml")),
    ("offers/daily.yaml", include_str!("../catalogue/offers/daily.yaml")),
    ("offers/greeting.yaml", include_str!("../catalogue/offers/greeting.yaml")),
    ("offers/lamp.yaml", include_str!("../catalogue/offers/lamp.yaml")),
    ("offers/sorry.yaml", include_str!("../catalogue/offers/sorry.yaml")),
    ("offers/voucher.yaml", include_str!("../catalogue/offers/voucher.yaml")),
    ("prices/furniture.yaml", include_str!("../catalogue/prices/furniture.yaml")),
    ("schema.yaml", include_str!("../catalogue/schema.yaml")),
    ("segments/buyers.yaml", include_str!("../catalogue/segments/buyers.yaml")),
    ("segments/lapsed.yaml", include_str!("../catalogue/segments/lapsed.yaml")),
    ("segments/locals.yaml", include_str!("../catalogue/segments/locals.yaml")),
    ("segments/shoppers.yaml", include_str!("../catalogue/segments/shoppers.yaml")),
    ("segments/unhappy.yaml", include_str!("../catalogue/segments/unhappy.yaml")),
    ("segments/waiting.yaml", include_str!("../catalogue/segments/waiting.yaml")),
    ("service.yaml", include_str!("../catalogue/service.yaml")),
    ("journeys/add-on.yaml", include_str!("../catalogue/journeys/add-on.yaml")),
    ("journeys/after-order.yaml", include_str!("../catalogue/journeys/after-order.yaml")),
    ("journeys/bargain.yaml", include_str!("../catalogue/journeys/bargain.yaml")),
    ("journeys/campaign.yaml", include_str!("../catalogue/journeys/campaign.yaml")),
    ("journeys/invitation.yaml", include_str!("../catalogue/journeys/invitation.yaml")),
    ("journeys/problem.yaml", include_str!("../catalogue/journeys/problem.yaml")),
    ("journeys/raffle.yaml", include_str!("../catalogue/journeys/raffle.yaml")),
    ("journeys/reminder.yaml", include_str!("../catalogue/journeys/reminder.yaml")),
    ("queues/leads.yaml", include_str!("../catalogue/queues/leads.yaml")),
    ("queues/service.yaml", include_str!("../catalogue/queues/service.yaml")),
];

/// A segment over behaviour that no other definition keeps, so that publishing it gathers facts anew.
const DEVOTED: (&str, &str) = (
    "segments/devoted.yaml",
    "name: devoted\ntitle: Devoted\ndescription: Looked at three pages within a week.\n\
     when: count(\"Page Viewed\", \"7d\") >= 3 && profile.computed.orders >= 1\n",
);

/// What the offers, the raffle and `decisions.yaml` say.
pub(crate) const LAMPS: u64 = 3;
pub(crate) const RAFFLE: (usize, usize) = (2, 9);
pub(crate) const EXPLORE_PERCENT: u64 = 35;
pub(crate) const PROMOTIONAL: [&str; 3] = ["daily", "lamp", "voucher"];
/// How long a complaint of which nothing is heard holds marketing.
pub(crate) const COMPLAINT_HOLDS: Span = Span(30 * Span::DAY.0);

/// How many different catalogues staff publish.
pub(crate) const VARIANTS: u64 = 4;

/// The catalogue of a variant; 0 is the one a world begins with.
pub(crate) fn variant(number: u64) -> Catalogue {
    let mut files: Vec<CatalogueFile> = BASE.iter().map(file).collect();
    match number % VARIANTS {
        0 => {}
        1 => {
            files.push(file(&DEVOTED));
            replace(&mut files, "journeys/campaign.yaml", "{rest: pause}", "{pause: rest}");
            replace(&mut files, "journeys/campaign.yaml", "id: pause", "id: rest");
            replace(&mut files, "journeys/campaign.yaml", "next: pause", "next: rest");
            replace(&mut files, "prices/furniture.yaml", "price: 900.00", "price: 950.00");
            replace(&mut files, "prices/furniture.yaml", "percent: -7", "percent: -1");
        }
        2 => {
            replace(&mut files, "identity.yaml", ", blocked: [till@shop.example]", "");
            replace(&mut files, "consents.yaml", "revokes: channel", "revokes: every_channel");
            // The sofa is sold no more, and the table for other money.
            replace(&mut files, "prices/furniture.yaml", "{product: sofa", "{product: divan");
            replace(&mut files, "prices/furniture.yaml", "310.50 GBP", "360.00 EUR");
        }
        _ => {
            replace(&mut files, "journeys/add-on.yaml", "after: 20s", "after: 2h");
            replace(&mut files, "journeys/invitation.yaml", "for: 1m", "for: 1d");
            replace(
                &mut files,
                "journeys/campaign.yaml",
                "in_flight: {migrate: {rest: pause}}",
                "in_flight: restart",
            );
            replace(&mut files, "journeys/reminder.yaml", "for: 30m", "for: 1d");
            replace(&mut files, "decisions.yaml", "control_percent: 10", "control_percent: 0");
            replace(&mut files, "decisions.yaml", "quote_valid: 10d", "quote_valid: 2d");
            replace(&mut files, "prices/furniture.yaml", "percent: -10", "percent: 5");
        }
    }
    Catalogue { version: 0, files }
}

/// What says who is who and what is known of them, without journeys: what a journey does depends on the order in
/// which it hears of things, by design.
pub(crate) fn without_journeys() -> Catalogue {
    let mut catalogue = variant(0);
    let speaks = |path: &str| path.starts_with("journeys/") || path == "desk.yaml";
    catalogue.files.retain(|file| !speaks(&file.path));
    catalogue
}

fn file(&(path, text): &(&str, &str)) -> CatalogueFile {
    CatalogueFile { path: path.into(), text: text.into() }
}

fn replace(files: &mut [CatalogueFile], path: &str, from: &str, to: &str) {
    let file = files.iter_mut().find(|file| file.path == path).expect("the path is one of BASE");
    assert!(file.text.contains(from), "{path} has no `{from}` to replace");
    file.text = file.text.replace(from, to);
}
