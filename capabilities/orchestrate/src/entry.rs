//! Ways into a journey: what starts a run, and when a customer may come in again.

use model::{ConversationId, EntryRefusal, Event, Note, RunId, StepReason, StrandId, Timestamp, Value};

use crate::advance::Work;
use crate::journey::{Journey, ReentryRule};
use crate::journeys::Journeys;
use crate::kinds::{Move, Target};
use crate::knock::Knock;
use crate::letter::reply_channel;
use crate::progress::{Entered, RUNS_MAX, Run};
use crate::request::{Context, Request};
use crate::sight::{Facts, Sight};
use crate::trigger::{Crossing, Entry, Trigger};
use crate::walk::Walk;

/// What happened that may start runs.
#[derive(Clone, Copy)]
pub(crate) struct Occasion<'a> {
    pub event: Option<&'a Event>,
    /// When it happened; what is long over starts nothing.
    pub happened: Timestamp,
    pub strand: StrandId,
    pub conversation: Option<ConversationId>,
}

impl<'a> Occasion<'a> {
    pub fn by(event: &'a Event, strand: StrandId, conversation: Option<ConversationId>) -> Self {
        Self { event: Some(event), happened: event.stamp.time, strand, conversation }
    }
}

/// Starts a run of every journey that the event starts, or notes why it does not.
pub(crate) fn enter_by_event(work: &mut Work<'_>, event: &Event, occasion: Occasion<'_>) {
    let Some(journeys) = work.versions.current() else { return };
    let Some(starts) = journeys.by_event.get(&event.name) else { return };
    enter_each(work, journeys, starts, occasion, |journey, entry| {
        let here = entry.channels.is_empty() || entry.channels.contains(&event.stamp.channel);
        here && entry.is_meant(event, &journey.name)
    });
}

/// Starts a run of every journey that entering or leaving the segment starts.
pub(crate) fn enter_by_segment(work: &mut Work<'_>, segment: &str, entered: bool, occasion: Occasion<'_>) {
    let Some(journeys) = work.versions.current() else { return };
    let Some(starts) = journeys.by_segment.get(segment) else { return };
    let wanted = if entered { Crossing::Entering } else { Crossing::Leaving };
    enter_each(
        work,
        journeys,
        starts,
        occasion,
        |_, entry| matches!(&entry.trigger, Trigger::Segment { on, .. } if *on == wanted),
    );
}

/// Starts a run by the entry of one journey, if its condition holds.
pub(crate) fn enter_one(work: &mut Work<'_>, journey: &str, place: usize, occasion: Occasion<'_>) {
    let Some(journeys) = work.versions.current() else { return };
    enter_each(work, journeys, &[(journey.into(), place)], occasion, |_, _| true);
}

/// A journey starts once at most, by the first of its entries that fits.
fn enter_each(
    work: &mut Work<'_>,
    journeys: &Journeys,
    starts: &[(Box<str>, usize)],
    occasion: Occasion<'_>,
    fits: impl Fn(&Journey, &Entry) -> bool,
) {
    let mut before = "";
    for (name, place) in starts {
        let Some(journey) = journeys.get(name).filter(|_| **name != *before) else { continue };
        let entry = &journey.entries[*place];
        if !fits(journey, entry) || !holds(work, journeys, entry, occasion.event) {
            continue;
        }
        before = name;
        match admit(work, journeys, journey, entry, occasion) {
            Ok(key) => start(work, journeys, journey, entry, (occasion, key)),
            Err(reason) => {
                let note = Note::JourneyNotStarted { journey: name.clone(), reason };
                work.requests.push(Request::Note { strand: occasion.strand, note });
            }
        }
    }
}

fn holds(work: &Work<'_>, journeys: &Journeys, entry: &Entry, event: Option<&Event>) -> bool {
    let facts = Facts::default();
    entry.when.as_ref().is_none_or(|when| when.holds(&sight(work.ctx, journeys, event, &facts)).holds)
}

/// The key of the new run, or why there is none.
pub(crate) fn admit(
    work: &Work<'_>,
    journeys: &Journeys,
    journey: &Journey,
    entry: &Entry,
    occasion: Occasion<'_>,
) -> Result<Option<Box<str>>, EntryRefusal> {
    let Occasion { event, happened, .. } = occasion;
    if work.ctx.now.since(happened) > entry.max_age {
        return Err(EntryRefusal::TooOld { happened });
    }
    let key = match &journey.reentry {
        ReentryRule::Key(program) => program
            .value(&sight(work.ctx, journeys, event, &Facts::default()))
            .ok()
            .filter(|value| !value.is_null())
            .map(|value: Value| Box::<str>::from(value.plain())),
        ReentryRule::Always | ReentryRule::Never | ReentryRule::After(_) => None,
    };
    check_reentry(work, journey, key.as_deref())?;
    check_limit(work, journey)?;
    let same = |run: &&Run| run.journey == journey.name && run.key == key && run.parent.is_none();
    let coming = || work.progress.under_way().chain(work.progress.knocks().map(|knock| &knock.run));
    if let Some(run) = coming().find(same) {
        return Err(EntryRefusal::Running { run: run.id });
    }
    check_group(work, journey)?;
    if coming().count() >= RUNS_MAX { Err(EntryRefusal::TooManyRuns) } else { Ok(key) }
}

