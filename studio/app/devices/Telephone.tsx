/** The customer's telephone: text messages over a real SMPP link, as they arrive, and a box to write one. */
import type { DemoDevices, TextMessage } from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { telephoneQuery } from "@api/queries";
import { Button, Textarea, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { plural } from "@ui/format";
import { Icon } from "@ui/Icon";
import { Ago } from "@ui/Time";
import { type FormEvent, useState } from "react";
import { Asked } from "../shell/Asked";
import { Refused } from "../shell/Refused";
import classes from "./Telephone.module.css";

const route = getRouteApi("/shell/devices");

/** The telephone's number at first; numbers kept for fiction are refused, as no customer can have one. */
export const NUMBER = "+4915112345678";

const ENCODINGS: Record<string, string> = { gsm7: "GSM 7-bit", latin1: "Latin 1", ucs2: "UCS-2" };

export function Telephone({ devices }: { devices: DemoDevices }) {
  const query = useQuery(telephoneQuery);
  const { number = NUMBER } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <section className={classes.telephone} aria-label="Telephone">
      <header className={classes.head}>
        <Icon name="sms" size={15} />
        <h2>Telephone</h2>
        <span>text messages, over real SMPP</span>
      </header>
      <TextInput
        label="This telephone's number"
        size="xs"
        inputMode="tel"
        className={classes.number}
        value={number}
        onChange={({ currentTarget: { value } }) =>
          void navigate({
            search: (old) => ({ ...old, number: value === NUMBER ? undefined : value }),
            replace: true,
            resetScroll: false,
          })
        }
      />
      <Asked query={query}>
        {({ items }) => <Messages items={items} number={number} business={devices.shop_number} />}
      </Asked>
      <Compose number={number} />
    </section>
  );
}

function Messages({ items, number, business }: { items: TextMessage[]; number: string; business: string }) {
  const own = items.filter((message) => message.number === number);
  const others = [...new Set(items.map((message) => message.number))].filter((other) => other !== number);
  return (
    <>
      {own.length === 0 ? (
        <p className={classes.empty}>No message yet. What {business} sends to this number arrives here.</p>
      ) : (
        // The newest stand at the bottom and in view, as on a telephone.
        <ol className={classes.messages} aria-label={`Messages of ${number}`}>
          {own.map((message) => (
            <Bubble key={message.id} message={message} />
          ))}
        </ol>
      )}
      {others.length > 0 && (
        <p className={classes.others}>There are messages for {others.slice(0, 3).join(", ")} too.</p>
      )}
    </>
  );
}

function Bubble({ message }: { message: TextMessage }) {
  const { direction, business, text, parts, encoding, confirmed, time } = message;
  return (
    <li className={direction === "in" ? classes.in : classes.out}>
      <p>{text}</p>
      <small>
        {direction === "in" ? `from ${business}` : "sent"}, <Ago time={time} /> · {plural(parts, "part")},{" "}
        {ENCODINGS[encoding] ?? encoding}
        {direction === "in" && (confirmed ? " · receipt taken" : " · receipt on its way")}
      </small>
    </li>
  );
}

function Compose({ number }: { number: string }) {
  const [text, setText] = useState("");
  const cache = useQueryClient();
  const send = useMutation({
    mutationFn: (words: string) =>
      take(api.POST("/api/v1/demo/telephone", { body: { number: number.trim(), text: words } })),
    onSuccess: async () => {
      setText("");
      await cache.invalidateQueries({ queryKey: ["telephone"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "") send.mutate(text.trim());
  };
  return (
    <form className={classes.compose} onSubmit={submit}>
      <Textarea
        aria-label="Text message"
        placeholder="Write a text message"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) submit(event);
        }}
        autosize
        minRows={1}
        maxRows={6}
      />
      {send.error !== null && <Refused error={send.error} />}
      <div className={classes.buttons}>
        <Button type="submit" size="xs" loading={send.isPending} disabled={text.trim() === ""}>
          Send
        </Button>
        <Button variant="default" size="xs" disabled={send.isPending} onClick={() => send.mutate("STOP")}>
          Write STOP
        </Button>
      </div>
    </form>
  );
}
