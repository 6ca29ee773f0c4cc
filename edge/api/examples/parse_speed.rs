//! How fast the Segment way in turns a batch into submissions: `cargo run --release -p api --example parse_speed`.

use std::hint::black_box;

use api::ingest::segment::{Call, take};
use api::ingest::{Arrival, Limits};
use model::{Channel, SourceId, Timestamp};
use shard::Submission;

fn event(number: usize) -> String {
    format!(
        r#"{{"type":"track","event":"Product Viewed","userId":"user-{number:08}","anonymousId":"6f1c2a9e-{number:012}","messageId":"node-next-1767225600000-{number:032}","timestamp":"2026-01-01T00:00:00.123Z","properties":{{"product_id":"sku-{}","category":"tv","name":"Harbour 55 inch television","price":499.9,"currency":"EUR","quantity":1,"position":3}},"context":{{"ip":"192.0.2.1","library":{{"name":"@segment/analytics-node","version":"3.1.0"}}}},"integrations":{{}},"_metadata":{{"nodeVersion":"20.11.0"}}}}"#,
        number % 977
    )
}

/// Nanoseconds this process has spent on a processor, which other work on the machine does not stretch.
fn processor_nanos() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").expect("Linux keeps scheduler figures");
    text.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("the first figure is a number")
}

fn main() {
    let arrival =
        Arrival { source: SourceId(1), channel: Channel::WEB, received: Timestamp(1_767_225_700_000) };
    for size in [1, 100] {
        let events: Vec<String> = (0..size).map(event).collect();
        let body = format!(
            r#"{{"batch":[{}],"writeKey":"wk","sentAt":"2026-01-01T00:00:01.000Z"}}"#,
            events.join(",")
        );
        let rounds = 400_000 / size;
        let start = processor_nanos();
        let mut taken = 0;
        for _ in 0..rounds {
            let submissions =
                take(Call::Batch, black_box(body.as_bytes()), &arrival, &Limits::SEGMENT).expect("valid");
            taken += submissions.iter().filter(|s| matches!(s, Submission::Event(_))).count();
        }
        let nanos = (processor_nanos() - start) / taken as f64;
        println!("batches of {size}: {:.0} ns per event of {} bytes ({taken} taken)", nanos, events[0].len());
    }
}
