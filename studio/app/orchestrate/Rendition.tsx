/** One content on one channel: the words, the page, how long it is, what it costs, and what is missing. */
import type { ContentChannel, Preview, PreviewDraft } from "@api/__generated__/schema";
import { previewQuery } from "@api/queries";
import { useQuery } from "@tanstack/react-query";
import { ChannelName } from "@ui/channel";
import { plural } from "@ui/format";
import { Notice, Tag } from "@ui/states";
import { Asked } from "../shell/Asked";
import classes from "./Contents.module.css";

interface Props {
  channel: ContentChannel;
  title: string;
  asked: PreviewDraft;
}

export function Rendition({ channel, title, asked }: Props) {
  const query = useQuery(previewQuery(asked));
  return (
    <article className={classes.rendition} aria-label={`${title} by ${channel.channel}`}>
      <header className={classes.head}>
        <h3>
          <ChannelName channel={channel.channel} />
        </h3>
      </header>
      <Asked query={query}>{(preview) => <Shown preview={preview} title={title} />}</Asked>
    </article>
  );
}

function Shown({ preview, title }: { preview: Preview; title: string }) {
  const missing = [...new Set(preview.missing.map((own) => own.name))];
  return (
    <>
      <p className={classes.facts}>
        <Tag tone="plain">{preview.language}</Tag>
        <span>{plural(preview.characters, "character")}</span>
        {preview.parts !== null && preview.parts !== undefined && (
          <span>
            {plural(preview.parts, "part")}, {preview.encoding}
          </span>
        )}
        {preview.cost !== null && preview.cost !== undefined && <span>costs {preview.cost}</span>}
      </p>
      {preview.too_long && <Notice tone="warn">Would be held: {preview.too_long}.</Notice>}
      {missing.length > 0 && (
        <Notice tone="warn">
          Without a value: {missing.join(", ")}. Such a message is held, unless the text has a default.
        </Notice>
      )}
      {preview.subject && <p className={classes.subject}>{preview.subject}</p>}
      {preview.html && (
        <iframe
          className={classes.sheet}
          title={`Page of ${title}`}
          sandbox=""
          referrerPolicy="no-referrer"
          srcDoc={preview.html}
        />
      )}
      <p className={classes.text}>{preview.text}</p>
    </>
  );
}
