//! The running server from outside: real sockets, a real ledger, two workspaces.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use super::*;
use crate::config::load;

struct World {
    running: Running,
    /// One admin token for each workspace.
    tokens: Vec<String>,
    config: Config,
    _folder: tempfile::TempDir,
}

async fn world() -> World {
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
    async fn get(&self, token: &str, path: &str) -> (u16, String, String) {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
        );
        ask(self.running.address, request).await
    }

    async fn json(&self, token: &str, path: &str) -> serde_json::Value {
        let (status, _, body) = self.get(token, path).await;
        assert_eq!(status, 200, "{path}: {body}");
        // Answers without a length come in chunks of one line each.
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
    }

    async fn post(&self, credential: &str, path: &str, body: &str) -> (u16, String, String) {
        let length = body.len();
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {credential}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        ask(self.running.address, request).await
    }

    /// A source of a workspace, by its write key.
    async fn source(&self, token: &str, name: &str) -> String {
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
