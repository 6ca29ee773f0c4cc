/** The balance: for every source, what came in and what became of it, down to the last event. */
import type { Balance as BalanceData, SourceBalance } from "@api/__generated__/schema";
import { balanceQuery } from "@api/queries";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { ChannelName } from "@ui/channel";
import { count } from "@ui/format";
import { Icon } from "@ui/Icon";
import { Page } from "@ui/Page";
import { Empty, Notice } from "@ui/states";
import { Asked } from "../shell/Asked";
import classes from "./Balance.module.css";
import { NewSource } from "./NewSource";

export function Balance() {
  const query = useQuery(balanceQuery);
  return (
    <Page
      title="Balance"
      lead="Nothing that was accepted is ever lost from the count: accepted = processed + quarantined + rejected."
      actions={<NewSource />}
    >
      <Asked query={query}>
        {(balance) => (balance.items.length === 0 ? <None /> : <Known balance={balance} />)}
      </Asked>
    </Page>
  );
}

function Known({ balance }: { balance: BalanceData }) {
  return (
    <div className={classes.balance}>
      {balance.adds_up ? (
        <Notice tone="ok">Every source adds up.</Notice>
      ) : (
        <Notice tone="bad">
          A source does not add up. This is a defect: run <code>throughline verify</code> and report what it
          says.
        </Notice>
      )}
      <ul className={classes.sources}>
        {balance.items.map((source) => (
          <Source key={source.source} source={source} />
        ))}
      </ul>
    </div>
  );
}

function Source({ source }: { source: SourceBalance }) {
  const { accepted, processed, quarantined, rejected, duplicates } = source;
  return (
    <li className={classes.source}>
      <div className={classes.head}>
        <h2 className={classes.name}>{source.name}</h2>
        <ChannelName channel={source.channel} />
        <span className={classes.verdict} data-right={source.adds_up}>
          <Icon name={source.adds_up ? "check" : "alert"} size={15} />
          {source.adds_up ? "adds up" : "does not add up"}
        </span>
      </div>
      <Bar source={source} />
      <dl className={classes.sum}>
        <Term name="accepted" value={accepted} />
        <Term name="processed" value={processed} sign="=" tone="processed" />
        <Term name="quarantined" value={quarantined} sign="+" tone="quarantined" />
        <Term name="rejected" value={rejected} sign="+" tone="rejected" />
        <Term name="of them duplicates" value={duplicates} aside />
      </dl>
      {quarantined > 0 && (
        <Link to="/quarantine" className={classes.link}>
          See what is quarantined
        </Link>
      )}
    </li>
  );
}

/** The parts of what was accepted, to scale, and never so thin that one is missed. */
function Bar({ source }: { source: SourceBalance }) {
  const parts = [
    { tone: "processed", value: source.processed },
    { tone: "quarantined", value: source.quarantined },
    { tone: "rejected", value: source.rejected },
  ];
  return (
    <div className={classes.bar} aria-hidden>
      {parts.map(
        ({ tone, value }) => value > 0 && <span key={tone} data-tone={tone} style={{ flexGrow: value }} />,
      )}
    </div>
  );
}

interface TermProps {
  name: string;
  value: number;
  sign?: string;
  tone?: string;
  aside?: boolean;
}

function Term({ name, value, sign, tone, aside = false }: TermProps) {
  return (
    <div className={classes.term} data-tone={tone} data-aside={aside}>
      <dt>{name}</dt>
      <dd>
        {sign !== undefined && <span className={classes.sign}>{sign}</span>}
        {count(value)}
      </dd>
    </div>
  );
}

function None() {
  return (
    <Empty icon="balance" title="No sources yet">
      A source is a way events come in: a website, an app, a till, an import. Add one to get its write key.
    </Empty>
  );
}
