import { NONE, type RowTable } from '../data/row-table.ts';

/** An image that a tool answered with. */
export interface ToolImage {
  /** Its artifact's path. */
  readonly path: string;
  /** The ordinal of the call that it answered. */
  readonly at: number;
}

const IMAGE = /\[image (images\/[0-9a-f]{64}\.(?:png|jpg|gif|webp)), \d+ bytes\]/g;

/** Images in the results of tools before `limit`, each once, where it came first. As far as rows show them: at a result's beginning. Pure. */
export function toolImages(table: RowTable, limit: number): ToolImage[] {
  const found = new Map<string, ToolImage>();
  for (let at = 0; at < limit; at++) {
    const { type, summary } = table.rowData[at]!;
    if (type !== 'tool_use_post' || !summary.includes('[image ')) continue;
    for (const [, path] of summary.matchAll(IMAGE)) {
      const call = table.pairedWith[at] ?? NONE;
      if (!found.has(path!)) found.set(path!, { path: path!, at: call === NONE ? at : call });
    }
  }
  return [...found.values()];
}
