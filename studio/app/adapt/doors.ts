/** Asks every channel's door for the same prices, and tells where an answer differs. */
import type { Context, ContextPrice, CustomerRow } from "@api/__generated__/schema";
import { api, take } from "@api/client";

/** A product and how many of it. */
export interface Wanted {
  product: string;
  quantity: number;
}

export interface Answers {
  /** What the first door said. */
  context: Context;
  doors: { channel: string; differs: string[] }[];
}

/** An identifier that belongs to nobody: whoever is not known gets list prices. */
const NOBODY = { anonymous_id: "price-test-of-the-studio" };

export function identifiersOf(customer: CustomerRow | undefined): Record<string, string> {
  const own = customer?.identifiers[0];
  return own === undefined ? NOBODY : { [own.namespace]: own.value };
}

/** Nothing is recorded by it. */
export async function askDoors(
  doors: string[],
  identifiers: Record<string, string>,
  products: Wanted[],
): Promise<Answers> {
  const ask = (channel: string) =>
    take(api.POST("/v1/context", { body: { identifiers, channel, products, record: false } }));
  const contexts = await Promise.all(doors.map(ask));
  const [context] = contexts;
  if (context === undefined) throw new Error("there is no channel to ask");
  return {
    context,
    doors: contexts.map(({ prices }, place) => ({
      channel: doors[place] ?? "",
      differs: differences(context.prices, prices),
    })),
  };
}

/** The products whose price, or any reason of it, is another one. */
export function differences(there: ContextPrice[], here: ContextPrice[]): string[] {
  const longest = Math.max(there.length, here.length);
  const places = Array.from({ length: longest }, (_, place) => place);
  return places
    .filter((place) => JSON.stringify(there[place]) !== JSON.stringify(here[place]))
    .map((place) => there[place]?.product ?? here[place]?.product ?? "");
}
