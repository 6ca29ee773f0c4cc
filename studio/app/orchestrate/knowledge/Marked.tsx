/** A text with what was asked for marked in it. */
import type { ArticleFragment } from "@api/__generated__/schema";

export function Marked({ fragments }: { fragments: ArticleFragment[] }) {
  return fragments.map(({ text, hit }, at) =>
    // biome-ignore lint/suspicious/noArrayIndexKey: the runs of one text never move
    hit ? <mark key={at}>{text}</mark> : <span key={at}>{text}</span>,
  );
}
