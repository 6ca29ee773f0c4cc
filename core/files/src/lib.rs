//! Reading the files of a catalogue, and how what is wrong in them is named.
//!
//! YAML is read by version 1.2: only `true` and `false` are truth values. `no`, `off` and `N` are words, such as an answer
//! that a customer gives, a title, or the code of a country.

use model::{CatalogueFile, Problem};
use serde::de::DeserializeOwned;

/// What the library tells those who call it.
const NOT_FOR_AUTHORS: &str = ", set DuplicateKeyPolicy in Options if acceptable";

/// Reads a file as `T`; an empty one says nothing. A mistake is named by its line where the YAML is wrong, and by the path
/// of the field where its shape is; `remedy` tells what the file may say.
pub fn read<T: DeserializeOwned>(file: &CatalogueFile, remedy: &str) -> Result<Option<T>, Problem> {
    let json: serde_json::Value = parse(&file.text)
        .map_err(|message| Problem::new(&file.path, "", message, "Correct the YAML at that line."))?;
    if json.is_null() {
        return Ok(None);
    }
    serde_path_to_error::deserialize(json).map(Some).map_err(|error| {
        let path = error.path().to_string();
        Problem::new(&file.path, path.trim_start_matches('.'), error.inner().to_string(), remedy)
    })
}

/// The same for a file that must say something.
pub fn read_said<T: DeserializeOwned>(file: &CatalogueFile, remedy: &str) -> Result<T, Problem> {
    read(file, remedy)?.ok_or_else(|| Problem::new(&file.path, "", "the file is empty", remedy))
}

/// The same, with the mistake put to the others; without it, or where nothing is said, the default.
pub fn read_or_default<T: DeserializeOwned + Default>(
    file: &CatalogueFile,
    remedy: &str,
    problems: &mut Vec<Problem>,
) -> T {
    read(file, remedy)
        .unwrap_or_else(|problem| {
            problems.push(problem);
            None
        })
        .unwrap_or_default()
}

/// Reads YAML as `T`; the error names line and column.
pub fn parse<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    let options = serde_saphyr::options! { strict_booleans: true };
    serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| error.without_snippet().to_string().replace(NOT_FOR_AUTHORS, ""))
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use model::CatalogueFile;
    use serde::Deserialize;

    use super::read;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "read by Debug alone")]
    struct Own {
        title: String,
        #[serde(default)]
        parts: Vec<Part>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "read by Debug alone")]
    struct Part {
        open: bool,
    }

    fn check(text: &str, expected: Expect) {
        let file = CatalogueFile { path: "own.yaml".into(), text: text.into() };
        let shown = match read::<Own>(&file, "Write `title`.") {
            Ok(own) => format!("{own:?}"),
            Err(problem) => problem.to_string(),
        };
        expected.assert_eq(&shown);
    }

    #[test]
    fn words_are_words_and_only_true_and_false_are_truth_values() {
        check("title: No", expect![[r#"Some(Own { title: "No", parts: [] })"#]]);
        check(
            "title: N\nparts: [{open: true}]",
            expect![[r#"Some(Own { title: "N", parts: [Part { open: true }] })"#]],
        );
        check(
            "title: x\nparts: [{open: true}, {open: yes}]",
            expect![[
                r#"own.yaml: parts[1].open: invalid type: string "yes", expected a boolean. Write `title`."#
            ]],
        );
    }

    #[test]
    fn mistakes_have_a_place() {
        check("", expect!["None"]);
        check("# nothing yet", expect!["None"]);
        check(
            "titel: x",
            expect![[
                r#"own.yaml: titel: unknown field `titel`, expected `title` or `parts`. Write `title`."#
            ]],
        );
        check(
            "title: [x",
            expect!["own.yaml: unclosed bracket '[' at line 1, column 8. Correct the YAML at that line."],
        );
        check(
            "title: x\ntitle: y",
            expect![
                "own.yaml: duplicate mapping key: title at line 2, column 1. Correct the YAML at that line."
            ],
        );
        check(
            "[]",
            expect!["own.yaml: invalid length 0, expected struct Own with 2 elements. Write `title`."],
        );
    }
}
