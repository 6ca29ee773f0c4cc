//! `suggest`: searches the knowledge by what the customer said, sends the best article, and asks whether it helped.

use model::{ARTICLE_SEARCH, Ending, Note, OutcomeKind, Resend, Span, StepReason, Value, WebhookCall};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::answer::yes_or_no;
use crate::articles::{Article, Audience, FoundArticle};
use crate::compiler::StepCompiler;
use crate::kinds::{Kind, Move, Said, Step, Target, Wake, Way};
use crate::letter;
use crate::media;
use crate::progress::{Waiting, WaitingFor};
use crate::request::{Call, Request};
use crate::text::Text;
use crate::walk::{Message, Walk};

pub(crate) const KIND: Kind =
    Kind { name: "suggest", compile, schema: |generator| <Definition as JsonSchema>::json_schema(generator) };

/// What the customer wrote, for journeys that a message starts.
const QUERY: &str = "{{ entry.properties.text }}";
const QUESTION: &str = "Did that help?";
const SORRY: &str = "Please answer yes or no.";
const CHOICES: [&str; 2] = ["Yes", "No"];
/// After so many answers that are none, it has not helped.
const RETRIES_MAX: u8 = 1;
/// Articles that may be offered at a time.
const LIMIT_MAX: u8 = 5;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Definition {
    /// What to search for, such as `"{{ slots.question }}"`; what the customer wrote to begin unless stated.
    #[serde(default)]
    query: Option<String>,
    /// Articles offered at most: the best is sent, the others can be chosen. 3 unless stated.
    #[serde(default = "three")]
    limit: u8,
    /// How much of what was asked an article must speak of, from 0 to 1; 0.5 unless stated.
    #[serde(default = "half")]
    threshold: f64,
    /// What to ask below the article.
    #[serde(default)]
    question: Option<String>,
    /// Where to go when nothing is found; the next step unless stated.
    #[serde(default)]
    on_not_found: Option<String>,
    /// Where to go when an article helped; the next step unless stated.
    #[serde(default)]
    on_helped: Option<String>,
    /// Where to go when none did; as when nothing is found unless stated.
    #[serde(default)]
    on_not_helped: Option<String>,
    /// How long to wait for the answer; a day unless stated.
    #[serde(default = "a_day")]
    #[schemars(with = "String")]
    timeout: Span,
    /// Where to go when none comes; the run ends unless stated.
    #[serde(default)]
    on_timeout: Option<String>,
}

fn three() -> u8 {
    3
}

fn half() -> f64 {
    0.5
}

fn a_day() -> Span {
    Span::DAY
}

#[derive(Debug)]
struct Suggest {
    query: Text,
    limit: u8,
    threshold: f64,
    question: Option<Text>,
    not_found: Target,
    helped: Target,
    not_helped: Target,
    timeout: Span,
    on_timeout: Option<Target>,
}

fn compile(fields: Json, compiler: &mut StepCompiler<'_, '_>) -> Option<Box<dyn Step>> {
    let definition: Definition = compiler.read(fields)?;
    if !(1..=LIMIT_MAX).contains(&definition.limit) {
        let message = format!("{} articles cannot be offered", definition.limit);
        compiler.problem("limit", message, format!("Write 1 to {LIMIT_MAX}"));
    }
    if !(0.0..=1.0).contains(&definition.threshold) {
        let message = format!("{} is no share", definition.threshold);
        compiler.problem("threshold", message, "Write a number from 0 to 1, such as 0.5");
    }
    let path = compiler.at("timeout");
    compiler.compiler.positive(&path, definition.timeout);
    let query = compiler.text("query", definition.query.as_deref().unwrap_or(QUERY));
    let question = compiler.optional_text("question", definition.question.as_ref())?;
    let not_found = compiler.target("on_not_found", definition.on_not_found.as_ref())?;
    let helped = compiler.target("on_helped", definition.on_helped.as_ref())?;
    let not_helped = match &definition.on_not_helped {
        Some(name) => compiler.target("on_not_helped", Some(name))?,
        None => not_found,
    };
    let on_timeout = match &definition.on_timeout {
        Some(name) => Some(compiler.target("on_timeout", Some(name))?),
        None => None,
    };
    let (limit, threshold, timeout) = (definition.limit, definition.threshold, definition.timeout);
    let query = query?;
    Some(Box::new(Suggest {
        query,
        limit,
        threshold,
        question,
        not_found,
        helped,
        not_helped,
        timeout,
        on_timeout,
    }))
}

