/** What the channels were told: the prices with their reasons, and whether they are the same on all of them. */
import type { ContextPrice } from "@api/__generated__/schema";
import { Notice, Tag } from "@ui/states";
import { Moment } from "@ui/Time";
import type { Answers } from "./doors";
import classes from "./Prices.module.css";

export function Told({ answers: { context, doors } }: { answers: Answers }) {
  const different = doors.filter(({ differs }) => differs.length > 0);
  return (
    <div className={classes.told}>
      {different.length === 0 ? (
        <Notice tone="ok">
          {doors.length} channels were asked, and all say the same price for the same reasons.
        </Notice>
      ) : (
        <Notice tone="bad">
          {different.length} of {doors.length} channels say something else; this must not be. Look whether the
          catalogue was published in between, and ask again.
        </Notice>
      )}
      <ul className={classes.prices} aria-label="Prices">
        {context.prices.map((price, place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same product may be asked for twice
          <Price key={place} price={price} />
        ))}
      </ul>
      <ul className={classes.doors} aria-label="Channels">
        {doors.map(({ channel, differs }) => (
          <li key={channel}>
            <Tag tone={differs.length === 0 ? "ok" : "bad"}>
              {channel}
              {differs.length === 0 ? <span aria-hidden="true"> ✓</span> : `: ${differs.join(", ")} differs`}
              {differs.length === 0 && <span className="visually-hidden"> says the same</span>}
            </Tag>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Price({ price }: { price: ContextPrice }) {
  if (!price.known) {
    return (
      <li className={classes.price}>
        <strong>{price.product}</strong> has no price now.
      </li>
    );
  }
  return (
    <li className={classes.price}>
      <div className={classes.sum}>
        <strong>
          {price.quantity} × {price.name}
        </strong>
        <span className={classes.money}>{price.total}</span>
      </div>
      <ol className={classes.because} aria-label={`Why ${price.name} costs that`}>
        <li>
          <span>List price</span> <span className={classes.money}>{price.list}</span>
        </li>
        {price.because.map((rule) => (
          <li key={rule.table}>
            <span>
              <span>
                {rule.title}
                {rule.because.length > 0 && `: ${rule.because.join(", ")}`}
              </span>
              <Tag>{rule.change}</Tag>
              {rule.rows.length > 0 && (
                <small>
                  {rule.rows.length === 1 ? "row" : "rows"} {rule.rows.join(", ")}
                </small>
              )}
            </span>
            <span className={classes.money}>{rule.after}</span>
          </li>
        ))}
        {price.quote && (
          <li>
            <span>
              <span>Promised by</span> <code>{price.quote}</code>
              {price.until && (
                <span>
                  until <Moment time={price.until} />
                </span>
              )}
            </span>
            <span className={classes.money}>{price.unit}</span>
          </li>
        )}
      </ol>
    </li>
  );
}
