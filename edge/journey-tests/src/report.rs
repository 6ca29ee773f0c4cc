//! What became of the tests: for people, and with `--json` for machines.

use std::fmt;

use model::{EffectKind, Problem, Span, Timestamp};
use serde::Serialize;

use crate::receivers::Performed;
use crate::run::Played;
use crate::seen::KnownRun;

/// Characters of a message that are shown to people.
const TEXT_SHOWN_MAX: usize = 100;

/// Every test and how it went, or why none was run.
#[derive(Debug, Serialize)]
pub struct Report {
    pub passed: usize,
    pub failed: usize,
    /// Mistakes in the catalogue or in its tests; then nothing was run.
    pub problems: Vec<Problem>,
    pub tests: Vec<TestReport>,
}

#[derive(Debug, Serialize)]
pub struct TestReport {
    pub file: String,
    pub name: String,
    pub passed: bool,
    pub failures: Vec<FailureReport>,
    pub sent: Vec<SentReport>,
    pub runs: Vec<RunReport>,
    pub customers: usize,
}

#[derive(Debug, Serialize)]
pub struct FailureReport {
    pub line: u64,
    pub time: Timestamp,
    pub expected: String,
}

#[derive(Debug, Serialize)]
pub struct SentReport {
    pub time: Timestamp,
    /// Since the test began.
    pub after: String,
    /// A channel, or `call`.
    pub what: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

#[derive(Debug, Serialize)]
pub struct RunReport {
    pub journey: String,
    pub step: String,
    /// Where it stands, as a sentence.
    pub stands: String,
}

impl Report {
    pub fn of(played: Vec<Played>) -> Self {
        let tests: Vec<TestReport> = played.iter().map(TestReport::of).collect();
        let passed = tests.iter().filter(|test| test.passed).count();
        Self { passed, failed: tests.len() - passed, problems: Vec::new(), tests }
    }

    pub fn refused(problems: Vec<Problem>) -> Self {
        Self { passed: 0, failed: 0, problems, tests: Vec::new() }
    }

    pub fn is_good(&self) -> bool {
        self.failed == 0 && self.problems.is_empty()
    }
}

impl TestReport {
    fn of(played: &Played) -> Self {
        let failures = played.failures.iter().map(|failure| FailureReport {
            line: failure.line,
            time: failure.time,
            expected: failure.expected.clone(),
        });
        let runs = played.seen.customers.iter().flat_map(|customer| &customer.runs);
        Self {
            file: played.file.clone(),
            name: played.name.clone(),
            passed: played.failures.is_empty(),
            failures: failures.collect(),
            sent: played.seen.performed.iter().map(|own| SentReport::of(own, played.start)).collect(),
            runs: runs.map(RunReport::of).collect(),
            customers: played.seen.customers.len(),
        }
    }
}

impl SentReport {
    fn of(performed: &Performed, start: Timestamp) -> Self {
        let (what, subject, text) = match &performed.effect.kind {
            EffectKind::Email(email) => ("email", Some(email.subject.clone()), email.text.clone()),
            EffectKind::Chat(chat) => ("webchat", None, chat.text.clone()),
            EffectKind::Sms(sms) => ("sms", None, sms.text.clone()),
            EffectKind::Hook(message) => {
                (message.channel.as_str(), message.title.clone(), message.text.clone())
            }
            EffectKind::Letter(letter) => ("letter", Some(letter.subject.clone()), letter.text.clone()),
            EffectKind::Webhook(call) => (
                "call",
                Some(format!("{} {}", call.endpoint, call.event)),
                call.payload.to_json().to_string(),
            ),
        };
        Self {
            time: performed.time,
            after: elapsed(performed.time.since(start)),
            what: what.into(),
            subject,
            text,
            failure: performed.failure.clone(),
        }
    }
}

impl RunReport {
    fn of(run: &KnownRun) -> Self {
        let view = &run.view;
        let stands = match (&view.ended, &view.waiting) {
            (Some(ended), _) => format!("ended: {}", ended.sentence),
            (None, Some(waiting)) => {
                let until = waiting.until.map(|until| format!(", until {until}")).unwrap_or_default();
                format!("waits at “{}” for {}{until}", view.step, waiting.what)
            }
            (None, None) => format!("stands at “{}”", view.step),
        };
        Self { journey: view.journey.clone(), step: view.step.clone(), stands }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        if !self.problems.is_empty() {
            return writeln!(f, "{} problems; nothing was run", self.problems.len());
        }
        self.tests.iter().try_for_each(|test| write!(f, "{test}"))?;
        writeln!(f, "{} ok, {} failed", self.passed, self.failed)
    }
}

impl fmt::Display for TestReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.passed {
            return writeln!(f, "ok      {}: {}", self.file, self.name);
        }
        writeln!(f, "FAILED  {}: {}", self.file, self.name)?;
        for failure in &self.failures {
            writeln!(f, "  line {}: expected {}", failure.line, failure.expected)?;
        }
        writeln!(f, "  sent until then:{}", if self.sent.is_empty() { " nothing" } else { "" })?;
        for sent in &self.sent {
            writeln!(f, "    {sent}")?;
        }
        writeln!(f, "  the runs:{}", if self.runs.is_empty() { " none" } else { "" })?;
        for run in &self.runs {
            writeln!(f, "    {} {}", run.journey, run.stands)?;
        }
        if self.customers > 1 {
            let remedy = "no event names their identifiers together";
            writeln!(f, "  these are {} customers: {remedy}", self.customers)?;
        }
        Ok(())
    }
}

impl fmt::Display for SentReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>10}  {:<7}", self.after, self.what)?;
        if let Some(subject) = &self.subject {
            write!(f, "  {subject}:")?;
        }
        let line = self.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let cut = line.chars().count() > TEXT_SHOWN_MAX;
        let shown: String = line.chars().take(TEXT_SHOWN_MAX).collect();
        write!(f, "  {shown}{}", if cut { "…" } else { "" })?;
        match &self.failure {
            Some(failure) => write!(f, "  (failed: {failure})"),
            None => Ok(()),
        }
    }
}

/// Such as `14d 2h 5s`.
fn elapsed(span: Span) -> String {
    let units = [(Span::DAY, "d"), (Span::HOUR, "h"), (Span::MINUTE, "m"), (Span::SECOND, "s")];
    let mut rest = span.0;
    let mut parts = Vec::new();
    for (unit, name) in units {
        if rest >= unit.0 {
            parts.push(format!("{}{name}", rest / unit.0));
            rest %= unit.0;
        }
    }
    if parts.is_empty() { "0s".into() } else { parts.join(" ") }
}