impl Step for Suggest {
    fn arrive(&self, walk: &mut Walk<'_>) -> Move {
        let query = walk.write(&self.query).unwrap_or_default();
        if query.trim().is_empty() {
            return Move::Go(self.not_found, StepReason::NoArticle);
        }
        let payload = [
            ("language".into(), Value::text(walk.journeys.language_of(walk.ctx.environment))),
            ("query".into(), Value::text(query)),
        ];
        let call = WebhookCall {
            endpoint: ARTICLE_SEARCH.into(),
            event: "search".into(),
            payload: Value::Map(payload.into()),
            timeout: None,
            retries: None,
            idempotency_key: None,
        };
        let (effect, strand, run) = (walk.ctx.new_effect(), walk.run.strand, walk.run.id);
        // A search does nothing, so that doing it again does no harm.
        walk.requests.push(Request::Call(Call { effect, strand, run, resend: Resend::Always, call }));
        let for_what = WaitingFor::Call { effect, endpoint: "the search among articles".into() };
        Move::Wait(Waiting { for_what, since: walk.ctx.now, due: None })
    }

    fn wake(&self, walk: &mut Walk<'_>, wake: &Wake<'_>) -> Move {
        match wake {
            Wake::Settled(outcome) => self.found(walk, outcome),
            Wake::Answer(said) => self.answered(walk, said),
            Wake::Due => match self.on_timeout {
                Some(target) => Move::Go(target, StepReason::TimedOut { after: self.timeout }),
                None => Move::End(Ending::GaveUp { step: walk.run.step.clone() }),
            },
            Wake::Event(_) | Wake::Provided(_) | Wake::Part | Wake::Done(_) => Move::Ignore,
        }
    }

    fn ways(&self) -> Vec<Way> {
        let late = self.on_timeout.map(|target| Way::after(self.timeout, target));
        [
            Way::when("helped", self.helped),
            Way::when("did not help", self.not_helped),
            Way::when("nothing found", self.not_found),
        ]
        .into_iter()
        .chain(late)
        .collect()
    }

    fn summary(&self) -> String {
        "Suggest an article".into()
    }

    fn waits(&self) -> bool {
        true
    }

    fn asks(&self) -> bool {
        true
    }
}

impl Suggest {
    fn found(&self, walk: &mut Walk<'_>, outcome: &OutcomeKind) -> Move {
        let found = match outcome {
            OutcomeKind::Done { answer, .. } => FoundArticle::list(answer.as_ref().unwrap_or(&Value::Null)),
            OutcomeKind::Failed { .. } | OutcomeKind::Refused { .. } | OutcomeKind::Uncertain { .. } => {
                Vec::new()
            }
            OutcomeKind::Started { .. } | OutcomeKind::Retry { .. } | OutcomeKind::Accepted { .. } => {
                return Move::Ignore;
            }
        };
        // The search knows the version in force; the run only has the articles of its own.
        let articles = walk.journeys.articles();
        let usable = |own: &FoundArticle| {
            let article = articles.get(&own.name).filter(|article| article.audience == Audience::Public);
            (own.confidence >= self.threshold).then_some(article?.name.clone())
        };
        let mut names = found.iter().filter_map(usable).take(usize::from(self.limit));
        match names.next() {
            Some(best) => {
                let others = names.collect();
                self.offer(walk, &best, others)
            }
            None => Move::Go(self.not_found, StepReason::NoArticle),
        }
    }

