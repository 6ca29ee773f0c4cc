/** Signs of life in web chat: whether the customer is there, and who types. They are told live and kept nowhere. */
import { connectedQuery, TYPING_MS, type Typing, typingQuery } from "@api/live";
import { useQuery } from "@tanstack/react-query";
import { Tag } from "@ui/states";
import { useEffect, useState } from "react";
import classes from "./Conversation.module.css";

export function Connected({ customer }: { customer: string }) {
  const { data } = useQuery(connectedQuery(customer));
  if (data === undefined || data === null) return null;
  return data ? <Tag tone="ok">in the chat</Tag> : <Tag>not in the chat</Tag>;
}

export function Types({ customer }: { customer: string }) {
  const { data } = useQuery(typingQuery(customer));
  const sign = useLasting(data ?? undefined);
  const who = sign?.agent ?? "The customer";
  return (
    <p className={classes.typing} role="status">
      {sign === undefined ? "" : `${who} is typing …`}
    </p>
  );
}

/** A sign until it is over. */
function useLasting(sign: Typing | undefined): Typing | undefined {
  const [over, setOver] = useState<number>();
  useEffect(() => {
    if (sign === undefined) return;
    const left = Math.max(0, sign.at + TYPING_MS - Date.now());
    const timer = setTimeout(() => setOver(sign.at), left);
    return () => clearTimeout(timer);
  }, [sign]);
  return sign === undefined || over === sign.at ? undefined : sign;
}
