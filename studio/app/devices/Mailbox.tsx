/** The customer's mail program: a real mailbox on the loopback, with a list, a message and a box to reply in. */
import type { DemoDevices, MailMessage } from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { mailboxQuery } from "@api/queries";
import { Button, Textarea } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Icon } from "@ui/Icon";
import { Empty } from "@ui/states";
import { Ago } from "@ui/Time";
import { type FormEvent, useState } from "react";
import { Asked } from "../shell/Asked";
import { Refused } from "../shell/Refused";
import classes from "./Mailbox.module.css";
import { continuation } from "./shopAddress";

const route = getRouteApi("/shell/devices");

interface Props {
  devices: DemoDevices;
  /** A link that goes on with a conversation was clicked. */
  onContinue: (token: string) => void;
}

export function Mailbox({ devices, onContinue }: Props) {
  const query = useQuery(mailboxQuery(undefined));
  return (
    <section className={classes.mail} aria-label="Mail">
      <header className={classes.head}>
        <Icon name="email" size={15} />
        <h2>Mail</h2>
        <span>every address at hand, over real SMTP and LMTP</span>
      </header>
      <Asked query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty icon="email" title="No mail yet">
              Give the shop an address in the chat. What {devices.shop_address} sends arrives here.
            </Empty>
          ) : (
            <Folder items={items} onContinue={onContinue} />
          )
        }
      </Asked>
    </section>
  );
}

function Folder({ items, onContinue }: { items: MailMessage[]; onContinue: (token: string) => void }) {
  const { mail } = route.useSearch();
  const shown = items.find(({ id }) => id === mail) ?? items.find(({ direction }) => direction === "in");
  return (
    <div className={classes.folder}>
      <ul className={classes.list} aria-label="Messages">
        {items.map((message) => (
          <li key={message.id}>
            <Link
              to="."
              search={(old) => ({ ...old, mail: message.id })}
              resetScroll={false}
              className={classes.entry}
              aria-current={message.id === shown?.id ? "true" : undefined}
            >
              <Icon
                name={message.direction === "in" ? "arrowIn" : "arrowOut"}
                size={13}
                label={message.direction === "in" ? "Received" : "Sent"}
              />
              <span className={classes.words}>
                <b>{message.subject}</b>
                <small>
                  {message.direction === "in" ? message.to : message.from}, <Ago time={message.time} />
                </small>
              </span>
            </Link>
          </li>
        ))}
      </ul>
      {shown !== undefined && <Reading key={shown.id} message={shown} onContinue={onContinue} />}
    </div>
  );
}

function Reading({ message, onContinue }: { message: MailMessage; onContinue: (token: string) => void }) {
  return (
    <article className={classes.reading}>
      <h3>{message.subject}</h3>
      <p className={classes.route}>
        {message.from} → {message.to}
      </p>
      <p className={classes.text}>{message.text}</p>
      {message.links.map((link) => (
        <MailLink key={link} link={link} onContinue={onContinue} />
      ))}
      {message.direction === "in" && <Reply message={message} />}
    </article>
  );
}

/** A link that goes on with a conversation opens in the browser at work; any other one where links open. */
function MailLink({ link, onContinue }: { link: string; onContinue: (token: string) => void }) {
  const token = continuation(link);
  if (token === undefined) {
    return (
      <a href={link} target="_blank" rel="noreferrer">
        {link}
      </a>
    );
  }
  return (
    <Button variant="default" size="xs" onClick={() => onContinue(token)} className={classes.link}>
      Go on in the chat, in the browser at work
    </Button>
  );
}

function Reply({ message }: { message: MailMessage }) {
  const [text, setText] = useState("");
  const cache = useQueryClient();
  const send = useMutation({
    mutationFn: () =>
      take(api.POST("/api/v1/demo/mailbox/reply", { body: { message: message.id, text: text.trim() } })),
    onSuccess: async () => {
      setText("");
      await cache.invalidateQueries({ queryKey: ["mailbox"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim() !== "") send.mutate();
  };
  return (
    <form className={classes.reply} onSubmit={submit}>
      <Textarea
        aria-label={`Reply to ${message.subject}`}
        placeholder="Write a reply"
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        autosize
        minRows={2}
        maxRows={8}
      />
      {send.error !== null && <Refused error={send.error} />}
      {send.isSuccess && text === "" && (
        <p className={classes.sent} role="status">
          <Icon name="check" size={14} /> Sent
        </p>
      )}
      <Button type="submit" size="xs" loading={send.isPending} disabled={text.trim() === ""}>
        Send the reply
      </Button>
    </form>
  );
}
