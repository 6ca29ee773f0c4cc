/**
 * The demo brand's web page, as a customer's browser shows it: goods to look at, the snippet that reports it and the
 * real chat widget. It runs in a frame; each frame has a storage of its own, so that two frames are two browsers.
 */
import "./shop.css";
import { DeviceStorage } from "./storage";

const asked = new URLSearchParams(window.location.search);
const device = asked.get("device") ?? "a";
const lasting = new DeviceStorage(window.localStorage, device);
// The tab's storage must not outlive the tab: a frame that opens anew is a new tab.
const passing = new DeviceStorage(new Map<string, string>(), device);
Object.defineProperty(window, "localStorage", { value: lasting });
Object.defineProperty(window, "sessionStorage", { value: passing });

const GOODS = [
  { product_id: "sofa-1", name: "Sofa Kai", item: "sofa", category: "sofa", price: 1290 },
  { product_id: "table-1", name: "Oak table Steg", item: "table", category: "table", price: 689 },
  { product_id: "bed-1", name: "Bed Koje", item: "bed", category: "bed", price: 940 },
];

interface Snippet {
  track(event: string, properties: Record<string, unknown>): void;
}

function snippet(): Snippet | undefined {
  const found: unknown = Reflect.get(window, "throughline");
  return isSnippet(found) ? found : undefined;
}

function isSnippet(value: unknown): value is Snippet {
  return typeof value === "object" && value !== null && "track" in value && typeof value.track === "function";
}

function load(address: string, settings: Record<string, string>): void {
  const script = document.createElement("script");
  script.src = address;
  Object.assign(script.dataset, settings);
  script.addEventListener("error", () => document.body.append(`${address} could not be loaded.`));
  document.head.append(script);
}

/** Tells the page around the frame which visitor this is, once the widget or the snippet has chosen an id. */
function announce(): void {
  const told = lasting.getItem("tl_anonymous_id");
  if (told === null) return void setTimeout(announce, 200);
  window.parent.postMessage({ device, anonymousId: told }, window.location.origin);
}

function showGoods(): void {
  const shelf = document.getElementById("goods");
  for (const { item, ...product } of GOODS) {
    const button = document.createElement("button");
    button.type = "button";
    button.innerHTML = "<b></b><span></span>";
    button.querySelector("b")?.append(product.name);
    button.querySelector("span")?.append(`${product.price.toLocaleString("en")} EUR`);
    button.addEventListener("click", () =>
      snippet()?.track("Product Viewed", { ...product, currency: "EUR", item }),
    );
    shelf?.append(button);
  }
}

function showChat(writeKey: string): void {
  const chat = document.createElement("throughline-chat");
  chat.setAttribute("server", asked.get("server") || window.location.origin);
  chat.setAttribute("write-key", writeKey);
  chat.setAttribute("inline", "");
  document.getElementById("chat")?.append(chat);
}

const writeKey = asked.get("write_key") ?? "";
showGoods();
showChat(writeKey);
load("/sdk/throughline-chat.js", {});
load("/sdk/throughline.js", { writeKey });
announce();
