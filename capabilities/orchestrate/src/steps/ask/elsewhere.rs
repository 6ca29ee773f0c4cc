//! Asking on: on the channel of `pick_up` after a silence, and in the chat that was opened again.

use model::{Channel, Event, HeldReason, Note, StepReason};

use super::Ask;
use super::question::{Asked, question};
use crate::content::Written;
use crate::journey::PickUp;
use crate::kinds::Move;
use crate::sight::Facts;
use crate::slot::Slot;
use crate::walk::{Message, Walk};

impl Ask {
    pub(super) fn pick_up(&self, walk: &mut Walk<'_>, pick_up: &PickUp, slot: &Slot, asked: Asked) -> Move {
        let to = pick_up.channel.clone();
        let facts = self.facts(walk, &to);
        let question = question(walk, slot, &to);
        let purpose = walk.journey.purpose;
        let written = walk.write_with(&pick_up.text, &facts).and_then(|text| {
            let subject =
                pick_up.subject.as_ref().map(|subject| walk.write_with(subject, &facts)).transpose()?;
            Ok((text, subject))
        });
        let (text, subject) = written.unwrap_or_else(|detail| {
            walk.held(&to, purpose, HeldReason::TextIncomplete { detail: detail.into() });
            (question.clone(), None)
        });
        let shows_question = pick_up.text.reads_any(&["journey.next_question", "journey.questions"]);
        let text = if shows_question || text == question { text } else { format!("{text}\n\n{question}") };
        let conversation = walk.conversation();
        walk.note(Note::PickedUp {
            run: walk.run.id,
            conversation,
            from: asked.channel,
            to: to.clone(),
            questions_left: facts.questions.len() as u16,
        });
        walk.run.channel = to.clone();
        let written = Written { subject, text, html: None };
        walk.say(Message { channel: to.clone(), purpose, written, choices: slot.choices() });
        walk.note(Note::Asked {
            run: walk.run.id,
            slot: slot.name.clone(),
            channel: to.clone(),
            retries: asked.retries,
        });
        Move::Wait(self.waiting(walk, slot, to, asked.retries, true))
    }

    /// The customer is back in web chat: the question stands there again, unless it does already.
    pub(super) fn chat_opened(&self, walk: &mut Walk<'_>, asked: &Asked, event: &Event) -> Move {
        let named = event.property("conversation");
        let other = named
            .as_text()
            .is_some_and(|named| walk.run.conversation.is_none_or(|own| own.to_string() != named));
        if other || asked.channel == Channel::WEBCHAT {
            return Move::Ignore;
        }
        walk.run.channel = Channel::WEBCHAT;
        walk.run.heard = walk.ctx.now;
        self.learn(walk);
        let missing = self.missing(walk);
        match missing.first() {
            Some(slot) => {
                let text = question(walk, slot, &Channel::WEBCHAT);
                self.ask(walk, slot, (Channel::WEBCHAT, Vec::new()), text, Some(asked))
            }
            None => Move::Go(self.next, StepReason::Answered),
        }
    }

    fn facts(&self, walk: &Walk<'_>, channel: &Channel) -> Facts {
        let missing = self.missing(walk);
        Facts {
            title: walk.journey.title.clone(),
            questions: missing.iter().map(|slot| slot.label.clone()).collect(),
            next_question: missing
                .first()
                .map(|slot| question(walk, slot, channel))
                .unwrap_or_default()
                .into(),
        }
    }
}