fn check_reentry(work: &Work<'_>, journey: &Journey, key: Option<&str>) -> Result<(), EntryRefusal> {
    let before = work.progress.entered.iter().filter(|entered| entered.journey == journey.name);
    match &journey.reentry {
        ReentryRule::Always => Ok(()),
        ReentryRule::Never => match before.map(|entered| entered.time).min() {
            Some(entered) => Err(EntryRefusal::OnceOnly { entered }),
            None => Ok(()),
        },
        ReentryRule::After(span) => {
            let last = before.map(|entered| entered.time).max();
            match last.filter(|entered| work.ctx.now < *entered + *span) {
                Some(entered) => Err(EntryRefusal::TooSoon { entered, again_at: entered + *span }),
                None => Ok(()),
            }
        }
        ReentryRule::Key(_) => match key {
            Some(key) if before.clone().any(|entered| entered.key.as_deref() == Some(key)) => {
                Err(EntryRefusal::SameKey { key: key.into() })
            }
            Some(_) | None => Ok(()),
        },
    }
}

fn check_limit(work: &Work<'_>, journey: &Journey) -> Result<(), EntryRefusal> {
    let Some(limit) = journey.limit else { return Ok(()) };
    let since = work.ctx.now - limit.per;
    let before = work.progress.entered.iter().filter(|entered| entered.journey == journey.name);
    let knocks = work.progress.knocks().map(|knock| &knock.run).filter(|run| run.journey == journey.name);
    let times = before.map(|entered| entered.time).chain(knocks.map(|run| run.started));
    let lately: Vec<_> = times.filter(|time| *time > since).collect();
    let entries = usize::from(limit.entries);
    // They are in the order of time: the oldest of those that fill the limit makes room first.
    match lately.len().checked_sub(entries).and_then(|surplus| lately.get(surplus)) {
        Some(oldest) => Err(EntryRefusal::LimitReached {
            entries: limit.entries,
            per: limit.per,
            again_at: *oldest + limit.per,
        }),
        None => Ok(()),
    }
}

/// Whether no other journey of the group stands in the way. One that only knocks does so too: it came first.
fn check_group(work: &Work<'_>, journey: &Journey) -> Result<(), EntryRefusal> {
    let Some(group) = &journey.group else { return Ok(()) };
    let knocking = work.progress.knocks().filter_map(|knock| {
        let own = work.versions.get(knock.run.version)?.get(&knock.run.journey)?;
        (own.name != journey.name && own.group.as_ref() == Some(group)).then_some(own)
    });
    let mut others = rivals(work, journey).map(|(_, rival)| rival).chain(knocking);
    let in_the_way = others.find(|rival| rival.priority >= journey.priority);
    match in_the_way {
        Some(rival) => Err(EntryRefusal::Excluded { journey: rival.name.clone(), group: group.clone() }),
        None => Ok(()),
    }
}

/// Runs of other journeys in the group of `journey`.
pub(crate) fn rivals<'w>(
    work: &'w Work<'_>,
    journey: &'w Journey,
) -> impl Iterator<Item = (RunId, &'w Journey)> {
    let versions = work.versions;
    let other = work.progress.under_way().filter(|run| run.journey != journey.name && run.parent.is_none());
    other.filter_map(move |run| {
        let own = versions.get(run.version)?.get(&run.journey)?;
        (journey.group.is_some() && own.group == journey.group).then_some((run.id, own))
    })
}

