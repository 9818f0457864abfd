import { sha256Hex } from '../../event/id.ts';
import type { NewEvent, Source } from '../../event/schema.ts';
import type { AppendEntry, AppendEvent, AppendUnit } from '../store/store.ts';
import { type AdmitOptions, type Admitted, admit, type Refused } from './admit.ts';

/** A batch as the store takes it. Indexes are those of the events in the batch. */
export interface Batch {
  readonly entries: readonly AppendEntry[];
  /** How many events each entry holds. */
  readonly sizes: readonly number[];
  readonly rejected: readonly { readonly index: number; readonly error: string }[];
}

/** A byte range of a file generation. */
interface Range {
  readonly adwId: string;
  readonly path: string;
  readonly fingerprint: string;
  readonly offset: number;
  readonly end: number;
}

/** The unit whose events are being gathered. `entry` is missing when its chunk was refused: then the rest of it is too. */
interface OpenUnit {
  readonly range: Range;
  readonly entry: { readonly kind: 'unit'; readonly unit: AppendUnit; readonly events: AppendEvent[] } | undefined;
}

/**
 * Puts the events of a batch into units. A raw chunk with a fingerprint and a byte range begins one; the events that
 * follow it and lie inside its range belong to it. An event that is refused never spoils its neighbours: the position
 * moves without it. Only without its chunk there is no unit, and nothing that could say where the file stands.
 */
export function toBatch(inputs: readonly unknown[], options: AdmitOptions): Batch {
  return batchOf(inputs, input => admit(input, options));
}

/**
 * The same with another way to admit an event.
 * @param admit validates it, and makes it ready to be stored
 */
export function batchOf<Input>(inputs: readonly Input[], admit: (input: Input) => Admitted | Refused): Batch {
  const entries: AppendEntry[] = [];
  const rejected: { index: number; error: string }[] = [];
  let open: OpenUnit | undefined;

  for (const [index, input] of inputs.entries()) {
    const begins = beginsUnit(input);
    const admitted = admit(input);
    if (begins) {
      open = openUnit(input, admitted.ok ? admitted : undefined);
      if (open?.entry) entries.push(open.entry);
    }
    if (!admitted.ok) {
      rejected.push({ index, error: admitted.error });
    } else if (open && isInside(admitted.event, open.range)) {
      if (open.entry) open.entry.events.push(admitted.append);
      else rejected.push({ index, error: 'its raw chunk was refused' });
    } else {
      entries.push({ kind: 'event', event: admitted.append });
    }
  }
  const sizes = entries.map(entry => (entry.kind === 'unit' ? entry.events.length : 1));
  return { entries, sizes, rejected };
}

/** Whether an input, valid or not, is a raw chunk that names its file generation. */
function beginsUnit(input: unknown): boolean {
  const { type, data } = (input ?? {}) as { type?: unknown; data?: unknown };
  const { source } = (data ?? {}) as { source?: unknown };
  const { fingerprint } = (source ?? {}) as { fingerprint?: unknown };
  return type === 'agent_output_chunk' && fingerprint !== undefined;
}

function openUnit(input: unknown, admitted: Admitted | undefined): OpenUnit | undefined {
  const { data } = admitted?.event ?? (input as NewEvent<'agent_output_chunk'>);
  const range = rangeOf(data.adw_id, data.source);
  if (range === undefined) return undefined;
  if (admitted === undefined) return { range, entry: undefined };
  const chunk = data as NewEvent<'agent_output_chunk'>['data'];
  const unit: AppendUnit = {
    ...range,
    attempt: Math.max(1, chunk.attempt ?? 1),
    // A line has a byte at least: so the sum of them can be counted as long as the bytes can.
    lines: Math.min(chunk.lines ?? chunk.content.split('\n').length, range.end - range.offset),
    // A sender that does not say it counts as one that sent the bytes as they are on disk.
    sha256: chunk.sha256 ?? sha256Hex(chunk.terminated === false ? chunk.content : `${chunk.content}\n`),
    tailSha256: chunk.tail_sha256 ?? '',
    terminated: chunk.terminated ?? true,
  };
  return { range, entry: { kind: 'unit', unit, events: [] } };
}

/** The range that a chunk's source names, or undefined where it names none, or no byte; the source may be of any shape. */
function rangeOf(adwId: string, source: Source | undefined): Range | undefined {
  const { path, fingerprint, offset, length } = source ?? {};
  if (typeof path !== 'string' || typeof fingerprint !== 'string') return undefined;
  if (!Number.isSafeInteger(offset) || !Number.isSafeInteger(length)) return undefined;
  if ((length as number) < 1) return undefined;
  const start = offset as number;
  return { adwId, path, fingerprint, offset: start, end: start + (length as number) };
}

function isInside({ data }: NewEvent, range: Range): boolean {
  const { path, fingerprint, offset } = data.source ?? {};
  return (
    data.adw_id === range.adwId &&
    path === range.path &&
    fingerprint === range.fingerprint &&
    offset !== undefined &&
    offset >= range.offset &&
    (offset < range.end || offset === range.offset)
  );
}
