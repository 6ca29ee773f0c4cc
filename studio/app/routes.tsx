/** Every page's address. What a page shows is in its address, so that it can be shared and gone back to. */
import { token } from "@api/session";
import {
  createRootRoute,
  createRoute,
  createRouter,
  Link,
  lazyRouteComponent,
  type RouterHistory,
  redirect,
} from "@tanstack/react-router";
import { useTitle } from "@ui/Page";
import { Empty } from "@ui/states";
import { Catalogue } from "./catalogue/Catalogue";
import { Journeys } from "./orchestrate/Journeys";
import { Balance } from "./protect/Balance";
import { Effects } from "./protect/Effects";
import { Quarantine } from "./protect/Quarantine";
import { Customer } from "./recognize/Customer";
import { Customers } from "./recognize/Customers";
import { Segments } from "./recognize/Segments";
import * as search from "./search";
import { Shell } from "./shell/Shell";
import { SignIn } from "./shell/SignIn";

const root = createRootRoute({ notFoundComponent: NotFound });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  component: SignIn,
  validateSearch: search.signIn,
});

const shell = createRoute({
  getParentRoute: () => root,
  id: "shell",
  component: Shell,
  beforeLoad: ({ location }) => {
    if (token() !== null) return;
    const to = location.href === "/" ? undefined : location.href;
    throw redirect({ to: "/sign-in", search: { to } });
  },
});

const pages = [
  createRoute({
    getParentRoute: () => shell,
    path: "/",
    beforeLoad: () => {
      throw redirect({ to: "/customers" });
    },
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/customers",
    component: Customers,
    validateSearch: search.customers,
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/customers/$id",
    component: Customer,
    validateSearch: search.customer,
  }),
  createRoute({ getParentRoute: () => shell, path: "/segments", component: Segments }),
  createRoute({
    getParentRoute: () => shell,
    path: "/inbox",
    component: lazyRouteComponent(() => import("./orchestrate/inbox/Inbox"), "Inbox"),
    validateSearch: search.inbox,
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/knowledge",
    component: lazyRouteComponent(() => import("./orchestrate/knowledge/Knowledge"), "Knowledge"),
    validateSearch: search.knowledge,
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/knowledge/$name",
    component: lazyRouteComponent(() => import("./orchestrate/knowledge/Article"), "Article"),
    validateSearch: search.article,
  }),
  createRoute({ getParentRoute: () => shell, path: "/journeys", component: Journeys }),
  createRoute({
    getParentRoute: () => shell,
    path: "/journeys/$name",
    component: lazyRouteComponent(() => import("./orchestrate/Journey"), "Journey"),
    validateSearch: search.journey,
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/rehearsals",
    component: lazyRouteComponent(() => import("./orchestrate/rehearsals/Rehearsals"), "Rehearsals"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/rehearsals/$id",
    component: lazyRouteComponent(() => import("./orchestrate/rehearsals/Rehearsal"), "Rehearsal"),
    validateSearch: search.rehearsal,
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/content",
    component: lazyRouteComponent(() => import("./orchestrate/Contents"), "Contents"),
    validateSearch: search.contents,
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/offers",
    component: lazyRouteComponent(() => import("./adapt/Offers"), "Offers"),
    validateSearch: search.offers,
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/offers/$name",
    component: lazyRouteComponent(() => import("./adapt/Offer"), "Offer"),
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/prices",
    component: lazyRouteComponent(() => import("./adapt/Prices"), "Prices"),
    validateSearch: search.prices,
  }),
  createRoute({ getParentRoute: () => shell, path: "/balance", component: Balance }),
  createRoute({ getParentRoute: () => shell, path: "/quarantine", component: Quarantine }),
  createRoute({
    getParentRoute: () => shell,
    path: "/effects",
    component: Effects,
    validateSearch: search.effects,
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/catalogue",
    component: Catalogue,
    validateSearch: search.catalogue,
  }),
  createRoute({
    getParentRoute: () => shell,
    path: "/devices",
    component: lazyRouteComponent(() => import("./devices/Devices"), "Devices"),
    validateSearch: search.devices,
  }),
] as const;

/** `history` is the browser's own, unless a test brings another. */
export function makeRouter(history?: RouterHistory) {
  return createRouter({
    routeTree: root.addChildren([signIn, shell.addChildren(pages)]),
    scrollRestoration: true,
    ...(history === undefined ? {} : { history }),
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}

function NotFound() {
  useTitle("Not found");
  return (
    <main>
      <h1 className="visually-hidden">Not found</h1>
      <Empty
        icon="question"
        title="There is no such page"
        action={<Link to="/customers">Go to the customers</Link>}
      >
        The address leads nowhere in this studio.
      </Empty>
    </main>
  );
}
