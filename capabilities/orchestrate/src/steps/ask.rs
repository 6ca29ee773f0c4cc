//! `ask`: asks for slots, one after the other, on whatever channel the customer is. What is known is not asked;
//! who falls silent is asked on the channel of the journey's `pick_up`; an answer counts wherever it is given.

mod elsewhere;
mod question;

use model::{Channel, Ending, HeldReason, Note, SlotSource, Span, StepReason};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::answer;
use crate::compiler::StepCompiler;
use crate::content::Written;
use crate::kinds::{Kind, Move, Said, Step, Target, Undelivered, Wake, Way};
use crate::outlet::{Choice, Outlet};
use crate::progress::{Waiting, WaitingFor};
use crate::slot::{Slot, SlotKind};
use crate::text::Text;
use crate::walk::{Message, Walk};
use question::{Asked, question};

pub(crate) const KIND: Kind =
    Kind { name: "ask", compile, schema: |generator| <Definition as JsonSchema>::json_schema(generator) };

/// After so many answers that are none the question is not repeated: perhaps a machine answers.
const RETRIES_MAX: u8 = 3;
const LATER: &str = "All right. Write to us whenever you like; we go on from here.";

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// The slots, in the order they are asked.
    slots: Vec<String>,
    /// What to say before the first question.
    #[serde(default)]
    intro: Option<String>,
    /// What to say to a customer who wants to answer later, when there is nothing else to ask.
    #[serde(default)]
    later: Option<String>,
    /// Where to ask first; later where the customer is.
    #[serde(default)]
    channel: Outlet,
    /// How long to wait for an answer; 30 days unless stated.
    #[serde(default = "thirty_days")]
    #[schemars(with = "String")]
    timeout: Span,
    /// Where to go when none comes; the run ends unless stated.
    #[serde(default)]
    on_timeout: Option<String>,
}

fn thirty_days() -> Span {
    Span(30 * Span::DAY.0)
}

#[derive(Debug)]
struct Ask {
    slots: Vec<Box<str>>,
    intro: Option<Text>,
    later: Option<Text>,
    channel: Outlet,
    timeout: Span,
    on_timeout: Option<Target>,
    next: Target,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    if definition.slots.is_empty() {
        compiler.problem("slots", "nothing to ask", "Name the slots to ask for");
    }
    let mut slots = Vec::new();
    for name in &definition.slots {
        let slot = compiler.slot("slots", name)?;
        if compiler.slots.get(&slot) == Some(&false) {
            compiler.compiler.problem(&format!("slots.{slot}.ask"), "no question to ask", "Write `ask`");
        }
        if slots.contains(&slot) {
            compiler.problem("slots", format!("`{slot}` is listed twice"), "List it once");
        }
        slots.push(slot);
    }
    let path = compiler.at("timeout");
    compiler.compiler.positive(&path, definition.timeout);
    let on_timeout = match &definition.on_timeout {
        Some(name) => Some(compiler.target("on_timeout", Some(name))?),
        None => None,
    };
    compiler.outlet("channel", &definition.channel);
    let intro = compiler.optional_text("intro", definition.intro.as_ref())?;
    let later = compiler.optional_text("later", definition.later.as_ref())?;
    let (channel, timeout) = (definition.channel, definition.timeout);
    Some(Box::new(Ask { slots, intro, later, channel, timeout, on_timeout, next: compiler.next }))
}