    /// Sends an article and asks whether it helped.
    fn offer(&self, walk: &mut Walk<'_>, name: &str, others: Vec<Box<str>>) -> Move {
        let journeys = walk.journeys;
        let Some(article) = journeys.articles().get(name) else {
            return Move::Go(self.not_found, StepReason::NoArticle);
        };
        let wanted = journeys.language_of(walk.ctx.environment);
        let (language, words) = article.text(&wanted);
        let (channel, purpose) = (walk.run.channel.clone(), walk.journey.purpose);
        let medium = media::of(&channel);
        let choices = self.choices(walk, &others, &wanted);
        let (mut text, question) = ((medium.article)(words), self.question(walk, &choices, medium.buttons));
        let together = !medium.live;
        if together {
            text = format!("{text}\n\n{question}");
        }
        let choices_here = if together { choices.clone() } else { Vec::new() };
        let message = Message { choices: choices_here, ..Message::plain(channel.clone(), purpose, text) };
        let sent = walk.send(message);
        if let Some(effect) = sent {
            letter::mark_article(walk.requests, name);
            let note = Note::ArticleSent {
                conversation: walk.conversation(),
                article: name.into(),
                language: language.into(),
                version: journeys.version(),
                effect,
                by: None,
                run: Some(walk.run.id),
            };
            walk.note(note);
        }
        if !together {
            walk.say(Message { choices, ..Message::plain(channel, purpose, question) });
        }
        self.wait(walk, name, others, 0)
    }

    fn wait(&self, walk: &Walk<'_>, name: &str, others: Vec<Box<str>>, retries: u8) -> Move {
        let now = walk.ctx.now;
        let for_what = WaitingFor::Article { shown: name.into(), others, retries };
        Move::Wait(Waiting { for_what, since: now, due: Some(now + self.timeout) })
    }

    fn answered(&self, walk: &mut Walk<'_>, said: &Said) -> Move {
        let Some(WaitingFor::Article { shown, others, retries }) = walk.run.waiting_for().cloned() else {
            return Move::Ignore;
        };
        let wanted = walk.journeys.language_of(walk.ctx.environment);
        if let Some(chosen) = self.chosen(walk, &others, &wanted, &said.text) {
            let mut rest = others;
            rest.retain(|own| *own != chosen);
            return self.offer(walk, &chosen, rest);
        }
        let helped = match (number(&said.text), yes_or_no(&said.text)) {
            (Some(number), _) if number <= CHOICES.len() => Some(number == 1),
            (_, answer) => answer,
        };
        let Some(helped) = helped else {
            if retries >= RETRIES_MAX {
                return self.judged(walk, shown, false);
            }
            let choices = self.choices(walk, &others, &wanted);
            let (channel, purpose) = (walk.run.channel.clone(), walk.journey.purpose);
            let question = self.question(walk, &choices, media::of(&channel).buttons);
            let text = format!("{SORRY}\n\n{question}");
            walk.say(Message { choices, ..Message::plain(channel, purpose, text) });
            return self.wait(walk, &shown, others, retries + 1);
        };
        self.judged(walk, shown, helped)
    }

    fn judged(&self, walk: &mut Walk<'_>, article: Box<str>, helped: bool) -> Move {
        walk.note(Note::ArticleJudged { run: walk.run.id, article: article.clone(), helped });
        match helped {
            true => Move::Go(self.helped, StepReason::ArticleHelped { article }),
            false => Move::Go(self.not_helped, StepReason::ArticleDidNotHelp { article }),
        }
    }

    /// Yes, no, and the titles of the other articles.
    fn choices(&self, walk: &Walk<'_>, others: &[Box<str>], language: &str) -> Vec<String> {
        let articles = others.iter().filter_map(|name| walk.journeys.articles().get(name));
        let titles = articles.map(|article| title(article, language));
        CHOICES.into_iter().map(str::to_owned).chain(titles).collect()
    }

