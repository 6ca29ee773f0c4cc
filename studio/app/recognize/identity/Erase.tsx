/** Erasing a customer for ever: said plainly, and only after the id was typed. */
import type { EraseReceipt } from "@api/__generated__/schema";
import { api, take } from "@api/client";
import { Button, Modal, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { plural } from "@ui/format";
import { Icon } from "@ui/Icon";
import { Moment } from "@ui/Time";
import { type FormEvent, useState } from "react";
import { Permitted } from "../../shell/permission";
import { Refused } from "../../shell/Refused";
import classes from "./Identity.module.css";

export function Erase({ customer }: { customer: string }) {
  const [opened, { open, close }] = useDisclosure(false);
  const [receipt, setReceipt] = useState<EraseReceipt>();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const leave = () => {
    close();
    if (receipt === undefined) return;
    cache.removeQueries({ queryKey: ["customer", customer] });
    cache.removeQueries({ queryKey: ["thread", customer] });
    void cache.invalidateQueries({ queryKey: ["customers"] });
    void navigate({ to: "/customers" });
  };
  return (
    <>
      <Permitted
        permission="customers_erase"
        size="xs"
        variant="default"
        leftSection={<Icon name="erase" size={15} />}
        onClick={open}
      >
        Erase
      </Permitted>
      <Modal opened={opened} onClose={leave} title={receipt ? "Erased" : "Erase this customer"} centered>
        {receipt ? (
          <Receipt receipt={receipt} onClose={leave} />
        ) : (
          <Confirm customer={customer} onCancel={close} onErased={setReceipt} />
        )}
      </Modal>
    </>
  );
}

interface ConfirmProps {
  customer: string;
  onCancel: () => void;
  onErased: (receipt: EraseReceipt) => void;
}

function Confirm({ customer, onCancel, onErased }: ConfirmProps) {
  const [typed, setTyped] = useState("");
  const erase = useMutation({
    mutationFn: () =>
      take(
        api.POST("/api/v1/customers/{id}/erase", {
          params: { path: { id: customer } },
          body: { confirm: typed.trim() },
        }),
      ),
    onSuccess: onErased,
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (typed.trim() === customer) erase.mutate();
  };
  return (
    <form className={classes.dialog} onSubmit={submit}>
      <p>
        The keys of this customer are destroyed. Everything personal in the log, the state and the search
        becomes unreadable, now and in every backup. It cannot be undone.
      </p>
      <TextInput
        label={
          <>
            Type <code>{customer}</code> to confirm
          </>
        }
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        autoComplete="off"
        data-autofocus
      />
      {erase.error !== null && <Refused error={erase.error} />}
      <div className={classes.actions}>
        <Button variant="default" onClick={onCancel}>
          Keep the customer
        </Button>
        <Button type="submit" color="alarm.7" disabled={typed.trim() !== customer} loading={erase.isPending}>
          Erase for ever
        </Button>
      </div>
    </form>
  );
}

function Receipt({ receipt, onClose }: { receipt: EraseReceipt; onClose: () => void }) {
  return (
    <div className={classes.dialog}>
      <p>
        {plural(receipt.strands, "key")} of <code>{receipt.customer}</code> destroyed at{" "}
        <Moment time={receipt.time} />. What is left in the log is impersonal: times, channels and names of
        events.
      </p>
      <div className={classes.actions}>
        <Button onClick={onClose}>Back to the customers</Button>
      </div>
    </div>
  );
}
