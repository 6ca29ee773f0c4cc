/** Server-sent events over `fetch`, because `EventSource` cannot send the bearer header. */

/** Splits a stream of text into the `data` of its events, as the HTML standard says. */
export class EventSplitter {
  private rest = "";
  private data: string[] = [];

  /** The data of every event that `text` completes. */
  push(text: string): string[] {
    const lines = (this.rest + text).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? "";
    return lines.flatMap((line) => this.line(line));
  }

  private line(line: string): string[] {
    if (line === "") {
      const complete = this.data.join("\n");
      this.data = [];
      return complete === "" ? [] : [complete];
    }
    if (line.startsWith("data:")) this.data.push(line.slice(line.startsWith("data: ") ? 6 : 5));
    return [];
  }
}

/** The events of an open answer, one document each, until the server or the caller ends it. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown> {
  const splitter = new EventSplitter();
  const decoder = new TextDecoder();
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      for (const data of splitter.push(decoder.decode(value, { stream: true }))) yield JSON.parse(data);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
