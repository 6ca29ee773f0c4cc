/** The box in which an agent answers, or writes a note that the customer never sees. */
import type {
  CannedAction,
  CannedText,
  ConversationAction,
  CustomerConversation,
} from "@api/__generated__/schema";
import { api } from "@api/client";
import { cannedQuery } from "@api/queries";
import { Button, Menu, SegmentedControl, Textarea } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { channelLook } from "@ui/channel";
import { Icon } from "@ui/Icon";
import { type KeyboardEvent, useEffect, useRef, useState } from "react";
import { Permitted } from "../../shell/permission";
import type { useAct } from "./act";
import classes from "./Conversation.module.css";

interface Props {
  customer: string;
  own: CustomerConversation;
  act: ReturnType<typeof useAct>;
  /** Words to put into the reply; each time they are put anew they are another object. */
  put: { text: string } | undefined;
}

/** How often the customer is told that somebody types. */
const TYPING_EVERY_MS = 3_000;

export function Reply({ customer, own, act, put }: Props) {
  const [text, setText] = useState("");
  const [kind, setKind] = useState<"reply" | "note">("reply");
  const [then, setThen] = useState<CannedAction[]>([]);
  // The same key while the same words are tried again, so that a reply whose answer got lost is sent once.
  const [key, setKey] = useState(newKey);
  const canned = useQuery(cannedQuery(customer));
  const box = useRef<HTMLTextAreaElement>(null);
  const typedAt = useRef(0);
  useEffect(() => {
    if (put === undefined) return;
    setKind("reply");
    setText((old) => (old.trim() === "" ? put.text : `${old.trimEnd()}\n\n${put.text}`));
    box.current?.focus();
  }, [put]);
  const tellTyping = () => {
    if (kind !== "reply" || Date.now() - typedAt.current < TYPING_EVERY_MS) return;
    typedAt.current = Date.now();
    // Nothing depends on it: whoever may not write, or is offline, types unseen.
    void api
      .POST("/api/v1/customers/{id}/typing", { params: { path: { id: customer } } })
      .catch(() => undefined);
  };
  const said = text.trim();
  const send = () => {
    if (said === "" && then.length === 0) return;
    const first: ConversationAction[] =
      said === ""
        ? []
        : [kind === "reply" ? { action: "reply", text: said, key } : { action: "note", text: said }];
    act.mutate([...first, ...then.map(done)], {
      onSuccess: () => {
        setText("");
        setThen([]);
        setKey(newKey());
      },
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    send();
  };
  const use = ({ text: words, actions }: CannedText) => {
    setKind("reply");
    setText(words ?? "");
    setThen(actions);
  };
  return (
    <div className={classes.reply}>
      <SegmentedControl
        aria-label="What to write"
        size="xs"
        value={kind}
        onChange={(value) => setKind(value === "note" ? "note" : "reply")}
        data={[
          { value: "reply", label: "Reply" },
          { value: "note", label: "Private note" },
        ]}
      />
      <Textarea
        aria-label={kind === "reply" ? "Your reply" : "Your note"}
        placeholder={kind === "reply" ? "Write to the customer …" : "Only staff see this …"}
        autosize
        minRows={2}
        maxRows={10}
        value={text}
        data-private={kind === "note"}
        ref={box}
        onChange={({ currentTarget }) => {
          setText(currentTarget.value);
          tellTyping();
        }}
        onKeyDown={onKeyDown}
      />
      <div className={classes.sending}>
        <Canned answers={canned.data ?? []} use={use} />
        <span className={classes.goes}>
          {kind === "reply" ? goes(own) : "Stays in the house."}
          {then.length > 0 && ` Then: ${then.map(({ action }) => action).join(", ")}.`}
        </span>
        <Permitted
          permission="conversations_write"
          loading={act.isPending}
          pointless={said === "" && then.length === 0 ? "Write something first." : undefined}
          onClick={send}
        >
          {kind === "reply" ? "Send" : "Keep the note"}
        </Permitted>
      </div>
    </div>
  );
}

function goes({ channel }: CustomerConversation): string {
  return channel
    ? `Goes to where the customer is: ${channelLook(channel).label} last.`
    : "Goes to where the customer is.";
}

function Canned({ answers, use }: { answers: CannedText[]; use: (answer: CannedText) => void }) {
  if (answers.length === 0) return null;
  return (
    <Menu shadow="md" position="top-start">
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<Icon name="copy" size={14} />}>
          Answers at hand
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {answers.map((answer) => (
          <Menu.Item key={answer.name} disabled={Boolean(answer.missing)} onClick={() => use(answer)}>
            {answer.title}
            {answer.missing && <span className={classes.missing}> ({answer.missing})</span>}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function done(action: CannedAction): ConversationAction {
  switch (action.action) {
    case "snooze":
      return { action: "snooze", until: new Date(Date.now() + action.ms).toISOString() };
    case "close":
      return { action: "close", outcome: action.outcome, results: {} };
    case "note":
    case "queue":
    case "priority":
      return action;
  }
}

function newKey(): string {
  return crypto.randomUUID();
}
