/** The knowledge of the mock world: two articles, one of them long, one for staff. */
import type { ArticleBlock, ArticleDetail, ArticleItem, ArticleSuggestions } from "@api/__generated__/schema";
import { refusal } from "./answer";

const plain = (text: string) => ({ text, strong: false, emphasis: false, code: false });
const paragraph = (text: string): ArticleBlock => ({ kind: "paragraph", level: 0, pieces: [plain(text)] });

const LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft";

const BLOCKS: ArticleBlock[] = [
  {
    kind: "paragraph",
    level: 0,
    pieces: [
      plain("You have "),
      { ...plain("30 days"), strong: true },
      plain(". Print the label from "),
      { ...plain("your orders"), link: "https://shop.example/orders" },
      plain(" or read "),
      { ...plain("who decides"), link: "article:goodwill" },
      plain("."),
    ],
  },
  { kind: "heading", level: 2, pieces: [plain("How it goes")] },
  { kind: "item", level: 0, number: 1, pieces: [plain("Pack it")] },
  { kind: "item", level: 1, pieces: [plain(`Not the ${LONG}`)] },
  { kind: "quote", level: 0, pieces: [plain("Sofas are collected.")] },
  { kind: "code", level: 0, pieces: [plain("R-4711")] },
];

function article(name: string, title: string, audience: ArticleDetail["audience"]): ArticleDetail {
  const words = (language: string, shown: string, isDefault: boolean) => ({
    language,
    default: isDefault,
    title: shown,
    summary: `${shown}, in two sentences. Free of charge.`,
    blocks: name === "returns" ? BLOCKS : [paragraph("Up to 10 percent.")],
    renditions: [
      { channel: "webchat", text: `**${shown}**\n\nYou have **30 days**.` },
      { channel: "email", text: `${shown}\n\nYou have 30 days.` },
      { channel: "sms", text: `${shown}: within 30 days.` },
    ],
  });
  return {
    name,
    audience,
    labels: ["returns"],
    version: 7,
    versions: [1, 4],
    languages: [words("de", `${title} (de)`, false), words("en", title, true)],
  };
}

const ARTICLES = [
  article("returns", "Send something back", "public"),
  article("goodwill", `How much goodwill is fine, also for the ${LONG}`, "staff"),
];

function item({ name, audience, labels, languages }: ArticleDetail, q: string): ArticleItem {
  const own = languages.find((one) => one.default);
  const title = own?.title ?? name;
  return {
    name,
    language: own?.language ?? "en",
    title,
    summary: own?.summary ?? "",
    audience,
    labels,
    languages: languages.map(({ language }) => language),
    title_marked: [{ text: title, hit: q !== "" }],
    snippet: [{ text: own?.summary ?? "", hit: false }],
    ...(q === "" ? {} : { confidence: 0.8 }),
  };
}

export const knowledge = {
  list(q: string): { items: ArticleItem[] } {
    const found = ARTICLES.filter(({ languages }) =>
      languages.some(({ title }) => title.toLowerCase().includes(q.toLowerCase())),
    );
    return { items: found.map((own) => item(own, q)) };
  },
  get(name: string, version: string | null): ArticleDetail {
    const found = ARTICLES.find((own) => own.name === name);
    if (found === undefined)
      throw refusal(404, "Not found", `There is no article ${name}.`, "Search for another.");
    return { ...found, version: version === null ? found.version : Number(version) };
  },
  suggestions(): ArticleSuggestions {
    return {
      query: "how do I send it back",
      language: "en",
      items: ARTICLES.map((own) => item(own, "back")),
    };
  },
};
