/** The offers and prices of the mock world: one that does well, a limited one, one that ended, with a very long name. */
import type {
  Context,
  ContextPrice,
  Offer,
  OfferDecisions,
  OfferRate,
  PriceList,
  QuoteChecked,
  QuoteView,
} from "@api/__generated__/schema";
import { refusal } from "./answer";
import { ADA, ago } from "./story";

const STAGES = [
  "validity",
  "eligibility",
  "applicability",
  "suitability",
  "complaints",
  "per_customer",
  "total",
  "elsewhere",
  "ranking",
  "arbitration",
  "control",
  "chosen",
];

const rate = (part: number, whole: number, of: string): OfferRate => ({
  part,
  whole,
  of,
  rate: part / whole,
  low: Math.max(0, part / whole - 0.03),
  high: Math.min(1, part / whole + 0.03),
});

type Counts = Partial<Record<string, [customers: number, decisions: number]>>;

function offer(name: string, title: string, counts: Counts, rest: Partial<Offer>): Offer {
  const count = (stage: string) => counts[stage] ?? [0, 0];
  return {
    name,
    title,
    placements: ["home"],
    products: [],
    promotional: true,
    content: { headline: title },
    validity: "valid",
    propensity: "0.2",
    value: "10",
    lever: 1,
    conditions: ["eligibility", "applicability", "suitability"].map((stage) => ({ stage, conditions: [] })),
    held: 0,
    hold: "30m",
    taken: 0,
    decided: count("chosen")[1],
    shown: 0,
    clicked: 0,
    accepted: 0,
    declined: 0,
    missed: 0,
    held_out: count("control")[1],
    fell: {},
    funnel: STAGES.map((stage) => ({ stage, customers: count(stage)[0], decisions: count(stage)[1] })),
    rates: {},
    ...rest,
  };
}

const OFFERS: Offer[] = [
  offer(
    "care-first-year",
    "Care package, the first year at half price",
    {
      eligibility: [310, 402],
      applicability: [42, 51],
      suitability: [12, 12],
      complaints: [5, 9],
      per_customer: [0, 88],
      arbitration: [140, 260],
      control: [61, 70],
      chosen: [1_180, 1_640],
    },
    {
      placements: ["home", "checkout", "agent", "chat"],
      products: ["care-plus"],
      value: "79",
      content: { headline: "Half price for the first year of care", text: "For half of what it costs." },
      conditions: [
        { stage: "eligibility", conditions: ['count("Order Completed") >= 1'] },
        { stage: "applicability", conditions: ['count("Add-on Ordered", "365d") == 0'] },
        {
          stage: "suitability",
          conditions: [
            'count("Delivery Rated", "30d") == 0 || last("Delivery Rated").stars >= 4',
            "complaints.open == 0",
          ],
        },
      ],
      per_customer: "shown 2 times at most within 90d",
      shown: 1_502,
      clicked: 402,
      accepted: 214,
      declined: 95,
      rates: {
        shown: rate(1_502, 1_640, "decided"),
        clicked: rate(402, 1_502, "shown"),
        accepted: rate(214, 1_502, "shown"),
        declined: rate(95, 1_502, "shown"),
      },
      goal: { event: "Add-on Ordered", within: "14d" },
      comparison: {
        control_percent: 5,
        treated: { customers: 1_180, reached: 201, rate: rate(201, 1_180, "customers") },
        held_out: { customers: 61, reached: 5, rate: rate(5, 61, "customers") },
        difference: { difference: 0.088, low: 0.002, high: 0.141 },
      },
    },
  ),
  offer(
    "free-lamp",
    "A Feuer lamp with a sofa",
    { eligibility: [880, 901], total: [3, 4], chosen: [204, 260], arbitration: [9, 11] },
    {
      placements: ["home", "checkout"],
      total: 200,
      left: 12,
      taken: 181,
      held: 7,
      missed: 3,
      accepted: 184,
      shown: 260,
      rates: { shown: rate(260, 260, "decided"), accepted: rate(184, 260, "shown") },
      from: "2026-03-01T00:00:00Z",
      to: "2027-03-01T00:00:00Z",
      per_customer: "accepted once at most",
    },
  ),
  offer(
    "donaudampfschifffahrtselektrizitaetenhauptbetriebswerk",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft zum halben Preis",
    {},
    { placements: ["agent"], validity: "ended", to: "2026-01-01T00:00:00Z", promotional: false },
  ),
];

