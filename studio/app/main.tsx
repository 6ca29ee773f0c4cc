/** The studio starts here. */
import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/source-serif-4/wght.css";
import "@mantine/core/styles.css";
import "@ui/tokens.css";
import { onSignedOut } from "@api/client";
import { takeTokenFromAddress } from "@api/session";
import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { theme, variables } from "@ui/theme";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { makeCache } from "./cache";
import { makeRouter } from "./routes";

takeTokenFromAddress();

const root = document.getElementById("root");
if (root === null) throw new Error("index.html holds no #root");

const router = makeRouter();
const cache = makeCache();
onSignedOut(() => {
  cache.clear();
  void router.navigate({ to: "/sign-in", search: { to: router.state.location.href } });
});

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={variables} defaultColorScheme="auto">
      <QueryClientProvider client={cache}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
