/** Orders, complaints and notes of the mock world, told by several channels. */
import type { CustomerOrder, CustomerOrders, OrderLine, Told } from "@api/__generated__/schema";
import { ago } from "./story";

const DAY = 1_440;
const told = (minutes: number, channel: string): Told => ({ time: ago(minutes), channel });

const line = (
  product: string,
  name: string | null,
  price: string,
  own: Partial<OrderLine> = {},
): OrderLine => ({
  product,
  name,
  quantity: 1,
  price,
  total: price,
  state: null,
  complaints: [],
  ...own,
});

const order = (number: string, own: Partial<CustomerOrder>): CustomerOrder => ({
  number,
  status: "placed",
  open: true,
  placed: told(DAY, "web"),
  channel: "web",
  lines: [],
  total: null,
  cancelled: null,
  cancelled_why: null,
  shipments: [],
  returns: [],
  payments: [],
  refunds: [],
  complaints: [],
  last: told(DAY, "web"),
  ...own,
});

export const NO_ORDERS: CustomerOrders = { orders: [], complaints: [], tickets: [], notes: [], held: null };

export const adaOrders: CustomerOrders = {
  held: "marketing waits until complaint C-3, open since 2026-03-02T10:00:00.000Z, is solved",
  orders: [
    order("PW-1001", {
      status: "shipped",
      channel: "marketplace/poolworld",
      placed: told(3 * DAY, "marketplace/poolworld"),
      total: "497.00 GBP",
      lines: [
        line("pool-lagune", "Lagune pool", "420.00 GBP"),
        line(
          "pool-cover",
          "Cover for the Lagune pool, reinforced, with eyelets and a bag to keep it in over the winter",
          "38.50 GBP",
          {
            quantity: 2,
            total: "77.00 GBP",
            state: "return_requested",
            complaints: ["C-3"],
          },
        ),
      ],
      shipments: [
        {
          carrier: "DHL",
          tracking: "00340434161094021501",
          expected: "Friday",
          products: ["pool-lagune"],
          shipped: told(2 * DAY, "server"),
          delivered: null,
        },
      ],
      returns: [
        {
          products: ["pool-cover"],
          reason: "The cover is torn",
          requested: told(DAY, "phone"),
          received: null,
          cancelled: null,
        },
      ],
      payments: [{ amount: "497.00 GBP", told: told(3 * DAY, "marketplace/poolworld") }],
      complaints: ["C-3"],
      last: told(DAY, "phone"),
    }),
    order("4711", {
      status: "delivered",
      open: false,
      channel: "store",
      placed: told(40 * DAY, "store"),
      total: "1290.00 GBP",
      lines: [line("sofa-nordsee", "Nordsee sofa", "1290.00 GBP")],
      shipments: [
        {
          carrier: null,
          tracking: null,
          expected: null,
          products: [],
          shipped: null,
          delivered: told(30 * DAY, "server"),
        },
      ],
      last: told(30 * DAY, "server"),
    }),
  ],
  complaints: [
    {
      reference: "C-3",
      open: true,
      subject: "The cover is torn",
      severity: "high",
      order: "PW-1001",
      products: ["pool-cover"],
      opened: told(DAY, "phone"),
      solved: null,
      solution: null,
      solved_by: null,
      holds_until: "2026-05-31T10:00:00.000Z",
      last: told(DAY, "phone"),
    },
    {
      reference: "C-1",
      open: false,
      subject: "A leg was missing",
      severity: null,
      order: "4711",
      products: ["sofa-nordsee"],
      opened: told(29 * DAY, "email"),
      solved: told(27 * DAY, "store"),
      solution: "handed over at the counter",
      solved_by: "ben",
      last: told(27 * DAY, "store"),
    },
  ],
  tickets: [],
  notes: [{ told: told(2 * DAY, "store"), text: "Prefers delivery on Mondays", by: "ben", order: "PW-1001" }],
};
