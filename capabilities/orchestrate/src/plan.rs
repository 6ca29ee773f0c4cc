//! When schedules start runs for one customer. Each customer has its own timers, because each may have its own clock.

use minicbor::{Decode, Encode};
use model::{EntryRefusal, Note, StrandId, Timestamp, Zone};

use crate::advance::Work;
use crate::entry::{Occasion, enter_one};
use crate::journeys::Journeys;
use crate::progress::Progress;
use crate::request::{Context, Request};
use crate::trigger::Trigger;

/// When each schedule is due for this customer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Plan {
    #[n(0)]
    pub version: u32,
    /// The customer's zone, by name; empty where none is known.
    #[n(1)]
    pub zone: Box<str>,
    /// In the order of the version's schedules; those that never come again are left out.
    #[n(2)]
    pub due: Vec<Planned>,
}

#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Planned {
    #[n(0)]
    pub journey: Box<str>,
    /// The place of the entry in the journey.
    #[n(1)]
    pub entry: u16,
    #[n(2)]
    pub due: Timestamp,
}

/// Brings the plan in line with the version in force and with the customer's clock.
pub(crate) fn keep(progress: &mut Progress, journeys: &Journeys, ctx: &Context<'_>) {
    if journeys.scheduled.is_empty() {
        progress.plan = None;
        return;
    }
    let zone = (ctx.zone)().unwrap_or_default();
    if is_current(progress.plan.as_deref(), journeys, &zone) {
        return;
    }
    let before = progress.plan.take();
    // What was due and has not fired yet is not lost by a publication.
    let unfired = |journey: &str, entry: u16| {
        let own = before.iter().flat_map(|plan| &plan.due);
        let same = own.filter(|planned| *planned.journey == *journey && planned.entry == entry);
        same.map(|planned| planned.due).find(|due| *due <= ctx.now)
    };
    let due = journeys.scheduled.iter().filter_map(|(journey, place)| {
        let entry = u16::try_from(*place).ok()?;
        let after = unfired(journey, entry).map_or(ctx.now, |due| Timestamp(due.0 - 1));
        let due = next(journeys, journey, *place, after, &zone)?;
        Some(Planned { journey: journey.clone(), entry, due })
    });
    let due = due.collect();
    progress.plan = Some(Box::new(Plan { version: journeys.version(), zone, due }));
}

/// Whether there is a plan, and it is one for this version and clock.
fn is_current(plan: Option<&Plan>, journeys: &Journeys, zone: &str) -> bool {
    plan.is_some_and(|plan| plan.version == journeys.version() && *plan.zone == *zone)
}

/// Starts what is due.
pub(crate) fn fire(work: &mut Work<'_>) {
    let Some(journeys) = work.versions.current() else { return };
    let Some(mut plan) = work.progress.plan.take() else { return };
    let strand = StrandId(work.ctx.customer.0);
    let mut fired = Vec::new();
    plan.due.retain_mut(|planned| {
        if planned.due > work.ctx.now {
            return true;
        }
        fired.push(planned.clone());
        // Of several times that passed while nothing ran, one counts.
        match next(journeys, &planned.journey, usize::from(planned.entry), work.ctx.now, &plan.zone) {
            Some(due) => {
                planned.due = due;
                true
            }
            None => false,
        }
    });
    work.progress.plan = Some(plan);
    fired.sort_by(|a, b| (a.due, &a.journey).cmp(&(b.due, &b.journey)));
    for Planned { journey, entry, due } in fired {
        let Some(own) = journeys.get(&journey) else { continue };
        let Some(way_in) = own.entries.get(usize::from(entry)) else { continue };
        if work.ctx.now.since(due) > way_in.max_age {
            let note = Note::JourneyNotStarted { journey, reason: EntryRefusal::Missed { due } };
            work.requests.push(Request::Note { strand, note });
            continue;
        }
        enter_one(
            work,
            &journey,
            usize::from(entry),
            Occasion { event: None, happened: due, strand, conversation: None },
        );
    }
}

fn next(journeys: &Journeys, journey: &str, place: usize, after: Timestamp, zone: &str) -> Option<Timestamp> {
    let journey = journeys.get(journey)?;
    let Trigger::Schedule(schedule) = &journey.entries.get(place)?.trigger else { return None };
    // A zone that does not exist is nobody's.
    let own: Option<Zone> = zone.parse().ok();
    schedule.next(after, own.as_ref().unwrap_or(&journey.zone))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, World, check};

    fn scheduled(schedule: &str) -> String {
        format!(
            "name: test\ntitle: Test\nzone: Europe/Berlin\nentry: {{schedule: {schedule}, when: profile.traits.city == \"Oslo\"}}\nsteps:\n  - {{id: say, kind: message, text: hello}}\n"
        )
    }

    #[test]
    fn a_schedule_starts_runs_at_its_time_each_time() {
        // Wednesday, 11 March 2026; nine in Berlin is eight in London.
        check(
            &[&scheduled("{every: week, on: [thursday, saturday], at: \"09:00\"}")],
            Show::Everything,
            "trait city=Oslo
             10:00:00 web does Leave
             1d07:59:59 tick
             1d08:00:00 tick
             2d08:00:00 tick
             3d08:00:00 tick",
            expect![[r#"
                08:00:00 (“every thursday, saturday at 09:00 (Europe/Berlin)” started the journey “test” (version 1).)
                08:00:00 (Reached “say” of “test”: the journey begins here.)
                08:00:00 chat: hello
                08:00:00 (The journey “test” ended: its last step was done.)
                08:00:00 (“every thursday, saturday at 09:00 (Europe/Berlin)” started the journey “test” (version 1).)
                08:00:00 (Reached “say” of “test”: the journey begins here.)
                08:00:00 chat: hello
                08:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn the_clock_may_be_the_customers() {
        let mut world = World::new(&[&scheduled("{every: day, at: \"09:00\", zone: customer}")], Show::Ends);
        world.run("trait city=Oslo\n10:00:00 web does Leave");
        assert_eq!(world.progress.next_due(), Some(crate::world::time("1d08:00:00")));
        world.run("trait timezone=America/New_York\nweb does Leave");
        assert_eq!(world.progress.next_due(), Some(crate::world::time("13:00:00")));
    }

    #[test]
    fn once_is_once_and_what_was_missed_for_long_is_said_so() {
        check(
            &[&scheduled("{at: 2026-03-12T09:00}")],
            Show::Ends,
            "trait city=Oslo
             10:00:00 web does Leave
             4d08:00:00 tick
             5d08:00:00 tick",
            expect![[r#"
                08:00:00 (The journey “test” did not start: its time was 2026-03-12T08:00:00.000Z, too long ago.)
            "#]],
        );
    }

    #[test]
    fn what_was_due_outlives_a_publication() {
        let daily = scheduled("{every: day, at: \"09:00\"}");
        let later = daily.replace("hello", "good morning");
        let mut world = World::new(&[&daily], Show::Ends).later("later", &[&later]);
        world.run("trait city=Oslo\n10:00:00 web does Leave\n1d08:30:00 publish later\n1d08:30:01 tick");
        expect![[r#"
            08:30:01 chat: good morning
            08:30:01 (The journey “test” ended: its last step was done.)
        "#]]
        .assert_eq(&world.text());
        assert_eq!(world.progress.next_due(), Some(crate::world::time("2d08:00:00")));
    }
}
