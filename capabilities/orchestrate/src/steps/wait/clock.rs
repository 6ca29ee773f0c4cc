//! Waiting for a time on a clock: the next time of day, or a day that something of the customer names.

use model::{Day, Span, StepReason, TimeOfDay, Timestamp, Value, Weekday, Zone};
use rules::Program;

use super::Definition;
use crate::compiler::StepCompiler;
use crate::kinds::{Move, Step, Target, Wake, Way};
use crate::progress::{Waiting, WaitingFor};
use crate::schedule::Clock;
use crate::walk::Walk;

/// Waits for a time of day; with a date for that day's, else for the next.
#[derive(Debug)]
struct UntilClock {
    at: TimeOfDay,
    clock: Clock,
    which: Which,
    next: Target,
}

#[derive(Debug)]
enum Which {
    /// The next day of the list; any day where it is empty.
    Next(Vec<Weekday>),
    /// The day an expression names, and so many days before or after it.
    Day { date: Program, shift_days: i64, on_past: Target },
}

pub(super) fn compile(definition: &Definition, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let wrong = |field: &str, unwanted: bool, compiler: &mut StepCompiler<'_, '_>| {
        if unwanted {
            compiler.problem(field, "it does not go with the rest", "Leave it out");
        }
    };
    wrong("timeout", definition.timeout.is_some(), compiler);
    wrong("on_timeout", definition.on_timeout.is_some(), compiler);
    let Some(at) = definition.at else {
        compiler.problem("at", "no time of day", "Write `at: \"09:00\"`");
        return None;
    };
    let which = match &definition.date {
        Some(date) => {
            wrong("on", !definition.on.is_empty(), compiler);
            let path = compiler.at("date");
            let date = compiler.compiler.expression(&path, date, None)?;
            let shift_days = shift(definition, compiler)?;
            Which::Day { date, shift_days, on_past: compiler.target("on_past", definition.on_past.as_ref())? }
        }
        None => {
            if definition.before.is_some() || definition.after.is_some() || definition.on_past.is_some() {
                compiler.problem("date", "no day to count from", "Write `date: profile.traits.birthday`");
            }
            Which::Next(definition.on.clone())
        }
    };
    let clock = definition.zone.clone().unwrap_or(Clock::Customer);
    Some(Box::new(UntilClock { at, clock, which, next: compiler.next }))
}

/// Days before (negative) or after the date.
fn shift(definition: &Definition, compiler: &mut StepCompiler<'_, '_>) -> Option<i64> {
    let days = |span: Span| (span.0 > 0 && span.0 % Span::DAY.0 == 0).then_some(span.0 / Span::DAY.0);
    let (field, found) = match (definition.before, definition.after) {
        (None, None) => return Some(0),
        (Some(span), None) => ("before", days(span).map(|days| -days)),
        (None, Some(span)) => ("after", days(span)),
        (Some(_), Some(_)) => ("before", None),
    };
    /// A century: what is further away is a mistake.
    const DAYS_MAX: i64 = 36_600;
    let found = found.filter(|days| days.abs() <= DAYS_MAX);
    if found.is_none() {
        compiler.problem(field, "it is no number of days", "Write `before: 2d` or `after: 2d`");
    }
    found
}

impl Step for UntilClock {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let now = walk.ctx.now;
        let own = walk.zone();
        let zone = self.clock.zone(&own);
        let due = match &self.which {
            Which::Next(days) => zone
                .next(now, self.at, |day| days.is_empty() || days.contains(&day.weekday()))
                .ok_or(("there is no such day".to_owned(), self.next)),
            Which::Day { date, shift_days, on_past } => {
                let instant = self.on_day(walk.value(date), *shift_days, zone);
                let named = instant.ok_or_else(|| format!("`{}` names no day", date.source()));
                let ahead = named.and_then(|at| if at > now { Ok(at) } else { Err(format!("{at} is over")) });
                ahead.map_err(|detail| (detail, *on_past))
            }
        };
        match due {
            Ok(at) => Move::Wait(Waiting { for_what: WaitingFor::Clock { at }, since: now, due: Some(at) }),
            Err((detail, next)) => Move::Go(next, StepReason::NoTime { detail: detail.into() }),
        }
    }

    fn wake(&self, walk: &mut Walk<'_>, wake: &Wake<'_>) -> Move {
        match (wake, walk.run.waiting_for()) {
            (Wake::Due, Some(WaitingFor::Clock { at })) => {
                Move::Go(self.next, StepReason::TimeCame { at: *at })
            }
            _ => Move::Ignore,
        }
    }

    fn ways(&self) -> Vec<Way> {
        let past = match &self.which {
            Which::Day { on_past, .. } if *on_past != self.next => Some(Way::when("no such time", *on_past)),
            Which::Day { .. } | Which::Next(_) => None,
        };
        [Way::on(self.next)].into_iter().chain(past).collect()
    }

    fn summary(&self) -> String {
        let day = match &self.which {
            Which::Next(days) if days.is_empty() => String::new(),
            Which::Next(days) => {
                format!(" on {}", days.iter().map(|day| day.as_str()).collect::<Vec<_>>().join(", "))
            }
            Which::Day { date, shift_days: 0, .. } => format!(" on the day of {}", date.source()),
            Which::Day { date, shift_days, .. } => {
                let side = if *shift_days < 0 { "before" } else { "after" };
                format!(" {} days {side} {}", shift_days.abs(), date.source())
            }
        };
        format!("Wait for {}{day} ({})", self.at, self.clock.sentence())
    }

    /// Where the day is over a run passes at once.
    fn waits(&self) -> bool {
        matches!(self.which, Which::Next(_))
    }
}

