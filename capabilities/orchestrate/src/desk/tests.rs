//! Stories at the desk, as scripts.

use expect_test::expect;

use crate::world::{Show, check, check_problems};

const ORDERS: &str = "# queues/orders.yaml
name: orders
title: Orders
skills: [orders]
hours:
  time_zone: Europe/Berlin
  open: [{days: [monday, tuesday, wednesday, thursday, friday], from: '09:00', to: '17:00'}]
outside_hours: We are here from nine to five.
service_level:
  first_response: 30m
  resolution: 4h
  warn_before: 10m
  priorities: {urgent: {first_response: 5m}}
escalate: {queue: leads, priority: urgent}
";
const LEADS: &str = "# queues/leads.yaml
name: leads
title: Team leads
assignment: manual
";
const AGENTS: &str = "# agents.yaml
agents:
  anna: {title: Anna Berg, skills: [orders], languages: [en]}
  ben: {title: Ben}
";
const DESK: &str = "# desk.yaml
person:
  queue: orders
  event: Leave
  phrases: [human, talk to a person]
  announcement: A colleague will be with you.
";
const PROBLEM: &str = "name: problem
title: A problem
entry: {event: Go}
slots:
  order: {type: text, ask: Which order is it?}
  refund: {type: int}
steps:
  - {id: ask, kind: ask, slots: [order], timeout: 5d}
  - id: person
    kind: hand_over
    queue: orders
    text: A colleague looks into {{ slots.order }}.
    reason: Something is wrong with {{ slots.order }}
    form: [refund]
    outcomes: {refunded: money}
    on_loop: sorry
    next: thanks
  - {id: money, kind: message, text: 'You get {{ slots.refund }} back.', next: thanks}
  - {id: thanks, kind: message, text: Thank you., next: end}
  - {id: sorry, kind: message, text: Sorry., next: end}
";

fn story(script: &str, expected: expect_test::Expect) {
    check(&[ORDERS, LEADS, AGENTS, DESK, PROBLEM], Show::Ends, script, expected);
}

