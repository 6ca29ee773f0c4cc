/** The knowledge: every article, found as customers and agents find it. */
import type { ArticleItem } from "@api/__generated__/schema";
import { articlesQuery } from "@api/queries";
import { TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { plural } from "@ui/format";
import { Icon } from "@ui/Icon";
import { Page } from "@ui/Page";
import { Empty, Tag } from "@ui/states";
import { Asked } from "../../shell/Asked";
import classes from "./Knowledge.module.css";
import { Marked } from "./Marked";

const route = getRouteApi("/shell/knowledge");
const PAUSE_MS = 150;

export function Knowledge() {
  const { q = "" } = route.useSearch();
  const navigate = route.useNavigate();
  const [asked] = useDebouncedValue(q, PAUSE_MS);
  const query = useQuery(articlesQuery(asked));
  return (
    <Page
      title="Knowledge"
      lead="Articles of the catalogue: the same answer in chat, by e-mail, by SMS and on your own site."
    >
      <TextInput
        aria-label="Search the articles"
        placeholder="Ask as a customer would: how do I send something back?"
        leftSection={<Icon name="search" size={16} />}
        value={q}
        onChange={({ currentTarget }) =>
          void navigate({ search: { q: currentTarget.value || undefined }, replace: true })
        }
      />
      <Asked query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <Nothing asked={asked} />
          ) : (
            <>
              <p className={classes.total} role="status">
                {plural(items.length, "article")}
              </p>
              <ul className={classes.list}>
                {items.map((item) => (
                  <Entry key={item.name} item={item} />
                ))}
              </ul>
            </>
          )
        }
      </Asked>
    </Page>
  );
}

function Nothing({ asked }: { asked: string }) {
  return asked === "" ? (
    <Empty icon="book" title="No articles yet">
      Write a file such as <code>knowledge/returns.en.md</code> and publish the catalogue.
    </Empty>
  ) : (
    <Empty icon="search" title="No article speaks of that">
      Try other words, or write an article: customers may ask the same.
    </Empty>
  );
}

function Entry({ item }: { item: ArticleItem }) {
  return (
    <li className={classes.entry}>
      <h2 className={classes.title}>
        <Link to="/knowledge/$name" params={{ name: item.name }}>
          <Marked fragments={item.title_marked} />
        </Link>
      </h2>
      <p className={classes.snippet}>
        <Marked fragments={item.snippet} />
      </p>
      <p className={classes.facts}>
        {item.audience === "staff" && <Tag tone="warn">staff only</Tag>}
        {item.languages.map((language) => (
          <Tag key={language}>{language}</Tag>
        ))}
        {item.labels.map((label) => (
          <span key={label}>{label}</span>
        ))}
      </p>
    </li>
  );
}