/// A run is ready: it begins, or knocks where a cap counts all customers.
fn start(
    work: &mut Work<'_>,
    journeys: &Journeys,
    journey: &Journey,
    entry: &Entry,
    (occasion, key): (Occasion<'_>, Option<Box<str>>),
) {
    let run = Run {
        key,
        entry: occasion.event.map(|event| remembered(journey, event)).unwrap_or_default(),
        conversation: occasion.conversation.or_else(|| work.progress.named_conversation(occasion.event?)),
        ..Run::begin(journey, journeys, occasion, work.ctx)
    };
    let event = occasion.event.map_or_else(|| entry.sentence().into(), |event| event.name.clone());
    match journey.cap {
        Some(_) => work.progress.knock(Knock { since: work.ctx.seq, run, event }),
        None => begin(work, journeys, journey, run, &event, occasion.event),
    }
}

/// The run begins, started by what `sentence` names; `event` is at hand in the very step that it came in.
pub(crate) fn begin(
    work: &mut Work<'_>,
    journeys: &Journeys,
    journey: &Journey,
    mut run: Run,
    sentence: &str,
    event: Option<&Event>,
) {
    work.displace(journey, event);
    let ctx = work.ctx;
    run.started = ctx.now;
    if let Some(id) = run.conversation {
        work.progress.name_conversation(id, &journey.title);
    }
    if !matches!(journey.reentry, ReentryRule::Always) || journey.limit.is_some() {
        let (journey, key) = (journey.name.clone(), run.key.clone());
        work.progress.remember_entry(Entered { time: ctx.now, journey, key, strand: run.strand });
    }
    let (id, version) = (run.id, run.version);
    let mut walk = Walk {
        journeys,
        journey,
        progress: work.progress,
        run: &mut run,
        ctx,
        event,
        requests: &mut work.requests,
    };
    walk.note(Note::JourneyStarted {
        run: id,
        journey: journey.name.clone(),
        version,
        event: sentence.into(),
    });
    walk.follow(Move::Go(Target::Step(0), StepReason::Started));
    let ended = run.ended.is_some();
    work.progress.put(run);
    if ended {
        work.end_parts(id);
    }
}

impl Run {
    /// A run at its beginning.
    pub(crate) fn begin(
        journey: &Journey,
        journeys: &Journeys,
        occasion: Occasion<'_>,
        ctx: &Context<'_>,
    ) -> Self {
        let channel = occasion.event.map_or(model::Channel::SERVER, |event| event.stamp.channel.clone());
        Self {
            id: RunId(ctx.new_id()),
            journey: journey.name.clone(),
            version: journeys.version,
            strand: occasion.strand,
            key: None,
            started: ctx.now,
            entry: Vec::new(),
            channel: reply_channel(&channel, &journeys.channels, ctx),
            heard: ctx.now,
            conversation: occasion.conversation,
            step: Box::default(),
            waiting: None,
            slots: Vec::new(),
            history: Vec::new(),
            ended: None,
            parent: None,
            until: None,
            postponed: Vec::new(),
            depth: 0,
        }
    }
}

fn remembered(journey: &Journey, event: &Event) -> Vec<(Box<str>, Value)> {
    let values = journey.remembers.iter().map(|path| (path.clone(), event.property(path)));
    values.filter(|(_, value)| !value.is_null()).collect()
}

fn sight<'a>(
    ctx: &'a Context<'_>,
    journeys: &'a Journeys,
    event: Option<&'a Event>,
    facts: &'a Facts,
) -> Sight<'a> {
    Sight { outer: ctx.environment, names: &journeys.names, slots: &[], entry: &[], event, facts }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems};

    fn named(name: &str, rest: &str) -> String {
        format!(
            "name: {name}\ntitle: {name}\n{rest}steps:\n  - {{id: say, kind: message, text: '{name} begins'}}\n  - {{id: pause, kind: wait, for: 1h}}\n"
        )
    }

    #[test]
    fn entering_and_leaving_a_segment_start_runs() {
        let entering = named("welcome", "entry: {segment: vip}\nreentry: {after: 30d}\n");
        let leaving =
            named("back", "entry: {segment: vip, on: leaving, when: profile.traits.city == \"Oslo\"}\n");
        check(
            &[&entering, &leaving],
            Show::Everything,
            "10:00:00 enter vip
             10:00:01 leave vip
             trait city=Oslo
             10:30:00 enter vip
             10:30:01 leave vip",
            expect![[r#"
                10:00:00 (“entering vip” started the journey “welcome” (version 1).)
                10:00:00 (Reached “say” of “welcome”: the journey begins here.)
                10:00:00 chat: welcome begins
                10:00:00 (Reached “pause” of “welcome”: the step before was done.)
                10:30:00 (The journey “welcome” did not start: it was entered at 2026-03-11T10:00:00.000Z and may be again from 2026-04-10T10:00:00.000Z.)
                10:30:01 (“leaving vip” started the journey “back” (version 1).)
                10:30:01 (Reached “say” of “back”: the journey begins here.)
                10:30:01 chat: back begins
                10:30:01 (Reached “pause” of “back”: the step before was done.)
            "#]],
        );
    }

    #[test]
    fn a_request_starts_the_journey_it_names() {
        let one = "name: one\ntitle: One\nentry: {request: {seats: int}}\nsteps:\n  - {id: say, kind: message, text: '{{ entry.properties.seats }} seats'}\n";
        let two = named("two", "entry: {request: {}}\n");
        check(
            &[one, &two],
            Show::Ends,
            r#"10:00:00 server does Journey Requested {"journey":"one","seats":4}
               10:00:01 server does Journey Requested {"journey":"three"}"#,
            expect![[r#"
                10:00:00 chat: 4 seats
                10:00:00 (The journey “one” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn a_customer_comes_in_as_often_as_the_limit_says() {
        let limited = "name: one\ntitle: One\nentry: {event: Go}\nlimit: {entries: 2, per: 1d}\nsteps:\n  - {id: say, kind: message, text: hello}\n";
        check(
            &[limited],
            Show::Ends,
            "10:00:00 webchat does Go
             12:00:00 webchat does Go
             13:00:00 webchat does Go
             1d10:00:00 webchat does Go
             1d11:00:00 webchat does Go",
            expect![[r#"
                10:00:00 chat: hello
                10:00:00 (The journey “one” ended: its last step was done.)
                12:00:00 chat: hello
                12:00:00 (The journey “one” ended: its last step was done.)
                13:00:00 (The journey “one” did not start: it is entered 2 times per 1d at most, so again from 2026-03-12T10:00:00.000Z.)
                10:00:00 chat: hello
                10:00:00 (The journey “one” ended: its last step was done.)
                11:00:00 (The journey “one” did not start: it is entered 2 times per 1d at most, so again from 2026-03-12T12:00:00.000Z.)
            "#]],
        );
    }

    #[test]
    fn of_a_group_one_journey_at_a_time_and_the_higher_goes_first() {
        let low = named("low", "entry: {event: Go}\ngroup: offers\n");
        let same = named("same", "entry: {event: Leave}\ngroup: offers\n");
        let high = named("high", "entry: {event: Order Completed}\ngroup: offers\npriority: 5\n");
        let other = named("other", "entry: {event: Leave}\n");
        check(
            &[&low, &same, &high, &other],
            Show::Ends,
            "10:00:00 webchat does Go
             10:00:01 webchat does Leave
             10:00:02 webchat does Order Completed
             10:00:03 webchat does Go",
            expect![[r#"
                10:00:00 chat: low begins
                10:00:01 chat: other begins
                10:00:01 (The journey “same” did not start: the customer is in “low”, and of the group “offers” in one at a time.)
                10:00:02 (The journey “low” ended: “high”, which comes before it, began.)
                10:00:02 chat: high begins
                10:00:03 (The journey “low” did not start: the customer is in “high”, and of the group “offers” in one at a time.)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[
                &named("one", "entry: {segment: nobody}\n"),
                &named("two", "entry: {event: Go, segment: vip}\n"),
                &named("three", "entry: {segment: vip, channels: [web]}\nlimit: {entries: 0, per: 0s}\n"),
                &named("four", "entry: {schedule: {at: \"09:00\"}}\n"),
                &named("five", "entry: {schedule: {every: week, at: \"09:00\"}}\n"),
                &named("six", "entry: {schedule: {every: month, day: 32, at: \"09:00\"}}\n"),
                &named("seven", "entry: {schedule: {every: day, on: [monday], at: \"9\"}}\nzone: Mars\n"),
                &named("eight", "entry: {schedule: {every: day, at: \"9\", zone: Customer}}\n"),
                &named("nine", "entry: {request: {seats: number}}\n"),
            ],
            expect![[r#"
                journeys/0.yaml: entry.segment (column 12): there is no segment `nobody`. Add the segment to the catalogue
                journeys/1.yaml: entry: it is not clear what starts the journey. Write one of `event`, `segment`, `schedule` and `request`
                journeys/2.yaml: entry.channels: only events have a channel. Leave it out, or start the journey by an event
                journeys/2.yaml: limit.per: 0s is no time at all. Write a span such as 20s, 15m, 2h or 30d
                journeys/2.yaml: limit.entries: nobody would ever come in. Write 1 or more
                journeys/3.yaml: entry.schedule.at: `09:00` is no date and time; use `2026-12-01T09:00`, without a zone. Write `at: 2026-12-01T09:00`, or say how often with `every`
                journeys/4.yaml: entry.schedule.on: no day of the week. Write `on: [monday]`
                journeys/5.yaml: entry.schedule.day: there is no day 32. Write 1 to 31
                journeys/6.yaml: zone: `Mars` is no time zone; use an IANA name, such as `Europe/Berlin`. Compare with the journey schema
                journeys/7.yaml: entry: `Customer` is no time zone; use an IANA name, such as `Europe/Berlin`, or `customer` for each customer's own. Compare with the journey schema
                journeys/8.yaml: entry: unknown variant `number`, expected one of `null`, `bool`, `int`, `double`, `text`, `time`, `money`, `list`, `map`. Compare with the journey schema
            "#]],
        );
    }
}