impl Step for Ask {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        self.learn(walk);
        let chosen = walk.choose(&self.channel, walk.journey.purpose);
        let Choice { channel, rest } = chosen.unwrap_or_else(|| Choice::only(walk.run.channel.clone()));
        let intro = self.intro.as_ref().map(|intro| walk.write(intro)).transpose();
        match intro {
            Ok(intro) => self.begin(walk, channel, intro, rest),
            Err(detail) => {
                let reason = HeldReason::TextIncomplete { detail: detail.into() };
                walk.held(&channel, walk.journey.purpose, reason);
                self.begin(walk, channel, None, rest)
            }
        }
    }

    /// The question that could not be delivered, unless it is answered by now: then nothing is asked again.
    fn undelivered(&self, walk: &mut Walk<'_>, channel: &Channel) -> Undelivered {
        let asked = Asked::at(walk);
        let missing = self.missing(walk);
        let (Some(asked), Some(slot)) = (asked, missing.first()) else { return Undelivered::Over };
        let text = question(walk, slot, channel);
        let mut waiting = asked.waiting;
        waiting.for_what = WaitingFor::Answer {
            slot: slot.name.clone(),
            asked_on: channel.clone(),
            retries: asked.retries,
            picked_up: asked.picked_up,
        };
        walk.run.waiting = Some(waiting);
        walk.run.channel = channel.clone();
        let (run, name) = (walk.run.id, slot.name.clone());
        walk.note(Note::Asked { run, slot: name, channel: channel.clone(), retries: asked.retries });
        Undelivered::Say(Written { text, ..Written::default() }, slot.choices())
    }

    fn wake(&self, walk: &mut Walk<'_>, wake: &Wake<'_>) -> Move {
        let Some(asked) = Asked::at(walk) else { return Move::Ignore };
        match wake {
            Wake::Answer(said) => self.answered(walk, &asked, said),
            Wake::Due => self.silent(walk, asked),
            Wake::Event(event) if &*event.name == "Chat Opened" => self.chat_opened(walk, &asked, event),
            Wake::Event(_) => {
                let before = self.missing(walk).len();
                self.learn(walk);
                let channel = walk.run.channel.clone();
                if self.missing(walk).len() < before { self.go_on(walk, channel, None) } else { Move::Ignore }
            }
            Wake::Settled(_) | Wake::Provided(_) | Wake::Part | Wake::Done(_) => Move::Ignore,
        }
    }

    fn ways(&self) -> Vec<Way> {
        let late = self.on_timeout.map(|target| Way::after(self.timeout, target));
        [Way::on(self.next)].into_iter().chain(late).collect()
    }

    fn summary(&self) -> String {
        format!("Ask for {}", self.slots.join(", "))
    }

    fn waits(&self) -> bool {
        true
    }

    fn asks(&self) -> bool {
        true
    }

    fn fills(&self) -> Vec<&str> {
        self.slots.iter().map(|slot| &**slot).collect()
    }
}

