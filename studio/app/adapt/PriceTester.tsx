/** Asks for prices in the name of every channel, shows that they are the same, and promises them. */
import type { CustomerRow, PriceList } from "@api/__generated__/schema";
import { customersQuery } from "@api/queries";
import { Button, NumberInput, Select } from "@mantine/core";
import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Icon } from "@ui/Icon";
import { Sheet } from "@ui/Page";
import { useState } from "react";
import { Permitted } from "../shell/permission";
import { Refused } from "../shell/Refused";
import { askDoors, identifiersOf, type Wanted } from "./doors";
import classes from "./Prices.module.css";
import { Promised } from "./Promised";
import { Told } from "./Told";

const LINES_MAX = 20;

export function PriceTester({ prices }: { prices: PriceList }) {
  const first = prices.products[0]?.product ?? "";
  const [wanted, setWanted] = useState<Wanted[]>([{ product: first, quantity: 1 }]);
  const [customer, setCustomer] = useState<CustomerRow>();
  const identifiers = identifiersOf(customer);
  const ask = useMutation({ mutationFn: () => askDoors(prices.doors, identifiers, wanted) });
  const change = (next: Wanted[]) => {
    setWanted(next);
    ask.reset();
  };
  return (
    <Sheet title="Ask every channel">
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          ask.mutate();
        }}
      >
        <CustomerChoice
          value={customer}
          onChange={(row) => {
            setCustomer(row);
            ask.reset();
          }}
        />
        <Lines prices={prices} wanted={wanted} change={change} />
        <div className={classes.actions}>
          <Permitted
            permission="engage"
            pointless={prices.products.length === 0 ? "No product has a price now." : undefined}
            loading={ask.isPending}
            onClick={() => ask.mutate()}
          >
            Ask {prices.doors.length} channels
          </Permitted>
          <span className={classes.quiet}>Nothing is recorded by asking.</span>
        </div>
      </form>
      {ask.error !== null && <Refused error={ask.error} />}
      {ask.data && (
        <>
          <Told answers={ask.data} />
          <Promised key={ask.submittedAt} known={customer !== undefined} {...{ identifiers, wanted }} />
        </>
      )}
    </Sheet>
  );
}

interface LinesProps {
  prices: PriceList;
  wanted: Wanted[];
  change: (wanted: Wanted[]) => void;
}

function Lines({ prices, wanted, change }: LinesProps) {
  const options = prices.products.map(({ product, name }) => ({ value: product, label: name }));
  const set = (place: number, line: Partial<Wanted>) =>
    change(wanted.map((own, at) => (at === place ? { ...own, ...line } : own)));
  return (
    <fieldset className={classes.lines}>
      <legend>Products</legend>
      {wanted.map((line, place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines have no name but their place
        <div key={place} className={classes.line}>
          <Select
            aria-label={`Product ${place + 1}`}
            data={options}
            value={line.product}
            searchable
            allowDeselect={false}
            onChange={(product) => product !== null && set(place, { product })}
          />
          <NumberInput
            aria-label={`Quantity ${place + 1}`}
            value={line.quantity}
            min={1}
            max={100_000}
            clampBehavior="strict"
            allowDecimal={false}
            onChange={(quantity) => set(place, { quantity: Math.max(1, Number(quantity) || 1) })}
          />
          <Button
            variant="subtle"
            aria-label={`Take out product ${place + 1}`}
            disabled={wanted.length === 1}
            onClick={() => change(wanted.filter((_, at) => at !== place))}
          >
            <Icon name="close" />
          </Button>
        </div>
      ))}
      <Button
        variant="default"
        size="compact-sm"
        disabled={wanted.length >= LINES_MAX}
        onClick={() => change([...wanted, { product: options[0]?.value ?? "", quantity: 1 }])}
      >
        Another product
      </Button>
    </fieldset>
  );
}

interface CustomerProps {
  value: CustomerRow | undefined;
  onChange: (row: CustomerRow | undefined) => void;
}

function CustomerChoice({ value, onChange }: CustomerProps) {
  const [looked, look] = useState("");
  const found = useInfiniteQuery(customersQuery(looked, undefined));
  const rows = (found.data?.pages[0]?.items ?? []).filter((row) => row.identifiers.length > 0).slice(0, 20);
  const all = value === undefined || rows.some((row) => row.id === value.id) ? rows : [value, ...rows];
  return (
    <Select
      label="For"
      placeholder="Somebody unknown"
      searchable
      clearable
      nothingFoundMessage="Nobody of that name"
      data={all.map((row) => ({ value: row.id, label: row.name ?? row.identifiers[0]?.value ?? row.id }))}
      value={value?.id ?? null}
      onSearchChange={look}
      filter={({ options }) => options}
      onChange={(id) => onChange(all.find((row) => row.id === id))}
    />
  );
}
