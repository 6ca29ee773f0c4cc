//! The running server from outside: real sockets, a real ledger, two workspaces.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::*;
use crate::config::load;

pub(super) struct World {
    pub running: Running,
    /// One admin token for each workspace.
    pub tokens: Vec<String>,
    pub config: Config,
    _folder: tempfile::TempDir,
}

pub(super) async fn world() -> World {
    world_with(Vec::new()).await
}

async fn world_with(settings: Vec<(&'static str, String)>) -> World {
    let folder = tempfile::tempdir().unwrap();
    let mut overrides = vec![
        ("listen", "127.0.0.1:0".to_owned()),
        ("data", folder.path().join("data").display().to_string()),
        ("keys", folder.path().join("keys").display().to_string()),
        ("workspaces", "one, two".to_owned()),
    ];
    overrides.extend(settings);
    let config = load(None, std::iter::empty(), overrides).unwrap();
    let tokens =
        config.workspaces.iter().map(|name| secrets::new_token(&config, name, "test").unwrap()).collect();
    let sockets = Sockets::bind(&config).await.unwrap();
    World { running: start(&config, sockets, None).await.unwrap(), tokens, config, _folder: folder }
}

/// Sends one request and reads the whole answer: status, head and body.
async fn ask(address: SocketAddr, request: String) -> (u16, String, String) {
    let read = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_ascii_lowercase(), body.to_owned())
    };
    tokio::task::spawn_blocking(read).await.unwrap()
}

