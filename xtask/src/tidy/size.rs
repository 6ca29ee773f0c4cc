//! A reader holds about 400 lines of a file and 70 of a function; longer ones give a reason in the allow list.

use super::Finding;
use super::source::Source;
use super::tree::{File, Tree};

const FILE_LINES_MAX: usize = 400;
const FUNCTION_LINES_MAX: usize = 70;

pub fn check(tree: &Tree, findings: &mut Vec<Finding>) {
    for (file, source) in tree.sources().filter(|(file, _)| !file.is_test) {
        file_length(file, source.lines(), findings);
        function_lengths(file, source, findings);
    }
    for file in tree.files.iter().filter(|file| is_web_source(&file.path)) {
        file_length(file, file.text.lines().count(), findings);
    }
}

fn file_length(file: &File, lines: usize, findings: &mut Vec<Finding>) {
    if lines > FILE_LINES_MAX {
        let text = format!("{lines} lines before its tests; {FILE_LINES_MAX} are the most without a reason");
        findings.push(Finding { rule: "long-file", place: file.path.clone(), line: 0, text });
    }
}

fn function_lengths(file: &File, source: &Source, findings: &mut Vec<Finding>) {
    for function in source.functions() {
        if function.lines > FUNCTION_LINES_MAX && !source.in_tests(function.start) {
            findings.push(Finding {
                rule: "long-function",
                place: format!("{}::{}", file.path, function.name),
                line: function.line,
                text: format!(
                    "`{}` has {} lines; {FUNCTION_LINES_MAX} are the most without a reason",
                    function.name, function.lines
                ),
            });
        }
    }
}

/// Ours, written by hand, and no test.
fn is_web_source(path: &str) -> bool {
    let is_script = [".ts", ".tsx", ".js", ".mjs", ".css"].iter().any(|ending| path.ends_with(ending));
    is_script && !path.contains("__generated__/") && !path.contains(".test.") && !path.contains(".spec.")
}

#[cfg(test)]
mod tests {
    use super::super::tree::{said, tree};
    use super::*;

    #[test]
    fn a_long_file_and_one_long_only_by_its_tests() {
        let long = "//! x\n".to_owned() + &"const A: u8 = 1;\n".repeat(400);
        let tests = format!("//! x\n#[cfg(test)]\nmod tests {{\n{}}}\n", "const A: u8 = 1;\n".repeat(400));
        let tree = tree(&[("long.rs", &long), ("tests.rs", &tests), ("a/tests/it.rs", &long)]);
        assert_eq!(
            said(check, &tree),
            ["long.rs: 401 lines before its tests; 400 are the most without a reason [long-file]"]
        );
    }

    #[test]
    fn a_long_page_of_the_studio() {
        let long = "x\n".repeat(401);
        let tree = tree(&[("s/a.tsx", &long), ("s/__generated__/b.ts", &long), ("s/a.test.tsx", &long)]);
        assert_eq!(said(check, &tree).len(), 1);
    }

    #[test]
    fn a_long_function() {
        let body = "    call();\n".repeat(69);
        let text = format!("//! x\nfn fits() {{\n{}}}\nfn long() {{\n{body}}}\n", &body[12..]);
        assert_eq!(
            said(check, &tree(&[("a.rs", &text)])),
            ["a.rs:72: `long` has 71 lines; 70 are the most without a reason [long-function]"]
        );
    }
}
