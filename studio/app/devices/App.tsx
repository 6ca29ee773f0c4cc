/** The brand's app on the customer's telephone: what is under way goes on here, by the one call that every touchpoint makes. */
import type {
  ContextJourney,
  ContextOffer,
  ContextQuestion,
  CustomerProfile,
} from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { appQuery, customerQuery } from "@api/queries";
import { Button, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Icon } from "@ui/Icon";
import { type FormEvent, useRef, useState } from "react";
import { Asked } from "../shell/Asked";
import { Refused } from "../shell/Refused";
import classes from "./App.module.css";

type Identifiers = Record<string, string>;

/** By what an app knows who is signed in, the surest first. */
const SIGNED_IN_BY = ["user_id", "email", "phone", "anonymous_id"];

/** What an app would have kept of its customer; nothing where it could not know them. */
export function signedInAs(identifiers: readonly { namespace: string; value: string }[]): Identifiers {
  const known = SIGNED_IN_BY.map((name) => identifiers.find(({ namespace }) => namespace === name));
  const [own] = known.filter((identifier) => identifier !== undefined);
  return own === undefined ? {} : { [own.namespace]: own.value };
}

export function App({ customer }: { customer: string | undefined }) {
  return (
    <section className={classes.app} aria-label="App">
      <header className={classes.head}>
        <Icon name="app" size={15} />
        <h2>App</h2>
        <span>one call for everything it shows</span>
      </header>
      {customer === undefined ? (
        <p className={classes.hint}>
          Nobody is signed in. As soon as a visitor is met in a browser, the app is theirs too.
        </p>
      ) : (
        <OfCustomer customer={customer} />
      )}
    </section>
  );
}

function OfCustomer({ customer }: { customer: string }) {
  const query = useQuery(customerQuery(customer));
  return <Asked query={query}>{(profile) => <SignedIn customer={customer} profile={profile} />}</Asked>;
}

function SignedIn({ customer, profile }: { customer: string; profile: CustomerProfile }) {
  const identifiers = signedInAs(profile.identifiers);
  const [name] = Object.values(identifiers);
  const query = useQuery({ ...appQuery(customer, identifiers), enabled: name !== undefined });
  if (name === undefined) {
    return <p className={classes.hint}>The customer has nothing yet that an app could know them by.</p>;
  }
  return (
    <>
      <p className={classes.who}>
        Signed in as <b>{profile.name ?? name}</b>
      </p>
      <Asked query={query}>
        {({ journeys, offers }) => (
          <div className={classes.screen}>
            {journeys.length === 0 ? (
              <p className={classes.hint}>
                Nothing is under way. Ask for furniture insurance in the web shop below, and go on here.
              </p>
            ) : (
              <ul className={classes.journeys} aria-label="Under way">
                {journeys.map((journey) => (
                  <UnderWay
                    key={`${journey.run}/${journey.question?.slot ?? ""}`}
                    journey={journey}
                    customer={customer}
                    identifiers={identifiers}
                  />
                ))}
              </ul>
            )}
            <ForYou offers={offers} />
          </div>
        )}
      </Asked>
    </>
  );
}

interface Going {
  journey: ContextJourney;
  customer: string;
  identifiers: Identifiers;
}

function UnderWay({ journey, customer, identifiers }: Going) {
  const { title, slots, question, waiting } = journey;
  const known = Object.values(slots).map(String);
  return (
    <li className={classes.journey}>
      <h3>{title}</h3>
      {known.length > 0 && <p className={classes.known}>{known.join(" · ")}</p>}
      {question ? (
        <Question question={question} customer={customer} identifiers={identifiers} />
      ) : (
        <p className={classes.hint}>{waiting ? `Waits for ${waiting}.` : "It goes on by itself."}</p>
      )}
    </li>
  );
}

function Question({
  question,
  customer,
  identifiers,
}: {
  question: ContextQuestion;
  customer: string;
  identifiers: Identifiers;
}) {
  const cache = useQueryClient();
  const attempt = useRef<{ text: string; id: string }>(undefined);
  // An answer that got lost on the way and is given again is the same one.
  const idOf = (text: string) => {
    if (attempt.current?.text !== text) attempt.current = { text, id: crypto.randomUUID() };
    return attempt.current.id;
  };
  const answer = useMutation({
    mutationFn: (text: string) => {
      const { conversation } = question;
      const body = { identifiers, channel: "app", text, message_id: idOf(text), conversation };
      return take(api.POST("/v1/context/answer", { body }));
    },
    onSuccess: async () => {
      attempt.current = undefined;
      await cache.invalidateQueries({ queryKey: ["customer", customer] });
    },
  });
  const taps = tapped(question);
  return (
    <div className={classes.question}>
      <p>{question.text}</p>
      {taps.length > 0 ? (
        <div className={classes.taps}>
          {taps.map((label) => (
            <Button
              key={label}
              variant="default"
              size="xs"
              disabled={answer.isPending}
              onClick={() => answer.mutate(label)}
            >
              {label}
            </Button>
          ))}
        </div>
      ) : (
        <Written question={question} busy={answer.isPending} onAnswer={(text) => answer.mutate(text)} />
      )}
      {answer.error !== null && <Refused error={answer.error} />}
    </div>
  );
}

/** Answers that are tapped, not typed. */
function tapped({ kind, choices }: ContextQuestion): string[] {
  return kind === "bool" ? ["Yes", "No"] : choices.map(({ label }) => label);
}

const KEYBOARDS: Record<string, "numeric" | "email" | "tel"> = {
  int: "numeric",
  email: "email",
  phone: "tel",
};

function Written({
  question,
  busy,
  onAnswer,
}: {
  question: ContextQuestion;
  busy: boolean;
  onAnswer: (text: string) => void;
}) {
  const [text, setText] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "") onAnswer(text.trim());
  };
  return (
    <form className={classes.written} onSubmit={submit}>
      <TextInput
        aria-label={question.label}
        size="xs"
        type={question.kind === "date" ? "date" : "text"}
        inputMode={KEYBOARDS[question.kind] ?? "text"}
        value={text}
        onChange={({ currentTarget: { value } }) => setText(value)}
      />
      <Button type="submit" size="xs" loading={busy} disabled={text.trim() === ""}>
        Answer
      </Button>
    </form>
  );
}

function ForYou({ offers }: { offers: ContextOffer[] }) {
  const made = offers.filter(({ offer }) => offer !== null && offer !== undefined);
  if (made.length === 0) return null;
  return (
    <ul className={classes.offers} aria-label="For you">
      {made.map(({ placement, title, content }) => (
        <li key={placement}>
          <b>{content.headline ?? title}</b>
          {content.text !== undefined && <p>{content.text}</p>}
        </li>
      ))}
    </ul>
  );
}
