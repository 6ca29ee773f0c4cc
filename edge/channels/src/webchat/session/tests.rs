//! Sessions against a thread in memory, over channels in place of a socket.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use futures_util::{sink, stream};
use model::Timestamp;
use serde_json::{Value as Json, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::super::Author;
use super::*;
use crate::signing::Signer;

const CUSTOMER: CustomerId = CustomerId(7);

/// A thread of one customer: each thing said is answered by the bot, both with rising numbers.
#[derive(Clone, Default)]
struct Thread(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    hub: Hub,
    messages: Vec<ShownMessage>,
    ids: BTreeSet<String>,
    met: bool,
    refuse: Option<Refused>,
    opened: Vec<Opening>,
}

impl Thread {
    fn write(&self, from: Author, text: &str, id: Option<&str>) {
        let mut inner = self.0.lock().unwrap();
        let number = inner.messages.len() as u64 + 1;
        let (text, id) = (text.to_owned(), id.map(str::to_owned));
        let message = ShownMessage {
            number,
            from,
            name: None,
            text,
            choices: vec![],
            article: None,
            time: Timestamp(0),
            id,
        };
        inner.messages.push(message.clone());
        inner.hub.deliver(CUSTOMER, &message);
    }
}

impl ChatBackend for Thread {
    async fn opened(&self, opening: &Opening) -> Result<Opened, Refused> {
        let mut inner = self.0.lock().unwrap();
        inner.opened.push(opening.clone());
        let link_expired = opening.continues.as_deref() == Some("old");
        Ok(Opened { customer: inner.met.then_some(CUSTOMER), conversation: None, link_expired })
    }

    async fn since(&self, _: &Ticket, number: u64) -> Result<History, Refused> {
        let inner = self.0.lock().unwrap();
        let messages = inner.messages.iter().filter(|message| message.number > number).cloned().collect();
        Ok(History { customer: inner.met.then_some(CUSTOMER), messages, cut: false })
    }

    async fn said(&self, _: &Ticket, said: &Said) -> Result<CustomerId, Refused> {
        {
            let mut inner = self.0.lock().unwrap();
            if let Some(refused) = &inner.refuse {
                return Err(refused.clone());
            }
            inner.met = true;
            if !inner.ids.insert(said.id.clone()) {
                return Ok(CUSTOMER);
            }
        }
        self.write(Author::Customer, &said.text, Some(&said.id));
        self.write(Author::Bot, &format!("you said {}", said.text), None);
        Ok(CUSTOMER)
    }
}

fn frames_in(incoming: UnboundedReceiver<String>) -> impl Stream<Item = String> + Unpin {
    Box::pin(stream::unfold(incoming, async |mut incoming| {
        incoming.recv().await.map(|frame| (frame, incoming))
    }))
}

fn frames_out(outgoing: UnboundedSender<String>) -> impl Sink<String> + Unpin {
    Box::pin(sink::unfold(outgoing, async |outgoing: UnboundedSender<String>, frame| {
        outgoing.send(frame).map(|()| outgoing)
    }))
}

/// A browser's end of a session.
struct Browser {
    to: UnboundedSender<String>,
    from: UnboundedReceiver<String>,
    stop: Option<oneshot::Sender<()>>,
    ended: tokio::task::JoinHandle<Ended>,
}

impl Browser {
    fn connect(thread: &Thread, hello: Json) -> Self {
        let ((to, incoming), (outgoing, from)) = (unbounded_channel(), unbounded_channel());
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = thread.clone();
        let hub = thread.0.lock().unwrap().hub.clone();
        let ended = tokio::spawn(async move {
            let tickets = Tickets::new(Signer::new(&[6; 32]));
            let stopping = async move {
                let _ = stopped.await;
            };
            run(
                frames_in(incoming),
                frames_out(outgoing),
                &hub,
                &tickets,
                &thread,
                Timing::default(),
                stopping,
            )
            .await
        });
        let browser = Self { to, from, stop: Some(stop), ended };
        browser.send(json!({ "hello": hello }));
        browser
    }

    fn send(&self, frame: Json) {
        self.to.send(frame.to_string()).unwrap();
    }

    async fn frame(&mut self) -> Json {
        let text = timeout(Duration::from_secs(300), self.from.recv()).await.expect("a frame in time");
        serde_json::from_str(&text.expect("the session is open")).unwrap()
    }

    /// The next frame in short: `welcome [1 2]`, `message 3 bot`, `ack m1`, `error later m1`.
    async fn next(&mut self) -> String {
        let frame = self.frame().await;
        let (name, body) = frame.as_object().unwrap().iter().next().unwrap();
        match name.as_str() {
            "welcome" => {
                let missed = body["missed"].as_array().unwrap().iter();
                let numbers: Vec<String> = missed.map(|message| message["number"].to_string()).collect();
                format!("welcome [{}]", numbers.join(" "))
            }
            "message" => format!("message {} {}", body["number"], body["from"].as_str().unwrap()),
            "ack" => format!("ack {}", body["id"].as_str().unwrap()),
            "error" => {
                format!("error {} {}", body["code"].as_str().unwrap(), body["id"].as_str().unwrap_or("-"))
            }
            other => other.to_owned(),
        }
    }

    async fn expect(&mut self, expected: &[&str]) {
        for line in expected {
            assert_eq!(self.next().await, *line);
        }
    }

    async fn close(self) -> Ended {
        drop(self.to);
        let ended = self.ended.await.unwrap();
        drop(self.stop);
        ended
    }
}

async fn token(browser: &mut Browser) -> String {
    browser.frame().await["welcome"]["token"].as_str().unwrap().to_owned()
}

#[tokio::test(start_paused = true)]
async fn a_new_visitor_hears_the_answer_to_the_message_that_made_them_known() {
    let thread = Thread::default();
    let mut browser = Browser::connect(&thread, json!({ "anonymous_id": "browser-0001" }));
    browser.expect(&["welcome []"]).await;
    assert_eq!(thread.0.lock().unwrap().opened[0].ticket.anonymous_id, "browser-0001");
    browser.send(json!({ "say": { "id": "m1", "text": "hello" } }));
    browser.expect(&["ack m1", "message 1 customer", "message 2 bot"]).await;
    browser.send(json!({ "say": { "id": "m2", "text": "more" } }));
    let mut seen = vec![browser.next().await, browser.next().await, browser.next().await];
    seen.sort();
    assert_eq!(seen, ["ack m2", "message 3 customer", "message 4 bot"]);
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_returns_gets_what_it_missed_once() {
    let thread = Thread::default();
    let mut browser = Browser::connect(&thread, json!({}));
    let token = token(&mut browser).await;
    browser.send(json!({ "say": { "id": "m1", "text": "hello" } }));
    browser.expect(&["ack m1", "message 1 customer", "message 2 bot"]).await;
    assert_eq!(browser.close().await, Ended::Closed);
    thread.write(Author::Agent, "still there?", None);
    thread.write(Author::Agent, "I will wait", None);

    let mut browser = Browser::connect(&thread, json!({ "token": token, "last_seen": 2 }));
    browser.expect(&["welcome [3 4]"]).await;
    // Sent again, because the acknowledgement might have been lost: taken once, shown once.
    browser.send(json!({ "say": { "id": "m1", "text": "hello" } }));
    browser.expect(&["ack m1"]).await;
    thread.write(Author::Agent, "good", None);
    browser.expect(&["message 5 agent"]).await;
    assert!(thread.0.lock().unwrap().opened[1].returning);
}

#[tokio::test(start_paused = true)]
async fn a_forged_ticket_begins_a_new_session_and_shows_nothing_old() {
    let thread = Thread::default();
    let mut browser = Browser::connect(&thread, json!({ "token": "AAAA", "last_seen": 9 }));
    browser.expect(&["error expired -", "welcome []"]).await;
    let opened = thread.0.lock().unwrap().opened[0].clone();
    assert!(!opened.returning);
    let mut browser = Browser::connect(&thread, json!({ "continue": "old" }));
    browser.expect(&["error expired -", "welcome []"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_browser_that_fell_behind_reads_the_rest_from_the_thread() {
    let thread = Thread::default();
    let mut browser = Browser::connect(&thread, json!({}));
    browser.expect(&["welcome []"]).await;
    browser.send(json!({ "say": { "id": "m1", "text": "hello" } }));
    browser.expect(&["ack m1", "message 1 customer", "message 2 bot"]).await;
    for number in 3..=100 {
        thread.write(Author::Bot, &number.to_string(), None);
    }
    for number in 3..=100 {
        assert_eq!(browser.next().await, format!("message {number} bot"));
    }
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_taken_is_named_and_the_session_goes_on() {
    let thread = Thread::default();
    let mut browser = Browser::connect(&thread, json!({}));
    browser.expect(&["welcome []"]).await;
    browser.send(json!({ "say": { "id": "m1", "text": "" } }));
    browser.send(json!({ "shout": {} }));
    browser.send(json!({ "hello": {} }));
    browser.expect(&["error invalid m1", "error invalid -", "error invalid -"]).await;
    thread.0.lock().unwrap().refuse = Some(Refused::Later);
    browser.send(json!({ "say": { "id": "m2", "text": "x" } }));
    browser.expect(&["error later m2"]).await;
    thread.0.lock().unwrap().refuse = Some(Refused::Invalid("closed".into()));
    browser.send(json!({ "say": { "id": "m3", "text": "x" } }));
    browser.expect(&["error invalid m3"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_flood_is_slowed_and_nonsense_ends_the_session() {
    let thread = Thread::default();
    thread.0.lock().unwrap().refuse = Some(Refused::Invalid("no".into()));
    let mut browser = Browser::connect(&thread, json!({}));
    browser.expect(&["welcome []"]).await;
    for _ in 0..12 {
        browser.send(json!({ "say": { "id": "m", "text": "x" } }));
    }
    for _ in 0..10 {
        browser.expect(&["error invalid m"]).await;
    }
    browser.expect(&["error later m", "error later m"]).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    browser.send(json!({ "say": { "id": "m", "text": "x" } }));
    browser.expect(&["error invalid m"]).await;
    for _ in 0..MISTAKES_MAX {
        browser.send(json!(1));
    }
    assert_eq!(browser.ended.await.unwrap(), Ended::Misbehaved);
}

#[tokio::test(start_paused = true)]
async fn silence_ends_a_session_and_life_keeps_it() {
    let thread = Thread::default();
    let mut browser = Browser::connect(&thread, json!({}));
    browser.expect(&["welcome []", "alive"]).await;
    for _ in 0..10 {
        browser.send(json!({ "alive": {} }));
        browser.expect(&["alive"]).await;
    }
    browser.expect(&["alive"]).await;
    assert_eq!(browser.ended.await.unwrap(), Ended::Silent);

    let ((_to, incoming), (outgoing, _from)) = (unbounded_channel(), unbounded_channel());
    let (incoming, outgoing) = (frames_in(incoming), frames_out(outgoing));
    let tickets = Tickets::new(Signer::new(&[6; 32]));
    let hub = Hub::default();
    let ended = run(incoming, outgoing, &hub, &tickets, &thread, Timing::default(), std::future::pending());
    assert_eq!(ended.await, Ended::NoHello);
}

#[tokio::test(start_paused = true)]
async fn a_stopping_server_says_so() {
    let thread = Thread::default();
    let mut browser = Browser::connect(&thread, json!({}));
    browser.expect(&["welcome []"]).await;
    browser.stop.take().unwrap().send(()).unwrap();
    browser.expect(&["error closing -"]).await;
    assert_eq!(browser.ended.await.unwrap(), Ended::Stopping);
}
