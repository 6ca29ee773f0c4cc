/** The changed files of a draft: chosen from a folder, or pasted. */
import type { CatalogueFile } from "@api/__generated__/schema";
import { Button, FileButton, Select, Textarea } from "@mantine/core";
import { Icon } from "@ui/Icon";
import { useState } from "react";
import { overlaid, pathOf } from "./draft";
import classes from "./Rehearsals.module.css";

interface Props {
  published: CatalogueFile[];
  changed: CatalogueFile[];
  change: (files: CatalogueFile[]) => void;
}

export function ChangedFiles({ published, changed, change }: Props) {
  const [path, setPath] = useState<string | null>(null);
  const edited = changed.find((file) => file.path === path) ?? published.find((file) => file.path === path);
  const choose = async (files: File[]) => {
    const read = files.map(async (file) => ({
      path: pathOf(file.webkitRelativePath || file.name, published),
      text: await file.text(),
    }));
    change(overlaid(changed, await Promise.all(read)));
  };
  return (
    <div className={classes.changed}>
      <div className={classes.begin}>
        <FileButton multiple accept=".yaml,.yml" onChange={(files) => void choose(files)}>
          {(props) => (
            <Button {...props} variant="default">
              Choose changed files
            </Button>
          )}
        </FileButton>
        <span>or change one here:</span>
      </div>
      <Select
        label="File"
        placeholder="A file of the catalogue"
        data={published.map((file) => file.path)}
        value={path}
        onChange={setPath}
        clearable
        searchable
      />
      {path !== null && edited !== undefined && (
        <Textarea
          label={`Text of ${path}`}
          autosize
          minRows={8}
          maxRows={24}
          classNames={{ input: classes.text ?? "" }}
          value={edited.text}
          onChange={(event) => change(overlaid(changed, [{ path, text: event.currentTarget.value }]))}
        />
      )}
      {changed.length > 0 && (
        <ul aria-label="Changed files" className={classes.files}>
          {changed.map((file) => (
            <li key={file.path}>
              <Icon name="file" size={15} />
              <span>{file.path}</span>
              <Button
                size="compact-xs"
                variant="subtle"
                aria-label={`Leave ${file.path} as it is published`}
                onClick={() => change(changed.filter((own) => own !== file))}
              >
                Leave as published
              </Button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
