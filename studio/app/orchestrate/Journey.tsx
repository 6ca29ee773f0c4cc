/** One journey: drawn with live counts, as a list, or as the definition that is published. */
import type { CapCount, Journey as JourneyData } from "@api/__generated__/schema";
import { journeyQuery } from "@api/queries";
import { SegmentedControl } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { compact, count, plural, words } from "@ui/format";
import { Icon } from "@ui/Icon";
import { Page, Sheet } from "@ui/Page";
import { Notice } from "@ui/states";
import { Ago } from "@ui/Time";
import { JOURNEY_VIEWS } from "../search";
import { Asked } from "../shell/Asked";
import { Drawing, type StepFigures } from "./drawing/Drawing";
import { Figures } from "./Figures";
import classes from "./Journey.module.css";
import { stepLook } from "./steps";

const route = getRouteApi("/shell/journeys/$name");

export function Journey() {
  const { name } = route.useParams();
  const query = useQuery(journeyQuery(name));
  return (
    <Page
      title={query.data?.title ?? words(name)}
      lead={query.data?.description ?? undefined}
      actions={<Link to="/journeys">All journeys</Link>}
    >
      <Asked query={query}>{(journey) => <Known journey={journey} />}</Asked>
    </Page>
  );
}

function Known({ journey }: { journey: JourneyData }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const narrow = useMediaQuery("(max-width: 700px)", false, { getInitialValueInEffect: false });
  const view = search.view ?? (narrow ? "list" : "drawing");
  const show = (name: string) =>
    void navigate({
      search: (old) => ({ ...old, view: JOURNEY_VIEWS.find((known) => known === name) }),
      replace: true,
    });
  const choose = (step: string | undefined) =>
    void navigate({ search: (old) => ({ ...old, step }), replace: true, resetScroll: false });
  return (
    <div className={classes.journey}>
      <Figures journey={journey.summary} />
      {journey.summary.cap && <CapUse cap={journey.summary.cap} />}
      <Sheet
        title={`Version ${journey.version}`}
        aside={
          <SegmentedControl
            aria-label="View"
            size="xs"
            value={view}
            onChange={show}
            data={JOURNEY_VIEWS.map((value) => ({ value, label: words(value) }))}
          />
        }
        flush
      >
        {view === "drawing" && (
          <Drawing
            title={journey.title}
            graph={journey.graph}
            figures={(step) => liveFigures(journey, step)}
            chosen={search.step}
            onChoose={choose}
          />
        )}
        {view === "list" && <StepList journey={journey} chosen={search.step} />}
        {view === "definition" && <Definition text={journey.definition} />}
      </Sheet>
      {view === "drawing" && search.step !== undefined && <StepDetails journey={journey} id={search.step} />}
      <Sheet title="Versions" flush>
        <ul>
          {journey.versions.map(({ version, published, by, active }) => (
            <li key={version} className={classes.version}>
              <b>Version {version}</b>
              <span>
                {published && <Ago time={published} />}
                {by && <> by {by}</>}
              </span>
              {typeof active === "number" && <span>{plural(active, "run")} on it</span>}
            </li>
          ))}
        </ul>
      </Sheet>
    </div>
  );
}

/** How much room there is in a journey that takes so many of all customers together. */
function CapUse({ cap }: { cap: CapCount }) {
  const { entries, per, lately, total, admitted, turned_away } = cap;
  const full = (entries && (lately ?? 0) >= entries) || (total && admitted >= total);
  return (
    <Notice tone={full ? "warn" : "plain"}>
      {entries && (
        <>
          {count(lately ?? 0)} of {count(entries)} came in within the last {per}.{" "}
        </>
      )}
      {total && (
        <>
          {count(admitted)} of {count(total)} in all.{" "}
        </>
      )}
      {plural(turned_away, "customer was", "customers were")} turned away.
    </Notice>
  );
}

function liveFigures({ counts }: JourneyData, step: string): StepFigures {
  const { waiting = 0, arms = 0, passed = 0 } = counts[step] ?? {};
  const first = arms > 0 ? `${compact(waiting)} here, ${plural(arms, "way")}` : `${compact(waiting)} here`;
  return { first, second: `${compact(passed)} passed`, busy: waiting + arms > 0 };
}

function Definition({ text }: { text: string }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable with the keyboard
    <section aria-label="Definition" tabIndex={0} className={classes.definition}>
      <pre>{text}</pre>
    </section>
  );
}

function StepList({ journey, chosen }: { journey: JourneyData; chosen: string | undefined }) {
  return (
    <ol className={classes.steps}>
      <li className={classes.entry}>
        <Icon name="arrowDown" size={16} /> {journey.graph.entry}
      </li>
      {journey.graph.steps.map((step) => {
        const { label, icon } = stepLook(step.kind);
        const { first, second, busy } = liveFigures(journey, step.id);
        return (
          <li key={step.id} className={classes.step} data-chosen={step.id === chosen}>
            <Icon name={icon} label={label} />
            <div className={classes.words}>
              <p>
                <b>{step.id}</b> <span className={classes.kind}>{label}</span>
              </p>
              <p>{step.summary}</p>
              {step.next.map(({ to, label: when }) => (
                <p key={`${to} ${when}`} className={classes.way}>
                  {when === "" ? "then" : when} → {to || "end"}
                </p>
              ))}
            </div>
            <p className={classes.counts}>
              <b data-zero={!busy}>{first}</b>
              <span>{second}</span>
            </p>
          </li>
        );
      })}
    </ol>
  );
}

function StepDetails({ journey, id }: { journey: JourneyData; id: string }) {
  const step = journey.graph.steps.find((known) => known.id === id);
  if (step === undefined) return null;
  const { label, means } = stepLook(step.kind);
  const { waiting = 0, arms = 0, passed = 0 } = journey.counts[id] ?? {};
  return (
    <Sheet title={`${label}: ${id}`}>
      <p>{step.summary}</p>
      <p className={classes.kind}>{means}</p>
      <p className={classes.kind}>
        {plural(waiting, "customer")} here now, {compact(passed)} passed.
        {arms > 0 &&
          ` ${plural(arms, "way")} of runs that go several at once ${arms === 1 ? "is" : "are"} here.`}
      </p>
      {step.next.map(({ to, label: when }) => (
        <p key={`${to} ${when}`} className={classes.way}>
          {when === "" ? "then" : when} → {to || "end"}
        </p>
      ))}
    </Sheet>
  );
}
