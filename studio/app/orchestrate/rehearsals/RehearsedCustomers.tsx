/** The customers for whom something would have been different, each with both stories. */
import type { RehearsedCustomer, RehearsedLine } from "@api/__generated__/schema";
import { rehearsedCustomersQuery } from "@api/queries";
import { Button } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { count, plural } from "@ui/format";
import { Sheet } from "@ui/Page";
import { Moment, Told } from "@ui/Time";
import { Asked } from "../../shell/Asked";
import classes from "./Rehearsal.module.css";

interface Props {
  id: string;
  different: number;
  /** The customer whose stories are open. */
  open: string | undefined;
  choose: (customer: string | undefined) => void;
}

export function RehearsedCustomers({ id, different, open, choose }: Props) {
  const query = useInfiniteQuery(rehearsedCustomersQuery(id));
  return (
    <Sheet title="Customers who would have seen something else" flush>
      <Asked query={query}>
        {({ pages }) => {
          const customers = pages.flatMap((page) => page.items);
          return (
            <>
              <ul>
                {customers.map((customer) => (
                  <Customer
                    key={customer.customer}
                    customer={customer}
                    open={open === customer.customer}
                    choose={choose}
                  />
                ))}
              </ul>
              <p className={classes.more}>
                {query.hasNextPage ? (
                  <Button
                    variant="default"
                    loading={query.isFetchingNextPage}
                    onClick={() => void query.fetchNextPage()}
                  >
                    Show more
                  </Button>
                ) : (
                  customers.length < different &&
                  `The first ${count(customers.length)} of ${plural(different, "customer")} are kept to be looked at.`
                )}
              </p>
            </>
          );
        }}
      </Asked>
    </Sheet>
  );
}

interface CustomerProps extends Pick<Props, "choose"> {
  customer: RehearsedCustomer;
  open: boolean;
}

function Customer({ customer, open, choose }: CustomerProps) {
  return (
    <li className={classes.customer}>
      <div className={classes.head}>
        <button
          type="button"
          className={classes.name}
          aria-expanded={open}
          onClick={() => choose(open ? undefined : customer.customer)}
        >
          {customer.customer}
        </button>
        <Link to="/customers/$id" params={{ id: customer.customer }}>
          Open the customer
        </Link>
      </div>
      {open && (
        <div className={classes.stories}>
          <Story title="What happened" lines={customer.published} other={customer.draft} />
          <Story title="What would have happened" lines={customer.draft} other={customer.published} />
        </div>
      )}
    </li>
  );
}

function Story({ title, lines, other }: { title: string; lines: RehearsedLine[]; other: RehearsedLine[] }) {
  const known = new Set(other.map(({ time, sentence }) => `${time} ${sentence}`));
  return (
    <section>
      <h3>{title}</h3>
      {lines.length === 0 && <p>Nothing.</p>}
      <ol aria-label={title}>
        {lines.map(({ time, sentence }, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have no id of their own and never move.
          <li key={`${time} ${place}`} data-different={!known.has(`${time} ${sentence}`)}>
            <Moment time={time} />{" "}
            <span>
              <Told text={sentence} />
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}
