/** The published catalogue: every definition file as its authors wrote it, and what a check finds in it. */
import type { Catalogue as CatalogueData, CatalogueFile, CatalogueProblem } from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { catalogueQuery } from "@api/queries";
import { useMutation, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { plural } from "@ui/format";
import { Icon } from "@ui/Icon";
import { Page } from "@ui/Page";
import { Empty, Notice } from "@ui/states";
import { Ago } from "@ui/Time";
import { Asked } from "../shell/Asked";
import { Permitted } from "../shell/permission";
import { Refused } from "../shell/Refused";
import classes from "./Catalogue.module.css";

const route = getRouteApi("/shell/catalogue");

export function Catalogue() {
  const query = useQuery(catalogueQuery);
  const check = useMutation({
    mutationFn: (files: CatalogueFile[]) => take(api.POST("/api/v1/catalogue/check", { body: { files } })),
  });
  const { data } = query;
  return (
    <Page
      title="Catalogue"
      lead="Every journey, segment and template of this workspace, as files. Publish with throughline publish."
      actions={
        data !== undefined &&
        data.files.length > 0 && (
          <Permitted
            permission="catalogue_read"
            variant="default"
            loading={check.isPending}
            onClick={() => check.mutate(data.files)}
          >
            Check again
          </Permitted>
        )
      }
    >
      <div className={classes.page}>
        {check.data !== undefined && <Problems problems={check.data.problems} />}
        {check.error !== null && <Refused error={check.error} />}
        <Asked query={query}>
          {(catalogue) => (catalogue.files.length === 0 ? <None /> : <Files catalogue={catalogue} />)}
        </Asked>
      </div>
    </Page>
  );
}

function Files({ catalogue }: { catalogue: CatalogueData }) {
  const { file } = route.useSearch();
  const shown = catalogue.files.find(({ path }) => path === file) ?? catalogue.files[0];
  return (
    <>
      <p className={classes.version}>
        <b>Version {catalogue.version}</b>
        {catalogue.published && (
          <>
            , published <Ago time={catalogue.published} />
          </>
        )}
        {catalogue.by && <> by {catalogue.by}</>}
      </p>
      <div className={classes.files}>
        <nav aria-label="Files" className={classes.list}>
          <ul>
            {catalogue.files.map(({ path }) => (
              <li key={path}>
                <Link
                  to="."
                  search={{ file: path }}
                  className={classes.file}
                  data-shown={path === shown?.path}
                  aria-current={path === shown?.path ? "true" : undefined}
                >
                  <Icon name="file" size={15} />
                  <span>{path}</span>
                </Link>
              </li>
            ))}
          </ul>
        </nav>
        {shown !== undefined && <Source file={shown} />}
      </div>
    </>
  );
}

function Source({ file }: { file: CatalogueFile }) {
  const lines = file.text.replace(/\n$/, "").split("\n");
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable with the keyboard
    <section className={classes.source} aria-label={file.path} tabIndex={0}>
      <pre>
        {lines.map((line, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
          <span key={at} className={classes.line}>
            {line}
            {"\n"}
          </span>
        ))}
      </pre>
    </section>
  );
}

export function Problems({ problems }: { problems: CatalogueProblem[] }) {
  if (problems.length === 0) return <Notice tone="ok">No problems were found.</Notice>;
  return (
    <section aria-label="Problems" className={classes.problems}>
      <Notice tone="bad">{plural(problems.length, "problem")}. Nothing was changed.</Notice>
      <ol>
        {problems.map(({ place, message, remedy }) => (
          <li
            key={`${place.file} ${place.path} ${place.column ?? ""} ${message}`}
            className={classes.problem}
          >
            <p>
              <Link to="/catalogue" search={{ file: place.file }}>
                {place.file}
              </Link>{" "}
              <code>{place.path}</code>
              {place.column && <> column {place.column}</>}
            </p>
            <p className={classes.message}>{message}</p>
            <p>{remedy}</p>
          </li>
        ))}
      </ol>
    </section>
  );
}

function None() {
  return (
    <Empty icon="book" title="Nothing is published yet">
      Write definition files and publish them with <code>throughline publish FOLDER</code>.
    </Empty>
  );
}
