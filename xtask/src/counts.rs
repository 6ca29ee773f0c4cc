//! What the test runners report, added up: cargo, vitest, node's own runner and playwright.

/// Tests over all runners.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Counts {
    pub passed: u64,
    pub failed: u64,
    pub skipped: u64,
}

impl Counts {
    /// Adds what one line of a runner's output says, if it is a line of results.
    pub fn read(&mut self, line: &str) {
        let line = without_colours(line);
        let line = line.trim();
        if let Some(results) = line.strip_prefix("test result: ") {
            // cargo: `test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; …`
            let results = results.split_once(". ").map_or(results, |(_, numbers)| numbers);
            results.split(';').for_each(|part| self.add(part));
        } else if let Some(results) = line.strip_prefix("Tests ") {
            // vitest: `Tests  1 failed | 11 passed (12)`
            let results = results.rsplit_once('(').map_or(results, |(numbers, _)| numbers);
            results.split('|').for_each(|part| self.add(part));
        } else if let Some(result) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
            // node --test: `# pass 12`
            if let Some((word, number)) = result.split_once(' ') {
                self.add(&format!("{number} {word}"));
            }
        } else {
            // playwright: `12 passed (3.2s)`, `1 failed`, `1 flaky`, `2 did not run`
            self.add(line.split_once(" (").map_or(line, |(result, _)| result));
        }
    }

    fn add(&mut self, part: &str) {
        let Some((number, word)) = part.trim().split_once(' ') else { return };
        let Ok(number) = number.parse::<u64>() else { return };
        match word {
            "passed" | "pass" => self.passed += number,
            "failed" | "fail" | "flaky" | "did not run" | "cancelled" => self.failed += number,
            "ignored" | "skipped" | "todo" => self.skipped += number,
            _ => {}
        }
    }
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.find(|c: char| c.is_ascii_alphabetic()).map_or("", |end| &after[end + 1..]);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(output: &str, passed: u64, failed: u64, skipped: u64) {
        let mut counts = Counts::default();
        output.lines().for_each(|line| counts.read(line));
        assert_eq!(counts, Counts { passed, failed, skipped }, "{output}");
    }

    #[test]
    fn cargo() {
        check(
            "running 3 tests\ntest result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 1 filtered out; finished in 0.01s",
            3,
            0,
            0,
        );
        check("test result: FAILED. 2 passed; 1 failed; 4 ignored; 0 measured; 0 filtered out", 2, 1, 4);
    }

    #[test]
    fn vitest() {
        check(" Test Files  2 passed (2)\n      Tests  1 failed | 11 passed | 2 skipped (14)", 11, 1, 2);
        check(
            "\u{1b}[2m      Tests \u{1b}[22m \u{1b}[1m\u{1b}[32m5 passed\u{1b}[39m\u{1b}[22m\u{1b}[90m (5)\u{1b}[39m",
            5,
            0,
            0,
        );
    }

    #[test]
    fn node() {
        check("# tests 9\n# suites 2\n# pass 7\n# fail 1\n# cancelled 0\n# skipped 1\n# todo 0", 7, 1, 1);
        check("ℹ tests 3\nℹ pass 3\nℹ fail 0", 3, 0, 0);
    }

    #[test]
    fn playwright() {
        check(
            "Running 14 tests using 1 worker\n  1 failed\n    [chromium] a.spec.ts:3:1\n  12 passed (3.2s)\n  1 did not run",
            12,
            2,
            0,
        );
    }

    #[test]
    fn other_output_is_not_counted() {
        check("12 customers passed the gate\nwe passed 12\n7 tests", 0, 0, 0);
    }
}
