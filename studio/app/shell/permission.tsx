/** What this token may do. What it may not is shown disabled, with the reason. */
import type { Permission } from "@api/__generated__/schema";
import { meQuery } from "@api/queries";
import { Button, type ButtonProps, Tooltip } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

export function useMay(permission: Permission): boolean {
  return useQuery(meQuery).data?.permissions.includes(permission) ?? false;
}

interface Props extends Pick<ButtonProps, "variant" | "color" | "size" | "loading" | "leftSection"> {
  permission: Permission;
  /** Why it makes no sense now, although it is permitted. */
  pointless?: string | undefined;
  onClick: () => void;
  children: ReactNode;
}

/** A button that needs a permission. */
export function Permitted({ permission, pointless, onClick, children, ...looks }: Props) {
  const may = useMay(permission);
  const reason = may ? pointless : `This token does not have the permission ${permission}.`;
  if (reason === undefined) {
    return (
      <Button {...looks} onClick={onClick}>
        {children}
      </Button>
    );
  }
  // `data-disabled` keeps the button focusable, so that the reason can be read with the keyboard too.
  return (
    <Tooltip label={reason} multiline maw={280} events={{ hover: true, focus: true, touch: true }}>
      <Button {...looks} data-disabled aria-disabled onClick={(event) => event.preventDefault()}>
        {children}
        <span className="visually-hidden"> ({reason})</span>
      </Button>
    </Tooltip>
  );
}
