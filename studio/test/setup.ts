/** What jsdom lacks and Mantine asks for, and a clean page after every test. */
import { cleanup } from "@testing-library/react";
import { afterEach } from "vitest";

afterEach(() => {
  cleanup();
  sessionStorage.clear();
});
