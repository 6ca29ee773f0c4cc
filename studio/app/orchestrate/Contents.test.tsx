import type { ContentList, Preview, PreviewDraft } from "@api/__generated__/schema";
import { screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { open, problem } from "../../test/open";

const CONTENTS: ContentList = {
  contents: [
    {
      name: "pick-up",
      title: "A care package left half-way",
      languages: ["en", "de"],
      default_language: "en",
      page: true,
      path: "content/pick-up.yaml",
    },
    {
      name: "document",
      title: "A document is missing",
      languages: ["en"],
      default_language: "en",
      page: false,
      path: "content/document.yaml",
    },
  ],
  channels: [
    { channel: "email", cost: 0.0004 },
    { channel: "sms", cost: 0.032, max_parts: 3 },
  ],
};

function preview(asked: PreviewDraft): Preview {
  const text = `${asked.content} by ${asked.channel} in ${asked.language ?? "en"} for ${asked.customer ?? "nobody"}`;
  const email = { subject: "Two questions left", html: "<p>A page</p>" };
  const sms = { encoding: "gsm7", parts: 2, cost: 0.064 };
  const own = asked.channel === "email" ? email : sms;
  return { language: asked.language ?? "en", text, characters: text.length, missing: [], ...own };
}

/** The studio over a server with these contents; `change` alters what a preview says. */
function openContents(
  address: string,
  { list = CONTENTS, change = {} }: { list?: ContentList; change?: Partial<Preview> } = {},
) {
  const asked: PreviewDraft[] = [];
  // Answers are made when they are asked for, and a body can be read only later: so it is streamed.
  const opened = open(address, {
    instead: (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/contents")) return Response.json(list);
      if (!pathname.endsWith("/previews")) return undefined;
      const body = request
        .clone()
        .json()
        .then((draft: PreviewDraft) => {
          asked.push(draft);
          const shown = { ...preview(draft), ...change };
          return new TextEncoder().encode(JSON.stringify(shown));
        });
      const stream = new ReadableStream<Uint8Array>({
        async start(controller) {
          controller.enqueue(await body);
          controller.close();
        },
      });
      return new Response(stream, { headers: { "content-type": "application/json" } });
    },
  });
  return { ...opened, asked };
}

test("a content is shown as it reads on every channel, with its length and its cost", async () => {
  openContents("/content");
  const sms = await screen.findByRole("article", { name: "A care package left half-way by sms" });
  await within(sms).findByText("pick-up by sms in en for nobody");
  expect(within(sms).getByText("2 parts, gsm7")).toBeVisible();
  expect(within(sms).getByText("costs 0.064")).toBeVisible();
  const email = screen.getByRole("article", { name: "A care package left half-way by email" });
  expect(await within(email).findByText("Two questions left")).toBeVisible();
});

test("the page of an e-mail stands in a frame that may do nothing", async () => {
  openContents("/content");
  const page = await screen.findByTitle("Page of A care package left half-way");
  expect(page).toHaveAttribute("sandbox", "");
  expect(page).toHaveAttribute("srcdoc", "<p>A page</p>");
});

test("another content and another language are chosen, and stand in the address", async () => {
  const { user, at } = openContents("/content");
  await user.click(await screen.findByRole("combobox", { name: "Language" }));
  await user.click(await screen.findByRole("option", { name: "de" }));
  await screen.findByText("pick-up by sms in de for nobody");
  expect(at()).toContain("language=de");
  await user.click(screen.getByRole("link", { name: /A document is missing/ }));
  await screen.findByText("document by sms in en for nobody");
  expect(at()).toContain("name=document");
  expect(at()).not.toContain("language");
});

test("the customer in the address is the one it is written for", async () => {
  const { asked } = openContents("/content?name=document&customer=cus_0000000000001");
  await screen.findByText("document by email in en for cus_0000000000001");
  expect(asked).toContainEqual({ content: "document", channel: "email", customer: "cus_0000000000001" });
});

test("what would hold the message back is told", async () => {
  const missing = [
    { place: "text", name: "slots.item" },
    { place: "subject", name: "slots.item" },
  ];
  openContents("/content", { change: { missing, too_long: "4 parts; at most 3 are sent" } });
  // On both channels, and each name once.
  await waitFor(() => expect(screen.getAllByText(/Without a value: slots\.item\. Such/)).toHaveLength(2));
  expect(screen.getAllByText("Would be held: 4 parts; at most 3 are sent.")).toHaveLength(2);
});

test("a preview that is refused says why, beside the others", async () => {
  const refused = () =>
    problem(422, "Invalid", "the channel is not one that messages go by", "Use another one.");
  open("/content", {
    instead: (request) => {
      const { pathname } = new URL(request.url);
      if (pathname.endsWith("/contents")) return Response.json(CONTENTS);
      return pathname.endsWith("/previews") ? refused() : undefined;
    },
  });
  await waitFor(() => expect(screen.getAllByText(/is not one that messages go by/)).toHaveLength(2));
});

test("without contents the page says how to write one", async () => {
  openContents("/content", { list: { contents: [], channels: [] } });
  await screen.findByText("No contents yet");
});
