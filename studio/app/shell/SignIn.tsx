/** The way in: the admin token that the server printed at its first start. */
import { api, take } from "@api/client";
import { tell } from "@api/problem";
import { forgetToken, keepToken } from "@api/session";
import { Button, PasswordInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { useTitle } from "@ui/Page";
import { Notice } from "@ui/states";
import { type FormEvent, useState } from "react";
import classes from "./SignIn.module.css";
import { Mark } from "./Wordmark";

const route = getRouteApi("/sign-in");

export function SignIn() {
  useTitle("Sign in");
  const { to } = route.useSearch();
  const router = useRouter();
  const cache = useQueryClient();
  const [typed, setTyped] = useState("");
  const enter = useMutation({
    mutationFn: async () => {
      keepToken(typed);
      try {
        return await take(api.GET("/api/v1/me"));
      } catch (error) {
        forgetToken();
        throw error;
      }
    },
    onSuccess: (me) => {
      cache.setQueryData(["me"], me);
      router.history.push(to ?? "/customers");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() !== "") enter.mutate();
  };
  return (
    <main className={classes.page}>
      <form className={classes.card} onSubmit={submit}>
        <Mark size={36} />
        <h1 className={classes.title}>Throughline</h1>
        <p className={classes.lead}>One thread per customer, on every channel.</p>
        <PasswordInput
          label="Admin token"
          description="The server prints it at its first start."
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          autoComplete="current-password"
          autoFocus
          size="md"
          visibilityToggleButtonProps={{ "aria-label": "Show the token" }}
        />
        {enter.error !== null && <Refusal error={enter.error} />}
        <Button type="submit" size="md" fullWidth loading={enter.isPending}>
          Sign in
        </Button>
      </form>
    </main>
  );
}

function Refusal({ error }: { error: unknown }) {
  const { title, remedy } = tell(error);
  return (
    <Notice tone="bad">
      {title}. {remedy}
    </Notice>
  );
}
