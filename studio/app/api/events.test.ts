import { describe, expect, test } from "vitest";
import { EventSplitter } from "./events";

/** Feeds `parts` one by one and collects what comes out. */
const split = (...parts: string[]): string[] => {
  const splitter = new EventSplitter();
  return parts.flatMap((part) => splitter.push(part));
};

describe("server-sent events", () => {
  test("end with an empty line", () => {
    expect(split("data: 1\n\ndata: 2\n\n")).toEqual(["1", "2"]);
    expect(split("data: 1\n")).toEqual([]);
  });

  test("may be cut anywhere, even inside a line break", () => {
    expect(split("da", 'ta: {"a"', ":1}\r", "\n\r\n", "data: 2\n", "\n")).toEqual(['{"a":1}', "2"]);
  });

  test("may span lines and carry comments and other fields", () => {
    expect(split(": keep-alive\n\nevent: x\nid: 7\ndata: a\ndata:b\n\n")).toEqual(["a\nb"]);
  });
});
