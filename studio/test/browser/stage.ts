/** A real browser in front of the built studio, which speaks to the mock world. */
import { createRequire } from "node:module";
import { type Browser, chromium, type Page } from "playwright-core";
import { type PreviewServer, preview } from "vite";
import { TOKEN } from "../../mock/answer";

const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
const QUIET = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
];
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
/** Rules of WCAG 2.2 AA and axe's own advice. */
const AXE_RUN =
  'axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"] })';

export interface Look {
  width: number;
  scheme: "light" | "dark";
}

export class Stage {
  private constructor(
    private readonly server: PreviewServer,
    private readonly browser: Browser,
    private readonly base: string,
  ) {}

  static async build(): Promise<Stage> {
    const server = await preview({
      mode: "mock",
      preview: { port: 0, host: "127.0.0.1" },
      logLevel: "error",
    });
    const base = server.resolvedUrls?.local[0] ?? server.resolvedUrls?.network[0];
    if (base === undefined) throw new Error("the preview server names no address");
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: QUIET });
    return new Stage(server, browser, base.replace(/\/$/, ""));
  }

  async strike(): Promise<void> {
    await this.browser.close();
    await this.server.close();
  }

  /** Opens a page, signed in. `complaints` gathers what a page must not do. */
  async open(path: string, { width, scheme }: Look = { width: 1280, scheme: "light" }) {
    const context = await this.browser.newContext({ viewport: { width, height: 860 }, colorScheme: scheme });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on("pageerror", (error) => complaints.push(`error: ${error.message}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(this.base)) complaints.push(`asked elsewhere: ${request.url()}`);
    });
    await page.goto(`${this.base}${path}#token=${TOKEN}`);
    return { page, complaints, close: () => context.close() };
  }
}

/** What axe finds on the page as it stands, one line each. */
export async function violations(page: Page): Promise<string[]> {
  await page.addScriptTag({ path: AXE });
  const found: unknown = await page.evaluate(AXE_RUN);
  return list(found, "violations").flatMap((violation) =>
    list(violation, "nodes").map(
      (node) => `${field(violation, "id")}: ${field(node, "html")} ${field(node, "failureSummary")}`,
    ),
  );
}

/** By how many pixels the page is wider than the window. */
export function overflow(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

function list(value: unknown, name: string): unknown[] {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
  return Array.isArray(found) ? found : [];
}

function field(value: unknown, name: string): string {
  return typeof value === "object" && value !== null ? String(Reflect.get(value, name)) : "";
}