impl Ask {
    /// The slots still without a value, in order; those the customer wants to answer later come last.
    fn missing<'w>(&self, walk: &Walk<'w>) -> Vec<&'w Slot> {
        let journey = walk.journey;
        let unknown = self.slots.iter().filter(|name| walk.run.slot(name).is_none());
        let mut missing: Vec<&Slot> = unknown.filter_map(|name| journey.slot(name)).collect();
        missing.sort_by_key(|slot| walk.run.postponed.iter().position(|name| *name == slot.name));
        missing
    }

    /// Fills what is known from elsewhere by now.
    fn learn(&self, walk: &mut Walk<'_>) {
        for slot in self.missing(walk) {
            let known = slot.from.iter().find_map(|program| {
                let value = slot.accept(&walk.value(program), walk.ctx.now)?;
                Some((value, SlotSource::Known { expression: program.source().into() }))
            });
            if let Some((value, source)) = known {
                walk.fill(&slot.name, value, source, None);
            }
        }
    }

    /// Asks the next question, or goes on when there is none left.
    fn go_on(&self, walk: &mut Walk<'_>, channel: Channel, before: Option<String>) -> Move {
        self.begin(walk, channel, before, Vec::new())
    }

    /// The same; `rest` are the channels left should the question not be delivered.
    fn begin(
        &self,
        walk: &mut Walk<'_>,
        channel: Channel,
        before: Option<String>,
        rest: Vec<Channel>,
    ) -> Move {
        match self.missing(walk).first() {
            Some(slot) => {
                let question = question(walk, slot, &channel);
                let text = before.into_iter().chain([question]).collect::<Vec<_>>().join("\n\n");
                self.ask(walk, slot, (channel, rest), text, None)
            }
            None => Move::Go(self.next, StepReason::Answered),
        }
    }

    /// Puts a question by a channel, with those left should it not be delivered; `again` is how it was asked before, when it was.
    fn ask(
        &self,
        walk: &mut Walk<'_>,
        slot: &Slot,
        (channel, rest): (Channel, Vec<Channel>),
        text: String,
        again: Option<&Asked>,
    ) -> Move {
        let purpose = walk.journey.purpose;
        let message = Message { choices: slot.choices(), ..Message::plain(channel.clone(), purpose, text) };
        let retries = again.map_or(0, |asked| asked.retries);
        if let Some(effect) = walk.send(message) {
            walk.fall_back(effect, rest);
            let (run, slot) = (walk.run.id, slot.name.clone());
            walk.note(Note::Asked { run, slot, channel: channel.clone(), retries });
        }
        let picked_up = again.is_some_and(|asked| asked.picked_up);
        Move::Wait(self.waiting(walk, slot, channel, retries, picked_up))
    }

    fn waiting(
        &self,
        walk: &Walk<'_>,
        slot: &Slot,
        asked_on: Channel,
        retries: u8,
        picked_up: bool,
    ) -> Waiting {
        let now = walk.ctx.now;
        let pick_up = walk.journey.pick_up.as_ref().filter(|_| !picked_up);
        let elsewhere = pick_up.filter(|pick_up| pick_up.channel.leads_away_from(&asked_on));
        let due = elsewhere.map_or(self.timeout, |pick_up| pick_up.after.min(self.timeout));
        let for_what = WaitingFor::Answer { slot: slot.name.clone(), asked_on, retries, picked_up };
        Waiting { for_what, since: now, due: Some(now + due) }
    }

    fn answered(&self, walk: &mut Walk<'_>, asked: &Asked, said: &Said) -> Move {
        let parts = answer::parts(&said.channel, &said.text);
        let missing = self.missing(walk);
        let Some(first) = missing.first() else { return Move::Go(self.next, StepReason::Answered) };
        if answer::is_later(&parts) {
            return self.postpone(walk, first, asked, said);
        }
        let line_by_line = parts.len() == missing.len();
        let mut rest = parts.iter();
        let mut wanted = None;
        for slot in &missing {
            // Any line is a text, so only a mail with one line for each question answers several of them.
            let guess =
                matches!(slot.kind, SlotKind::Text { .. }) && slot.name != first.name && !line_by_line;
            let found = if guess { None } else { rest.find_map(|part| slot.parse(part, walk.ctx.now).ok()) };
            match found {
                Some(value) => walk.fill(&slot.name, value, SlotSource::Answer, Some(said.channel.clone())),
                None => {
                    wanted = (slot.name == first.name).then(|| slot.kind.wanted());
                    break;
                }
            }
        }
        if let Some(wanted) = wanted {
            return self.refuse(walk, first, asked, said, wanted);
        }
        self.learn(walk);
        let channel = walk.run.channel.clone();
        self.go_on(walk, channel, None)
    }

    /// The customer will say that later: the other questions come first; where there are none, it is asked again as
    /// if the customer had fallen silent.
    fn postpone(&self, walk: &mut Walk<'_>, slot: &Slot, asked: &Asked, said: &Said) -> Move {
        let (run, name, channel) = (walk.run.id, slot.name.clone(), said.channel.clone());
        walk.note(Note::AnswerPostponed { run, slot: name.clone(), channel });
        let known = walk.run.postponed.contains(&name);
        walk.run.postponed.retain(|own| *own != name);
        walk.run.postponed.push(name);
        let channel = walk.run.channel.clone();
        let next = self.missing(walk).first().map(|slot| slot.name.clone());
        if !known && next.is_some_and(|next| next != slot.name) {
            return self.go_on(walk, channel, None);
        }
        let text = match &self.later {
            Some(text) => walk.write(text).unwrap_or_else(|_| LATER.to_owned()),
            None => LATER.to_owned(),
        };
        let purpose = walk.journey.purpose;
        walk.say(Message::plain(channel.clone(), purpose, text));
        Move::Wait(self.waiting(walk, slot, channel, 0, asked.picked_up))
    }

    fn refuse(&self, walk: &mut Walk<'_>, slot: &Slot, asked: &Asked, said: &Said, wanted: String) -> Move {
        let (run, name, channel) = (walk.run.id, slot.name.clone(), said.channel.clone());
        walk.note(Note::AnswerRefused { run, slot: name, channel, wanted: wanted.as_str().into() });
        let channel = walk.run.channel.clone();
        let retries = asked.retries.saturating_add(1);
        if retries > RETRIES_MAX {
            return Move::Wait(self.waiting(walk, slot, channel, retries, asked.picked_up));
        }
        let own = slot.invalid.as_ref().and_then(|text| walk.write(text).ok());
        let sorry =
            own.unwrap_or_else(|| format!("Sorry, I did not understand that. Please answer with {wanted}."));
        let text = format!("{sorry}\n\n{}", question(walk, slot, &channel));
        let again = Asked {
            channel: channel.clone(),
            retries,
            picked_up: asked.picked_up,
            waiting: asked.waiting.clone(),
        };
        self.ask(walk, slot, (channel, Vec::new()), text, Some(&again))
    }

    /// The customer has been silent: goes on over the other channel, or gives up.
    fn silent(&self, walk: &mut Walk<'_>, asked: Asked) -> Move {
        let journey = walk.journey;
        let give_up = asked.waiting.since + self.timeout;
        if walk.ctx.now >= give_up {
            return match self.on_timeout {
                Some(target) => Move::Go(target, StepReason::TimedOut { after: self.timeout }),
                None => Move::End(Ending::GaveUp { step: walk.run.step.clone() }),
            };
        }
        let missing = self.missing(walk);
        let (Some(pick_up), Some(slot)) = (&journey.pick_up, missing.first()) else {
            return Move::Wait(Waiting { due: Some(give_up), ..asked.waiting });
        };
        match walk.choose_other(&pick_up.channel, journey.purpose, &asked.channel) {
            Some(choice) => self.pick_up(walk, pick_up, slot, asked, choice),
            None => {
                let mut waiting = self.waiting(walk, slot, asked.channel, asked.retries, true);
                (waiting.since, waiting.due) = (asked.waiting.since, Some(give_up));
                Move::Wait(waiting)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    #[test]
    fn it_is_picked_up_where_the_customer_wishes_but_not_where_they_fell_silent() {
        let ask = "slots:\n  a: {type: int, ask: How many?}\npick_up: {after: 2h, channel: [email, sms, webchat], text: 'Still to say: {{ journey.next_question }}'}\nsteps:\n  - {id: ask, kind: ask, slots: [a], timeout: 1d}\n  - {id: over, kind: exit}\n";
        check(
            &[&journey(ask)],
            Show::Everything,
            "address ada@example.com
             phone +4915112345678
             trait preferred_channel=sms
             10:00:00 webchat does Go
             10:00:01 delivered
             12:00:00 tick
             12:01:00 undeliverable switched off
             12:10:00 email says 4
             13:00:00 sms does Go
             15:00:00 tick",
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “ask” of “test”: the journey begins here.)
                10:00:00 chat: How many?
                10:00:00 (Asked for “a” by web chat.)
                12:00:00 (Silent by web chat; picked up by SMS with one question left.)
                12:00:00 service SMS: Still to say: How many?
                12:00:00 (Asked for “a” by SMS.)
                12:01:00 (Asked for “a” by e-mail.)
                12:01:00 service e-mail “Test”: How many?
                12:10:00 (“a” is known: the customer answered by e-mail.)
                12:10:00 (Reached “over” of “test”: every answer is known.)
                12:10:00 (The journey “test” ended: the journey ends here.)
                13:00:00 (“Go” started the journey “test” (version 1).)
                13:00:00 (Reached “ask” of “test”: the journey begins here.)
                13:00:00 service SMS: How many?
                13:00:00 (Asked for “a” by SMS.)
                15:00:00 (Silent by SMS; picked up by e-mail with one question left.)
                15:00:00 service e-mail “Test”: Still to say: How many?
                15:00:00 (Asked for “a” by e-mail.)
            "#]],
        );
        let best = &ask.replace("[email, sms, webchat]", "best");
        check(
            &[&journey(best)],
            Show::Everything,
            "phone +4915112345678
             refuses sms
             10:00:00 webchat does Go
             12:00:00 tick",
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “ask” of “test”: the journey begins here.)
                10:00:00 chat: How many?
                10:00:00 (Asked for “a” by web chat.)
                12:00:00 (Held a service message by SMS: the customer has not agreed to service by SMS.)
            "#]],
        );
    }

    #[test]
    fn what_is_said_later_comes_after_the_other_questions() {
        check(
            &[&journey(
                "slots:
  a: {type: int, ask: How many?}
  b: {type: text, ask: Which colour?}
pick_up: {after: 2h, channel: email, text: 'Still to say: {{ journey.questions_left }}'}
steps:
  - {id: ask, kind: ask, slots: [a, b], later: Whenever you like.}
  - {id: over, kind: exit}
",
            )],
            Show::Everything,
            "address ada@example.com
             10:00:00 webchat does Go
             10:01:00 webchat says I'll say that later
             10:02:00 webchat says green
             10:03:00 webchat says not now
             12:03:00 tick
             12:10:00 email says 4",
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “ask” of “test”: the journey begins here.)
                10:00:00 chat: How many?
                10:00:00 (Asked for “a” by web chat.)
                10:01:00 (The customer wants to say “a” later.)
                10:01:00 chat: Which colour?
                10:01:00 (Asked for “b” by web chat.)
                10:02:00 (“b” is known: the customer answered by web chat.)
                10:02:00 chat: How many?
                10:02:00 (Asked for “a” by web chat.)
                10:03:00 (The customer wants to say “a” later.)
                10:03:00 chat: Whenever you like.
                12:03:00 (Silent by web chat; picked up by e-mail with one question left.)
                12:03:00 service e-mail “Test”: Still to say: 1

                How many?
                12:03:00 (Asked for “a” by e-mail.)
                12:10:00 (“a” is known: the customer answered by e-mail.)
                12:10:00 (Reached “over” of “test”: every answer is known.)
                12:10:00 (The journey “test” ended: the journey ends here.)
            "#]],
        );
    }

    const ASK: &str = "
