/** The draft that is rehearsed: what is published, with the files that were chosen or pasted in place of its own. */
import type { CatalogueFile } from "@api/__generated__/schema";

/** Files by path; those of `changed` count. */
export function overlaid(published: CatalogueFile[], changed: CatalogueFile[]): CatalogueFile[] {
  const files = new Map(published.map((file) => [file.path, file]));
  for (const file of changed) files.set(file.path, file);
  return [...files.values()].sort((a, b) => a.path.localeCompare(b.path));
}

/** The folders that a catalogue has; what comes before one of them in a chosen file's path is the folder's own name. */
const FOLDERS = ["journeys", "segments", "offers", "prices", "content", "desk", "traits"];

/** The path of a chosen file within its catalogue; a single file belongs where the one of its name is published. */
export function pathOf(chosen: string, published: CatalogueFile[]): string {
  const parts = chosen.split("/");
  const folder = parts.findIndex((part) => FOLDERS.includes(part));
  if (folder >= 0) return parts.slice(folder).join("/");
  const name = parts.at(-1) ?? chosen;
  const same = published.filter(({ path }) => path.split("/").at(-1) === name);
  if (same.length === 1 && same[0] !== undefined) return same[0].path;
  return parts.length > 1 ? parts.slice(1).join("/") : `journeys/${name}`;
}
