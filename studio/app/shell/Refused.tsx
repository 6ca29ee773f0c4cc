/** Why the server did not do what was asked, inside a dialog or form. */
import { tell } from "@api/problem";
import { Notice } from "@ui/states";

export function Refused({ error }: { error: unknown }) {
  const { detail, remedy } = tell(error);
  return (
    <Notice tone="bad">
      {detail} {remedy}
    </Notice>
  );
}
