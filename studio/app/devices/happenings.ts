/** What can happen to a customer away from their devices, and how each place tells it: through the ordinary ways in. */
import type { DemoDevices } from "@api/__generated__/schema";

/** Who it happens to, as the places know them. */
export interface Person {
  email: string;
  phone: string;
  firstName: string;
  lastName: string;
  street: string;
  postalCode: string;
  city: string;
}

export const NOBODY: Person = {
  email: "",
  phone: "",
  firstName: "",
  lastName: "",
  street: "",
  postalCode: "",
  city: "",
};

export interface Call {
  path: string;
  body: object;
}

export interface Happening {
  id: string;
  place: string;
  label: string;
  call: (who: Person, now: Date) => Call;
}

type Identifiers = Record<string, string>;

/** What a place knows a customer by; one who gave nothing is unknown everywhere. */
export function identifiers({ email, phone }: Person): Identifiers {
  return { ...given("email", email), ...given("phone", phone) };
}

function given(name: string, value: string): Record<string, string> {
  return value.trim() === "" ? {} : { [name]: value.trim() };
}

/** Names of orders and complaints must not repeat from one click to the next. */
function numbered(prefix: string, now: Date): string {
  return `${prefix}-${now.getTime().toString(36).toUpperCase()}`;
}

function track(
  channel: string,
  event: string,
  properties: (now: Date) => object,
): (who: Person, now: Date) => Call {
  return (who, now) => ({
    path: "/v1/track",
    body: { type: "track", event, channel, identifiers: identifiers(who), properties: properties(now) },
  });
}

/** Introduces the person of a browser: what they fill in on an account page. */
export function introduction(who: Person, anonymousId: string | undefined): Call {
  const traits = {
    ...given("first_name", who.firstName),
    ...given("last_name", who.lastName),
    ...given("street", who.street),
    ...given("postal_code", who.postalCode),
    ...given("city", who.city),
  };
  const known = anonymousId === undefined ? {} : { anonymous_id: anonymousId };
  return {
    path: "/v1/identify",
    body: { type: "identify", channel: "web", identifiers: { ...known, ...identifiers(who) }, traits },
  };
}

/** One complaint a day about each thing, so that its solution can name it. */
function complaintId(thing: string, now: Date): string {
  return `C-${thing}-${now.toISOString().slice(0, 10)}`;
}

function complaint(thing: string, product: string, subject: string): Happening {
  const about = (now: Date) => ({ complaint_id: complaintId(thing, now), product_id: product, subject });
  return {
    id: `complain-${thing}`,
    place: "On the telephone",
    label: `Complain about the ${thing}`,
    call: track("phone", "Complaint Opened", about),
  };
}

function solution(thing: string, how: string): Happening {
  const about = (now: Date) => ({ complaint_id: complaintId(thing, now), solution: how });
  return {
    id: `solve-${thing}`,
    place: "In the call centre",
    label: `Put the ${thing} right`,
    call: track("phone", "Complaint Solved", about),
  };
}

const SOFA = { product_id: "sofa-nordsee", name: "Nordsee sofa", quantity: 1 };

export const HAPPENINGS: readonly Happening[] = [
  {
    id: "prefer-sms",
    place: "On the account page",
    label: "Wish for text messages",
    call: track("web", "Channel Preferred", () => ({ channel: "sms" })),
  },
  {
    id: "prefer-email",
    place: "On the account page",
    label: "Wish for e-mail",
    call: track("web", "Channel Preferred", () => ({ channel: "email" })),
  },
  {
    id: "agree",
    place: "On the account page",
    label: "Agree to advertising",
    call: track("web", "Consent Granted", () => ({ purpose: "marketing" })),
  },
  {
    id: "insurance",
    place: "In the web shop",
    label: "Ask for furniture insurance",
    call: track("webchat", "Insurance Requested", () => ({ item: "sofa" })),
  },
  {
    id: "cart",
    place: "In the web shop",
    label: "Put a sofa into the cart",
    call: track("web", "Product Added", () => SOFA),
  },
  {
    id: "activation",
    place: "In the web shop",
    label: "Have a smart light activated",
    call: track("web", "Activation Ordered", (now) => ({
      order_id: numbered("HL", now),
      device: "lamp-feuer",
    })),
  },
  {
    id: "till",
    place: "At the till",
    label: "Ring up a sofa",
    call: track("store", "Order Completed", (now) => ({
      order_id: numbered("KIEL", now),
      total: 1290,
      currency: "GBP",
      products: [{ ...SOFA, price: 1290 }],
    })),
  },
  {
    id: "receipt",
    place: "At the till",
    label: "Hand in the receipt",
    call: track("store", "Document Received", () => ({ kind: "receipt" })),
  },
  complaint("sofa", "sofa-nordsee", "A leg of the sofa is loose"),
  complaint("lamp", "lamp-feuer", "The lamp flickers"),
  solution("sofa", "a new leg was fitted"),
  solution("lamp", "a new lamp was sent"),
  {
    id: "marketplace",
    place: "On a marketplace",
    label: "Buy a pool on Pool World",
    call: (who, now) => ({
      path: "/v1/marketplace/poolworld/orders",
      body: {
        order: {
          number: now.getTime().toString(36).toUpperCase(),
          placed_at: now.toISOString(),
          currency: "GBP",
          items: [
            { seller_sku: "pool-lagune", title: "Lagune pool", quantity: 1, unit_price: "420.00" },
            {
              seller_sku: "pool-cover",
              title: "Cover for the Lagune pool",
              quantity: 1,
              unit_price: "38.50",
            },
          ],
        },
        buyer: { id: who.email || who.phone, ...identifiers(who) },
      },
    }),
  },
];

/** Hands a call over as any other system would, with the places' write key. */
export async function happen(devices: DemoDevices, { path, body }: Call): Promise<void> {
  const answer = await fetch(path, {
    method: "POST",
    headers: {
      authorization: `Basic ${btoa(`${devices.places_write_key ?? ""}:`)}`,
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
}
