//! Durable ingest over HTTP: the server's own binary, loaded by `wrk` on the same machine.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;
use serde_json::{Value, json};

use crate::events::{SCHEMA, segments};

#[derive(Args)]
pub struct Settings {
    /// The server; `cargo build --release -p server` makes it.
    #[arg(long, default_value = "target/release/throughline")]
    server: PathBuf,
    #[arg(long, default_value_t = 1_000_000)]
    customers: u64,
    /// Events in a request.
    #[arg(long, default_value_t = 100)]
    batch: u64,
    #[arg(long, default_value_t = 32)]
    connections: u32,
    #[arg(long, default_value_t = 20)]
    seconds: u32,
}

const ADDRESS: ([u8; 4], u16) = ([127, 0, 0, 1], 17_171);
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/wrk/events.lua");

/// The server; killed when the benchmark ends, however it ends.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

pub fn run(folder: &Path, settings: &Settings) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).expect("the bench folder can be emptied");
    }
    let address = SocketAddr::from(ADDRESS);
    let place = |command: &mut Command| {
        command.arg("--data").arg(folder.join("data")).arg("--keys").arg(folder.join("keys"));
    };
    let mut make = Command::new(&settings.server);
    place(make.args(["token", "--name", "bench"]));
    let made = make.output().expect("the server's binary is there");
    let text = String::from_utf8_lossy(&made.stdout);
    let token =
        text.split_whitespace().find(|word| word.starts_with("tl_")).expect("it makes a token").to_owned();
    let mut serve = Command::new(&settings.server);
    place(serve.args(["serve", "--listen", &address.to_string()]).stdout(Stdio::null()));
    let _serving = Serving(serve.spawn().expect("the server starts"));
    let begun = Instant::now();
    while call(address, "GET", "/readyz", &token, None).is_none_or(|(status, _)| status != 200) {
        assert!(begun.elapsed() < Duration::from_secs(30), "the server does not get ready");
        sleep(Duration::from_millis(50));
    }
    let write_key = prepare(address, &token);
    println!("{} events a request, {} connections:", settings.batch, settings.connections);
    let load = Command::new("wrk")
        .args(["-t1", "--latency", "-s", SCRIPT])
        .arg(format!("-c{}", settings.connections))
        .arg(format!("-d{}s", settings.seconds))
        .arg(format!("http://{address}"))
        .arg("--")
        .args([&write_key, &settings.customers.to_string(), &settings.batch.to_string()])
        .output()
        .expect("wrk is installed: https://github.com/wg/wrk");
    print!("{}", String::from_utf8_lossy(&load.stdout));
    report(address, &token, settings);
}

/// What the server says it has taken; the balance is of durable events only.
fn report(address: SocketAddr, token: &str, settings: &Settings) {
    let (_, balance) = call(address, "GET", "/api/v1/balance", token, None).expect("the balance answers");
    let sources = balance["items"].as_array().map_or(&[][..], Vec::as_slice);
    let source = sources.iter().find(|source| source["name"] == "bench");
    let count = |name: &str| source.map_or(&Value::Null, |source| &source[name]).as_u64().unwrap_or_default();
    println!(
        "durable: {} processed, {} quarantined, {} rejected: {:.0} events/s",
        count("processed"),
        count("quarantined"),
        count("rejected"),
        count("processed") as f64 / f64::from(settings.seconds)
    );
}

fn prepare(address: SocketAddr, token: &str) -> String {
    let mut files: Vec<Value> =
        segments().iter().map(|(path, text)| json!({ "path": path, "text": text })).collect();
    files.push(json!({ "path": "schema.yaml", "text": SCHEMA }));
    let published = call(address, "POST", "/api/v1/catalogue", token, Some(&json!({ "files": files })));
    assert!(published.is_some_and(|(status, _)| status < 300), "the bench's catalogue is valid");
    let source = json!({ "name": "bench", "channel": "web" });
    let (_, made) =
        call(address, "POST", "/api/v1/sources", token, Some(&source)).expect("the source is taken");
    made["write_key"].as_str().expect("a source has a write key").to_owned()
}

/// One request on a connection of its own; `None` while nobody listens.
fn call(
    address: SocketAddr,
    method: &str,
    path: &str,
    token: &str,
    body: Option<&Value>,
) -> Option<(u16, Value)> {
    let body = body.map(Value::to_string).unwrap_or_default();
    let mut stream = TcpStream::connect(address).ok()?;
    let length = body.len();
    let head = format!(
        "{method} {path} HTTP/1.0\r\nhost: bench\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).ok()?;
    stream.write_all(body.as_bytes()).ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some((status, serde_json::from_str(body).unwrap_or(Value::Null)))
}
