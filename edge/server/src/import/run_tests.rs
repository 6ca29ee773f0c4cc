//! Whole imports, from files to the bodies that would be sent.

use std::path::Path;

use super::*;

/// Maps files as an import would and returns what it would send, and the refusals.
fn mapped(
    folder: &Path,
    files: &[(&str, &[u8])],
    mapping: &str,
    first_row: u64,
) -> (Vec<String>, Vec<(u64, String)>) {
    let paths: Vec<PathBuf> = files
        .iter()
        .map(|(name, bytes)| {
            std::fs::write(folder.join(name), bytes).unwrap();
            folder.join(name)
        })
        .collect();
    let mapping = Mapping::parse("map.yaml", mapping).unwrap();
    let input = Input::open(&paths, &mapping).unwrap();
    let plan = Plan::compile(&mapping, input.columns()).unwrap();
    let (sender, mut receiver) = mpsc::channel(1_000);
    map_rows(input, &plan, first_row, &sender).unwrap();
    drop(sender);
    let (mut bodies, mut refused) = (Vec::new(), Vec::new());
    while let Ok(batch) = receiver.try_recv() {
        bodies.extend(batch.bodies);
        refused.extend(batch.refused);
    }
    (bodies, refused)
}

const ORDERS: &str = "
group_by: {column: InvoiceNo, within_rows: 3}
events:
  - event: Order Completed
    when: [{column: InvoiceNo, starts_with_digit: true}]
    message_id: 'shop-{InvoiceNo}'
    time: {column: Date, format: '%Y-%m-%d %H:%M', zone: Europe/London}
    identifiers:
      external/shop: {column: Customer, strip_suffix: '.0'}
      anonymous_id: {template: 'invoice-{InvoiceNo}', when: [{column: Customer, empty: true}]}
    properties:
      order_id: InvoiceNo
      currency: {value: GBP}
      total: {sum_of: [Quantity, Price]}
      products:
        lines: {sku: Code, quantity: {column: Quantity, type: integer}, price: {column: Price, type: decimal}}
  - event: Order Refunded
    when: [{column: InvoiceNo, starts_with: C}]
    message_id: 'shop-{InvoiceNo}'
    time: {column: Date, format: '%Y-%m-%d %H:%M', zone: Europe/London}
    identifiers: {external/shop: Customer}
    properties: {total: {sum_of: [Quantity, Price]}}
";

#[test]
fn lines_of_an_invoice_become_one_order_with_an_exact_total() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "InvoiceNo,Code,Quantity,Price,Customer,Date\n\
        1,A,3,0.1,17.0,2011-06-01 08:00\n2,B,1,2.50,,2011-06-01 08:05\n1,C,1,0.001,17.0,2011-06-01 08:00\n\
        C9,A,-1,0.1,17,2011-06-02 08:00\n";
    let (bodies, refused) = mapped(folder.path(), &[("a.csv", csv.as_bytes())], ORDERS, 0);
    assert_eq!(refused, []);
    assert_eq!(
        bodies[0],
        r#"{"type":"track","event":"Order Completed","messageId":"shop-1","timestamp":"2011-06-01T07:00:00.000Z","identifiers":{"external/shop":"17"},"properties":{"order_id":"1","currency":"GBP","total":0.301,"products":[{"sku":"A","quantity":3,"price":0.1},{"sku":"C","quantity":1,"price":0.001}]}}"#
    );
    assert!(bodies[1].contains(r#""identifiers":{"anonymous_id":"invoice-2"}"#), "{}", bodies[1]);
    assert!(
        bodies[2].contains(r#""event":"Order Refunded""#) && bodies[2].contains(r#""total":-0.1"#),
        "{}",
        bodies[2]
    );
}

#[test]
fn a_bad_line_refuses_its_order_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "InvoiceNo,Code,Quantity,Price,Customer,Date\n\
        1,A,3,0.1,17,2011-06-01 08:00\n1,B,many,1,17,2011-06-01 08:00\n2,A,1,1,18,2011-06-01 08:00\n\
        3,A,1,1,18,sometime\nshort\n,A,1,1,18,2011-06-01 08:00\n";
    let (bodies, refused) = mapped(folder.path(), &[("a.csv", csv.as_bytes())], ORDERS, 0);
    assert_eq!(bodies.len(), 1);
    let reasons: Vec<String> = refused.iter().map(|(row, reason)| format!("{row}: {reason}")).collect();
    assert!(
        reasons.iter().any(|r| r == "1: line in row 2: `many` is not a number, so it cannot be multiplied"),
        "{reasons:?}"
    );
    assert!(reasons.iter().any(|r| r.starts_with("4: time `sometime`")), "{reasons:?}");
    assert!(reasons.iter().any(|r| r == "5: 1 cells, but 6 columns"), "{reasons:?}");
    assert!(reasons.iter().any(|r| r.starts_with("6: the column of `group_by` is empty")), "{reasons:?}");
}

#[test]
fn a_line_that_comes_after_its_group_is_said_not_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut csv = String::from("InvoiceNo,Code,Quantity,Price,Customer,Date\n1,A,1,1,17,2011-06-01 08:00\n");
    (2..9).for_each(|number| csv.push_str(&format!("{number},A,1,1,17,2011-06-01 08:00\n")));
    csv.push_str("1,B,1,1,17,2011-06-01 08:00\n");
    let (bodies, refused) = mapped(folder.path(), &[("a.csv", csv.as_bytes())], ORDERS, 0);
    assert_eq!(bodies.len(), 8);
    assert!(refused[0].1.contains("sort the file or raise `group_by.within_rows`"), "{refused:?}");
}

