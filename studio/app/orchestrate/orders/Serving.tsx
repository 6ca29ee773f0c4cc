/** Beside a conversation: what an agent must know of orders that are open and of what the customer is unhappy with. */
import { ordersQuery } from "@api/queries";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { Sheet } from "@ui/Page";
import { Tag } from "@ui/states";
import { Cases } from "./Cases";
import classes from "./Orders.module.css";
import { ORDER_STATUS } from "./status";
import { ToldBy } from "./ToldBy";

const NOTES_SHOWN = 3;

export function Serving({ customer }: { customer: string }) {
  const { data } = useQuery(ordersQuery(customer));
  if (data === undefined) return null;
  const open = data.orders.filter((order) => order.open);
  const notes = data.notes.slice(0, NOTES_SHOWN);
  return (
    <>
      <Cases title="Open complaints" cases={data.complaints.filter((own) => own.open)} customer={customer} />
      <Cases title="Open tickets" cases={data.tickets.filter((own) => own.open)} customer={customer} />
      {open.length > 0 && (
        <Sheet title="Open orders">
          <ul className={classes.cases}>
            {open.map((order) => (
              <li key={order.number} className={classes.case}>
                <p className={classes.caseHead}>
                  <Link
                    to="/customers/$id"
                    params={{ id: customer }}
                    search={{ tab: "orders", order: order.number }}
                  >
                    {order.number}
                  </Link>
                  <Tag tone={ORDER_STATUS[order.status].tone}>{ORDER_STATUS[order.status].label}</Tag>
                  <span className={classes.total}>{order.total}</span>
                </p>
                <p className={classes.by}>
                  <ToldBy told={order.placed ?? order.last} channel={order.channel} />
                </p>
              </li>
            ))}
          </ul>
        </Sheet>
      )}
      {notes.length > 0 && (
        <Sheet title="Notes">
          <ul className={classes.cases}>
            {notes.map((note) => (
              <li key={`${note.told.time} ${note.text}`} className={classes.case}>
                <p className={classes.text}>{note.text}</p>
                <p className={classes.by}>
                  <ToldBy told={note.told} />
                </p>
              </li>
            ))}
          </ul>
        </Sheet>
      )}
    </>
  );
}
