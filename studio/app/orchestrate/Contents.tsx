/** Contents: what messages say, each as it reads on every channel, for a customer or with sample values. */
import type { Content, ContentChannel, ContentList } from "@api/__generated__/schema";
import { contentsQuery, customersQuery } from "@api/queries";
import { Select } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Page } from "@ui/Page";
import { Empty } from "@ui/states";
import { useState } from "react";
import { Asked } from "../shell/Asked";
import classes from "./Contents.module.css";
import { Rendition } from "./Rendition";

const route = getRouteApi("/shell/content");

export function Contents() {
  const query = useQuery(contentsQuery);
  return (
    <Page
      title="Content"
      lead="What messages say, in the words of each channel and language. Look at each as a customer gets it, before they do."
    >
      <Asked query={query}>{(list) => (list.contents.length === 0 ? <None /> : <All list={list} />)}</Asked>
    </Page>
  );
}

function All({ list }: { list: ContentList }) {
  const { name } = route.useSearch();
  const shown = list.contents.find((content) => content.name === name) ?? list.contents[0];
  if (shown === undefined) return <None />;
  return (
    <div className={classes.page}>
      <nav aria-label="Contents" className={classes.list}>
        {list.contents.map((content) => (
          <Link
            key={content.name}
            to="/content"
            search={(old) => ({ ...old, name: content.name, language: undefined })}
            className={classes.entry}
            aria-current={content.name === shown.name ? "page" : undefined}
          >
            <span className={classes.title}>{content.title}</span>
            <span className={classes.about}>
              {content.languages.join(", ")}
              {content.page && " · page"}
            </span>
          </Link>
        ))}
      </nav>
      <One key={shown.name} content={shown} channels={list.channels} />
    </div>
  );
}

function One({ content, channels }: { content: Content; channels: ContentChannel[] }) {
  const { customer, language } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <section aria-label={content.title} className={classes.one}>
      <div className={classes.choice}>
        <CustomerChoice
          value={customer}
          onChange={(id) => void navigate({ search: (old) => ({ ...old, customer: id }), replace: true })}
        />
        <Select
          label="Language"
          data={[
            {
              value: "",
              label: customer === undefined ? `Default (${content.default_language})` : "The customer's own",
            },
            ...content.languages.map((own) => ({ value: own, label: own })),
          ]}
          value={language ?? ""}
          allowDeselect={false}
          onChange={(own) =>
            void navigate({ search: (old) => ({ ...old, language: own || undefined }), replace: true })
          }
        />
      </div>
      <p className={classes.path}>
        <code>{content.path}</code>
      </p>
      <div className={classes.renditions}>
        {channels.map((channel) => (
          <Rendition
            key={channel.channel}
            channel={channel}
            title={content.title}
            asked={{
              content: content.name,
              channel: channel.channel,
              ...(customer === undefined ? {} : { customer }),
              ...(language === undefined ? {} : { language }),
            }}
          />
        ))}
      </div>
    </section>
  );
}

function CustomerChoice({
  value,
  onChange,
}: {
  value: string | undefined;
  onChange: (id: string | undefined) => void;
}) {
  const [looked, look] = useState("");
  const found = useInfiniteQuery(customersQuery(looked, undefined));
  const customers = found.data?.pages[0]?.items.slice(0, 20) ?? [];
  const options = customers.map((customer) => ({ value: customer.id, label: customer.name ?? customer.id }));
  const known = value === undefined || options.some((option) => option.value === value);
  return (
    <Select
      label="For"
      placeholder="Sample values"
      searchable
      clearable
      nothingFoundMessage="Nobody of that name"
      data={known ? options : [{ value, label: value }, ...options]}
      value={value ?? null}
      onSearchChange={look}
      filter={({ options: all }) => all}
      onChange={(id) => onChange(id ?? undefined)}
    />
  );
}

function None() {
  return (
    <Empty icon="letter" title="No contents yet">
      Write a file such as <code>content/visit.yaml</code> with the words of each language, name it in a
      journey's message, and publish the catalogue.
    </Empty>
  );
}
