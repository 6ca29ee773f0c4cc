/** Folding strands apart: what will be two customers is shown before it is done. */
import type { CustomerIdentity, IdentityNode } from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { Button, Modal } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { namespaceName, plural } from "@ui/format";
import { Permitted } from "../../shell/permission";
import { Refused } from "../../shell/Refused";
import classes from "./Identity.module.css";

interface Props {
  identity: CustomerIdentity;
  chosen: string[];
  onDone: () => void;
}

export function Unmerge({ identity, chosen, onDone }: Props) {
  const [opened, { open, close }] = useDisclosure(false);
  const cache = useQueryClient();
  const { customer } = identity;
  const unmerge = useMutation({
    mutationFn: () =>
      take(
        api.POST("/api/v1/customers/{id}/unmerge", {
          params: { path: { id: customer } },
          body: { strands: chosen },
        }),
      ),
    onSuccess: async () => {
      close();
      onDone();
      await cache.invalidateQueries();
    },
  });
  const leaving = identity.nodes.filter(({ strand }) => chosen.includes(strand));
  const staying = identity.nodes.filter(({ strand }) => !chosen.includes(strand));
  return (
    <>
      <Permitted
        permission="customers_write"
        size="xs"
        variant="default"
        pointless={pointless(leaving, staying)}
        onClick={open}
      >
        Fold apart
      </Permitted>
      <Modal opened={opened} onClose={close} title="Fold these strands apart" centered>
        <div className={classes.dialog}>
          <p>
            Each side gets its own thread back. The two are kept apart from now on, whatever later events say.
            Consent stays as strict as it is on both sides.
          </p>
          <div className={classes.sides}>
            <Side title="Become a customer of their own" nodes={leaving} />
            <Side title="Stay together" nodes={staying} />
          </div>
          {unmerge.error !== null && <Refused error={unmerge.error} />}
          <div className={classes.actions}>
            <Button variant="default" onClick={close}>
              Leave as it is
            </Button>
            <Button onClick={() => unmerge.mutate()} loading={unmerge.isPending}>
              Fold apart
            </Button>
          </div>
        </div>
      </Modal>
    </>
  );
}

function pointless(leaving: IdentityNode[], staying: IdentityNode[]): string | undefined {
  if (leaving.length + staying.length < 2) return "There is only one strand.";
  if (leaving.length === 0) return "Choose the strands that belong to somebody else.";
  if (staying.length === 0) return "Leave at least one strand with this customer.";
  return undefined;
}

function Side({ title, nodes }: { title: string; nodes: IdentityNode[] }) {
  return (
    <div>
      <b>{title}</b>
      <ul>
        {nodes.map(({ strand, namespace, value, events }) => (
          <li key={strand}>
            {namespaceName(namespace)} {value}, {plural(events, "event")}
          </li>
        ))}
      </ul>
    </div>
  );
}