pick_up: {after: 2m, channel: email, text: 'Still there? {{ journey.questions_left }} left.'}
slots:
  room: {type: choice, choices: [hall, attic], ask: Which room?, from: profile.traits.favourite_room}
  seats: {type: int, min: 1, max: 8, ask: 'How many seats in the {{ slots.room }}?', invalid: We have up to eight.}
  note: {type: text, ask: Anything else?}
steps:
  - {id: ask, kind: ask, slots: [room, seats, note], timeout: 1d}
  - {id: done, kind: message, text: '{{ slots.seats }} in the {{ slots.room }}: {{ slots.note }}'}
";

    #[test]
    fn questions_come_one_by_one_and_wrong_answers_get_a_friendly_retry() {
        check(
            &[&journey(ASK)],
            Show::Everything,
            "10:00:00 webchat does Go
             10:00:01 webchat says the cellar
             10:00:02 webchat says 2
             10:00:03 webchat says nine
             10:00:04 webchat says nine!
             10:00:05 webchat says 9
             10:00:06 webchat says 10
             10:00:07 webchat says 11
             10:00:08 webchat says 3
             10:00:09 webchat says by the window",
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “ask” of “test”: the journey begins here.)
                10:00:00 chat: Which room? [hall | attic]
                10:00:00 (Asked for “room” by web chat.)
                10:00:01 (That does not answer “room”; wanted one of: hall, attic.)
                10:00:01 chat: Sorry, I did not understand that. Please answer with one of: hall, attic.

                Which room? [hall | attic]
                10:00:01 (Asked again for “room” by web chat.)
                10:00:02 (“room” is known: the customer answered by web chat.)
                10:00:02 chat: How many seats in the attic?
                10:00:02 (Asked for “seats” by web chat.)
                10:00:03 (That does not answer “seats”; wanted a whole number from 1 to 8.)
                10:00:03 chat: We have up to eight.

                How many seats in the attic?
                10:00:03 (Asked again for “seats” by web chat.)
                10:00:04 (That does not answer “seats”; wanted a whole number from 1 to 8.)
                10:00:04 chat: We have up to eight.

                How many seats in the attic?
                10:00:04 (Asked again for “seats” by web chat.)
                10:00:05 (That does not answer “seats”; wanted a whole number from 1 to 8.)
                10:00:05 chat: We have up to eight.

                How many seats in the attic?
                10:00:05 (Asked again for “seats” by web chat.)
                10:00:06 (That does not answer “seats”; wanted a whole number from 1 to 8.)
                10:00:07 (That does not answer “seats”; wanted a whole number from 1 to 8.)
                10:00:08 (“seats” is known: the customer answered by web chat.)
                10:00:08 chat: Anything else?
                10:00:08 (Asked for “note” by web chat.)
                10:00:09 (“note” is known: the customer answered by web chat.)
                10:00:09 (Reached “done” of “test”: every answer is known.)
                10:00:09 chat: 3 in the attic: by the window
                10:00:09 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn what_becomes_known_meanwhile_is_not_asked() {
        check(
            &[&journey(ASK)],
            Show::Everything,
            "10:00:00 webchat does Go
             trait favourite_room=Attic
             10:00:01 web does Leave
             10:00:02 webchat says 4
             10:00:03 webchat says no",
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “ask” of “test”: the journey begins here.)
                10:00:00 chat: Which room? [hall | attic]
                10:00:00 (Asked for “room” by web chat.)
                10:00:01 (“room” is known: it stood in profile.traits.favourite_room.)
                10:00:01 chat: How many seats in the attic?
                10:00:01 (Asked for “seats” by web chat.)
                10:00:02 (“seats” is known: the customer answered by web chat.)
                10:00:02 chat: Anything else?
                10:00:02 (Asked for “note” by web chat.)
                10:00:03 (“note” is known: the customer answered by web chat.)
                10:00:03 (Reached “done” of “test”: every answer is known.)
                10:00:03 chat: 4 in the attic: no
                10:00:03 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn silence_is_followed_by_mail_once_and_then_by_the_end() {
        check(
            &[&journey(ASK)],
            Show::Everything,
            "10:00:00 webchat does Go
             address ada@example.com
             10:02:00 tick
             10:10:00 webchat says attic
             10:11:59 tick
             10:12:00 tick
             10:20:00 tick
             1d10:12:00 tick",
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “ask” of “test”: the journey begins here.)
                10:00:00 chat: Which room? [hall | attic]
                10:00:00 (Asked for “room” by web chat.)
                10:02:00 (Silent by web chat; picked up by e-mail with 3 questions left.)
                10:02:00 service e-mail “Test”: Still there? 3 left.

                Which room?
                1. hall
                2. attic
                10:02:00 (Asked for “room” by e-mail.)
                10:10:00 (“room” is known: the customer answered by web chat.)
                10:10:00 chat: How many seats in the attic?
                10:10:00 (Asked for “seats” by web chat.)
                10:12:00 (Silent by web chat; picked up by e-mail with 2 questions left.)
                10:12:00 service e-mail “Re: Test”: Still there? 2 left.

                How many seats in the attic?
                10:12:00 (Asked for “seats” by e-mail.)
                10:12:00 (The journey “test” ended: no answer came at “ask”.)
            "#]],
        );
    }

    #[test]
    fn two_journeys_ask_at_once_and_the_last_question_is_answered_first() {
        let journey = |name: &str| {
            format!(
                "name: {name}\ntitle: {name}\nentry: {{event: Go}}\nslots:\n  {name}: {{type: int, ask: How many for {name}?}}\nsteps:\n  - {{id: ask, kind: ask, slots: [{name}]}}\n"
            )
        };
        check(
            &[&journey("first"), &journey("second")],
            Show::Everything,
            r#"10:00:00 webchat says hello
               10:00:01 webchat does Go
               10:00:02 webchat says 2
               10:00:03 webchat says 1"#,
            expect![[r#"
                10:00:01 (“Go” started the journey “first” (version 1).)
                10:00:01 (Reached “ask” of “first”: the journey begins here.)
                10:00:01 chat: How many for first?
                10:00:01 (Asked for “first” by web chat.)
                10:00:01 (“Go” started the journey “second” (version 1).)
                10:00:01 (Reached “ask” of “second”: the journey begins here.)
                10:00:01 chat: How many for second?
                10:00:01 (Asked for “second” by web chat.)
                10:00:02 (“second” is known: the customer answered by web chat.)
                10:00:02 (The journey “second” ended: its last step was done.)
                10:00:03 (“first” is known: the customer answered by web chat.)
                10:00:03 (The journey “first” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey(
                "
slots:
  Room: {type: text, ask: Which?}
  size: {type: choice, choices: [one], ask: 'How {{ slots.siz }}?'}
  idle: {type: bool, ask: Idle?}
  code: {type: text, pattern: '(', ask: Code?, min: 9, max: 2}
  mute: {type: bool, min: 2, choices: [a, b]}
pick_up: {after: 0s, channel: phone, text: x}
steps:
  - {id: a, kind: ask, slots: [Room, size, code, mute]}
  - {id: b, kind: ask, slots: []}
  - {id: c, kind: ask, slots: [size, size, none]}
",
            )],
            expect![[r#"
                journeys/0.yaml: slots.Room: `Room` is no slot name. Use lower-case letters, digits and `_`
                journeys/0.yaml: slots.code: min 9 is above max 2. Swap them
                journeys/0.yaml: slots.code.pattern: `(`: error: unclosed group. Write a simpler regular expression
                journeys/0.yaml: slots.mute.choices: only a choice has choices. Write `type: choice`, or leave them out
                journeys/0.yaml: slots.mute: min and max mean nothing here. Leave them out, or use a text, int or date
                journeys/0.yaml: slots.size.choices: 1 choices. List 2 to 50
                journeys/0.yaml: slots.size.ask (column 1): `slots.siz` is not known here. Did you mean `slots.size`?
                journeys/0.yaml: pick_up.after: 0s is no time at all. Write a span such as 20s, 15m, 2h or 30d
                journeys/0.yaml: pick_up.channel: messages cannot be sent by `phone`. Use here, best, email, sms, webchat, or declare it in channels.yaml
                journeys/0.yaml: slots.mute.ask: no question to ask. Write `ask`
                journeys/0.yaml: steps.b.slots: nothing to ask. Name the slots to ask for
                journeys/0.yaml: steps.c.slots: `size` is listed twice. List it once
                journeys/0.yaml: steps.c.slots: there is no slot `none`. Declare it under `slots`; declared are: Room, code, idle, mute, size
            "#]],
        );
    }
}
