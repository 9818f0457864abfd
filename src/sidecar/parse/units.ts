import { isoTime } from '../../base/clock.ts';
import { sumCounts } from '../../base/counts.ts';
import { lineEventId, sha256Hex } from '../../event/id.ts';
import { BATCH_EVENTS_MAX, CHUNK_BYTES_MAX } from '../../event/limits.ts';
import type { DataOf } from '../../event/schema.ts';
import type { EventTime, Generation, Line, ParsedLine, Unit } from '../flow.ts';

/** Events of one unit unless one line alone has more: with a few more a request would hold more than a server takes. */
const UNIT_EVENTS_MAX = BATCH_EVENTS_MAX / 2;

/** The bytes on disk that a run of lines was read from. */
export interface DiskRange {
  /** First byte that is not in the log yet; lies before the first line where that line was delivered without its newline. */
  readonly from: number;
  /** Byte after the last one read. */
  readonly end: number;
  hash(from: number, to: number): string;
  tailHash(end: number): string;
}

/** A line with what parse made of it. */
export interface DoneLine {
  readonly line: Line;
  readonly parsed: ParsedLine;
  readonly time: EventTime;
}

/** What {@link unitsOf} takes. */
export interface UnitInput {
  readonly generation: Generation;
  readonly phase: string | undefined;
  readonly range: DiskRange;
  readonly lines: readonly DoneLine[];
  /** Number of the last line before the range. */
  readonly linesBefore: number;
  /** Most lines in one unit; absent for as many as fit. */
  readonly linesMax?: number;
  /** Whether the range ends where the file ends for now. */
  readonly atEnd: boolean;
}

/**
 * Packs lines into units: as many as fit into one raw chunk, a longer line alone. Together the units cover the range
 * without a gap, so that each begins where the one before ends.
 */
export function unitsOf(input: UnitInput): Unit[] {
  const { range, lines } = input;
  const groups = grouped(lines, input.linesMax ?? Number.POSITIVE_INFINITY);
  if (groups.length === 0) return range.end > range.from ? [unitOf(input, { from: range.from, lines: [] })] : [];
  let from = range.from;
  return groups.map(group => {
    const unit = unitOf(input, { from, lines: group });
    from = unit.end;
    return unit;
  });
}

function grouped(lines: readonly DoneLine[], linesMax: number): DoneLine[][] {
  const groups: DoneLine[][] = [];
  let bytes = 0;
  let events = 0;
  for (const done of lines) {
    const { length } = done.parsed.content;
    const more = done.parsed.events.length;
    const last = groups.at(-1);
    const isFull = bytes + length > CHUNK_BYTES_MAX || events + more > UNIT_EVENTS_MAX;
    if (last === undefined || isFull || last.length >= linesMax) {
      groups.push([done]);
      bytes = length;
      events = more;
    } else {
      last.push(done);
      bytes += length + 1;
      events += more;
    }
  }
  return groups;
}

function unitOf(input: UnitInput, { from, lines }: { from: number; lines: readonly DoneLine[] }): Unit {
  const { generation, range } = input;
  const last = lines.at(-1);
  const end = last ? last.line.offset + last.line.length : range.end;
  const tailSha256 = range.tailHash(end);
  const redactions = redactionsOf(lines);
  const chunk = chunkData(input, { from, end, lines, tailSha256, redactions });
  return {
    generation,
    offset: from,
    end,
    lines: lines.length,
    position: {
      path: generation.path,
      fingerprint: generation.fingerprint,
      attempt: generation.attempt,
      next: end,
      lines: last?.line.number ?? input.linesBefore,
      tail_sha256: tailSha256,
      ...(last?.line.terminated === false ? { terminated: false } : {}),
    },
    events: [{ type: 'agent_output_chunk', data: chunk }, ...lines.flatMap(({ parsed }) => parsed.events)],
    artifacts: lines.flatMap(({ parsed }) => parsed.artifacts),
    redactions,
    lostBytes: lines[0]?.line.number === 1 ? generation.lostBytes : undefined,
  };
}

function redactionsOf(lines: readonly DoneLine[]): Readonly<Record<string, number>> | undefined {
  const counts = sumCounts(lines.map(({ parsed }) => parsed.redactions));
  return Object.keys(counts).length > 0 ? counts : undefined;
}

function chunkData(
  { generation, phase, range, atEnd }: UnitInput,
  run: Pick<Unit, 'redactions'> & { from: number; end: number; lines: readonly DoneLine[]; tailSha256: string },
): DataOf<'agent_output_chunk'> {
  const { adwId, path, fingerprint, role, attempt } = generation;
  const { from, end, lines, tailSha256, redactions } = run;
  const [first] = lines;
  const last = lines.at(-1);
  const content = lines.map(({ parsed }) => parsed.content).join('\n');
  const sha256 = range.hash(from, end);
  const changed = lines.some(({ parsed }) => parsed.changed);
  const session = lines.map(({ parsed }) => parsed.events.at(-1)?.data.session_id).findLast(id => id != null);
  return {
    adw_id: adwId,
    event_id: lineEventId({ adwId, path, fingerprint, offset: from, block: 0, type: 'agent_output_chunk' }),
    ...(last ? { timestamp: isoTime(last.time.ms), timing: last.time.timing } : {}),
    agent_role: role,
    ...(phase === undefined ? {} : { phase }),
    attempt,
    ...(session == null ? {} : { session_id: session }),
    source: { path, fingerprint, line: first?.line.number ?? 0, offset: from, length: end - from },
    content,
    line_number: first?.line.number ?? null,
    total_lines: last?.line.number ?? null,
    is_complete: atEnd && end === range.end && (last?.parsed.isResult ?? false),
    lines: lines.length,
    sha256,
    ...(changed ? { sent_sha256: sha256Hex(content) } : {}),
    tail_sha256: tailSha256,
    ...(last?.line.terminated === false ? { terminated: false } : {}),
    ...((first?.line.offset ?? end) > from ? { continues: true } : {}),
    ...(redactions === undefined ? {} : { redactions }),
  };
}
