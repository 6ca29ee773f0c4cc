/** One article: in each of its languages, as it reads on each channel, and as it read in earlier versions. */
import type { ArticleDetail, ArticleLanguage } from "@api/__generated__/schema";
import { articleQuery } from "@api/queries";
import { NativeSelect, SegmentedControl } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { channelLook } from "@ui/channel";
import { Page, Sheet } from "@ui/Page";
import { Notice, Tag } from "@ui/states";
import { Asked } from "../../shell/Asked";
import { Blocks } from "./Blocks";
import classes from "./Knowledge.module.css";

const route = getRouteApi("/shell/knowledge/$name");

export function Article() {
  const { name } = route.useParams();
  const { version } = route.useSearch();
  const query = useQuery(articleQuery(name, version));
  return <Asked query={query}>{(article) => <Known article={article} />}</Asked>;
}

function Known({ article }: { article: ArticleDetail }) {
  const { language } = route.useSearch();
  const navigate = route.useNavigate();
  const usual = article.languages.find((own) => own.default) ?? article.languages[0];
  const own = article.languages.find((one) => one.language === language) ?? usual;
  const newest = article.versions.at(-1);
  if (own === undefined) return null;
  return (
    <Page title={own.title} lead={own.summary} actions={<Versions article={article} />}>
      <p className={classes.facts}>
        <code>{article.name}</code>
        <Tag tone={article.audience === "staff" ? "warn" : "plain"}>
          {article.audience === "staff" ? "staff only" : "public"}
        </Tag>
        {article.labels.map((label) => (
          <span key={label}>{label}</span>
        ))}
      </p>
      {newest !== undefined && article.version < newest && (
        <Notice tone="warn">This is how it read in version {article.version}; it was changed since.</Notice>
      )}
      {article.languages.length > 1 && (
        <SegmentedControl
          aria-label="Language"
          className={classes.languages}
          value={own.language}
          onChange={(chosen) =>
            void navigate({ search: (old) => ({ ...old, language: chosen }), replace: true })
          }
          data={article.languages.map((one) => ({
            value: one.language,
            label: one.default ? `${one.language} (default)` : one.language,
          }))}
        />
      )}
      <div className={classes.columns}>
        <Sheet title="The article">
          <Blocks blocks={own.blocks} />
        </Sheet>
        <Renditions own={own} />
      </div>
    </Page>
  );
}

function Versions({ article }: { article: ArticleDetail }) {
  const navigate = route.useNavigate();
  if (article.versions.length < 2) return null;
  const shown = [...article.versions].reverse().find((version) => version <= article.version);
  return (
    <NativeSelect
      aria-label="Version"
      value={String(shown ?? "")}
      onChange={({ currentTarget }) =>
        void navigate({
          search: (old) => ({ ...old, version: Number(currentTarget.value) }),
          replace: true,
        })
      }
      data={article.versions.map((version) => ({ value: String(version), label: `Version ${version}` }))}
    />
  );
}

function Renditions({ own }: { own: ArticleLanguage }) {
  return (
    <div className={classes.renditions}>
      {own.renditions.map(({ channel, text }) => (
        <Sheet
          key={channel}
          title={`By ${channelLook(channel).label}`}
          aside={<span className={classes.size}>{[...text].length} characters</span>}
        >
          <p className={classes.rendition}>{text}</p>
        </Sheet>
      ))}
    </div>
  );
}
