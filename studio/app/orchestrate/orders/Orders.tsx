/** A customer's orders, complaints, tickets and notes over every channel: the list, and one order in full. */
import type { CustomerNote, CustomerOrder, CustomerOrders } from "@api/__generated__/schema";
import { ordersQuery } from "@api/queries";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { plural } from "@ui/format";
import { Sheet } from "@ui/Page";
import { Empty, Notice, Tag } from "@ui/states";
import { Told } from "@ui/Time";
import { Asked } from "../../shell/Asked";
import { Cases } from "./Cases";
import { Order } from "./Order";
import classes from "./Orders.module.css";
import { ORDER_STATUS } from "./status";
import { ToldBy } from "./ToldBy";

const route = getRouteApi("/shell/customers/$id");

export function Orders({ id }: { id: string }) {
  const query = useQuery(ordersQuery(id));
  return <Asked query={query}>{(service) => <Known id={id} service={service} />}</Asked>;
}

function Known({ id, service }: { id: string; service: CustomerOrders }) {
  const { order: named } = route.useSearch();
  const { orders, complaints, tickets, notes, held } = service;
  if (orders.length + complaints.length + tickets.length + notes.length === 0) {
    return (
      <Empty icon="marketplace" title="No orders yet">
        An order shows here when an event such as Order Completed names its number, on whatever channel; so do
        complaints, tickets and what staff wrote down.
      </Empty>
    );
  }
  const chosen = orders.find(({ number }) => number === named) ?? orders[0];
  return (
    <div className={classes.orders}>
      {held && (
        <Notice tone="warn">
          <Told text={sentence(held)} />
        </Notice>
      )}
      <div className={classes.columns}>
        {orders.length > 0 && (
          <div className={classes.list}>
            <Sheet title={plural(orders.length, "order")} flush>
              <nav aria-label="Orders">
                {orders.map((order) => (
                  <Row key={order.number} id={id} order={order} chosen={order === chosen} />
                ))}
              </nav>
            </Sheet>
          </div>
        )}
        {chosen !== undefined && (
          <div className={classes.chosen}>
            <Order order={chosen} complaints={complaints} />
          </div>
        )}
        <div className={classes.rest}>
          <Cases title="Complaints" cases={complaints} customer={id} />
          <Cases title="Tickets" cases={tickets} customer={id} />
          <Notes notes={notes} />
        </div>
      </div>
    </div>
  );
}

function Row({ id, order, chosen }: { id: string; order: CustomerOrder; chosen: boolean }) {
  const { label, tone } = ORDER_STATUS[order.status];
  const about = order.lines.filter(({ complaints }) => complaints.length > 0).length;
  return (
    <Link
      to="/customers/$id"
      params={{ id }}
      search={{ tab: "orders", order: order.number }}
      className={classes.row}
      data-chosen={chosen}
      aria-current={chosen ? "true" : undefined}
      resetScroll={false}
    >
      <span className={classes.number}>{order.number}</span>
      <Tag tone={tone}>{label}</Tag>
      <ToldBy told={order.placed ?? order.last} channel={order.channel} />
      <span className={classes.total}>{order.total}</span>
      {about > 0 && <Tag tone="bad">{plural(about, "line")} complained about</Tag>}
    </Link>
  );
}

function Notes({ notes }: { notes: CustomerNote[] }) {
  if (notes.length === 0) return null;
  return (
    <Sheet title="Notes">
      <ul className={classes.cases}>
        {notes.map((note) => (
          <li key={`${note.told.time} ${note.text}`} className={classes.case}>
            <p className={classes.text}>{note.text}</p>
            <p className={classes.by}>
              {note.by && <span>{note.by}</span>}
              <ToldBy told={note.told} />
              {note.order && <span>about {note.order}</span>}
            </p>
          </li>
        ))}
      </ul>
    </Sheet>
  );
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
