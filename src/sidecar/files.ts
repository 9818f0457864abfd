import { dirname, join } from 'node:path';
import { type Phase, phaseOfRole, workflowRank } from '../adw/phase.ts';
import { agoMs } from '../base/clock.ts';
import { messageOf, systemCode } from '../base/errors.ts';
import { lstatIfAny } from '../base/stat.ts';
import { ARTIFACT_BYTES_MAX } from '../event/limits.ts';
import type { PlanHint } from './discover/tree.ts';
import type { EventTime, FileEvents, FoundFile } from './flow.ts';
import type { ReadingOptions } from './options.ts';
import type { FileFact, FileOutcome } from './parse/files/file-events.ts';
import { isCompleteImage } from './parse/files/image.ts';
import { otherFileEvents, outcomeEvents } from './parse/files/outcome.ts';
import { promptEvents } from './parse/files/prompt.ts';
import { roleEvents } from './parse/files/role.ts';
import { screenshotEvents } from './parse/files/screenshot.ts';
import { specEvents } from './parse/files/spec.ts';
import { type ReadState, readState, stateEvents, unreadableStateEvents } from './parse/files/state-file.ts';
import { unreadableEvents } from './parse/files/trouble.ts';
import type { Redactor } from './parse/redact.ts';
import { type FileId, readWatched } from './tail/open-watched.ts';

/** A file that is rewritten in bursts is read once it has been quiet for this long. ms */
const SETTLE_MS = 100;
/** A half-written file that stays so for this long is said to be unreadable. ms */
const GIVE_UP_MS = 2_000;

/** A file that says nothing of the run is not carried when it is larger. bytes */
const OTHER_BYTES_MAX = 8 * 1024 * 1024;

interface SmallFile {
  readonly found: FoundFile;
  size: number;
  mtimeMs: number;
  /** Which file the last look found. */
  id: FileId | undefined;
  changedAt: number;
  pending: boolean;
}

/** What {@link WholeFiles} takes. */
export interface WholeFilesOptions {
  readonly options: ReadingOptions;
  readonly redact: Redactor | undefined;
  /** Takes what there is to tell. */
  readonly emit: (found: FileEvents, redactions: Readonly<Record<string, number>>) => void;
  /** The state was read anew. */
  readonly onState: () => void;
  /** A file was not there any more; should it come back, it has to be added again. */
  readonly onGone: () => void;
}

/** The files that are told of as a whole once they are complete, and again when they change; and role directories. */
export class WholeFiles {
  readonly #context: WholeFilesOptions;
  readonly #files = new Map<string, SmallFile>();
  readonly #roles = new Set<string>();
  #phase: Phase | undefined;
  /** The newest state of each state file, by its path. */
  readonly #states = new Map<string, ReadState>();

  constructor(context: WholeFilesOptions) {
    this.#context = context;
  }

