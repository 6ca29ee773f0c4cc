/** Adding a source: its name and channel in, its write key out, once. */
import type { CreatedSource } from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { Button, CopyButton, Modal, Select, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { channelLook } from "@ui/channel";
import { type FormEvent, useState } from "react";
import { Permitted } from "../shell/permission";
import { Refused } from "../shell/Refused";
import classes from "./Balance.module.css";

export function NewSource() {
  const [opened, { open, close }] = useDisclosure(false);
  const [created, setCreated] = useState<CreatedSource>();
  const leave = () => {
    close();
    setCreated(undefined);
  };
  return (
    <>
      <Permitted permission="sources_write" onClick={open}>
        Add a source
      </Permitted>
      <Modal opened={opened} onClose={leave} title={created ? "Source added" : "Add a source"} centered>
        {created ? <WriteKey created={created} onClose={leave} /> : <SourceForm onCreated={setCreated} />}
      </Modal>
    </>
  );
}

const CHANNELS = [
  "web",
  "app",
  "store",
  "phone",
  "email",
  "sms",
  "webchat",
  "letter",
  "push",
  "device",
  "server",
];

function SourceForm({ onCreated }: { onCreated: (created: CreatedSource) => void }) {
  const [name, setName] = useState("");
  const [channel, setChannel] = useState("web");
  const cache = useQueryClient();
  const create = useMutation({
    mutationFn: () => take(api.POST("/api/v1/sources", { body: { name: name.trim(), channel } })),
    onSuccess: (created) => {
      onCreated(created);
      void cache.invalidateQueries({ queryKey: ["balance"] });
      void cache.invalidateQueries({ queryKey: ["sources"] });
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") create.mutate();
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <TextInput
        label="Name"
        description="What people will recognise it by, such as Web shop."
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        data-autofocus
        required
      />
      <Select
        label="Channel"
        value={channel}
        onChange={(value) => value !== null && setChannel(value)}
        data={CHANNELS.map((value) => ({ value, label: channelLook(value).label }))}
        allowDeselect={false}
      />
      {create.error !== null && <Refused error={create.error} />}
      <Button type="submit" disabled={name.trim() === ""} loading={create.isPending}>
        Add the source
      </Button>
    </form>
  );
}

function WriteKey({ created, onClose }: { created: CreatedSource; onClose: () => void }) {
  return (
    <div className={classes.form}>
      <p>
        The write key of <b>{created.name}</b>. It is shown this once; only its hash is kept.
      </p>
      <div className={classes.key}>
        <code>{created.write_key}</code>
        <CopyButton value={created.write_key}>
          {({ copied, copy }) => (
            <Button size="xs" variant="default" onClick={copy}>
              {copied ? "Copied" : "Copy"}
            </Button>
          )}
        </CopyButton>
      </div>
      <Button onClick={onClose}>I have kept it</Button>
    </div>
  );
}
