import { buffer } from 'node:stream/consumers';
import { sha256Hex } from '../../../../src/event/id.ts';
import type { EventType } from '../../../../src/event/types.ts';
import type {
  AppendEntry,
  AppendEvent,
  AppendUnit,
  ArtifactInfo,
  StoredArtifact,
} from '../../../../src/server/store/store.ts';

/** Builders of what a store takes, with everything that a test does not care about filled in. */

const START_MS = Date.UTC(2026, 0, 1, 12);

/** The fields of an event that a test wants to say. `data` joins what the wire demands. */
export interface EventFields {
  readonly id: string;
  readonly adwId?: string;
  readonly type?: EventType;
  readonly timeMs?: number;
  readonly role?: string;
  readonly durationMs?: number;
  readonly status?: '' | 'ok' | 'error';
  readonly text?: string;
  readonly data?: Record<string, unknown>;
}

/** An event ready to be stored. */
export function anEvent({
  id,
  adwId = '1a2b3c4d',
  type = 'agent_log',
  text = '',
  data = {},
  ...fields
}: EventFields): AppendEvent {
  const timeMs = fields.timeMs ?? START_MS;
  const timestamp = new Date(timeMs).toISOString();
  return {
    type,
    adwId,
    eventId: id,
    timeMs,
    role: fields.role,
    durationMs: fields.durationMs,
    status: fields.status ?? '',
    text,
    dataJson: JSON.stringify({
      adw_id: adwId,
      event_id: id,
      timestamp,
      message: text,
      content: text,
      tool_name: text,
      level: 'INFO',
      ...data,
    }),
  };
}

/** An entry of one event that is not of a line. */
export function anEventEntry(fields: EventFields): AppendEntry {
  return { kind: 'event', event: anEvent(fields) };
}

/** The byte range of a unit, and how many events it carries beside its chunk. */
export interface UnitFields {
  readonly offset: number;
  readonly end: number;
  readonly adwId?: string;
  readonly path?: string;
  readonly fingerprint?: string;
  readonly attempt?: number;
  readonly lines?: number;
  readonly terminated?: boolean;
  readonly typed?: number;
  /** Stands for the bytes of its range. */
  readonly bytes?: string;
}

/** A unit: its raw chunk and `typed` events, with ids that name the range. */
export function aUnitEntry({ offset, end, typed = 0, ...fields }: UnitFields): AppendEntry {
  const { adwId = '1a2b3c4d', path = 'sdlc_planner/raw_output.jsonl', fingerprint = 'f1' } = fields;
  const unit: AppendUnit = {
    adwId,
    path,
    fingerprint,
    attempt: fields.attempt ?? 1,
    offset,
    end,
    lines: fields.lines ?? 1,
    sha256: sha256Hex(`${offset}-${end} ${fields.bytes ?? ''}`),
    tailSha256: sha256Hex(`${fingerprint}:${end} ${fields.bytes ?? ''}`),
    terminated: fields.terminated ?? true,
  };
  const id = `${path}:${fingerprint}:${offset}-${end}`;
  const chunk = anEvent({ id, adwId, type: 'agent_output_chunk', role: 'sdlc_planner', data: { content: id } });
  const others = Array.from({ length: typed }, (_, index) =>
    anEvent({ id: `${id}/${index}`, adwId, type: 'text_block', role: 'sdlc_planner', text: `block ${index} of ${id}` }),
  );
  return { kind: 'unit', unit, events: [chunk, ...others] };
}

/** An artifact with the sha-256 of its bytes. */
export function anArtifact(
  path: string,
  content: string,
  adwId = '1a2b3c4d',
): ArtifactInfo & { readonly bytes: Buffer } {
  const bytes = Buffer.from(content);
  return {
    adwId,
    path,
    sha256: sha256Hex(bytes),
    mediaType: 'text/plain',
    size: bytes.length,
    storedAt: START_MS,
    bytes,
  };
}

/** The `event_id`s of stored events, in their order. */
export function idsOf(events: readonly { readonly dataJson: string }[]): string[] {
  return events.map(event => (JSON.parse(event.dataJson) as { event_id: string }).event_id);
}

/** The bytes of an artifact that a store answered; undefined where it knows none. */
export async function bytesOf(found: Promise<StoredArtifact | undefined>): Promise<Buffer | undefined> {
  const artifact = await found;
  return artifact && buffer(await artifact.read());
}