  /** Where the state says the plan is. */
  get planHint(): PlanHint | undefined {
    const facts = [...this.#states.values()].map(state => state.facts);
    return facts.find(({ planFile }) => planFile !== undefined) ?? facts[0];
  }

  /** Whether a file waits to be complete. */
  get isPending(): boolean {
    return [...this.#files.values()].some(({ pending }) => pending);
  }

  /** Takes in a file that discover found. */
  add(found: FoundFile, now: number): void {
    if (this.#files.has(found.absolute)) return;
    this.#files.set(found.absolute, { found, size: -1, mtimeMs: -1, id: undefined, changedAt: now, pending: true });
  }

  /** Tells of role directories that were not there before, in the order in which workflows run them. */
  addRoles(roles: readonly string[], timeOf: (role: string) => EventTime): void {
    const { options, emit } = this.#context;
    const fresh = roles.filter(role => !this.#roles.has(role)).sort((a, b) => workflowRank(a) - workflowRank(b));
    for (const role of fresh) {
      this.#roles.add(role);
      const phase = phaseOfRole(role, options.phaseMap);
      emit(
        roleEvents({ adwId: options.adwId, path: role, role, phase, time: timeOf(role), previousPhase: this.#phase }),
        {},
      );
      this.#phase = phase ?? this.#phase;
    }
  }

  /** Looks at all files, at those that wait to be complete, or at one, and tells of those that have become complete. */
  look(now: number, which: 'all' | 'pending' | { readonly absolute: string }): void {
    for (const file of this.#files.values()) {
      const isMeant =
        which === 'all' || file.pending || (which !== 'pending' && which.absolute === file.found.absolute);
      if (isMeant) this.#lookAt(file, now);
    }
  }

  /** Tells of everything again: the log that knew it is gone. */
  forget(): void {
    this.#roles.clear();
    this.#phase = undefined;
    this.#states.clear();
    for (const file of this.#files.values()) file.pending = true;
  }

  #lookAt(file: SmallFile, now: number): void {
    const stats = lstatIfAny(file.found.absolute);
    if (!stats?.isFile()) {
      this.#files.delete(file.found.absolute);
      this.#context.onGone();
      return;
    }
    file.id = stats;
    if (stats.size !== file.size || stats.mtimeMs !== file.mtimeMs) {
      const first = file.size === -1;
      Object.assign(file, { size: stats.size, mtimeMs: stats.mtimeMs, pending: true, changedAt: now });
      // What is old already needs no second look.
      if (!first || now - stats.mtimeMs < SETTLE_MS) return;
    }
    if (!file.pending || (agoMs(file.changedAt, now) < SETTLE_MS && now - file.mtimeMs < SETTLE_MS)) return;
    const quietMs = Math.max(agoMs(file.changedAt, now), now - file.mtimeMs);
    const outcome = this.#read(file, quietMs >= GIVE_UP_MS);
    if (outcome === undefined) return;
    file.pending = false;
    if (outcome.events.length > 0) this.#context.emit(outcome, outcome.redactions);
  }

  /** The events of a file; undefined when it is not complete yet. */
  #read({ found, size, mtimeMs, id }: SmallFile, giveUp: boolean): FileOutcome | undefined {
    const { options } = this.#context;
    const nothing: FileOutcome = { events: [], artifacts: [], redactions: {} };
    if (size > (found.kind === 'other' ? OTHER_BYTES_MAX : ARTIFACT_BYTES_MAX)) {
      options.log.warn(`${found.path} is too large to be shown (${size} bytes).`);
      return nothing;
    }
    try {
      const bytes = readWatched(found.absolute, { length: size, ...(id && { expected: id }) });
      return this.#eventsOf(found, { bytes, time: { ms: mtimeMs, timing: 'estimated' }, giveUp });
    } catch (error) {
      options.log.warn(`${found.path} cannot be read: ${messageOf(error)}`);
      const code = systemCode(error);
      const fact = this.#factOf(found, { ms: mtimeMs, timing: 'estimated' });
      return code === undefined || code === 'ENOENT' ? nothing : unreadableEvents(fact, code);
    }
  }

  #factOf({ path, role }: FoundFile, time: EventTime): FileFact {
    const { adwId, phaseMap } = this.#context.options;
    return { adwId, path, role, phase: role === undefined ? undefined : phaseOfRole(role, phaseMap), time };
  }

  #eventsOf(
    found: FoundFile,
    { bytes, time, giveUp }: { bytes: Buffer; time: EventTime; giveUp: boolean },
  ): FileOutcome | undefined {
    const { options, redact } = this.#context;
    const { path } = found;
    const fact = this.#factOf(found, time);
    switch (found.kind) {
      case 'state':
        return this.#stateEvents(fact, bytes.toString('utf8'), giveUp);
      case 'screenshot':
        if (isCompleteImage(bytes)) return { ...screenshotEvents(fact, bytes), redactions: {} };
        if (giveUp) options.log.debug(`${path} is not a complete image.`);
        return giveUp ? { events: [], artifacts: [], redactions: {} } : undefined;
      case 'spec':
        return specEvents(fact, bytes, redact);
      case 'outcome':
        return outcomeEvents(fact, bytes, { redact, hasStream: hasStream(found.absolute), giveUp });
      case 'other':
        return otherFileEvents(fact, bytes, redact);
      default:
        return promptEvents(fact, bytes, redact);
    }
  }

  #stateEvents(fact: FileFact, text: string, giveUp: boolean): FileOutcome | undefined {
    const read = readState(text, this.#context.redact);
    if (read === undefined) return giveUp ? unreadableStateEvents(fact, text) : undefined;
    const previous = this.#states.get(fact.path)?.state;
    this.#states.set(fact.path, read);
    this.#context.onState();
    return stateEvents(fact, read, previous);
  }
}

/** Whether an agent's lines lie in the directory of a file. */
function hasStream(absolute: string): boolean {
  const lies = (name: string) => (lstatIfAny(join(dirname(absolute), name))?.size ?? 0) > 0;
  return ['raw_output.jsonl', 'cc_raw_output.jsonl'].some(lies);
}

/** When a role directory appeared, as far as the file system knows. */
export function roleTime(agentDir: string, role: string): EventTime {
  const stats = lstatIfAny(join(agentDir, role));
  if (!stats) return { ms: 0, timing: 'unknown' };
  return {
    ms: stats.birthtimeMs > 0 ? Math.min(stats.birthtimeMs, stats.mtimeMs) : stats.mtimeMs,
    timing: 'estimated',
  };
}
