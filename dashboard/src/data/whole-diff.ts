import type { RowEvent } from '../../../src/adw/row.ts';
import { readStructured, readWhole } from './raw-lines.ts';
import type { Session } from './session.ts';

/** What the log holds of a change beside the beginning of its diff, each where it does. */
export interface ChangeSaid {
  /** Hunks as the tool's result gives them. */
  readonly structuredPatch?: unknown;
  /** The text of a file that was written whole. */
  readonly content?: unknown;
}

/** A hunk of a `structuredPatch`. */
interface PatchHunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly lines: readonly string[];
}

/**
 * The unified diff that the one of a `file_changed` is the beginning of, by what else is said of the change. Pure.
 * @returns undefined where that makes another diff
 */
export function wholeDiff({ diff, full_size: size }: RowEvent['data'], said: ChangeSaid): string | undefined {
  const cut = String(diff ?? '');
  const { structuredPatch: patch, content } = said;
  const hunks =
    Array.isArray(patch) && patch.length > 0
      ? (patch as PatchHunk[]).map(
          ({ oldStart, oldLines, newStart, newLines, lines }) =>
            `\n@@ -${oldStart},${oldLines} +${newStart},${newLines} @@\n${lines.join('\n')}`,
        )
      : typeof content === 'string'
        ? [addition(content)]
        : [];
  const whole = cut.slice(0, Math.max(0, cut.indexOf('\n@@ '))) + hunks.join('');
  return whole.length === size && whole.startsWith(cut) ? whole : undefined;
}

/** The hunk of a text that is all of its file. */
function addition(text: string): string {
  const lines = text.replace(/\n$/, '').split('\n');
  return `\n@@ -0,0 +1,${lines.length} @@${lines.map(line => `\n+${line}`).join('')}`;
}

/** What was read of changes whose diffs are cut: reading one costs a page of raw lines. */
const read = new WeakMap<RowEvent, Promise<RowEvent>>();

/**
 * A `file_changed` with its whole diff, by the raw line that it comes from or else by its call; as it is where its diff is whole, and
 * where neither gives it.
 * @param at its ordinal
 */
export function withWholeDiff(session: Session, event: RowEvent, at: number): Promise<RowEvent> {
  if (event.data.truncated !== true) return Promise.resolve(event);
  const known = read.get(event) ?? readWholeDiff(session, event, at).catch(() => event);
  read.set(event, known);
  return known;
}

async function readWholeDiff(session: Session, event: RowEvent, at: number): Promise<RowEvent> {
  const found = wholeDiff(event.data, (await readStructured(session, event)) ?? {});
  const diff = found ?? wholeDiff(event.data, await callInput(session, at));
  return diff === undefined ? event : { ...event, data: { ...event.data, diff, truncated: false } };
}

async function callInput(session: Session, at: number): Promise<ChangeSaid> {
  const call = await session.body(session.log.peek().pairedWith[at] ?? -1);
  const input = call && (await readWhole(session, call));
  return typeof input === 'object' && input !== null ? input : {};
}
