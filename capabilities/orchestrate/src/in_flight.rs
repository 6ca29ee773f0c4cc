//! What becomes of runs under way when a catalogue is published: they stay with their version, go on in the new one,
//! begin again or end, as the new version of their journey says.

use model::{Ending, Note, Problem, RunId, StepReason};

use crate::advance::Work;
use crate::definition::InFlight;
use crate::journey::Journey;
use crate::journeys::Journeys;
use crate::kinds::{Move, Target};
use crate::progress::Visit;

/// Applies the rules of the version in force to every run of an earlier one.
pub(crate) fn apply(work: &mut Work<'_>) {
    let Some(current) = work.versions.current() else { return };
    let earlier = work.progress.under_way().filter(|run| run.version != current.version);
    let whole: Vec<RunId> = earlier.filter(|run| !run.is_arm()).map(|run| run.id).collect();
    for run in whole {
        // A run that ended meanwhile with the one it was a part of is left alone.
        let Some(own) = work.progress.run(run).filter(|run| run.ended.is_none()) else { continue };
        let Some(journey) = current.get(&own.journey) else { continue };
        let before = work.versions.get(own.version).and_then(|journeys| journeys.get(&own.journey));
        if before.is_some_and(|before| before.digest == journey.digest) {
            adopt(work, run, current.version);
            continue;
        }
        match &journey.in_flight {
            InFlight::Stay => {}
            InFlight::End => {
                let version = current.version;
                work.walk(run, None, |walk| walk.end(Ending::Replaced { version }));
            }
            InFlight::Restart => restart(work, run, current.version),
            InFlight::Migrate(_) => migrate(work, run, current, journey),
        }
    }
}

/// The arms of a run, and the arms of those.
fn arms(work: &Work<'_>, run: RunId) -> Vec<RunId> {
    let mut family = vec![run];
    let mut next = 0;
    while let Some(parent) = family.get(next).copied() {
        let own = work.progress.under_way().filter(|own| own.is_arm() && own.parent == Some(parent));
        family.extend(own.map(|own| own.id).collect::<Vec<_>>());
        next += 1;
    }
    family.split_off(1)
}

/// The journey says the same as before: only the version's number changes, for the run and its arms.
fn adopt(work: &mut Work<'_>, run: RunId, version: u32) {
    for id in arms(work, run).into_iter().chain([run]) {
        if let Some(run) = work.progress.run_mut(id) {
            run.version = version;
        }
    }
}

fn restart(work: &mut Work<'_>, run: RunId, version: u32) {
    let Some(own) = work.progress.run_mut(run) else { return };
    own.version = version;
    go_to(work, run, 0, StepReason::Restarted { version });
}

/// Begins a step anew. What was a part of the run ends first, and the run does not wait for it any more.
fn go_to(work: &mut Work<'_>, run: RunId, place: usize, reason: StepReason) {
    if let Some(own) = work.progress.run_mut(run) {
        own.waiting = None;
    }
    work.end_parts(run);
    work.walk(run, None, |walk| walk.follow(Move::Go(Target::Step(place), reason)));
}

/// Moves a run and its arms; where one of them would have nowhere to stand, all stay in their version.
fn migrate(work: &mut Work<'_>, run: RunId, current: &Journeys, journey: &Journey) {
    // The run before its arms: an arm that ends wakes it.
    let family: Vec<RunId> = [run].into_iter().chain(arms(work, run)).collect();
    let target = |id: &RunId| {
        let own = work.progress.run(*id)?;
        let until = own.until.as_deref();
        let until_known = until.is_none_or(|until| journey.maps_to(until).is_some());
        journey.maps_to(&own.step).filter(|_| until_known)
    };
    let Some(places) = family.iter().map(target).collect::<Option<Vec<usize>>>() else { return };
    for (id, place) in family.into_iter().zip(places) {
        let old = work.versions;
        let Some(own) = work.progress.run_mut(id) else { continue };
        let before = old.get(own.version).and_then(|journeys| journeys.get(&own.journey));
        let kind = before.and_then(|before| before.step(&own.step)).map(|step| step.kind);
        own.version = current.version;
        if let Some(until) = own.until.as_deref().and_then(|until| journey.maps_to(until)) {
            own.until = Some(journey.steps[until].id.clone());
        }
        let (step, version) = (&journey.steps[place], current.version);
        if kind != Some(step.kind) {
            go_to(work, id, place, StepReason::Moved { version });
            continue;
        }
        // The same kind of step goes on where it is: what was asked is not asked again.
        own.step = step.id.clone();
        own.visit(Visit { step: step.id.clone(), time: work.ctx.now, reason: StepReason::Moved { version } });
        let (name, step) = (journey.name.clone(), step.id.clone());
        work.walk(id, None, |walk| walk.note(Note::RunMoved { run: id, journey: name, version, step }));
    }
}