impl World {
    pub async fn get(&self, token: &str, path: &str) -> (u16, String, String) {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
        );
        ask(self.running.address, request).await
    }

    pub async fn json(&self, token: &str, path: &str) -> serde_json::Value {
        let (status, _, body) = self.get(token, path).await;
        assert_eq!(status, 200, "{path}: {body}");
        // Answers without a length come in chunks of one line each.
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
    }

    /// What is at `path` once work that runs beside the event that asked for it, such as a search, is done.
    pub async fn json_soon(&self, token: &str, path: &str) -> serde_json::Value {
        for _ in 0..200 {
            if self.get(token, path).await.0 != 404 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        self.json(token, path).await
    }

    pub async fn post(&self, credential: &str, path: &str, body: &str) -> (u16, String, String) {
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {credential}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        ask(self.running.address, request).await
    }

    /// A source of a workspace, by its write key.
    pub async fn source(&self, token: &str, name: &str) -> String {
        let (status, _, body) =
            self.post(token, "/api/v1/sources", &format!(r#"{{"name":"{name}","channel":"web"}}"#)).await;
        assert_eq!(status, 201, "{body}");
        let created: serde_json::Value = serde_json::from_str(&body).unwrap();
        created["write_key"].as_str().unwrap().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_goes_in_by_its_write_key_and_is_found() {
    let world = world().await;
    let token = &world.tokens[0];
    let key = world.source(token, "Site").await;
    let event =
        r#"{"type":"identify","userId":"u1","traits":{"email":"ada@example.com","name":"Ada Lovelace"}}"#;
    let bad = r#"{"type":"nonsense"}"#;
    let (status, head, body) =
        world.post(&key, "/v1/batch", &format!(r#"{{"batch":[{event},{bad}]}}"#)).await;
    assert_eq!((status, body.as_str()), (200, r#"{"success":true}"#));
    assert!(head.contains("access-control-allow-origin: *"), "{head}");

    let found = world.json(token, "/api/v1/customers?q=lovelace").await;
    assert_eq!(found["items"][0]["name"], "Ada Lovelace", "{found}");
    let id = found["items"][0]["id"].as_str().unwrap().to_owned();
    let profile = world.json(token, &format!("/api/v1/customers/{id}")).await;
    assert_eq!(profile["traits"]["email"]["value"], "ada@example.com");
    assert_eq!(profile["traits"]["email"]["source"], "Site");
    let thread = world.json(token, &format!("/api/v1/customers/{id}/thread")).await;
    assert!(
        thread["items"].as_array().unwrap().iter().any(|item| item["event"]["name"] == "Identify"),
        "{thread}"
    );
    let identity = world.json(token, &format!("/api/v1/customers/{id}/identity")).await;
    assert_eq!(identity["nodes"].as_array().unwrap().len(), 2, "{identity}");
    let quarantine = world.json(token, "/api/v1/quarantine").await;
    assert_eq!(quarantine["items"][0]["body"], bad);
    let balance = world.json(token, "/api/v1/balance").await;
    assert_eq!(balance["adds_up"], true);

    let (status, _, _) = world
        .post(token, &format!("/api/v1/customers/{id}/erase"), &format!(r#"{{"confirm":"{id}"}}"#))
        .await;
    assert_eq!(status, 200);
    assert_eq!(world.get(token, &format!("/api/v1/customers/{id}")).await.0, 404);
    world.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_answers_without_a_token_and_none_reaches_another_workspace() {
    let world = world().await;
    let key = world.source(&world.tokens[1], "Site").await;
    let event = r#"{"userId":"canary-user","traits":{"email":"canary@example.com","name":"Canary"}}"#;
    assert_eq!(world.post(&key, "/v1/identify", event).await.0, 200);
    let found = world.json(&world.tokens[1], "/api/v1/customers?q=canary").await;
    let id = found["items"][0]["id"].as_str().unwrap().to_owned();

    let document = api::document();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.len() >= 24, "{} paths", paths.len());
    for (path, methods) in paths {
        let address = path.replace("{id}", &id).replace("{name}", "add-on").replace("{number}", "1");
        for (method, operation) in methods.as_object().unwrap() {
            let description = operation["description"].as_str().unwrap();
            assert!(description.starts_with("Needs "), "{path}: {description}");
            let (none, foreign) = match method.as_str() {
                "get" if path.ends_with("/live") => (world.get("", &address).await, None),
                "get" => (world.get("", &address).await, Some(world.get(&world.tokens[0], &address).await)),
                _ => (
                    world.post("tl_wrong", &address, "{}").await,
                    Some(world.post(&world.tokens[0], &address, "{}").await),
                ),
            };
            assert_eq!(none.0, 401, "{method} {path} without a token");
            assert!(none.1.contains("application/problem+json"), "{path}: {}", none.1);
            if let Some((_, head, body)) = foreign {
                assert!(
                    !body.to_lowercase().contains("canary") && !head.contains("canary"),
                    "{method} {path}: {body}"
                );
            }
        }
    }
    world.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_request_is_told_by_its_status() {
    let world = world().await;
    let token = &world.tokens[0];
    let key = world.source(token, "Site").await;
    assert_eq!(world.post("wk_wrong", "/v1/track", "{}").await.0, 401);
    assert_eq!(world.post(&key, "/v1/track", "{").await.0, 400);
    assert_eq!(world.post(&key, "/v1/batch", "{}").await.0, 400);
    assert_eq!(world.post(&key, "/v1/batch", &"x".repeat(600_000)).await.0, 413);
    assert_eq!(world.post(&key, "/v1/nothing", "{}").await.0, 404);
    assert_eq!(world.get(token, "/api/v1/customers/nobody").await.0, 400);
    assert_eq!(world.get(token, "/api/v1/customers/cus_000000000zzzz").await.0, 404);
    assert_eq!(world.get(token, "/api/v1/nothing").await.0, 404);
    let (status, _, body) = world
        .post(token, "/api/v1/catalogue", r#"{"files":[{"path":"segments/a.yaml","text":"name: [broken"}]}"#)
        .await;
    assert_eq!(status, 422, "{body}");
    assert!(body.contains("segments/a.yaml"), "{body}");
    let preflight = "OPTIONS /v1/t HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n".to_owned();
    let (status, head, _) = ask(world.running.address, preflight).await;
    assert_eq!(status, 204);
    assert!(head.contains("access-control-allow-headers: authorization, content-type"), "{head}");
    assert_eq!(world.get("", "/readyz").await.0, 200);
    assert!(world.get("", "/metrics").await.2.contains("throughline_source_events{workspace=\"one\""));
    assert!(world.get("", "/v1/projects/wk/settings").await.2.contains("\"apiHost\":\"x/v1\""));
    world.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_made_while_the_server_runs_is_let_in() {
    let world = world().await;
    let token = secrets::new_token(&world.config, &world.config.workspaces[1], "later").unwrap();
    assert_eq!(world.get(&token, "/api/v1/customers").await.0, 200);
    world.running.stop().await;
}

/// Hands a mail over by LMTP and returns the last answer of the server.
async fn deliver(address: SocketAddr, mail: &str) -> String {
    let text = format!(
        "LHLO mx.in.example\r\nMAIL FROM:<ada@example.com>\r\nRCPT TO:<hello@in.example>\r\nDATA\r\n{mail}\r\n.\r\nQUIT\r\n"
    );
    let hand_over = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(text.as_bytes()).unwrap();
        let mut answers = String::new();
        stream.read_to_string(&mut answers).unwrap();
        answers
    };
    tokio::task::spawn_blocking(hand_over).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_word_of_the_trusted_mail_server_tells_who_wrote() {
    let mail = "Authentication-Results: mx.in.example; dmarc=pass header.from=example.com\r\nFrom: Ada <ada@example.com>\r\nMessage-ID: <m1@mua>\r\n\r\nHello";
    for (trusted, verified) in
        [(Some("mx.in.example"), true), (Some("mx.other.example"), false), (None, false)]
    {
        let mut settings: Vec<(&'static str, String)> = [
            ("lmtp.listen", "127.0.0.1:0"),
            ("lmtp.host_name", "in.example"),
            ("email.host", "127.0.0.1"),
            ("email.port", "9"),
            ("email.tls", "none"),
            ("email.from", "Shop <hello@in.example>"),
            ("email.reply_domain", "in.example"),
        ]
        .map(|(key, value)| (key, value.to_owned()))
        .into();
        settings.extend(trusted.map(|name| ("email.trusted_server", name.to_owned())));
        let world = world_with(settings).await;
        let answers = deliver(world.running.lmtp.unwrap(), mail).await;
        let token = &world.tokens[0];
        let found = world.json(token, "/api/v1/customers?q=ada@example.com").await;
        let id = found["items"][0]["id"].as_str().unwrap_or_else(|| panic!("{found}: {answers}"));
        let identity = world.json(token, &format!("/api/v1/customers/{id}/identity")).await.to_string();
        assert_eq!(!identity.contains("unverified-email"), verified, "{trusted:?}: {identity}");
        world.running.stop().await;
    }
}

const CARE: &str = r#"name: care
title: Care package
entry: {event: Care Asked}
purpose: service
slots:
  plan: {type: choice, label: the plan, ask: Which plan?, choices: [Essential, Plus]}
steps:
  - {id: questions, kind: ask, slots: [plan]}
  - {id: thanks, kind: message, text: Thank you}
"#;
const PRICES: &str = "products: [{product: sofa, name: Sofa, price: 900.00 EUR}]
tables: [{name: gold, title: Gold, columns: [profile.traits.level], rows: [{when: [gold], percent: -10, because: Gold}], otherwise: {}}]
";
const LAMP: &str =
    "name: lamp\ntitle: A lamp\nplacements: [home]\nlimits: {total: 1}\ncontent: {headline: A lamp}\n";

#[tokio::test(flavor = "multi_thread")]
async fn every_touchpoint_gets_the_same_context_and_goes_on_where_the_customer_was() {
    let world = world().await;
    let token = &world.tokens[0];
    let files = serde_json::json!({ "files": [
        { "path": "schema.yaml", "text": "traits: {level: text}\nevents: {Care Asked: {properties: {}}}\n" },
        { "path": "journeys/care.yaml", "text": CARE },
        { "path": "prices/all.yaml", "text": PRICES },
        { "path": "offers/lamp.yaml", "text": LAMP },
    ]});
    let (status, _, body) = world.post(token, "/api/v1/catalogue", &files.to_string()).await;
    assert_eq!(status, 200, "{body}");
    let key = world.source(token, "Site").await;
    let batch = r#"{"batch":[
        {"type":"identify","userId":"u1","traits":{"email":"ada@example.com","level":"gold"}},
        {"type":"track","userId":"u1","event":"Care Asked","messageId":"c1","properties":{}},
        {"type":"identify","userId":"u2","traits":{"email":"bob@example.com"}}]}"#;
    assert_eq!(world.post(&key, "/v1/batch", batch).await.0, 200);

    let ask = async |who: &str, channel: &str, more: &str| {
        // What has no price cannot be promised.
        let boat = if more.contains("quote") { "" } else { r#",{"product":"boat"}"# };
        let products = format!(r#"{{"product":"sofa"}}{boat}"#);
        let body = format!(
            r#"{{"identifiers":{{"email":"{who}@example.com"}},"channel":"{channel}","products":[{products}],"placements":["home"]{more}}}"#
        );
        let (status, _, body) = world.post(token, "/v1/context", &body).await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str::<serde_json::Value>(&body).unwrap()
    };
    let till = ask("ada", "store", r#","record":false"#).await;
    assert_eq!(till["prices"][0]["unit"], "810.00 EUR", "{till}");
    assert_eq!(till["prices"][0]["because"][0]["because"][0], "Gold");
    assert_eq!(till["prices"][1]["known"], false);
    assert_eq!(till["offers"][0]["offer"], "lamp");
    assert_eq!(till["offers"][0]["decision"], serde_json::Value::Null);
    assert_eq!(till["profile"]["traits"]["level"], "gold");
    let question = &till["journeys"][0]["question"];
    assert_eq!((&question["slot"], &question["asked_on"]), (&"plan".into(), &"webchat".into()), "{till}");

    // The answer given at the counter ends the journey that began on the web.
    let answer = serde_json::json!({
        "identifiers": { "email": "ada@example.com" }, "channel": "store", "text": "Plus, please",
        "conversation": question["conversation"], "message_id": "a1",
    });
    let (status, _, body) = world.post(token, "/v1/context/answer", &answer.to_string()).await;
    assert_eq!(status, 200, "{body}");
    let stands: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(stands["journeys"], serde_json::json!([]), "{body}");

    // A recorded decision holds the only lamp back; the promise of a price holds for its customer alone.
    let site = ask("ada", "web", r#","quote":true"#).await;
    assert!(site["offers"][0]["decision"].as_str().unwrap().starts_with("dec_"), "{site}");
    assert_eq!(ask("bob", "web", "").await["offers"][0]["offer"], serde_json::Value::Null);
    let quote = &site["quotes"][0];
    let check = serde_json::json!({
        "identifiers": { "user_id": "u1" }, "quote": quote["id"], "signature": quote["signature"],
    });
    let (_, _, body) = world.post(token, "/v1/quotes/check", &check.to_string()).await;
    let checked: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((&checked["genuine"], &checked["kept"]), (&true.into(), &true.into()), "{body}");
    let forged = check.to_string().replace("\"signature\":\"", "\"signature\":\"A");
    let (_, _, body) = world.post(token, "/v1/quotes/check", &forged).await;
    assert!(body.contains("\"genuine\":false"), "{body}");
    let offers = world.json(token, "/api/v1/offers").await;
    assert_eq!((&offers[0]["left"], &offers[0]["held"]), (&0.into(), &1.into()), "{offers}");

    // Somebody unknown gets the list price; nobody gets anything without a token.
    assert_eq!(ask("nobody", "phone", "").await["prices"][0]["unit"], "900.00 EUR");
    assert_eq!(world.post("none", "/v1/context", "{}").await.0, 401);
    let parity = crate::cli::Parity {
        server: format!("http://{}", world.running.address),
        token: token.clone(),
        customer: vec!["email=ada@example.com".into(), "user_id=u2".into(), "anonymous_id=new".into()],
        product: Vec::new(),
        placement: Vec::new(),
    };
    let same = crate::parity::run(&parity).await.unwrap();
    assert_eq!(format!("{same:?}"), format!("{:?}", std::process::ExitCode::SUCCESS));
    world.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_tells_how_it_goes_and_prices_tell_their_tables() {
    let world = world().await;
    let token = &world.tokens[0];
    let lamp = format!(
        "{LAMP}eligibility: ['profile.traits.level == \"gold\"']\ngoal: {{event: Bought, within: 1d}}\n"
    );
    let files = serde_json::json!({ "files": [
        { "path": "schema.yaml", "text": "traits: {level: text}\nevents: {Bought: {properties: {}}}\n" },
        { "path": "prices/all.yaml", "text": PRICES },
        { "path": "offers/lamp.yaml", "text": lamp },
    ]});
    assert_eq!(world.post(token, "/api/v1/catalogue", &files.to_string()).await.0, 200);
    let key = world.source(token, "Site").await;
    let batch = r#"{"batch":[{"type":"identify","userId":"u1","traits":{"name":"Ada","level":"gold"}},{"type":"identify","userId":"u2"}]}"#;
    assert_eq!(world.post(&key, "/v1/batch", batch).await.0, 200);
    for user in ["u1", "u2"] {
        let body =
            format!(r#"{{"identifiers":{{"user_id":"{user}"}},"channel":"web","placements":["home"]}}"#);
        assert_eq!(world.post(token, "/v1/context", &body).await.0, 200);
    }
    let batch = r#"{"batch":[{"type":"track","userId":"u1","event":"Offer Accepted","properties":{"offer":"lamp"}},{"type":"track","userId":"u1","event":"Bought"}]}"#;
    assert_eq!(world.post(&key, "/v1/batch", batch).await.0, 200);

    let offer = world.json(token, "/api/v1/offers/lamp").await;
    assert_eq!(
        (&offer["taken"], &offer["left"], &offer["validity"]),
        (&1.into(), &0.into(), &"valid".into())
    );
    assert_eq!(offer["rates"]["accepted"]["of"], "decided", "nothing was reported as shown: {offer}");
    let treated = &offer["comparison"]["treated"];
    assert_eq!((&treated["customers"], &treated["reached"]), (&1.into(), &1.into()), "{offer}");
    assert_eq!(offer["comparison"]["difference"], serde_json::Value::Null, "nobody is held out");
    let fell =
        |stage: usize| (offer["funnel"][stage]["stage"].clone(), offer["funnel"][stage]["customers"].clone());
    assert_eq!((fell(1), fell(11)), (("eligibility".into(), 1.into()), ("chosen".into(), 1.into())));

    let decisions = world.json(token, "/api/v1/offers/lamp/decisions").await;
    let [latest, first] = decisions["items"].as_array().unwrap().as_slice() else { panic!("{decisions}") };
    assert_eq!((&latest["stage"], &latest["name"]), (&"eligibility".into(), &serde_json::Value::Null));
    assert!(latest["reason"].as_str().unwrap().contains("does not hold"), "{latest}");
    assert_eq!(
        (&first["stage"], &first["name"], &first["placement"]),
        (&"chosen".into(), &"Ada".into(), &"home".into())
    );
    assert_eq!(world.get(token, "/api/v1/offers/boat").await.0, 404);
    assert_eq!(world.get(token, "/api/v1/offers/boat/decisions").await.0, 404);
    assert_eq!(world.get("none", "/api/v1/offers/lamp/decisions").await.0, 401);

    let prices = world.json(token, "/api/v1/prices").await;
    let table = &prices["tables"][0];
    assert_eq!((&table["hit"], &table["columns"][0]), (&"first".into(), &"profile.traits.level".into()));
    let row = serde_json::json!({"cells": ["gold"], "change": "-10 %", "because": "Gold"});
    assert_eq!((&table["rows"][0], &table["otherwise"]), (&row, &"unchanged".into()));
    assert_eq!(prices["doors"].as_array().unwrap().len(), 13);
    world.running.stop().await;
}
