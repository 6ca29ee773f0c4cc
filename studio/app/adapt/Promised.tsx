/** Promises the prices that were asked for, and shows the signed quote and that its signature is ours. */
import type { QuoteChecked, QuoteView } from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { useMutation } from "@tanstack/react-query";
import { Notice } from "@ui/states";
import { Ago, Moment } from "@ui/Time";
import { Permitted } from "../shell/permission";
import { Refused } from "../shell/Refused";
import type { Wanted } from "./doors";
import classes from "./Prices.module.css";

interface Props {
  identifiers: Record<string, string>;
  wanted: Wanted[];
  /** Whether it is for a customer who is known. */
  known: boolean;
}

export function Promised({ identifiers, wanted, known }: Props) {
  const promise = useMutation({
    mutationFn: async () => {
      const quote = await take(api.POST("/v1/quotes", { body: { identifiers, items: wanted } }));
      const { id, signature } = quote;
      const check = api.POST("/v1/quotes/check", { body: { identifiers, quote: id, signature } });
      return { quote, checked: await take(check) };
    },
  });
  return (
    <div className={classes.promise}>
      {promise.data === undefined && (
        <div className={classes.actions}>
          <Permitted
            permission="engage"
            variant="default"
            pointless={known ? undefined : "A promise is made to a customer: choose one."}
            loading={promise.isPending}
            onClick={() => promise.mutate()}
          >
            Promise these prices
          </Permitted>
          <span className={classes.quiet}>A quote is recorded, and kept on every channel.</span>
        </div>
      )}
      {promise.error !== null && <Refused error={promise.error} />}
      {promise.data && <Quote {...promise.data} />}
    </div>
  );
}

function Quote({ quote, checked }: { quote: QuoteView; checked: QuoteChecked }) {
  return (
    <section aria-label="The quote" className={classes.quote}>
      <Notice tone={checked.genuine && checked.kept ? "ok" : "bad"}>
        {checked.genuine ? "The signature is ours" : "The signature is not ours"}, and the quote{" "}
        {checked.kept ? "holds" : "does not hold"}.
      </Notice>
      <dl className={classes.facts}>
        <div>
          <dt>Quote</dt>
          <dd>
            <code>{quote.id}</code>
          </dd>
        </div>
        <div>
          <dt>Total</dt>
          <dd className={classes.money}>{quote.total}</dd>
        </div>
        <div>
          <dt>Holds until</dt>
          <dd>
            <Moment time={quote.until} /> (<Ago time={quote.until} />)
          </dd>
        </div>
        <div>
          <dt>Catalogue</dt>
          <dd>version {quote.catalogue_version}</dd>
        </div>
        <div>
          <dt>Signature</dt>
          <dd>
            <code className={classes.signature}>{quote.signature}</code>
          </dd>
        </div>
      </dl>
    </section>
  );
}