impl UntilClock {
    fn on_day(&self, value: Value, shift_days: i64, zone: &Zone) -> Option<Timestamp> {
        let day = match &value {
            Value::Text(text) => text.parse::<Day>().ok()?,
            Value::Time(time) => zone.day(*time)?,
            _ => return None,
        };
        zone.instant(day.plus_days(shift_days)?.at(self.at))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    #[test]
    fn the_time_of_day_is_the_customers() {
        let steps = "steps:
  - {id: morning, kind: wait, at: \"09:00\", on: [thursday, friday]}
  - {id: say, kind: message, text: Good morning}
";
        // Wednesday, 11 March 2026, at ten in London: Thursday begins earlier in Tokyo.
        check(
            &[&journey(steps)],
            Show::Ends,
            "trait timezone=Asia/Tokyo
             10:00:00 webchat does Go
             23:59:59 tick
             1d00:00:00 tick
             trait timezone=Nowhere/Else
             1d08:59:59 webchat does Go
             1d09:00:00 tick",
            expect![[r#"
                00:00:00 chat: Good morning
                00:00:00 (The journey “test” ended: its last step was done.)
                09:00:00 chat: Good morning
                09:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn days_before_a_date_of_the_customer() {
        let steps = "steps:
  - {id: soon, kind: wait, date: profile.traits.birthday, before: 2d, at: \"08:00\", zone: Europe/Berlin, on_past: late}
  - {id: say, kind: message, text: In two days, next: end}
  - {id: late, kind: message, text: Too late}
";
        check(
            &[&journey(steps)],
            Show::Everything,
            "10:00:00 webchat does Go
             trait birthday=2026-03-14
             10:00:01 webchat does Go
             1d06:59:59 tick
             1d07:00:00 tick
             1d07:00:01 webchat does Go",
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “soon” of “test”: the journey begins here.)
                10:00:00 (Reached “late” of “test”: `profile.traits.birthday` names no day.)
                10:00:00 chat: Too late
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:01 (“Go” started the journey “test” (version 1).)
                10:00:01 (Reached “soon” of “test”: the journey begins here.)
                07:00:00 (Reached “say” of “test”: it was 2026-03-12T07:00:00.000Z.)
                07:00:00 chat: In two days
                07:00:00 (The journey “test” ended: its last step was done.)
                07:00:01 (“Go” started the journey “test” (version 1).)
                07:00:01 (Reached “soon” of “test”: the journey begins here.)
                07:00:01 (Reached “late” of “test”: 2026-03-12T07:00:00.000Z is over.)
                07:00:01 chat: Too late
                07:00:01 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey(
                "steps:
  - {id: a, kind: wait, at: nine}
  - {id: b, kind: wait, at: \"09:00\", for: 2h}
  - {id: c, kind: wait, at: \"09:00\", before: 2d, timeout: 1h}
  - {id: d, kind: wait, date: profile.traits.birthdy, at: \"09:00\"}
  - {id: e, kind: wait, date: profile.traits.birthday, before: 2h, at: \"09:00\"}
  - {id: f, kind: wait, date: profile.traits.birthday}
  - {id: g, kind: wait, at: \"09:00\", zone: Middle/Earth}
",
            )],
            expect![[r#"
                journeys/0.yaml: steps.a.at: `nine` is no time of day; use hours and minutes, such as `09:00`. Compare with the journey schema
                journeys/0.yaml: steps.b.for: it is not clear what to wait for. Write one of `for: 2h`, `at: "09:00"`, or `until: {event: …}` with `timeout: 7d`
                journeys/0.yaml: steps.c.timeout: it does not go with the rest. Leave it out
                journeys/0.yaml: steps.c.date: no day to count from. Write `date: profile.traits.birthday`
                journeys/0.yaml: steps.d.date (column 1): `profile.traits.birthdy` is not known here. Did you mean `profile.traits.birthday`?
                journeys/0.yaml: steps.e.before: it is no number of days. Write `before: 2d` or `after: 2d`
                journeys/0.yaml: steps.f.at: no time of day. Write `at: "09:00"`
                journeys/0.yaml: steps.g.zone: `Middle/Earth` is no time zone; use an IANA name, such as `Europe/Berlin`, or `customer` for each customer's own. Compare with the journey schema
            "#]],
        );
    }
}