#[test]
fn a_journey_hands_over_and_goes_on_with_what_the_agent_found() {
    story(
        r#"address ada@example.com
           10:00:00 webchat does Go
           10:00:10 webchat says 4711
           10:00:20 webchat says are you there?
           10:01:00 anna takes
           10:02:00 ben takes
           10:02:00 anna closes later
           10:02:00 anna closes refunded {"refund":"much"}
           10:02:00 anna closes refunded {"order":"4712"}
           10:03:00 anna replies Hello Ada, what happened?
           10:03:30 webchat says the box was empty
           10:03:40 anna notes warehouse knows
           10:20:00 anna replies I am on it.
           10:30:00 email says any news?
           10:31:00 anna replies Yes!
           10:32:00 anna closes refunded {"refund":20}
           10:33:00 webchat says thanks"#,
        expect![[r#"
            10:00:00 chat: Which order is it?
            10:00:10 (Handed over to “orders” with normal priority: Something is wrong with 4711.)
            10:00:10 chat: A colleague looks into 4711.
            10:01:00 (anna took the conversation.)
            10:02:00 refused: anna has the conversation; ask them, or assign it
            10:02:00 refused: `outcome` is `later`; the journey goes on with one of: refunded
            10:02:00 refused: `results.refund` must be a whole number
            10:02:00 refused: `results.order` is not asked for; fill in: refund
            10:03:00 chat from Anna Berg: Hello Ada, what happened?
            10:03:40 (anna noted: warehouse knows)
            10:20:00 service e-mail “A problem”: I am on it.
            10:31:00 service e-mail “Re: A problem”: Yes!
            10:32:00 (anna closed the conversation: refunded.)
            10:32:00 service e-mail “Re: A problem”: You get 20 back.
            10:32:00 service e-mail “Re: A problem”: Thank you.
            10:32:00 (The journey “problem” ended: its last step was done.)
            10:33:00 (Handed over to “orders” with normal priority: the customer wrote again after Anna Berg closed it.)
            10:33:00 (The conversation is back: the customer wrote.)
        "#]],
    );
}

#[test]
fn what_staff_cannot_do_is_refused() {
    story(
        "10:00:00 anna takes
         10:00:00 webchat says hello
         10:00:01 anna closes done
         10:00:02 anna queues nowhere
         10:00:03 anna assigns carl
         10:00:04 anna replies \n
         10:00:05 anna takes
         10:00:06 anna snoozes 09:00:00
         10:00:07 anna reopens",
        expect![[r#"
            10:00:00 refused: the customer has no conversation cnv_0000000000000; look for it in the inbox again
            10:00:01 refused: the conversation is not at the desk; take it first
            10:00:02 refused: `queue` is `nowhere`; name one of: leads, orders
            10:00:03 refused: `agent` is `carl`; name one of: anna, ben
            10:00:04 refused: `text` is empty; write at least a word
            10:00:05 (Handed over to “orders” with normal priority: anna took it over.)
            10:00:05 (anna took the conversation.)
            10:00:06 refused: `until` is 2026-03-11T09:00:00.000Z, which is over; name a later time
            10:00:07 refused: the conversation is at the desk already
        "#]],
    );
}

#[test]
fn hand_overs_do_not_go_round_and_round() {
    let again = PROBLEM.replace("next: thanks\n  - {id: money", "next: person\n  - {id: money");
    check(
        &[ORDERS, LEADS, AGENTS, DESK, &again],
        Show::Ends,
        "10:00:00 webchat does Go
         10:00:10 webchat says 4711
         10:01:00 anna returns
         10:02:00 anna returns",
        expect![[r#"
            10:00:00 chat: Which order is it?
            10:00:10 (Handed over to “orders” with normal priority: Something is wrong with 4711.)
            10:00:10 chat: A colleague looks into 4711.
            10:01:00 (anna gave the conversation back to the bot.)
            10:01:00 (Handed over to “orders” with normal priority: Something is wrong with 4711.)
            10:01:00 chat: A colleague looks into 4711.
            10:02:00 (anna gave the conversation back to the bot.)
            10:02:00 chat: Sorry.
            10:02:00 (The journey “problem” ended: its last step was done.)
        "#]],
    );
    check(
        &[ORDERS, LEADS, AGENTS, DESK, &again],
        Show::Ends,
        "10:00:00 webchat does Go
         10:00:10 webchat says 4711
         10:01:00 anna returns
         10:01:30 webchat says but I wrote
         10:02:00 anna returns
         10:03:00 anna returns",
        expect![[r#"
            10:00:00 chat: Which order is it?
            10:00:10 (Handed over to “orders” with normal priority: Something is wrong with 4711.)
            10:00:10 chat: A colleague looks into 4711.
            10:01:00 (anna gave the conversation back to the bot.)
            10:01:00 (Handed over to “orders” with normal priority: Something is wrong with 4711.)
            10:01:00 chat: A colleague looks into 4711.
            10:02:00 (anna gave the conversation back to the bot.)
            10:02:00 (Handed over to “orders” with normal priority: Something is wrong with 4711.)
            10:02:00 chat: A colleague looks into 4711.
            10:03:00 (anna gave the conversation back to the bot.)
            10:03:00 (Handed over to “orders” with normal priority: Something is wrong with 4711.)
            10:03:00 chat: A colleague looks into 4711.
        "#]],
    );
}

#[test]
fn nobody_asks_while_people_have_the_conversation_and_nothing_is_asked_again() {
    story(
        "10:00:00 webchat does Go
         10:00:10 webchat says can I talk to a person please
         10:01:00 anna replies Of course.
         10:02:00 webchat says it is about 4711
         9d10:00:00 tick
         9d10:01:00 anna returns
         9d10:02:00 webchat says 4711
         20d10:00:00 tick",
        expect![[r#"
            10:00:00 chat: Which order is it?
            10:00:10 (Handed over to “orders” with normal priority: the customer asked for a person.)
            10:00:10 chat: A colleague will be with you.
            10:01:00 (anna took the conversation.)
            10:01:00 chat from Anna Berg: Of course.
            10:00:00 (The resolution promised by “orders” was not given in time.)
            10:00:00 (Handed over to “orders” with urgent priority: it was not served in time.)
            10:01:00 (anna gave the conversation back to the bot.)
            10:02:00 (Handed over to “orders” with normal priority: Something is wrong with 4711.)
            10:02:00 chat: A colleague looks into 4711.
            10:00:00 (The first response promised by “orders” was not given in time.)
            10:00:00 (Handed over to “leads” with urgent priority: it was not served in time.)
        "#]],
    );
}

#[test]
fn whoever_says_stop_is_not_asked_when_people_are_done() {
    story(
        "10:00:00 webchat does Go
         10:00:10 webchat says human
         10:00:20 webchat says STOP
         10:01:00 anna returns",
        expect![[r#"
            10:00:00 chat: Which order is it?
            10:00:10 (Handed over to “orders” with normal priority: the customer asked for a person.)
            10:00:10 chat: A colleague will be with you.
            10:00:20 (The journey “problem” ended: the customer asked to stop.)
            10:01:00 (anna gave the conversation back to the bot.)
        "#]],
    );
}

#[test]
fn customers_ask_for_a_person_by_word_or_event_and_come_back_to_the_same_queue() {
    story(
        "3d10:00:00 web does Leave
         3d10:00:10 webchat says human
         3d10:01:00 anna closes done
         3d10:02:00 webchat says HUMAN!
         3d10:03:00 anna takes
         3d10:04:00 anna closes done
         3d10:05:00 ben reopens
         3d10:06:00 ben snoozes 3d12:00:00
         3d12:00:00 tick
         3d12:01:00 ben snoozes 4d12:00:00
         3d12:02:00 webchat says one more thing",
        expect![[r#"
            10:00:00 (Handed over to “orders” with normal priority: the customer asked for a person.)
            10:00:00 chat: A colleague will be with you.

            We are here from nine to five.
            10:01:00 (anna closed the conversation: done.)
            10:02:00 (Handed over to “orders” with normal priority: the customer wrote again after Anna Berg closed it.)
            10:02:00 (The conversation is back: the customer wrote.)
            10:03:00 (anna took the conversation.)
            10:04:00 (anna closed the conversation: done.)
            10:05:00 (Handed over to “orders” with normal priority: ben took it over.)
            10:05:00 (ben reopened the conversation.)
            10:06:00 (ben put the conversation aside until 2026-03-14T12:00:00.000Z.)
            12:00:00 (The conversation is back: its time has come.)
            12:01:00 (ben put the conversation aside until 2026-03-15T12:00:00.000Z.)
            12:02:00 (The conversation is back: the customer wrote.)
        "#]],
    );
}

#[test]
fn promises_are_kept_in_business_hours_and_broken_ones_escalate() {
    story(
        "address ada@example.com
         1d15:40:00 webchat says human
         2d07:00:00 tick
         2d08:05:00 tick
         2d08:15:00 tick
         2d09:00:00 ben takes
         2d09:01:00 ben replies Sorry.
         2d12:00:00 tick
         2d12:00:00 ben ranks low
         3d12:00:00 tick
         3d12:00:00 ben queues orders high
         3d12:00:00 ben names A late answer",
        expect![[r#"
            15:40:00 (Handed over to “orders” with normal priority: the customer asked for a person.)
            15:40:00 chat: A colleague will be with you.
            07:00:00 (The first response promised by “orders” is due soon.)
            08:15:00 (The first response promised by “orders” was not given in time.)
            08:15:00 (Handed over to “leads” with urgent priority: it was not served in time.)
            09:00:00 (ben took the conversation.)
            09:01:00 service e-mail “human”: Sorry.
            12:00:00 (ben set the priority to low.)
            12:00:00 (Handed over to “orders” with high priority: ben passed it on.)
            12:00:00 (ben named the conversation “A late answer”.)
        "#]],
    );
}

#[test]
fn mistakes_in_the_desks_files_are_named_with_their_remedy() {
    check_problems(
        &[
            "# queues/a.yaml\nname: A!\ntitle: A\nhours: {time_zone: Berlin, open: []}\n",
            "# queues/b.yaml\nname: b\ntitle: B\nhours: {time_zone: Europe/Berlin, open: [{days: [mon], from: '09:00', to: '17:00'}], holidays: [christmas]}\nservice_level: {first_response: 0s}\nescalate: {queue: c}\n",
            "# queues/d.yaml\nname: b\ntitle: D\n",
            "# agents.yaml\nagents: {anna: {title: Anna, capacity: 0}}\n",
            "# desk.yaml\nperson: {queue: nowhere, phrases: ['?']}\n",
            "name: one\ntitle: One\nentry: {event: Go}\nsteps:\n  - {id: a, kind: hand_over, queue: c, text: x, form: [y], times_max: 0}\n",
            "name: two\ntitle: Two\nentry: {event: Go}\nsteps:\n  - {id: a, kind: hand_over, queue: b, text: x, timeout: 0s, outcomes: {done: nowhere}}\n",
        ],
        expect![[r#"
            queues/a.yaml: hours.time_zone: `Berlin` is no time zone; use an IANA name, such as `Europe/Berlin`. Write `name`, `title` and, as needed, `skills`, `languages`, `assignment`, `hours`, `outside_hours`, `service_level` and `escalate`
            queues/b.yaml: hours.open.0.days.0: `mon` is no day of the week; use monday, tuesday, …. Write the whole English name
            queues/b.yaml: hours.open: it is never open. List days with `from` and `to`, or leave `hours` out
            queues/b.yaml: hours.holidays.0: `christmas` is no day. Write it as 2026-12-25
            queues/b.yaml: service_level.first_response: 0s is no time at all. Write a span such as 30m or 8h
            queues/d.yaml: name: another file has a queue `b` too: “B”. Give one of them another name
            agents.yaml: agents.anna.capacity: nothing could be assigned. Write at least 1, or leave the agent out
            desk.yaml: person.queue: there is no queue `nowhere`. Name one of: b
            desk.yaml: person.phrases.0: `?` has no word. Write what a customer would write
            journeys/5.yaml: steps.a.queue: there is no queue `c`. Add it under `queues/`; there are: b
            journeys/5.yaml: steps.a.times_max: nobody would be handed over. Write at least 1
            journeys/5.yaml: steps.a.form: there is no slot `y`. Declare it under `slots`; declared are: 
            journeys/6.yaml: steps.a.timeout: 0s is no time at all. Write a span such as 20s, 15m, 2h or 30d
            journeys/6.yaml: steps.a.outcomes: there is no step `nowhere`. Name one of: a, end
        "#]],
    );
}
