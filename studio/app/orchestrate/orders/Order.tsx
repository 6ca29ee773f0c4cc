/** One order: its lines with what is wrong with them, its parcels, what came back, and what was paid. */
import type {
  CustomerCase,
  CustomerOrder,
  OrderLine,
  OrderPayment,
  OrderReturn,
  OrderShipment,
} from "@api/__generated__/schema";
import { Sheet } from "@ui/Page";
import { Tag } from "@ui/states";
import type { ReactNode } from "react";
import classes from "./Orders.module.css";
import { LINE_STATE, ORDER_STATUS } from "./status";
import { ToldBy } from "./ToldBy";

export function Order({ order, complaints }: { order: CustomerOrder; complaints: CustomerCase[] }) {
  const { label, tone } = ORDER_STATUS[order.status];
  return (
    <Sheet title={`Order ${order.number}`} aside={<Tag tone={tone}>{label}</Tag>}>
      <div className={classes.order}>
        <p className={classes.by}>
          {order.placed ? "placed" : "first heard of"}{" "}
          <ToldBy told={order.placed ?? order.last} channel={order.channel} />
        </p>
        {order.cancelled && (
          <p className={classes.by}>
            cancelled <ToldBy told={order.cancelled} />
            {order.cancelled_why && <span>{order.cancelled_why}</span>}
          </p>
        )}
        <Lines order={order} complaints={complaints} />
        <Part title="Shipments" none={order.shipments.length === 0}>
          {order.shipments.map((own) => (
            <Shipment key={own.tracking ?? ""} own={own} />
          ))}
        </Part>
        <Part title="Returns" none={order.returns.length === 0}>
          {order.returns.map((own) => (
            <Return key={own.products.join(" ")} own={own} />
          ))}
        </Part>
        <Part title="Money" none={order.payments.length + order.refunds.length === 0}>
          {order.payments.map((own) => (
            <Payment key={own.told.time} what="paid" own={own} />
          ))}
          {order.refunds.map((own) => (
            <Payment key={own.told.time} what="paid back" own={own} />
          ))}
        </Part>
      </div>
    </Sheet>
  );
}

function Lines({ order, complaints }: { order: CustomerOrder; complaints: CustomerCase[] }) {
  if (order.lines.length === 0) return <p className={classes.none}>What was ordered is not known.</p>;
  return (
    <table className={classes.lines}>
      <thead>
        <tr>
          <th scope="col">Product</th>
          <th scope="col">Quantity</th>
          <th scope="col">Price</th>
          <th scope="col">Total</th>
        </tr>
      </thead>
      <tbody>
        {order.lines.map((line) => (
          <Line key={line.product} line={line} complaints={complaints} />
        ))}
      </tbody>
      {order.total && (
        <tfoot>
          <tr>
            <th scope="row">Total</th>
            <td />
            <td />
            <td>{order.total}</td>
          </tr>
        </tfoot>
      )}
    </table>
  );
}

function Line({ line, complaints }: { line: OrderLine; complaints: CustomerCase[] }) {
  const about = complaints.filter(({ reference }) => line.complaints.includes(reference));
  return (
    <tr>
      <th scope="row">
        <span className={classes.product}>{line.name ?? line.product}</span>
        {line.name && <small>{line.product}</small>}
        {line.state && <Tag tone="warn">{LINE_STATE[line.state]}</Tag>}
        {about.map((own) => (
          <Tag key={own.reference} tone="bad">
            {own.subject ?? own.reference}
          </Tag>
        ))}
      </th>
      <td>{line.quantity}</td>
      <td>{line.price ?? "—"}</td>
      <td>{line.total ?? "—"}</td>
    </tr>
  );
}

function Part({ title, none, children }: { title: string; none: boolean; children: ReactNode }) {
  if (none) return null;
  return (
    <section aria-label={title}>
      <h3 className={classes.part}>{title}</h3>
      <ul className={classes.cases}>{children}</ul>
    </section>
  );
}

function Shipment({ own }: { own: OrderShipment }) {
  return (
    <li className={classes.case}>
      <p className={classes.caseHead}>
        <b>{own.carrier ?? "Parcel"}</b>
        {own.tracking && <span className={classes.code}>{own.tracking}</span>}
        <Tag tone={own.delivered ? "ok" : "warn"}>{own.delivered ? "delivered" : "on its way"}</Tag>
      </p>
      {own.products.length > 0 && <p className={classes.text}>{own.products.join(", ")}</p>}
      {own.expected && !own.delivered && <p className={classes.text}>expected {own.expected}</p>}
      {own.shipped && (
        <p className={classes.by}>
          sent <ToldBy told={own.shipped} />
        </p>
      )}
      {own.delivered && (
        <p className={classes.by}>
          delivered <ToldBy told={own.delivered} />
        </p>
      )}
    </li>
  );
}

function Return({ own }: { own: OrderReturn }) {
  const ended = own.cancelled ? "called off" : own.received ? "received" : "on its way back";
  return (
    <li className={classes.case}>
      <p className={classes.caseHead}>
        <b>{own.products.length > 0 ? own.products.join(", ") : "Everything"}</b>
        <Tag tone={own.received || own.cancelled ? "ok" : "warn"}>{ended}</Tag>
      </p>
      {own.reason && <p className={classes.text}>{own.reason}</p>}
      {own.requested && (
        <p className={classes.by}>
          asked for <ToldBy told={own.requested} />
        </p>
      )}
      {own.received && (
        <p className={classes.by}>
          received <ToldBy told={own.received} />
        </p>
      )}
    </li>
  );
}

function Payment({ what, own }: { what: string; own: OrderPayment }) {
  return (
    <li className={classes.case}>
      <p className={classes.by}>
        <b>{own.amount ?? "everything"}</b> {what} <ToldBy told={own.told} />
      </p>
    </li>
  );
}
