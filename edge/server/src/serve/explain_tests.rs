//! What the studio asks about messages, offers, contents and articles, over HTTP and with the demo brand's catalogue.

use std::path::Path;

use api::access::Permission;
use serde_json::{Value, json};

use super::tests::{World, world};
use crate::secrets;

/// A world in which the demo brand's catalogue is in force.
async fn furnished() -> World {
    let world = world().await;
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../catalogue"));
    let catalogue = journey_tests::read_catalogue(folder).unwrap();
    let files: Vec<Value> =
        catalogue.files.iter().map(|file| json!({"path": &*file.path, "text": &*file.text})).collect();
    world.posted("/api/v1/catalogue", json!({ "files": files })).await;
    world
}

impl World {
    fn token(&self) -> &str {
        &self.tokens[0]
    }

    async fn posted(&self, path: &str, body: Value) -> Value {
        let (status, _, answer) = self.post(self.token(), path, &body.to_string()).await;
        assert!(status < 300, "{path}: {status} {answer}");
        serde_json::from_str(&answer).unwrap()
    }

    /// The status, and the problem, of something that is refused.
    async fn refused(&self, path: &str, body: Option<Value>) -> (u16, Value) {
        let (status, _, answer) = match body {
            Some(body) => self.post(self.token(), path, &body.to_string()).await,
            None => self.get(self.token(), path).await,
        };
        (status, serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{path}: {answer}")))
    }

    /// A token that allows everything but `permission`.
    fn token_without(&self, permission: Permission) -> String {
        let name = permission.as_str();
        let token = secrets::new_token(&self.config, &self.config.workspaces[0], name).unwrap();
        let mut all = secrets::tokens(&self.config).unwrap();
        all.iter_mut().filter(|own| own.name == name).for_each(|own| {
            own.permissions.remove(&permission);
        });
        let bytes = serde_json::to_vec(&all).unwrap();
        secrets::write_private(&secrets::tokens_file(&self.config), &bytes).unwrap();
        token
    }

    async fn is_forbidden(&self, permission: Permission, path: &str, body: Option<&str>) {
        let token = self.token_without(permission);
        let ask = async || match body {
            Some(body) => self.post(&token, path, body).await,
            None => self.get(&token, path).await,
        };
        // The file of tokens is read again after a second at the latest.
        let (mut status, _, mut answer) = ask().await;
        for _ in 0..30 {
            if status != 401 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            (status, _, answer) = ask().await;
        }
        assert_eq!(status, 403, "{path}: {answer}");
        assert!(answer.contains(permission.as_str()), "{path}: {answer}");
    }

    /// Takes in an event of Ada's; returns her id.
    async fn ada(&self, event: Value) -> String {
        self.ada_does(vec![event]).await
    }

    async fn ada_does(&self, events: Vec<Value>) -> String {
        let key = self.source(self.token(), "Site").await;
        let traits = json!({"first_name": "Ada", "email": "ada@example.com"});
        let who = json!({"type": "identify", "userId": "ada", "traits": traits});
        let all: Vec<Value> = std::iter::once(who).chain(events).collect();
        let batch = json!({ "batch": all }).to_string();
        assert_eq!(self.post(&key, "/v1/batch", &batch).await.0, 200);
        let found = self.json(self.token(), "/api/v1/customers?q=ada%40example.com").await;
        found["items"][0]["id"].as_str().unwrap().to_owned()
    }

    async fn thread(&self, customer: &str) -> Vec<Value> {
        let page = self.json(self.token(), &format!("/api/v1/customers/{customer}/thread")).await;
        page["items"].as_array().unwrap().clone()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_content_is_listed_and_read_as_a_customer_gets_it() {
    let world = furnished().await;
    let list = world.json(world.token(), "/api/v1/contents").await;
    let names: Vec<&str> =
        list["contents"].as_array().unwrap().iter().filter_map(|own| own["name"].as_str()).collect();
    assert_eq!(names, ["care-package-pick-up", "insurance-document"]);
    assert_eq!(list["contents"][1]["path"], "content/insurance-document.yaml");
    assert_eq!(list["channels"][0]["channel"], "webchat", "{list}");

    let customer = world.ada(json!({"type": "track", "event": "Looked", "userId": "ada"})).await;
    let ask =
        |channel: &str| json!({"content": "insurance-document", "channel": channel, "customer": customer});
    let email = world.posted("/api/v1/previews", ask("email")).await;
    assert_eq!(email["subject"], "Your furniture insurance: the receipt is missing");
    assert!(email["text"].as_str().unwrap().starts_with("Dear Ada,"), "{email}");
    assert!(email["html"].as_str().unwrap().contains("<b>sofa</b>"), "{email}");
    let sms = world.posted("/api/v1/previews", ask("sms")).await;
    assert_eq!((&sms["encoding"], &sms["parts"]), (&json!("gsm7"), &json!(1)), "{sms}");

    let german = json!({"content": "insurance-document", "channel": "letter", "language": "de"});
    let german = world.posted("/api/v1/previews", german).await;
    assert_eq!(german["subject"], "Ihre Möbelversicherung: der Beleg fehlt");
    let bare = json!({"content": "insurance-document", "channel": "email", "sample": false});
    let bare = world.posted("/api/v1/previews", bare).await;
    assert!(bare["missing"].as_array().unwrap().iter().any(|own| own["name"] == "slots.item"), "{bare}");
    world.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_preview_is_named_and_it_needs_its_permission() {
    let world = furnished().await;
    let path = "/api/v1/previews";
    let (status, problem) =
        world.refused(path, Some(json!({"content": "nothing", "channel": "email"}))).await;
    assert_eq!(status, 404, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("nothing"), "{problem}");
    let content = "insurance-document";
    let (status, problem) =
        world.refused(path, Some(json!({"content": content, "channel": "smoke signals"}))).await;
    assert_eq!((status, &problem["field"]), (400, &json!("channel")), "{problem}");
    let draft = json!({"path": "content/insurance-document.yaml", "text": "name: [broken"});
    let body = json!({"content": content, "channel": "email", "draft": draft});
    let (status, problem) = world.refused(path, Some(body)).await;
    assert_eq!(status, 422, "{problem}");
    assert!(problem.to_string().contains("content/insurance-document.yaml"), "{problem}");
    let body = json!({"content": content, "channel": "email"}).to_string();
    world.is_forbidden(Permission::CustomersRead, path, Some(&body)).await;
    world.is_forbidden(Permission::CatalogueRead, "/api/v1/contents", None).await;
    world.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_a_message_went_out_is_told_and_holds_when_looked_at_anew() {
    let world = furnished().await;
    let complaint = json!({"complaint_id": "C-1", "subject": "A leg is loose"});
    let event =
        json!({"type": "track", "event": "Complaint Opened", "userId": "ada", "properties": complaint});
    let customer = world.ada(event).await;
    let thread = world.thread(&customer).await;
    let message = thread.iter().find(|item| item["kind"] == "message").expect("an apology");
    let id = message["id"].as_str().unwrap();
    let why = world.json(world.token(), &format!("/api/v1/customers/{customer}/messages/{id}/why")).await;
    assert_eq!(why["agrees"], true, "{why}");
    let checks: Vec<&str> =
        why["checks"].as_array().unwrap().iter().filter_map(|own| own["name"].as_str()).collect();
    assert!(checks.contains(&"consent") && checks.contains(&"channel email"), "{why}");
    assert!(!why["recorded"].as_array().unwrap().is_empty(), "{why}");

    let none = format!("/api/v1/customers/{customer}/messages/eff_0000000000000000000000000a/why");
    let (status, problem) = world.refused(&none, None).await;
    assert_eq!(status, 404, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("eff_0000000000000000000000000a"), "{problem}");
    assert_eq!(world.refused("/api/v1/customers/nobody/messages/x/why", None).await.0, 400);
    world.is_forbidden(Permission::JourneysRead, &none, None).await;
    world.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn why_an_offer_was_chosen_is_told_and_holds_when_looked_at_anew() {
    let world = furnished().await;
    let customer = world.ada(json!({"type": "track", "event": "Looked", "userId": "ada"})).await;
    let ask = json!({"identifiers": {"user_id": "ada"}, "channel": "web", "placements": ["home"]});
    world.posted("/v1/context", ask).await;
    let decided = world.thread(&customer).await.into_iter().find_map(|item| {
        let id = item.to_string();
        let at = id.find("dec_")?;
        Some(
            id[at..].chars().take_while(|own| own.is_ascii_alphanumeric() || *own == '_').collect::<String>(),
        )
    });
    let decision = decided.expect("a decision stands in the thread");
    let why =
        world.json(world.token(), &format!("/api/v1/customers/{customer}/decisions/{decision}/why")).await;
    assert_eq!(why["agrees"], true, "{why}");
    let checks = why["checks"].as_array().unwrap();
    assert!(checks.iter().any(|own| own["name"] == "welcome-home"), "{why}");

    let path = format!("/api/v1/customers/{customer}/decisions/maybe/why");
    let (status, problem) = world.refused(&path, None).await;
    assert_eq!((status, &problem["field"]), (400, &json!("decision")), "{problem}");
    world.is_forbidden(Permission::JourneysRead, &path, None).await;
    world.running.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn articles_are_found_shown_and_suggested() {
    let world = furnished().await;
    let found = world.json(world.token(), "/api/v1/articles?q=send%20something%20back").await;
    assert_eq!(found["items"][0]["name"], "returns", "{found}");
    let article = world.json(world.token(), "/api/v1/articles/returns").await;
    assert!(article.to_string().contains("30 days"), "{article}");

    // No article answers the first, so that an agent is asked; suggestions are for agents.
    let says = |text: &str| json!({"type": "track", "event": "Message Received", "userId": "ada", "channel": "webchat", "properties": {"text": text}});
    let customer = world.ada_does(vec![says("Xyzzy plugh?"), says("I want to send something back")]).await;
    let conversations =
        world.json(world.token(), &format!("/api/v1/customers/{customer}/conversations")).await;
    let conversation = conversations.to_string();
    let at = conversation.find("cnv_").or_else(|| conversation.find("con_")).expect("a conversation");
    let id: String =
        conversation[at..].chars().take_while(|own| own.is_ascii_alphanumeric() || *own == '_').collect();
    let suggested = world.json_soon(world.token(), &format!("/api/v1/conversations/{id}/suggestions")).await;
    assert_eq!(suggested["query"], "I want to send something back", "{suggested}");
    assert_eq!(suggested["items"][0]["name"], "returns", "{suggested}");

    assert_eq!(world.refused("/api/v1/articles/nothing", None).await.0, 404);
    let (status, problem) = world.refused("/api/v1/conversations/nonsense/suggestions", None).await;
    assert_eq!((status, &problem["field"]), (400, &json!("id")), "{problem}");
    for path in ["/api/v1/articles", "/api/v1/articles/returns", "/api/v1/conversations/x/suggestions"] {
        world.is_forbidden(Permission::ConversationsRead, path, None).await;
    }
    world.running.stop().await;
}
