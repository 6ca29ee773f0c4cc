/** What happens to the customer away from the devices: on the account page, at the till, on the phone, on a marketplace. */
import type { DemoDevices } from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { officeQuery } from "@api/queries";
import { Button, Switch, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Icon } from "@ui/Icon";
import { Notice } from "@ui/states";
import { type FormEvent, useState } from "react";
import classes from "./Elsewhere.module.css";
import {
  HAPPENINGS,
  type Happening,
  happen,
  identifiers,
  introduction,
  NOBODY,
  type Person,
} from "./happenings";

interface Props {
  devices: DemoDevices;
  /** The visitor that a browser announced last. */
  visitor: string | undefined;
}

const FIELDS: { name: keyof Person; label: string; type: string }[] = [
  { name: "firstName", label: "First name", type: "text" },
  { name: "lastName", label: "Last name", type: "text" },
  { name: "email", label: "E-mail", type: "email" },
  { name: "phone", label: "Telephone", type: "tel" },
  { name: "street", label: "Street", type: "text" },
  { name: "postalCode", label: "Postal code", type: "text" },
  { name: "city", label: "City", type: "text" },
];

const PLACES = [...new Set(HAPPENINGS.map(({ place }) => place))];

export function Elsewhere({ devices, visitor }: Props) {
  const [who, setWho] = useState(NOBODY);
  const [done, setDone] = useState<string>();
  const unknown = Object.keys(identifiers(who)).length === 0;
  const introduce = useMutation({
    mutationFn: () => happen(devices, introduction(who, visitor)),
    onSuccess: () => setDone("The shop knows the customer."),
  });
  const act = useMutation({
    mutationFn: (happening: Happening) => happen(devices, happening.call(who, new Date())),
    onSuccess: (_, { place, label }) => setDone(`${place}: ${label}. Done.`),
  });
  const error = introduce.error ?? act.error;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    act.reset();
    introduce.mutate();
  };
  return (
    <section className={classes.elsewhere} aria-label="Elsewhere">
      <header className={classes.head}>
        <Icon name="store" size={15} />
        <h2>Elsewhere</h2>
        <span>each button goes through the ordinary ways in</span>
      </header>
      <form className={classes.who} onSubmit={submit}>
        {FIELDS.map(({ name, label, type }) => (
          <TextInput
            key={name}
            label={label}
            type={type}
            size="xs"
            value={who[name]}
            onChange={({ currentTarget: { value } }) => setWho((old) => ({ ...old, [name]: value }))}
          />
        ))}
        <Button type="submit" size="xs" loading={introduce.isPending} disabled={unknown}>
          Introduce the visitor
        </Button>
      </form>
      {unknown && (
        <p className={classes.hint}>
          An e-mail address or a telephone number is what other places know a customer by.
        </p>
      )}
      {PLACES.map((place) => (
        <fieldset key={place} className={classes.place}>
          <legend>{place}</legend>
          {HAPPENINGS.filter((own) => own.place === place).map((own) => (
            <Button
              key={own.id}
              variant="default"
              size="xs"
              disabled={unknown || act.isPending}
              onClick={() => {
                introduce.reset();
                act.mutate(own);
              }}
            >
              {own.label}
            </Button>
          ))}
        </fieldset>
      ))}
      <Office />
      {error !== null && <Notice tone="bad">{error.message}</Notice>}
      <p className={classes.done} role="status">
        {error === null && done}
      </p>
    </section>
  );
}

/** The back office that journeys call; out of order, a call fails and is retried, and then people take over. */
function Office() {
  const query = useQuery(officeQuery);
  const cache = useQueryClient();
  const set = useMutation({
    mutationFn: (works: boolean) => take(api.POST("/api/v1/demo/office", { body: { works } })),
    onSuccess: (office) => cache.setQueryData(officeQuery.queryKey, office),
  });
  return (
    <Switch
      className={classes.office}
      label="The back office works"
      checked={query.data?.works ?? true}
      disabled={query.data === undefined || set.isPending}
      onChange={({ currentTarget: { checked } }) => set.mutate(checked)}
    />
  );
}
