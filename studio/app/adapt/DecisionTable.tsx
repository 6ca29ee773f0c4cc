/** A price table as a table: its rows are rules, its columns what they look at and what they change. */
import type { HitRule, PriceTable } from "@api/__generated__/schema";
import { Sheet } from "@ui/Page";
import { Notice, Tag } from "@ui/states";
import classes from "./Prices.module.css";

const HITS: Record<HitRule, { label: string; means: string }> = {
  first: { label: "first", means: "The first row that applies counts." },
  unique: { label: "unique", means: "One row at most applies." },
  collect_min: {
    label: "collect min",
    means: "Of all rows that apply, the least change counts: the greatest discount.",
  },
  collect_max: { label: "collect max", means: "Of all rows that apply, the greatest change counts." },
  collect_sum: { label: "collect sum", means: "The changes of all rows that apply are added up." },
};

const COLUMNS: Record<string, string> = {
  "item.product": "Product",
  "item.category": "Category",
  "item.quantity": "Quantity",
  "item.list_price": "List price",
};

export function DecisionTable({ table, place }: { table: PriceTable; place: number }) {
  const { label, means } = HITS[table.hit];
  return (
    <Sheet title={`${place}. ${table.title}`} aside={<Tag>{label}</Tag>} flush>
      <p className={classes.hit}>
        {means} {place > 1 && "It changes what the tables before it came to."}
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard */}
      <section className={classes.scroll} tabIndex={0} aria-label={`The rules of ${table.title}`}>
        <table className={classes.rules}>
          <thead>
            <tr>
              <th scope="col">
                <span className="visually-hidden">Row</span>
              </th>
              {table.columns.map((column) => (
                <th key={column} scope="col">
                  {COLUMNS[column] ?? <code>{column}</code>}
                </th>
              ))}
              <th scope="col" data-output>
                Change
              </th>
              <th scope="col" data-output>
                Because
              </th>
            </tr>
          </thead>
          <tbody>
            {table.rows.map((row, at) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: rows have no name but their place
              <tr key={at}>
                <th scope="row">{at + 1}</th>
                {row.cells.map((cell, column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: cells have no name but their column
                  <td key={column}>
                    <Cell cell={cell} />
                  </td>
                ))}
                <td data-output className={classes.money}>
                  {row.change}
                </td>
                <td data-output>{row.because}</td>
              </tr>
            ))}
            <tr data-otherwise>
              <th scope="row">
                <span className="visually-hidden">No row applies</span>–
              </th>
              <td colSpan={table.columns.length}>otherwise</td>
              <td data-output className={classes.money}>
                {table.otherwise ?? (table.hit.startsWith("collect") ? "unchanged" : "cannot be")}
              </td>
              <td data-output />
            </tr>
          </tbody>
        </table>
      </section>
      {table.unproved.length > 0 && (
        <div className={classes.unproved}>
          <Notice tone="warn">Not proved: {table.unproved.join("; ")}.</Notice>
        </div>
      )}
    </Sheet>
  );
}

function Cell({ cell }: { cell: string }) {
  if (cell === "-") return <span className={classes.any}>any</span>;
  return <code>{cell}</code>;
}