const ROWS: &str = "
events:
  - event: Order Completed
    message_id: 'x-{id}'
    time: {column: at, format: rfc3339}
    identifiers: {email: 'mail'}
    properties: {total: {column: amount.value, type: decimal}, tags: tags, first: {column: first, type: bool}}
  - when: [{column: name, empty: false}]
    message_id: 'x-{id}-who'
    time: {column: at, format: rfc3339}
    identifiers: {email: 'mail'}
    traits: {name: name}
";

#[test]
fn json_lines_keep_their_nesting_and_give_several_events() {
    let folder = tempfile::tempdir().unwrap();
    let rows = "{\"id\":1,\"at\":\"2026-01-01T00:00:00Z\",\"mail\":\"a@b.de\",\"amount\":{\"value\":1.50},\"tags\":[\"x\"],\"first\":\"yes\",\"name\":\"Ada\"}\n\
        {\"id\":2,\"at\":\"2026-01-01T00:00:00Z\",\"mail\":\"c@d.de\"}\nnonsense\n";
    let (bodies, refused) = mapped(folder.path(), &[("a.jsonl", rows.as_bytes())], ROWS, 0);
    assert!(bodies[0].contains(r#""properties":{"total":1.5,"tags":["x"],"first":true}"#), "{}", bodies[0]);
    assert!(
        bodies[1].contains(r#""type":"identify""#) && bodies[1].contains(r#""traits":{"name":"Ada"}"#),
        "{}",
        bodies[1]
    );
    assert!(bodies[2].contains(r#""properties":{}"#), "{}", bodies[2]);
    assert_eq!((bodies.len(), refused.len()), (3, 1));
}

#[test]
fn gzip_files_follow_each_other_and_rows_already_done_are_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"InvoiceNo,Code,Quantity,Price,Customer,Date\n1,A,1,1,17,2011-06-01 08:00\n").unwrap();
    let packed = encoder.finish().unwrap();
    let plain = b"InvoiceNo,Code,Quantity,Price,Customer,Date\n2,A,1,1,17,2011-06-01 08:00\n3,A,1,1,17,2011-06-01 08:00\n";
    let files: [(&str, &[u8]); 2] = [("a.csv.gz", &packed), ("b.csv", plain)];
    assert_eq!(mapped(folder.path(), &files, ORDERS, 0).0.len(), 3);
    let (resumed, _) = mapped(folder.path(), &files, ORDERS, 3);
    assert_eq!(resumed.len(), 1);
    assert!(resumed[0].contains("shop-3"));
}

#[test]
fn mistakes_in_a_mapping_are_named_with_their_place() {
    let columns: Vec<String> = ["id", "at", "mail"].map(Into::into).into();
    let error = |mapping: &str| match Mapping::parse("map.yaml", mapping) {
        Ok(mapping) => Plan::compile(&mapping, &columns).unwrap_err().to_string(),
        Err(error) => error.to_string(),
    };
    let event = |change: &str| {
        let base = "events:\n  - event: A\n    message_id: 'x-{id}'\n    time: {column: at, format: rfc3339}\n    identifiers: {email: mail}\n";
        error(&format!("{base}    {change}\n"))
    };
    assert!(
        event("properties: {total: sum}").contains(
            "events[0]: `properties.total` names the column `sum`; the input has `id`, `at`, `mail`"
        )
    );
    assert!(event("properties: {total: {sum_of: [id]}}").contains("say `group_by`"));
    assert!(event("properties: {total: {column: id, value: 1}}").contains("exactly one of"));
    assert!(event("porperties: {}").contains("porperties"));
    assert!(event("properties: {total: {column: id, type: float}}").contains("float"));
    assert!(error("events: []").contains("`events` is empty"));
    assert!(error("events: [{event: A, message_id: x, time: {column: at, format: '%H:%M'}, identifiers: {email: mail}}]").contains("add `zone`"));
    assert!(
        error(
            "events: [{event: A, message_id: x, time: {column: at, format: unix}, identifiers: {mail: mail}}]"
        )
        .contains("not an identifier namespace")
    );
}
