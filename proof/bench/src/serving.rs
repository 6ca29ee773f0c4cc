//! The server's own binary, started for a benchmark, and the requests that prepare it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const ADDRESS: ([u8; 4], u16) = ([127, 0, 0, 1], 17_171);

/// The server; killed when the benchmark ends, however it ends.
pub struct Serving {
    child: Child,
    pub address: SocketAddr,
    pub token: String,
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Serving {
    /// Starts `server` with empty data in `folder`, and waits until it is ready.
    pub fn start(server: &Path, folder: &Path) -> Self {
        if folder.exists() {
            std::fs::remove_dir_all(folder).expect("the bench folder can be emptied");
        }
        let address = SocketAddr::from(ADDRESS);
        let place = |command: &mut Command| {
            command.arg("--data").arg(folder.join("data")).arg("--keys").arg(folder.join("keys"));
        };
        let mut make = Command::new(server);
        place(make.args(["token", "--name", "bench"]));
        let made = make.output().expect("the server's binary is there");
        let text = String::from_utf8_lossy(&made.stdout);
        let token = text
            .split_whitespace()
            .find(|word| word.starts_with("tl_"))
            .expect("it makes a token")
            .to_owned();
        let mut serve = Command::new(server);
        place(serve.args(["serve", "--listen", &address.to_string()]).stdout(Stdio::null()));
        let serving = Self { child: serve.spawn().expect("the server starts"), address, token };
        let begun = Instant::now();
        while serving.call("GET", "/readyz", None).is_none_or(|(status, _)| status != 200) {
            assert!(begun.elapsed() < Duration::from_secs(30), "the server does not get ready");
            sleep(Duration::from_millis(50));
        }
        serving
    }

    /// Publishes files, and makes a source; gives its write key.
    pub fn prepare(&self, files: &[(String, String)]) -> String {
        let files: Vec<Value> =
            files.iter().map(|(path, text)| json!({ "path": path, "text": text })).collect();
        let published = self.call("POST", "/api/v1/catalogue", Some(&json!({ "files": files })));
        let (status, answer) = published.expect("the catalogue is answered");
        assert!(status < 300, "the bench's catalogue is valid: {answer}");
        let source = json!({ "name": "bench", "channel": "web" });
        let (_, made) = self.call("POST", "/api/v1/sources", Some(&source)).expect("the source is taken");
        made["write_key"].as_str().expect("a source has a write key").to_owned()
    }

    /// One request on a connection of its own; `None` while nobody listens.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Option<(u16, Value)> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(self.address).ok()?;
        let (length, token) = (body.len(), &self.token);
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

    /// How many events of the source `bench` are durable: processed, quarantined, rejected.
    pub fn balance(&self) -> [u64; 3] {
        let (_, balance) = self.call("GET", "/api/v1/balance", None).expect("the balance answers");
        let sources = balance["items"].as_array().map_or(&[][..], Vec::as_slice);
        let source = sources.iter().find(|source| source["name"] == "bench");
        ["processed", "quarantined", "rejected"]
            .map(|name| source.map_or(&Value::Null, |source| &source[name]).as_u64().unwrap_or_default())
    }
}
