//! Mistakes in the catalogue are named with their place and remedy.

use std::fmt::Write;

use expect_test::{Expect, expect};

use crate::world::compile;

fn check(files: &[(&str, &str)], expect: Expect) {
    let problems = compile(files).err().unwrap_or_default();
    let text = problems.iter().fold(String::new(), |mut text, problem| {
        writeln!(text, "{problem}").unwrap();
        text
    });
    expect.assert_eq(&text);
}

#[test]
fn every_mistake_has_a_place_and_a_remedy() {
    check(
        &[
            ("computed.yaml", "orders: count(\"Order Complete\")\n2nd: \"1\"\n"),
            (
                "identity.yaml",
                "default_region: Germany\nnamespaces:\n  mail: {max: 2}\n  email: {unique: true, max: 3}\n  phone: {max: 0}\n",
            ),
            ("schema.yaml", "events: {Order Completed: {properties: {total: double}, impersonal: [totla]}}"),
            ("segments/a.yaml", "{name: vip, title: VIP, when: 'profile.traits.ctiy == \"Bonn\"'}"),
            ("segments/b.yaml", "{name: V I P, title: VIP, when: 'true'}"),
            ("segments/c.yaml", "{name: vip, title: VIP, whne: 'true'}"),
            ("segments/d.yaml", "name: [vip"),
        ],
        expect![[r#"
            identity.yaml: default_region: `Germany` is not a region. Use an ISO 3166 code of two capital letters, such as `DE`.
            identity.yaml: namespaces.email: `unique` is true and `max` is 3. Leave one of the two out: unique means at most one.
            identity.yaml: namespaces.mail: `mail` is not an identifier namespace; use anonymous_id, user_id, email, phone, device_id or external/<system>. Name one of the namespaces; `external` stands for all systems that are not named.
            identity.yaml: namespaces.phone.max: `max` is 0. Use a number from 1 to 200.
            schema.yaml: events.Order Completed.impersonal[0]: `totla` is not a property of `Order Completed`. Declare it under `properties` with its kind.
            computed.yaml: 2nd: `2nd` is not a name that a condition can write. Use letters, digits and `_`.
            computed.yaml: orders (column 7): there is no event `Order Complete`. Did you mean `Order Completed`?
            segments/b.yaml: name: `V I P` is not a segment name. Use 1 to 60 lower-case letters, digits, `-` and `_`.
            segments/c.yaml: whne: unknown field `whne`, expected one of `name`, `title`, `description`, `when`. Write it as the file's JSON Schema says; names that are not in it are refused.
            segments/d.yaml: unclosed bracket '[' at line 1, column 7. Correct the YAML at that line.
            segments/a.yaml: when (column 1): `profile.traits.ctiy` is not known here. Declare it in the catalogue, or use a name that is known here
        "#]],
    );
}

#[test]
fn empty_files_are_as_good_as_none() {
    check(&[("identity.yaml", ""), ("schema.yaml", "# nothing yet\n")], expect![[""]]);
}

#[test]
fn the_schemas_describe_the_files() {
    let schemas = recognize::json_schemas();
    let names: Vec<&str> = schemas.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["identity.yaml", "schema.yaml", "computed.yaml", "service.yaml", "segments/"]);
    assert_eq!(schemas[4].1["required"], serde_json::json!(["name", "title", "when"]));
    assert_eq!(schemas[3].1["additionalProperties"], serde_json::json!(false));
}

#[test]
fn impersonal_properties_and_priorities_are_known() {
    let schema =
        "{events: {Order Completed: {properties: {total: double}, impersonal: [total]}}, sources: {till: 9}}";
    let recognition = compile(&[("schema.yaml", schema)]).unwrap();
    assert_eq!(recognition.impersonal("Order Completed"), ["total".into()]);
    assert!(recognition.impersonal("Page Viewed").is_empty());
    assert_eq!(recognition.source_priority("till"), Some(9));
}
