//! Asking on: on the channel of `pick_up` after a silence, and in the chat that was opened again.

use model::{Channel, Event, Note, StepReason};

use super::Ask;
use super::question::{Asked, question};
use crate::journey::PickUp;
use crate::kinds::Move;
use crate::outlet::Choice;
use crate::sight::Facts;
use crate::slot::Slot;
use crate::walk::{Message, Walk};

impl Ask {
    pub(super) fn pick_up(
        &self,
        walk: &mut Walk<'_>,
        pick_up: &PickUp,
        slot: &Slot,
        asked: Asked,
        Choice { channel: to, rest }: Choice,
    ) -> Move {
        let facts = self.facts(walk, &to);
        let question = question(walk, slot, &to);
        let purpose = walk.journey.purpose;
        let written = pick_up.wording.write(walk, &to, &facts);
        let mut written = walk.written_or(written, &to, purpose, &question);
        let asks = pick_up.wording.reads_any(walk, &to, &["journey.next_question", "journey.questions"]);
        if !asks && written.text != question {
            written.text = format!("{}\n\n{question}", written.text);
            written.html = None;
        }
        let conversation = walk.conversation();
        walk.note(Note::PickedUp {
            run: walk.run.id,
            conversation,
            from: asked.channel,
            to: to.clone(),
            questions_left: facts.questions.len() as u16,
        });
        walk.run.channel = to.clone();
        let message = Message { channel: to.clone(), purpose, written, choices: slot.choices() };
        if let Some(effect) = walk.send(message) {
            walk.fall_back(effect, rest);
        }
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