const DECISIONS: OfferDecisions = {
  erased: 1,
  items: [
    {
      decision: "dec_0000000000200",
      customer: ADA,
      name: "Ada Lovelace",
      time: ago(4),
      placement: "home",
      stage: "chosen",
      reason: "it was ranked best",
      score: 15.8,
      probability: 0.95,
      control: false,
      explored: false,
    },
    {
      decision: "dec_0000000000100",
      customer: "cus_000000000001b",
      time: ago(9),
      placement: "checkout",
      stage: "suitability",
      reason: '`last("Delivery Rated").stars >= 4` does not hold',
      instead: "free-lamp",
      probability: 1,
      control: false,
      explored: false,
    },
  ],
};

const PRICES: PriceList = {
  quote_valid: "14d",
  doors: ["web", "store", "phone", "email", "sms"],
  products: [
    { product: "sofa-nordsee", name: "Nordsee sofa", category: "sofa", price: "1290.00 GBP" },
    { product: "chair-mole", name: "Mole chair", category: "chair", price: "119.00 GBP" },
  ],
  other_times: [
    {
      product: "sofa-nordsee",
      name: "Nordsee sofa",
      category: "sofa",
      price: "1190.00 GBP",
      to: "2026-01-01T00:00:00Z",
    },
  ],
  tables: [
    {
      name: "volume",
      title: "More for less",
      hit: "first",
      columns: ["item.category", "item.quantity"],
      rows: [
        { cells: ["chair", ">= 6"], change: "-12 %", because: "Six chairs or more" },
        { cells: ["-", ">= 3"], change: "-3 %", because: "Three or more of a piece" },
      ],
      otherwise: "unchanged",
      unproved: [],
    },
    {
      name: "loyalty",
      title: "Thank you for staying",
      hit: "collect_min",
      columns: ["profile.traits.loyalty_level", 'in_segment("vip")'],
      rows: [{ cells: ["gold", "-"], change: "-5 %", because: "Gold level" }],
      unproved: ["that rows 1 and 2 never apply at once"],
    },
  ],
};

function price(product: string, quantity: number): ContextPrice {
  const found = PRICES.products.find((own) => own.product === product);
  if (found === undefined) return { product, known: false, quantity, because: [] };
  const list = Number.parseFloat(found.price);
  const unit = quantity >= 6 ? list * 0.88 : list;
  const money = (amount: number) => `${amount.toFixed(2)} GBP`;
  const because = {
    table: "volume",
    title: "More for less",
    rows: [1],
    because: ["Six chairs or more"],
    change: "-12 %",
    before: money(list),
    after: money(unit),
  };
  return {
    product,
    known: true,
    name: found.name,
    quantity,
    list: money(list),
    unit: money(unit),
    total: money(unit * quantity),
    because: quantity >= 6 ? [because] : [],
  };
}

const QUOTE: QuoteView = {
  id: "quo_000000000002a",
  lines: [],
  total: "628.32 GBP",
  made: ago(0),
  until: ago(-14 * 24 * 60),
  catalogue_version: 3,
  signature: "c0ffee5f9a8c2b71d04e5f3f9a8c2b71d04e5fc0ffee5f9a8c2b71d04e5f3f9a",
};

/** The items that a request names. */
function asked(body: unknown): { product: string; quantity: number }[] {
  const list: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "products") : [];
  if (!Array.isArray(list)) return [];
  return list.map((item: unknown) => {
    const field = (name: string): unknown =>
      typeof item === "object" && item !== null ? Reflect.get(item, name) : undefined;
    return { product: String(field("product")), quantity: Number(field("quantity")) };
  });
}

export function makeOffers() {
  const offers = structuredClone(OFFERS);
  return {
    offers,
    prices: structuredClone(PRICES),
    get(name: string): Offer {
      const found = offers.find((own) => own.name === name);
      if (found === undefined)
        throw refusal(404, "Not found", `There is no offer \`${name}\`.`, "Look at the list.");
      return found;
    },
    decisions: (name: string): OfferDecisions =>
      name === "care-first-year" ? DECISIONS : { items: [], erased: 0 },
    context: (body: unknown): Context => ({
      time: ago(0),
      catalogue_version: 3,
      segments: [],
      journeys: [],
      conversations: [],
      offers: [],
      prices: asked(body).map(({ product, quantity }) => price(product, quantity)),
      quotes: [],
    }),
    quote: (): QuoteView => QUOTE,
    check: (): QuoteChecked => ({ genuine: true, kept: true, quote: QUOTE }),
  };
}
