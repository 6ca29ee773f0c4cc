/** The telephone and the letter box of the mock world. */
import type { DemoDevices, LetterMessage, TextMessage } from "@api/__generated__/schema";

const SHOP_NUMBER = "+447700900100";
const CUSTOMER = "+4915112345678";

const MINUTE_MS = 60_000;

function ago(minutes: number): string {
  return new Date(Date.now() - minutes * MINUTE_MS).toISOString();
}

export const DEVICES: DemoDevices = {
  available: true,
  chat_server: "",
  write_key: "wk_demo",
  places_write_key: "wk_places",
  shop_address: "hello@harbour-living.example",
  shop_number: SHOP_NUMBER,
  addresses: ["ada@example.com"],
};

export const TEXTS: TextMessage[] = [
  {
    id: "text-2",
    direction: "in",
    number: CUSTOMER,
    business: SHOP_NUMBER,
    text: `Hello Łucja, which day suits you for the first visit? ${"A long explanation of what happens then. ".repeat(4)}`,
    encoding: "ucs2",
    parts: 4,
    confirmed: true,
    time: ago(12),
  },
  {
    id: "text-1",
    direction: "in",
    number: "+4915112345655",
    business: SHOP_NUMBER,
    text: "For somebody else",
    encoding: "gsm7",
    parts: 1,
    confirmed: false,
    time: ago(30),
  },
];

export const LETTERS: LetterMessage[] = [
  {
    id: "eff_00000000000000000000000091",
    to: ["Łucja Ćwiklińska", "Hafenstraße 7", "20457 Hamburg"],
    subject: "Your furniture insurance: the receipt is missing",
    text: "Dear Łucja,\n\nplease add a photograph of the receipt.",
    pages: 2,
    time: ago(8),
    document: "/api/v1/demo/letters/secret-91",
  },
];

/** What a telephone sends. */
export function typed(number: string, text: string, before: number): TextMessage {
  return {
    id: `typed-${before}`,
    direction: "out",
    number,
    business: SHOP_NUMBER,
    text,
    encoding: "gsm7",
    parts: 1,
    confirmed: true,
    time: ago(0),
  };
}
