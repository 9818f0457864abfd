import type { Phase } from '../../../adw/phase.ts';
import { isoTime } from '../../../base/clock.ts';
import { fileEventId, sha256Hex } from '../../../event/id.ts';
import type { NewEvent } from '../../../event/schema.ts';
import type { EventType } from '../../../event/types.ts';
import type { ArtifactUpload, EventTime, FileEvents } from '../../flow.ts';
import { artifactFields } from '../artifact.ts';
import type { OwnFields } from '../line-events.ts';
import type { Redactor } from '../redact.ts';

/** What events come from: a file of the tree, or that it is there. */
export interface FileOrigin {
  readonly adwId: string;
  /** Relative to the ADW's root (specs: to the repository), forward slashes. */
  readonly path: string;
  /** The role directory it lies in. */
  readonly role?: string | undefined;
  readonly phase?: Phase | undefined;
  /** When it happened: for a file usually its mtime. */
  readonly time: EventTime;
}

/** Events of a file, and how many secrets of each kind were taken out of what they carry. */
export interface FileOutcome extends FileEvents {
  readonly redactions: Readonly<Record<string, number>>;
}

/** Gathers the events of one file and gives each its id and the common fields. */
export interface FileEventList {
  add<Type extends EventType>(type: Type, fields: OwnFields<Type>): void;
  /** Adds the `artifact` event of an upload. */
  announce(upload: ArtifactUpload): void;
  readonly events: readonly NewEvent[];
}

/**
 * Starts gathering the events of a file. Their ids hash `content`, so that the same content gives the same events
 * whenever and wherever it is read, and another content others.
 */
export function collectFileEvents(origin: FileOrigin, content: string | Uint8Array): FileEventList {
  const { adwId, path, time } = origin;
  const hash = sha256Hex(content);
  const events: NewEvent[] = [];
  const add = <Type extends EventType>(type: Type, fields: OwnFields<Type>): void => {
    const common = {
      adw_id: adwId,
      event_id: fileEventId(adwId, path, hash, type),
      timestamp: isoTime(time.ms),
      timing: time.timing,
      agent_role: origin.role ?? null,
      phase: origin.phase ?? null,
      source: { path },
    };
    events.push({ type, data: { ...common, ...fields } } as NewEvent);
  };
  return { events, add, announce: upload => add('artifact', artifactFields(adwId, upload)) };
}

/** `text` as it may leave the process. */
export function redacted(text: string, redact: Redactor | undefined) {
  return redact?.redact(text) ?? { text, counts: {} };
}

/** The last segment of a path. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
