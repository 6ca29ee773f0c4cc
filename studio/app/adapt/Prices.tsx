/** The price book: what products cost, the tables that change it, and a test that every channel is told the same. */
import type { PricedProduct, PriceList } from "@api/__generated__/schema";
import { pricesQuery } from "@api/queries";
import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { plural } from "@ui/format";
import { Page, Sheet } from "@ui/Page";
import { Empty, Tag } from "@ui/states";
import { Asked } from "../shell/Asked";
import { DecisionTable } from "./DecisionTable";
import classes from "./Prices.module.css";
import { PriceTester } from "./PriceTester";
import { stretch } from "./Validity";

const route = getRouteApi("/shell/prices");

export function Prices() {
  const query = useQuery(pricesQuery);
  return (
    <Page
      title="Prices"
      lead="What products cost and why. No rule can name a channel, so the price is the same on all of them."
    >
      <Asked query={query}>{(prices) => (isEmpty(prices) ? <None /> : <All prices={prices} />)}</Asked>
    </Page>
  );
}

const isEmpty = ({ products, other_times, tables }: PriceList) =>
  products.length + other_times.length + tables.length === 0;

function All({ prices }: { prices: PriceList }) {
  return (
    <div className={classes.page}>
      <PriceTester prices={prices} />
      <section className={classes.tables} aria-label="Rules">
        {prices.tables.map((table, place) => (
          <DecisionTable key={table.name} table={table} place={place + 1} />
        ))}
      </section>
      <Products prices={prices} />
    </div>
  );
}

function Products({ prices }: { prices: PriceList }) {
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const speaks = (product: PricedProduct) =>
    `${product.product} ${product.name} ${product.category ?? ""}`
      .toLowerCase()
      .includes(q.trim().toLowerCase());
  const current = prices.products.filter(speaks);
  const other = prices.other_times.filter(speaks);
  return (
    <Sheet
      title="Price book"
      aside={<span className={classes.quiet}>{plural(current.length, "product")}</span>}
      flush
    >
      <div className={classes.find}>
        <TextInput
          aria-label="Find a product"
          placeholder="Find a product"
          defaultValue={q}
          onChange={(event) => {
            const text = event.currentTarget.value;
            void navigate({
              search: (old) => ({ ...old, q: text === "" ? undefined : text }),
              replace: true,
            });
          }}
        />
      </div>
      {current.length + other.length === 0 ? (
        <Empty icon="marketplace" title="No product is called that">
          Look for another name, id or category.
        </Empty>
      ) : (
        <table className={classes.book}>
          <caption className="visually-hidden">Products with their list prices</caption>
          <thead>
            <tr>
              <th scope="col">Product</th>
              <th scope="col">Category</th>
              <th scope="col">List price</th>
              <th scope="col">Valid</th>
            </tr>
          </thead>
          <tbody>
            {current.map((product) => (
              <Product key={product.product} product={product} current />
            ))}
            {other.map((product) => (
              <Product key={`${product.product} ${product.from}`} product={product} current={false} />
            ))}
          </tbody>
        </table>
      )}
    </Sheet>
  );
}

function Product({ product, current }: { product: PricedProduct; current: boolean }) {
  return (
    <tr data-current={current}>
      <th scope="row">
        {product.name} <code>{product.product}</code>
      </th>
      <td>{product.category ?? "–"}</td>
      <td className={classes.money}>{product.price}</td>
      <td>
        {stretch(product.from, product.to)} {!current && <Tag tone="warn">not now</Tag>}
      </td>
    </tr>
  );
}

function None() {
  return (
    <Empty icon="marketplace" title="No prices yet">
      Write a file such as <code>prices/furniture.yaml</code> with products and tables, and publish the
      catalogue.
    </Empty>
  );
}
