/** What can be done with a conversation besides answering it. */
import type {
  ConversationAction,
  CustomerConversation,
  DeskOverview,
  InboxPriority,
  ResultField,
} from "@api/__generated__/schema";
import { Button, Menu, Modal, NativeSelect, TextInput } from "@mantine/core";
import { Icon } from "@ui/Icon";
import { type FormEvent, useState } from "react";
import { Permitted } from "../../shell/permission";
import { Refused } from "../../shell/Refused";
import type { useAct } from "./act";
import classes from "./Conversation.module.css";

interface Props {
  own: CustomerConversation;
  desk: DeskOverview | undefined;
  act: ReturnType<typeof useAct>;
}

const PRIORITIES: InboxPriority[] = ["low", "normal", "high", "urgent"];
const HOUR_MS = 3_600_000;
const SNOOZES: [string, number][] = [
  ["For an hour", HOUR_MS],
  ["For four hours", 4 * HOUR_MS],
  ["Until tomorrow", 24 * HOUR_MS],
  ["For a week", 7 * 24 * HOUR_MS],
];

export function Actions({ own, desk, act }: Props) {
  const [closing, setClosing] = useState(false);
  const run = (...actions: ConversationAction[]) => act.mutate(actions);
  const atDesk = own.queue !== undefined && own.queue !== null;
  const away = atDesk ? undefined : "The conversation is not at the desk; take it first.";
  const mine = own.agent !== undefined && own.agent !== null && own.agent === desk?.me;
  return (
    <div className={classes.actions} role="toolbar" aria-label="Conversation actions">
      <Permitted
        permission="conversations_write"
        size="xs"
        {...(mine ? { variant: "default" } : {})}
        pointless={mine ? "You have it already." : undefined}
        loading={act.isPending}
        onClick={() => run({ action: "take" })}
      >
        Take
      </Permitted>
      <Choose label="Assign" entries={agents(desk)} onChoose={(agent) => run({ action: "assign", agent })} />
      <Choose label="Transfer" entries={queues(desk)} onChoose={(queue) => run({ action: "queue", queue })} />
      <Choose
        label="Priority"
        entries={PRIORITIES.map((priority) => [priority, priority])}
        onChoose={(name) => {
          const priority = PRIORITIES.find((known) => known === name);
          if (priority !== undefined) run({ action: "priority", priority });
        }}
      />
      {own.snoozed ? (
        <Permitted
          permission="conversations_write"
          size="xs"
          variant="default"
          onClick={() => run({ action: "wake" })}
        >
          Bring back
        </Permitted>
      ) : (
        <Choose
          label="Put aside"
          entries={SNOOZES.map(([label, ms]) => [String(ms), label])}
          onChoose={(ms) => run({ action: "snooze", until: new Date(Date.now() + Number(ms)).toISOString() })}
        />
      )}
      {own.state === "closed" ? (
        <Permitted
          permission="conversations_write"
          size="xs"
          variant="default"
          onClick={() => run({ action: "reopen" })}
        >
          Reopen
        </Permitted>
      ) : (
        <>
          <Permitted
            permission="conversations_write"
            size="xs"
            variant="default"
            pointless={away}
            onClick={() => run({ action: "hand_back" })}
          >
            Back to the bot
          </Permitted>
          <Permitted
            permission="conversations_write"
            size="xs"
            variant="default"
            pointless={away}
            onClick={() => setClosing(true)}
          >
            Close
          </Permitted>
        </>
      )}
      {act.error !== null && <Refused error={act.error} />}
      <Modal opened={closing} onClose={() => setClosing(false)} title="Close the conversation">
        <Closing
          own={own}
          close={(action) => {
            setClosing(false);
            run(action);
          }}
        />
      </Modal>
    </div>
  );
}

const agents = (desk: DeskOverview | undefined): [string, string][] =>
  desk?.agents.map(({ name, title, presence, load, capacity }) => [
    name,
    `${title} (${presence}, ${load} of ${capacity})`,
  ]) ?? [];

const queues = (desk: DeskOverview | undefined): [string, string][] =>
  desk?.queues.map(({ name, title, open }) => [name, open ? title : `${title} (closed now)`]) ?? [];

interface ChooseProps {
  label: string;
  entries: [string, string][];
  onChoose: (name: string) => void;
}

function Choose({ label, entries, onChoose }: ChooseProps) {
  return (
    <Menu shadow="md" position="bottom-start">
      <Menu.Target>
        <Button size="xs" variant="default" rightSection={<Icon name="chevronDown" size={12} />}>
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {entries.length === 0 && <Menu.Item disabled>The catalogue names none</Menu.Item>}
        {entries.map(([name, words]) => (
          <Menu.Item key={name} onClick={() => onChoose(name)}>
            {words}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

function Closing({ own, close }: { own: CustomerConversation; close: (action: ConversationAction) => void }) {
  const [outcome, setOutcome] = useState(own.outcomes[0] ?? "solved");
  const [results, setResults] = useState<Record<string, string>>({});
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const filled = own.form.flatMap((field) => {
      const text = results[field.slot]?.trim() ?? "";
      return text === "" ? [] : [[field.slot, resultOf(field, text)] as const];
    });
    close({ action: "close", outcome, results: Object.fromEntries(filled) });
  };
  return (
    <form onSubmit={submit} className={classes.closing}>
      {own.outcomes.length > 0 ? (
        <NativeSelect
          label="Outcome"
          description="The journey goes on with it."
          value={outcome}
          onChange={({ currentTarget }) => setOutcome(currentTarget.value)}
          data={own.outcomes}
        />
      ) : (
        <TextInput
          label="Outcome"
          value={outcome}
          required
          onChange={({ currentTarget }) => setOutcome(currentTarget.value)}
        />
      )}
      {own.form.map((field) => (
        <Result
          key={field.slot}
          field={field}
          value={results[field.slot] ?? ""}
          onChange={(text) => setResults((old) => ({ ...old, [field.slot]: text }))}
        />
      ))}
      <Button type="submit">Close it</Button>
    </form>
  );
}

interface ResultProps {
  field: ResultField;
  value: string;
  onChange: (text: string) => void;
}

function Result({ field, value, onChange }: ResultProps) {
  const choices = field.kind === "yes_or_no" ? ["yes", "no"] : field.choices;
  if (choices.length > 0) {
    return (
      <NativeSelect
        label={field.title}
        value={value}
        onChange={({ currentTarget }) => onChange(currentTarget.value)}
        data={["", ...choices]}
      />
    );
  }
  return (
    <TextInput
      label={field.title}
      description={field.wanted}
      inputMode={field.kind === "number" ? "numeric" : "text"}
      value={value}
      onChange={({ currentTarget }) => onChange(currentTarget.value)}
    />
  );
}

function resultOf(field: ResultField, text: string): string | number | boolean {
  if (field.kind === "yes_or_no") return text === "yes";
  const number = Number(text);
  return field.kind === "number" && Number.isFinite(number) ? number : text;
}
