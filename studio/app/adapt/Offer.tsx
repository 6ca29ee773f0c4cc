/** One offer: what it is and asks for, how far it comes, what it does, and the last decisions it took part in. */
import type { Offer as OfferShape } from "@api/__generated__/schema";
import { offerQuery } from "@api/queries";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Page, Sheet } from "@ui/Page";
import { Tag } from "@ui/states";
import { Asked } from "../shell/Asked";
import { Comparison } from "./Comparison";
import { Funnel } from "./Funnel";
import classes from "./Offer.module.css";
import { OfferDecisions } from "./OfferDecisions";
import { Responses } from "./Responses";
import { Supply } from "./Supply";
import { CONDITION_QUESTIONS } from "./stages";
import { stretch, ValidTag } from "./Validity";

const route = getRouteApi("/shell/offers/$name");

export function Offer() {
  const { name } = route.useParams();
  const query = useQuery(offerQuery(name));
  return (
    <Page
      title={query.data?.title ?? "Offer"}
      lead={query.data && <Head offer={query.data} />}
      actions={<Link to="/offers">All offers</Link>}
    >
      <Asked query={query}>{(offer) => <Whole offer={offer} />}</Asked>
    </Page>
  );
}

function Head({ offer }: { offer: OfferShape }) {
  return (
    <span className={classes.tags}>
      <ValidTag offer={offer} />
      {offer.placements.map((placement) => (
        <Tag key={placement}>{placement}</Tag>
      ))}
      <code className={classes.name}>{offer.name}</code>
    </span>
  );
}

function Whole({ offer }: { offer: OfferShape }) {
  return (
    <div className={classes.page}>
      <div className={classes.pair}>
        <Sheet title="The offer">
          <About offer={offer} />
        </Sheet>
        <Sheet title="Who gets it">
          <Conditions offer={offer} />
        </Sheet>
      </div>
      <div className={classes.pair}>
        <Sheet title="What became of it">
          <Responses offer={offer} />
        </Sheet>
        <Sheet title="What it does">
          <Comparison offer={offer} />
        </Sheet>
      </div>
      <Sheet title="How far it comes">
        <Funnel offer={offer} />
      </Sheet>
      <OfferDecisions name={offer.name} />
    </div>
  );
}

function About({ offer }: { offer: OfferShape }) {
  return (
    <>
      {Object.keys(offer.content).length > 0 && (
        <dl className={classes.content} aria-label="What a touchpoint shows">
          {Object.entries(offer.content).map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
      <dl className={classes.facts}>
        <Fact name="Valid">{stretch(offer.from, offer.to)}</Fact>
        <Fact name="Ranked by">
          propensity <code>{offer.propensity}</code> × value <code>{offer.value}</code> × lever{" "}
          <code>{offer.lever}</code>
        </Fact>
        {offer.products.length > 0 && <Fact name="About">{offer.products.join(", ")}</Fact>}
        <Fact name="One customer">{offer.per_customer ?? "as often as it is the best"}</Fact>
        <Fact name="All customers">
          {offer.total === null || offer.total === undefined ? (
            "as many as want it"
          ) : (
            <>
              <Supply offer={offer} />
              One is held back for {offer.hold} for whoever it was chosen for.
            </>
          )}
        </Fact>
        <Fact name="While complaining">
          {offer.promotional
            ? "left out while any complaint of the customer is open"
            : "left out only where the complaint is about it"}
        </Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Conditions({ offer }: { offer: OfferShape }) {
  return (
    <dl className={classes.conditions}>
      {offer.conditions.map(({ stage, conditions }) => (
        <div key={stage}>
          <dt>{CONDITION_QUESTIONS[stage] ?? stage}</dt>
          <dd>
            {conditions.length === 0 && <span className={classes.quiet}>everybody, always</span>}
            {conditions.map((condition, place) => (
              <div key={condition}>
                {place > 0 && <span className={classes.quiet}>and</span>}
                <pre className={classes.when}>{condition}</pre>
              </div>
            ))}
          </dd>
        </div>
      ))}
    </dl>
  );
}
