/** Articles for the conversation: suggested by what the customer wrote, or searched for; put into the reply or sent. */
import type { ArticleItem, CustomerConversation } from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { articlesQuery, suggestionsQuery } from "@api/queries";
import { Button, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Sheet } from "@ui/Page";
import { Tag } from "@ui/states";
import { type KeyboardEvent, useRef, useState } from "react";
import { Asked } from "../../shell/Asked";
import { Permitted } from "../../shell/permission";
import classes from "../knowledge/Knowledge.module.css";
import { Marked } from "../knowledge/Marked";
import type { useAct } from "./act";

interface Props {
  own: CustomerConversation;
  act: ReturnType<typeof useAct>;
  /** Puts words into the reply. */
  insert: (text: string) => void;
}

const PAUSE_MS = 150;
const SHOWN_MAX = 5;

export function Suggestions({ own, act, insert }: Props) {
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text.trim(), PAUSE_MS);
  const suggested = useQuery(suggestionsQuery(own.id, own.last));
  const searched = useQuery({ ...articlesQuery(asked), enabled: asked !== "" });
  const list = useRef<HTMLUListElement>(null);
  const query = asked === "" ? suggested : searched;
  const step = (event: KeyboardEvent, by: 1 | -1) => {
    const entries = [...(list.current?.querySelectorAll<HTMLElement>("[data-entry]") ?? [])];
    const at = entries.findIndex((entry) => entry.contains(document.activeElement));
    const next = entries[at + by];
    if (next === undefined) return;
    event.preventDefault();
    next.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") step(event, 1);
    if (event.key === "ArrowUp") step(event, -1);
  };
  return (
    <Sheet title="Knowledge">
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys lead through the entries within */}
      <div className={classes.suggestions} onKeyDown={onKeyDown}>
        <TextInput
          size="xs"
          aria-label="Search the articles"
          placeholder="Search the articles"
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
        />
        <Asked query={query}>
          {({ items }) =>
            items.length === 0 ? (
              <p className={classes.total}>
                {asked === ""
                  ? "No article speaks of what the customer wrote."
                  : "No article speaks of that."}
              </p>
            ) : (
              <ul ref={list} className={classes.suggestions} aria-label="Articles">
                {items.slice(0, SHOWN_MAX).map((item) => (
                  <Suggestion key={item.name} item={item} act={act} insert={insert} />
                ))}
              </ul>
            )
          }
        </Asked>
        <p className={classes.total}>↑ ↓ choose, Enter puts it into the reply, Ctrl + Enter sends it.</p>
      </div>
    </Sheet>
  );
}

function Suggestion({ item, act, insert }: Omit<Props, "own"> & { item: ArticleItem }) {
  // The same key while it is tried again, so that an article whose answer got lost is sent once.
  const [key, setKey] = useState(() => crypto.randomUUID());
  const secret = item.audience === "staff";
  const use = async () => {
    const article = await take(
      api.GET("/api/v1/articles/{name}", { params: { path: { name: item.name }, query: {} } }),
    );
    const words = article.languages.find(({ language }) => language === item.language);
    const plain = words?.renditions.find(({ channel }) => channel === "email");
    insert(plain?.text ?? item.summary);
  };
  const send = () =>
    act.mutate([{ action: "article", article: item.name, language: item.language, key }], {
      onSuccess: () => setKey(crypto.randomUUID()),
    });
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Enter" || event.target !== event.currentTarget || secret) return;
    event.preventDefault();
    if (event.ctrlKey || event.metaKey) send();
    else void use();
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: entries are chosen by the arrow keys and used by Enter
    <li className={classes.suggestion} data-entry tabIndex={0} onKeyDown={onKeyDown} aria-label={item.title}>
      <Link to="/knowledge/$name" params={{ name: item.name }}>
        <Marked fragments={item.title_marked} />
      </Link>
      <p className={classes.snippet}>
        <Marked fragments={item.snippet} />
      </p>
      {secret ? (
        <Tag tone="warn">staff only</Tag>
      ) : (
        <div className={classes.buttons}>
          <Button size="compact-xs" variant="default" onClick={() => void use()}>
            Insert
          </Button>
          <Permitted permission="conversations_write" loading={act.isPending} onClick={send}>
            Send article
          </Permitted>
        </div>
      )}
    </li>
  );
}
