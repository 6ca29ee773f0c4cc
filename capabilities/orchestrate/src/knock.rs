//! Customers at the door of a journey with a cap: their run is ready, and begins when the shard lets them in.

use minicbor::{Decode, Encode};
use model::{Ending, EntryRefusal, Note, RunId, Seq};

use crate::advance::Work;
use crate::entry::{begin, rivals};
use crate::journey::Journey;
use crate::progress::{Progress, Run};
use crate::request::Request;

/// A run that has not begun.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct Knock {
    /// The record that would have started it.
    #[n(0)]
    pub since: Seq,
    #[n(1)]
    pub run: Run,
    /// What started it, in words.
    #[n(2)]
    pub(crate) event: Box<str>,
}

impl Progress {
    /// Who knocked, in the order in which they did.
    pub fn knocks(&self) -> impl Iterator<Item = &Knock> {
        self.knocks.iter().flatten()
    }

    pub(crate) fn knock(&mut self, knock: Knock) {
        self.knocks.get_or_insert_default().push(knock);
    }

    /// The first that `chosen` says, taken away from the door.
    fn take_knock(&mut self, chosen: impl Fn(&Knock) -> bool) -> Option<Knock> {
        let knocks = self.knocks.as_mut()?;
        let place = knocks.iter().position(chosen)?;
        let knock = knocks.remove(place);
        if knocks.is_empty() {
            self.knocks = None;
        }
        Some(knock)
    }
}

impl Work<'_> {
    /// The shard has said whether the customer who knocked longest at the journey comes in.
    pub fn admitted(&mut self, journey: &str, refusal: Option<&EntryRefusal>) {
        let Some(knock) = self.progress.take_knock(|knock| *knock.run.journey == *journey) else { return };
        let journeys = self.versions.get(knock.run.version);
        let found = journeys.and_then(|journeys| Some((journeys, journeys.get(journey)?)));
        match (refusal, found) {
            (None, Some((journeys, journey))) => {
                begin(self, journeys, journey, knock.run, &knock.event, None)
            }
            (Some(reason), _) => self.turn_away(&knock, reason.clone()),
            (None, None) => {}
        }
    }

    /// A journey begins that comes before others of its group: their runs end, and nobody waits at their doors.
    pub fn displace(&mut self, journey: &Journey, event: Option<&model::Event>) {
        let displaced: Vec<RunId> = rivals(self, journey).map(|(run, _)| run).collect();
        for run in displaced {
            let how = Ending::Displaced { journey: journey.name.clone() };
            self.walk(run, event, |walk| walk.end(how));
        }
        let Some(group) = &journey.group else { return };
        let versions = self.versions;
        let rival = |knock: &Knock| {
            let own = versions.get(knock.run.version).and_then(|journeys| journeys.get(&knock.run.journey));
            knock.run.journey != journey.name && own.is_some_and(|own| own.group.as_ref() == Some(group))
        };
        while let Some(knock) = self.progress.take_knock(rival) {
            let reason = EntryRefusal::Excluded { journey: journey.name.clone(), group: group.clone() };
            self.turn_away(&knock, reason);
        }
    }

    fn turn_away(&mut self, knock: &Knock, reason: EntryRefusal) {
        let note = Note::JourneyNotStarted { journey: knock.run.journey.clone(), reason };
        self.requests.push(Request::Note { strand: knock.run.strand, note });
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems};

    fn capped(name: &str, rest: &str) -> String {
        format!(
            "name: {name}\ntitle: {name}\nentry: {{event: Go}}\n{rest}steps:\n  - {{id: say, kind: message, text: '{name}: {{{{ entry.properties.room }}}}'}}\n"
        )
    }

    #[test]
    fn so_many_come_in_and_nobody_else_until_there_is_room() {
        check(
            &[&capped("one", "cap: {entries: 2, per: 1h, total: 4}\n")],
            Show::Ends,
            r#"10:00:00 webchat does Go {"room":"hall"}
               10:10:00 webchat does Go {"room":"attic"}
               10:20:00 webchat does Go {"room":"cellar"}
               11:00:00 webchat does Go {"room":"kitchen"}
               11:10:00 webchat does Go {"room":"bath"}
               13:00:00 webchat does Go {"room":"garden"}"#,
            expect![[r#"
                10:00:00 chat: one: hall
                10:00:00 (The journey “one” ended: its last step was done.)
                10:10:00 chat: one: attic
                10:10:00 (The journey “one” ended: its last step was done.)
                10:20:00 (The journey “one” did not start: it takes 2 in 1h of all customers together, and they had come; there is room again at 2026-03-11T11:00:00.000Z.)
                11:00:00 chat: one: kitchen
                11:00:00 (The journey “one” ended: its last step was done.)
                11:10:00 chat: one: bath
                11:10:00 (The journey “one” ended: its last step was done.)
                13:00:00 (The journey “one” did not start: it takes 4 of all customers together, and they had come.)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named() {
        check_problems(
            &[
                &capped("one", "cap: {}\n"),
                &capped("two", "cap: {entries: 0, per: 1d, total: 0}\n"),
                &capped("three", "cap: {entries: 5}\n"),
                &capped("four", "cap: {per: 400d}\n"),
                &capped("five", "cap: {entries: 200000, per: 400d}\n"),
            ],
            expect![[r#"
                journeys/0.yaml: cap: it caps nothing. Write `entries` with `per`, `total`, or both
                journeys/1.yaml: cap.entries: `0` cannot be counted exactly. Write 1 to 100000, or use `total`
                journeys/1.yaml: cap.total: nobody would ever come in. Write 1 or more
                journeys/2.yaml: cap.entries: no span is given. Write `per` as well, such as `per: 1d`
                journeys/3.yaml: cap.per: no number is given. Write `entries` as well, such as `entries: 1000`
                journeys/4.yaml: cap.per: `400d` is too long. Write 366d at most, or use `total`
                journeys/4.yaml: cap.entries: `200000` cannot be counted exactly. Write 1 to 100000, or use `total`
            "#]],
        );
    }
}
