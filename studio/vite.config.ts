/** How the studio is built, served while developing, and tested. */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { mockServer } from "./mock/plugin";

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** `npm run dev` speaks to this server; `npm run mock` answers from `mock/` instead. */
const SERVER = process.env.THROUGHLINE_SERVER ?? "http://127.0.0.1:7700";

export default defineConfig(({ mode }) => ({
  plugins: [react(), ...(mode === "mock" ? [mockServer()] : [])],
  resolve: { alias: { "@ui": at("./ui"), "@api": at("./app/api") } },
  server:
    mode === "mock" ? {} : { proxy: { "/api": SERVER, "/sdk": SERVER, "/v1": { target: SERVER, ws: true } } },
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
    // Beside the studio, the demo brand's shop: the page in the customer's browsers.
    rolldownOptions: { input: [at("./index.html"), at("./shop.html")] },
  },
  test: {
    include: ["app/**/*.test.{ts,tsx}", "ui/**/*.test.ts"],

    environment: "jsdom",
    setupFiles: ["./test/setup.ts"],
    css: false,
    globals: false,
    testTimeout: 60_000,
  },
}));
