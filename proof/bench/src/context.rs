//! `POST /v1/context` over HTTP: 1 M customers, 20 segments, 50 offers for two placements, a price, loaded by `wrk`
//! on the same machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use clap::Args;
use serde_json::json;

use crate::events::{Bodies, Random, SCHEMA, segments};
use crate::serving::Serving;

#[derive(Args)]
pub struct Settings {
    /// The server; `cargo build --release -p server` makes it.
    #[arg(long, default_value = "target/release/throughline")]
    server: PathBuf,
    #[arg(long, default_value_t = 1_000_000)]
    customers: u64,
    #[arg(long, default_value_t = 64)]
    connections: u32,
    #[arg(long, default_value_t = 20)]
    seconds: u32,
}

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/wrk/context.lua");
const PER_REQUEST: u64 = 500;

pub fn run(folder: &Path, settings: &Settings) {
    let serving = Serving::start(&settings.server, folder);
    let mut files = segments();
    files.push(("schema.yaml".into(), SCHEMA.into()));
    files.extend(offers());
    files.push(("prices/chairs.yaml".into(), PRICES.into()));
    let write_key = serving.prepare(&files);
    let begun = Instant::now();
    fill(&serving, &write_key, settings.customers);
    let customers = settings.customers;
    println!("{customers} customers with an event each, in {:.1} s", begun.elapsed().as_secs_f64());
    for recorded in [false, true] {
        println!(
            "{}, {} connections:",
            ["not recorded", "recorded"][usize::from(recorded)],
            settings.connections
        );
        let load = Command::new("wrk")
            .args(["-t1", "--latency", "-s", SCRIPT])
            .arg(format!("-c{}", settings.connections))
            .arg(format!("-d{}s", settings.seconds))
            .arg(format!("http://{}", serving.address))
            .arg("--")
            .args([&serving.token, &customers.to_string(), &recorded.to_string()])
            .output()
            .expect("wrk is installed: https://github.com/wg/wrk");
        print!("{}", String::from_utf8_lossy(&load.stdout));
    }
}

/// One event for each customer, in large batches on one connection.
fn fill(serving: &Serving, write_key: &str, customers: u64) {
    let stream = TcpStream::connect(serving.address).expect("the server listens");
    let mut answers = BufReader::new(stream.try_clone().expect("the connection can be read"));
    let (mut stream, bodies, mut random) = (stream, Bodies::new(), Random(7));
    let mut from = 0;
    while from < customers {
        let to = customers.min(from + PER_REQUEST);
        let mut body = format!(r#"{{"writeKey":"{write_key}","batch":["#).into_bytes();
        for customer in from..to {
            if customer > from {
                body.push(b',');
            }
            body.extend(bodies.body(customer, customer, &mut random));
        }
        body.extend(b"]}");
        let head = format!(
            "POST /v1/batch HTTP/1.1\r\nhost: bench\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).expect("the server reads");
        pass(&mut answers);
        from = to;
    }
}

/// Reads an answer, which must be a good one.
fn pass(answers: &mut BufReader<TcpStream>) {
    let (mut line, mut length) = (String::new(), 0);
    answers.read_line(&mut line).expect("the server answers");
    assert!(line.starts_with("HTTP/1.1 200"), "the batch is taken: {line}");
    while line.trim() != "" {
        line.clear();
        answers.read_line(&mut line).expect("the server answers");
        if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().expect("the length is a number");
        }
    }
    let mut body = vec![0; length];
    answers.read_exact(&mut body).expect("the server answers");
}

/// Fifty offers, half of them for each of two placements; most ask for something about the customer's behaviour, a
/// segment and how often they were shown.
fn offers() -> Vec<(String, String)> {
    let conditions = [
        r#"count("Product Viewed", "30d") >= 1"#,
        r#"count("Order Completed", "90d") == 0"#,
        r#"in_segment("browsers")"#,
        r#"!in_segment("vip")"#,
        r#"sum("Order Completed", "total", "90d") < 900.0"#,
    ];
    let offer = |number: usize| {
        let text = json!({
            "name": format!("offer-{number}"),
            "title": format!("Offer {number}"),
            "placements": [if number.is_multiple_of(2) { "home" } else { "checkout" }],
            "content": { "headline": format!("Offer {number}"), "text": "Only this week" },
            "eligibility": [conditions[number % 5]],
            "applicability": [conditions[(number + 1) % 5]],
            "limits": { "per_customer": { "times": 3, "within": "30d", "counting": "shown" } },
            "value": 10 + number,
            "propensity": 0.1,
        });
        (format!("offers/offer-{number}.yaml"), text.to_string())
    };
    (0..50).map(offer).collect()
}

const PRICES: &str = "\
products:
  - {product: chair, name: Lounge chair, category: chair, price: 149.90 EUR}
tables:
  - name: volume
    title: More for less
    columns: [item.quantity, 'in_segment(\"vip\")']
    rows:
      - {when: ['>= 6', '-'], percent: -12, because: Six or more}
      - {when: ['>= 2', true], percent: -8, because: Our best customers}
    otherwise: {}
";
