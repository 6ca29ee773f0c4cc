//! What must not be left in code: `unwrap`, unfinished places, tests that do not run.

use super::Finding;
use super::tree::{File, Tree};

/// Words of Rust that stand for work not done, and what to do instead.
const UNFINISHED: [(&str, &str); 4] = [
    ("todo!", "finish it"),
    ("unimplemented!", "finish it"),
    ("dbg!", "remove it"),
    ("#[ignore", "run the test or delete it"),
];

/// Words of the web's test runners, in tests and out of them.
const NARROWED: [&str; 7] = [".only(", ".skip(", ".todo(", ".fixme(", "xit(", "xdescribe(", "fdescribe("];

/// Written in two parts, or this file would find itself.
const NOTES: [&str; 2] = [concat!("TO", "DO"), concat!("FIX", "ME")];

pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for file in &tree.files {
        if file.source.is_some() {
            rust(file, findings);
        } else if is_script(&file.path) {
            script(file, findings);
        }
    }
}

fn rust(file: &File, findings: &mut Vec<Finding>) {
    let Some(source) = &file.source else { return };
    let mut complain = |at: usize, text: String| {
        findings.push(Finding { rule: "forbidden", place: file.path.clone(), line: source.line(at), text });
    };
    for (word, remedy) in UNFINISHED {
        source.find(word).for_each(|at| complain(at, format!("`{word}`: {remedy}")));
    }
    if !file.is_test && !may_unwrap(&file.path) {
        let outside = source.find(".unwrap()").filter(|&at| !source.in_tests(at));
        outside.for_each(|at| {
            complain(at, "`unwrap` outside tests: return an error or say why with `expect`".into())
        });
    }
    notes(file, findings);
}

fn script(file: &File, findings: &mut Vec<Finding>) {
    for (index, line) in file.text.lines().enumerate() {
        for word in NARROWED.iter().filter(|word| has_call(line, word)) {
            let text = format!("`{word}…)` leaves tests out: run them or delete them");
            findings.push(Finding { rule: "forbidden", place: file.path.clone(), line: index + 1, text });
        }
    }
    notes(file, findings);
}

fn notes(file: &File, findings: &mut Vec<Finding>) {
    for (index, line) in file.text.lines().enumerate() {
        let is_word =
            |word: &&&str| line.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == **word);
        if let Some(note) = NOTES.iter().find(is_word) {
            let text = format!("`{note}`: finish it, or write an issue and say here what holds today");
            findings.push(Finding { rule: "forbidden", place: file.path.clone(), line: index + 1, text });
        }
    }
}

/// `xit(` must not be found in `exit(`.
fn has_call(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        word.starts_with('.') || !line[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.')
    })
}

fn may_unwrap(path: &str) -> bool {
    path.starts_with("proof/") || path.starts_with("xtask/")
}

fn is_script(path: &str) -> bool {
    let ours = !path.contains("__generated__/");
    ours && [".ts", ".tsx", ".js", ".mjs", ".jsx", ".cjs"].iter().any(|ending| path.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::super::tree::{said, tree};
    use super::*;

    fn check_one(path: &str, text: &str, expected: &[&str]) {
        let said = said(check, &tree(&[(path, text)]));
        assert_eq!(said.len(), expected.len(), "{said:?}");
        for (said, expected) in said.iter().zip(expected) {
            assert!(said.contains(expected), "{said} does not contain {expected}");
        }
    }

    #[test]
    fn unwrap_outside_tests() {
        let text =
            "fn a() { b.unwrap(); c.unwrap_or(1); }\n#[cfg(test)]\nmod tests { fn d() { e.unwrap(); } }\n";
        check_one("edge/a/src/a.rs", text, &["a.rs:1: `unwrap` outside tests"]);
        check_one("edge/a/tests/a.rs", text, &[]);
        check_one("proof/sim/src/a.rs", text, &[]);
        check_one("edge/a/src/a.rs", "/// b.unwrap()\nfn a() { say(\".unwrap()\") }\n", &[]);
    }

    #[test]
    fn unfinished_work() {
        check_one(
            "a.rs",
            "fn a() { todo!() }\nfn b() { unimplemented!(\"x\") }\n",
            &["a.rs:1: `todo!`", "a.rs:2:"],
        );
        check_one("a.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}\n", &["a.rs:2: `#[ignore`"]);
        check_one("a.rs", concat!("// TO", "DO later\n"), &["finish it, or write an issue"]);
        check_one("a.rs", "// todos are a list\n", &[]);
    }

    #[test]
    fn tests_left_out() {
        check_one("a.test.ts", "it.only('x')\ndescribe.skip('y')\nxit('z')\n", &["a.test.ts:1", ":2", ":3"]);
        check_one("a.mjs", "process.exit(1)\n", &[]);
        check_one("a.rs", "fn a() { b.iter().skip(1); }\n", &[]);
    }
}