    fn question(&self, walk: &Walk<'_>, choices: &[String], buttons: bool) -> String {
        let written = self.question.as_ref().and_then(|question| walk.write(question).ok());
        let question = written.unwrap_or_else(|| QUESTION.to_owned());
        if buttons {
            return question;
        }
        let listed = choices.iter().enumerate().map(|(place, choice)| format!("{}. {choice}", place + 1));
        [question].into_iter().chain(listed).collect::<Vec<_>>().join("\n")
    }

    /// The other article that the customer wants to read: by its title, or its number in the list.
    fn chosen(&self, walk: &Walk<'_>, others: &[Box<str>], language: &str, text: &str) -> Option<Box<str>> {
        let by_number = number(text).and_then(|number| others.get(number.checked_sub(CHOICES.len() + 1)?));
        let by_title = others.iter().find(|name| {
            let article = walk.journeys.articles().get(name);
            article
                .is_some_and(|article| title(article, language).to_lowercase() == text.trim().to_lowercase())
        });
        by_number.or(by_title).cloned()
    }
}

fn title(article: &Article, language: &str) -> String {
    article.text(language).1.title.to_string()
}

fn number(text: &str) -> Option<usize> {
    text.trim().trim_end_matches('.').parse().ok()
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use crate::world::{Show, check, check_problems, journey};

    const RETURNS: &str = "# knowledge/returns.en.md
---
name: returns
language: en
title: Send it back
summary: Within 30 days.
---
You have **30 days**.
";
    const REFUND: &str = "# knowledge/refund.en.md
---
name: refund
language: en
title: When the money comes
summary: Within five days.
---
Five days.
";
    const INSIDE: &str = "# knowledge/inside.en.md
---
name: inside
language: en
title: For us
summary: Do not tell.
audience: staff
---
Ask the boss.
";
    const STEPS: &str = "steps:
  - {id: help, kind: suggest, query: '{{ entry.properties.kind }}', on_not_found: person, timeout: 1h, on_timeout: person}
  - {id: thanks, kind: message, text: Glad to hear, next: end}
  - {id: person, kind: message, text: Somebody answers you}
";
    const FOUND: &str = r#"done {"articles":[{"name":"inside","confidence":1},{"name":"returns","confidence":0.9},{"name":"gone","confidence":0.9},{"name":"refund","confidence":0.6},{"name":"returns","confidence":0.2}]}"#;

    #[test]
    fn the_best_article_is_sent_and_another_can_be_chosen() {
        check(
            &[&journey(STEPS), RETURNS, REFUND, INSIDE],
            Show::Everything,
            &format!(
                r#"10:00:00 webchat does Go {{"kind":"how do I return"}}
               {FOUND}
               webchat says when the money comes
               10:00:05 webchat says yes"#
            ),
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “help” of “test”: the journey begins here.)
                10:00:00 call articles:search search {"language":"","query":"how do I return"}
                10:00:00 chat: **Send it back**

                You have **30 days**.
                10:00:00 (Sent the article “returns” (en).)
                10:00:00 chat: Did that help? [Yes | No | When the money comes]
                10:00:00 chat: **When the money comes**

                Five days.
                10:00:00 (Sent the article “refund” (en).)
                10:00:00 chat: Did that help? [Yes | No]
                10:00:05 (The article “refund” helped.)
                10:00:05 (Reached “thanks” of “test”: the article “refund” helped.)
                10:00:05 chat: Glad to hear
                10:00:05 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn without_buttons_the_choices_are_numbers_in_one_message() {
        check(
            &[&journey(STEPS), RETURNS, REFUND],
            Show::Everything,
            &format!(
                r#"10:00:00 phone +4915112345678
               sms does Go {{"kind":"how do I return"}}
               {FOUND}
               sms says 3
               sms says perhaps
               sms says what
               sms does Go {{"kind":"how do I return"}}
               {FOUND}
               sms says 1
               sms does Go {{"kind":"how do I return"}}
               {FOUND}
               11:00:00 tick"#
            ),
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “help” of “test”: the journey begins here.)
                10:00:00 call articles:search search {"language":"","query":"how do I return"}
                10:00:00 service SMS: Send it back: Within 30 days.

                Did that help?
                1. Yes
                2. No
                3. When the money comes
                10:00:00 (Sent the article “returns” (en).)
                10:00:00 service SMS: When the money comes: Within five days.

                Did that help?
                1. Yes
                2. No
                10:00:00 (Sent the article “refund” (en).)
                10:00:00 service SMS: Please answer yes or no.

                Did that help?
                1. Yes
                2. No
                10:00:00 (The article “refund” did not help.)
                10:00:00 (Reached “person” of “test”: the article “refund” did not help.)
                10:00:00 service SMS: Somebody answers you
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “help” of “test”: the journey begins here.)
                10:00:00 call articles:search search {"language":"","query":"how do I return"}
                10:00:00 service SMS: Send it back: Within 30 days.

                Did that help?
                1. Yes
                2. No
                3. When the money comes
                10:00:00 (Sent the article “returns” (en).)
                10:00:00 (The article “returns” helped.)
                10:00:00 (Reached “thanks” of “test”: the article “returns” helped.)
                10:00:00 service SMS: Glad to hear
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “help” of “test”: the journey begins here.)
                10:00:00 call articles:search search {"language":"","query":"how do I return"}
                10:00:00 service SMS: Send it back: Within 30 days.

                Did that help?
                1. Yes
                2. No
                3. When the money comes
                10:00:00 (Sent the article “returns” (en).)
                11:00:00 (Reached “person” of “test”: nothing came for 1h.)
                11:00:00 service SMS: Somebody answers you
                11:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn what_is_not_found_goes_another_way() {
        check(
            &[&journey(STEPS), RETURNS],
            Show::Everything,
            r#"10:00:00 webchat does Go {"kind":"weather"}
               done {"articles":[{"name":"returns","confidence":0.49}]}
               webchat does Go {"kind":"weather"}
               failed no index
               webchat does Go"#,
            expect![[r#"
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “help” of “test”: the journey begins here.)
                10:00:00 call articles:search search {"language":"","query":"weather"}
                10:00:00 (Reached “person” of “test”: no article answers it.)
                10:00:00 chat: Somebody answers you
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “help” of “test”: the journey begins here.)
                10:00:00 call articles:search search {"language":"","query":"weather"}
                10:00:00 (Reached “person” of “test”: no article answers it.)
                10:00:00 chat: Somebody answers you
                10:00:00 (The journey “test” ended: its last step was done.)
                10:00:00 (“Go” started the journey “test” (version 1).)
                10:00:00 (Reached “help” of “test”: the journey begins here.)
                10:00:00 (Reached “person” of “test”: no article answers it.)
                10:00:00 chat: Somebody answers you
                10:00:00 (The journey “test” ended: its last step was done.)
            "#]],
        );
    }

    #[test]
    fn mistakes_are_named_with_their_remedy() {
        check_problems(
            &[&journey(
                "steps:
  - {id: a, kind: suggest, query: x, limit: 9, threshold: 3, timeout: 0s}
  - {id: b, kind: suggest}
  - {id: c, kind: suggest, query: x, on_helped: nowhere}
",
            )],
            expect![[r#"
                journeys/0.yaml: steps.a.limit: 9 articles cannot be offered. Write 1 to 5
                journeys/0.yaml: steps.a.threshold: 3 is no share. Write a number from 0 to 1, such as 0.5
                journeys/0.yaml: steps.a.timeout: 0s is no time at all. Write a span such as 20s, 15m, 2h or 30d
                journeys/0.yaml: steps.b.query (column 1): `entry.properties.text` is not known here. Did you mean `entry.properties.kind`?
                journeys/0.yaml: steps.c.on_helped: there is no step `nowhere`. Name one of: a, b, c, end
            "#]],
        );
    }
}