impl Journey {
    /// Where a run that stands at `step` of the version before goes on.
    fn maps_to(&self, step: &str) -> Option<usize> {
        let InFlight::Migrate(map) = &self.in_flight else { return None };
        self.place(map.get(step).map_or(step, String::as_str))
    }
}

impl Journeys {
    /// What is wrong with moving the runs of `before` into this version: steps of it that nothing here follows. The map
    /// may name more steps than `before` has, for runs that stayed with a version before it.
    pub fn check_migration(&self, before: &Self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for journey in self.by_name.values() {
            let InFlight::Migrate(_) = &journey.in_flight else { continue };
            let Some(old) = before.get(&journey.name).filter(|old| old.digest != journey.digest) else {
                continue;
            };
            for step in old.steps.iter().filter(|step| journey.maps_to(&step.id).is_none()) {
                let message = format!("runs that stand at `{}` have nowhere to go", step.id);
                let remedy = format!("Write `{}: …`, with the step they go on at", step.id);
                problems.push(Problem::new(&journey.file, "in_flight.migrate", message, remedy));
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;
    use model::Catalogue;
    use rules::Symbols;

    use crate::Journeys;
    use crate::world::{Show, World, files, scope};

    const ONE: &str = "name: one
title: One
entry: {event: Go}
slots:
  a: {type: int, ask: How many?}
  b: {type: text, ask: Which colour?}
steps:
  - {id: ask, kind: ask, slots: [a]}
  - {id: colour, kind: ask, slots: [b]}
  - {id: say, kind: message, text: 'one: {{ slots.a }} in {{ slots.b }}'}
";

    /// The second version: the colour is asked in a step of another name, and the text is new.
    fn two(rule: &str) -> String {
        let renamed = ONE.replace("id: colour", "id: paint").replace("one: ", "two: ");
        format!("{renamed}in_flight: {rule}\n")
    }

    fn play(rule: &str) -> String {
        let mut world = World::new(&[ONE], Show::Everything).later("two", &[&two(rule)]);
        world.run("10:00:00 webchat does Go\n10:01:00 webchat says 3");
        world.log.borrow_mut().clear();
        world.run("10:02:00 publish two\n10:03:00 webchat says green");
        world.text()
    }

    #[test]
    fn runs_stay_with_their_version_unless_stated() {
        expect![[r#"
            10:03:00 (“b” is known: the customer answered by web chat.)
            10:03:00 (Reached “say” of “one”: every answer is known.)
            10:03:00 chat: one: 3 in green
            10:03:00 (The journey “one” ended: its last step was done.)
        "#]]
        .assert_eq(&play("stay"));
    }

    #[test]
    fn runs_go_on_in_the_new_version_where_they_stand() {
        expect![[r#"
            10:02:00 (The run of “one” goes on at “paint” of version 2.)
            10:03:00 (“b” is known: the customer answered by web chat.)
            10:03:00 (Reached “say” of “one”: every answer is known.)
            10:03:00 chat: two: 3 in green
            10:03:00 (The journey “one” ended: its last step was done.)
        "#]]
        .assert_eq(&play("{migrate: {colour: paint}}"));
    }

    #[test]
    fn runs_begin_again_and_are_asked_nothing_twice() {
        expect![[r#"
            10:02:00 (Reached “ask” of “one”: version 2 was published, and runs begin again.)
            10:02:00 (Reached “paint” of “one”: every answer is known.)
            10:02:00 chat: Which colour?
            10:02:00 (Asked for “b” by web chat.)
            10:03:00 (“b” is known: the customer answered by web chat.)
            10:03:00 (Reached “say” of “one”: every answer is known.)
            10:03:00 chat: two: 3 in green
            10:03:00 (The journey “one” ended: its last step was done.)
        "#]]
        .assert_eq(&play("restart"));
    }

    #[test]
    fn runs_end() {
        expect![[r#"
            10:02:00 (The journey “one” ended: version 2 was published, which ends runs under way.)
        "#]]
        .assert_eq(&play("end"));
    }

    const ARMS: &str = "name: one
title: One
entry: {event: Go}
slots:
  a: {type: int, ask: How many?}
steps:
  - {id: both, kind: parallel, arms: [{next: ask}, {next: pause}], join: told}
  - {id: ask, kind: ask, slots: [a], next: told}
  - {id: pause, kind: wait, for: 1h, next: told}
  - {id: told, kind: message, text: All is said}
";

    fn play_arms(second: &str) -> String {
        let mut world = World::new(&[ARMS], Show::Everything).later("two", &[second]);
        world.run("10:00:00 webchat does Go");
        world.log.borrow_mut().clear();
        world.run("10:02:00 publish two\n10:03:00 webchat says 3\n11:30:00 tick");
        assert_eq!(world.progress.under_way().count(), 0);
        world.text()
    }

    #[test]
    fn a_run_with_arms_begins_again_without_going_on_where_they_meet() {
        expect![[r#"
            10:02:00 (Reached “both” of “one”: version 2 was published, and runs begin again.)
            10:02:00 (Reached “ask” of “one”: the step before was done.)
            10:02:00 chat: How many?
            10:02:00 (Asked for “a” by web chat.)
            10:02:00 (Reached “pause” of “one”: the step before was done.)
            10:03:00 (“a” is known: the customer answered by web chat.)
            11:30:00 (Reached “told” of “one”: all 2 arms came to their end.)
            11:30:00 chat: All is said
            11:30:00 (The journey “one” ended: its last step was done.)
        "#]]
        .assert_eq(&play_arms(&format!("{ARMS}in_flight: restart\n")));
    }

    #[test]
    fn arms_go_on_too_and_end_where_their_step_is_of_another_kind() {
        let renamed = ARMS.replace("id: pause", "id: rest").replace("next: pause", "next: rest");
        let renamed = renamed.replace("All is said", "All is said again");
        expect![[r#"
            10:02:00 (The run of “one” goes on at “both” of version 2.)
            10:02:00 (The run of “one” goes on at “rest” of version 2.)
            10:02:00 (The run of “one” goes on at “ask” of version 2.)
            10:03:00 (“a” is known: the customer answered by web chat.)
            11:30:00 (Reached “told” of “one”: all 2 arms came to their end.)
            11:30:00 chat: All is said again
            11:30:00 (The journey “one” ended: its last step was done.)
        "#]]
        .assert_eq(&play_arms(&format!("{renamed}in_flight: {{migrate: {{pause: rest}}}}\n")));
        let plain = ARMS.replace(
            "kind: parallel, arms: [{next: ask}, {next: pause}], join: told",
            "kind: message, text: One by one",
        );
        expect![[r#"
            10:02:00 (Reached “both” of “one”: version 2 was published, and runs go on in it here.)
            10:02:00 chat: One by one
            10:02:00 (Reached “ask” of “one”: the step before was done.)
            10:02:00 chat: How many?
            10:02:00 (Asked for “a” by web chat.)
            10:03:00 (“a” is known: the customer answered by web chat.)
            10:03:00 (Reached “pause” of “one”: every answer is known.)
            11:30:00 (Reached “told” of “one”: 1h passed.)
            11:30:00 chat: All is said
            11:30:00 (The journey “one” ended: its last step was done.)
        "#]]
        .assert_eq(&play_arms(
            &format!("{plain}in_flight: {{migrate: {{}}}}\n").replace("slots: [a], next: told", "slots: [a]"),
        ));
    }

    #[test]
    fn a_journey_that_did_not_change_takes_its_runs_along() {
        let mut world = World::new(&[ONE], Show::Ends).later("two", &[ONE]);
        world.run("10:00:00 webchat does Go\n10:02:00 publish two");
        assert_eq!(world.progress.versions_in_use().into_iter().collect::<Vec<_>>(), [2]);
    }

    #[test]
    fn the_map_of_steps_is_checked_against_the_version_before() {
        let compile = |text: &str| {
            let catalogue = Catalogue { version: 1, files: files(&[text]) };
            Journeys::compile(&catalogue, &scope(), &mut Symbols::new()).unwrap()
        };
        let problems = |rule: &str| {
            let found = compile(&two(rule)).check_migration(&compile(ONE));
            found.iter().map(|problem| format!("{problem}\n")).collect::<String>()
        };
        assert_eq!(problems("{migrate: {colour: paint}}"), "");
        expect![[r#"
            journeys/0.yaml: in_flight.migrate: runs that stand at `colour` have nowhere to go. Write `colour: …`, with the step they go on at
        "#]].assert_eq(&problems("{migrate: {color: paint}}"));
    }
}
