/** All offers: what each is, what is left of it, and how it goes. */
import type { Offer } from "@api/__generated__/schema";
import { offersQuery } from "@api/queries";
import { Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { count, plural } from "@ui/format";
import { Page } from "@ui/Page";
import { Empty, Tag } from "@ui/states";
import { Asked } from "../shell/Asked";
import { matches, percent, points, SORTS, type Sort, sorted, verdict } from "./figures";
import classes from "./Offers.module.css";
import { Supply } from "./Supply";
import { ValidTag } from "./Validity";

const route = getRouteApi("/shell/offers");

const SORT_NAMES: Record<Sort, string> = {
  title: "By title",
  decided: "Chosen most often",
  acceptance: "Accepted most",
  effect: "Most effect",
  left: "Least left",
};

export function Offers() {
  const query = useQuery(offersQuery);
  return (
    <Page
      title="Offers"
      lead="What may be proposed to customers, the same on every channel, and how each offer is doing."
    >
      <Asked query={query}>{(offers) => (offers.length === 0 ? <None /> : <All offers={offers} />)}</Asked>
    </Page>
  );
}

function All({ offers }: { offers: Offer[] }) {
  const { q = "", placement, sort = "title" } = route.useSearch();
  const navigate = route.useNavigate();
  const placements = [...new Set(offers.flatMap((offer) => offer.placements))].sort();
  const shown = sorted(
    offers.filter((offer) => matches(offer, q, placement)),
    sort,
  );
  return (
    <div className={classes.page}>
      <div className={classes.choice}>
        <TextInput
          label="Find"
          placeholder="Title, product or words"
          defaultValue={q}
          onChange={(event) => {
            const text = event.currentTarget.value;
            void navigate({
              search: (old) => ({ ...old, q: text === "" ? undefined : text }),
              replace: true,
            });
          }}
        />
        <Select
          label="Placement"
          placeholder="Every placement"
          clearable
          data={placements}
          value={placement ?? null}
          onChange={(name) =>
            void navigate({ search: (old) => ({ ...old, placement: name ?? undefined }), replace: true })
          }
        />
        <Select
          label="Order"
          allowDeselect={false}
          data={SORTS.map((value) => ({ value, label: SORT_NAMES[value] }))}
          value={sort}
          onChange={(name) =>
            void navigate({
              search: (old) => ({ ...old, sort: SORTS.find((own) => own === name) }),
              replace: true,
            })
          }
        />
      </div>
      <p className={classes.total} role="status">
        {plural(shown.length, "offer")}
      </p>
      {shown.length === 0 ? (
        <Empty icon="flag" title="No offer is like that">
          Look for other words, or at every placement.
        </Empty>
      ) : (
        <ul className={classes.list} aria-label="Offers">
          {shown.map((offer) => (
            <Row key={offer.name} offer={offer} />
          ))}
        </ul>
      )}
    </div>
  );
}

function Row({ offer }: { offer: Offer }) {
  return (
    <li className={classes.offer}>
      <div className={classes.words}>
        <h2 className={classes.title}>
          <Link to="/offers/$name" params={{ name: offer.name }}>
            {offer.title}
          </Link>
        </h2>
        <div className={classes.tags}>
          <ValidTag offer={offer} />
          {offer.placements.map((placement) => (
            <Tag key={placement}>{placement}</Tag>
          ))}
        </div>
        <Supply offer={offer} />
        {offer.per_customer && <p className={classes.rule}>One customer: {offer.per_customer}</p>}
      </div>
      <Figures offer={offer} />
    </li>
  );
}

function Figures({ offer }: { offer: Offer }) {
  const { rates, comparison } = offer;
  const difference = comparison?.difference;
  return (
    <dl className={classes.figures}>
      <Figure name="chosen" value={offer.decided} />
      <Figure name="shown" value={offer.shown} about={rates.shown && percent(rates.shown.rate)} />
      <Figure name="clicked" value={offer.clicked} about={rates.clicked && percent(rates.clicked.rate)} />
      <Figure name="accepted" value={offer.accepted} about={rates.accepted && percent(rates.accepted.rate)} />
      <Figure name="declined" value={offer.declined} about={rates.declined && percent(rates.declined.rate)} />
      <Figure name="held out" value={offer.held_out} />
      <div data-effect={comparison ? verdict(comparison) : "unknown"}>
        <dt>effect, points</dt>
        <dd>
          {difference ? points(difference.difference) : "–"}
          {difference && (
            <small>
              {points(difference.low)} to {points(difference.high)}
            </small>
          )}
        </dd>
      </div>
    </dl>
  );
}

interface FigureProps {
  name: string;
  value: number;
  about?: string | null | undefined;
}

function Figure({ name, value, about }: FigureProps) {
  return (
    <div data-zero={value === 0}>
      <dt>{name}</dt>
      <dd>
        {count(value)}
        {about && <small>{about}</small>}
      </dd>
    </div>
  );
}

function None() {
  return (
    <Empty icon="flag" title="No offers yet">
      Write a file such as <code>offers/free-lamp.yaml</code> with its placements and conditions, and publish
      the catalogue.
    </Empty>
  );
}
