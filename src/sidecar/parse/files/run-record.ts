import { sha256Hex } from '../../../event/id.ts';
import { PROCESS_TOLD_MS } from '../../../event/limits.ts';
import type { DatabaseRow, EventTime, FileEvents, ReadDatabase, RunRecord } from '../../flow.ts';
import { asObject, type JsonObject, parseJson } from '../json.ts';
import { bounded, firstChars, firstLine } from '../preview.ts';
import type { Redactor } from '../redact.ts';
import { collectFileEvents, type FileEventList, type FileOutcome, redacted } from './file-events.ts';
import { stateEvents } from './state-file.ts';

/** Characters of a run's request that become its title. */
const TITLE_CHARS_MAX = 200;
/** Characters that are kept of what a gate checked, of a command and of a note. */
const CHECKS_CHARS_MAX = 16 * 1024;
const TEXT_CHARS_MAX = 2_000;
/** Attempts of one phase that are told, the newest: a row may count to any number. */
const ATTEMPTS_MAX = 50;
/** A row that counts more retries than this says nothing of them. */
const RETRIES_MAX = 1_000_000;

/** A factory's words for how a run or a phase stands, in ours. */
const STATES = new Map([
  ['queued', 'pending'],
  ['pending', 'pending'],
  ['running', 'running'],
  ['success', 'completed'],
  ['completed', 'completed'],
  ['fail', 'failed'],
  ['failed', 'failed'],
  ['error', 'failed'],
  ['skipped', 'skipped'],
] as const);

/** How a phase stands. */
type PhaseWord = 'pending' | 'running' | 'completed' | 'failed' | 'skipped';

/** One attempt of a phase. */
interface Attempt {
  readonly attempt: number;
  readonly state: PhaseWord;
  readonly startedAt: string | undefined;
  readonly endedAt: string | undefined;
  readonly error: string | undefined;
}

/** A phase of the workflow: a row, or several of one name, as joined runs have. */
interface Phase {
  readonly row: DatabaseRow;
  readonly name: string;
  readonly index: number;
  /** Attempts of earlier rows of the same name. */
  readonly before: number;
}

/** What an event is of. */
interface Told {
  /** The kind of row, which one, and what it says: another one gives another event. */
  readonly key: readonly [kind: string, row: unknown, ...says: unknown[]];
  readonly role: string | undefined;
  /** When it happened, as the row says it. */
  readonly at: string | undefined;
  /** The same where we know it better. */
  readonly time?: EventTime | undefined;
}

/** What {@link RunRecordParser} takes. */
export interface RunRecordOptions {
  readonly adwId: string;
  readonly redact: Redactor | undefined;
}

/** What one row said last, and how often it came to say what it said. */
interface Said {
  last: string;
  readonly times: Map<string, number>;
}

/**
 * What a factory's database says of a run, as events. Each is told once: an event's id is of what it says, and of how often the row
 * has come back to it.
 */
export class RunRecordParser {
  readonly #options: RunRecordOptions;
  readonly #said = new Map<string, Said>();
  readonly #states = new Map<string, { readonly state: JsonObject; readonly time: EventTime }>();

  constructor(options: RunRecordOptions) {
    this.#options = options;
  }

  /** The events of what has changed since the record before. */
  parse({ found, record }: ReadDatabase): FileOutcome {
    const phases = phasesIn(record);
    const events = [
      ...this.#state(found.path, record),
      ...phases.flatMap(phase => this.#phase(found.path, phase, record)),
      ...record.gates.flatMap(gate => this.#gate(found.path, gate, phases)),
      ...record.processes.flatMap(row => this.#process(found.path, row)),
      ...record.notes.flatMap(note => this.#note(found.path, note, phases)),
    ];
    return { events, artifacts: [], redactions: {} };
  }

  /** Tells everything again. */
  forget(): void {
    this.#said.clear();
    this.#states.clear();
  }

  /** The run's state and title, by the events of a classic workflow's state file. */
  #state(path: string, { session, phases, processes }: RunRecord): FileEvents['events'] {
    if (session === undefined) return [];
    const { adwId } = this.#options;
    const request = this.#text(session.request);
    const ended = textOf(session.ended_at);
    const status = STATES.get(String(session.status) as never) ?? textOf(session.status);
    const state: JsonObject = {
      adw_id: adwId,
      ...(request === undefined ? {} : { title: firstLine(request, TITLE_CHARS_MAX), request: firstChars(request) }),
      ...(status === undefined ? {} : { status }),
      ...(textOf(session.adw_name) === undefined ? {} : { workflow_name: textOf(session.adw_name) }),
      ...(textOf(session.engineer) === undefined ? {} : { engineer: this.#text(session.engineer) }),
      ...(textOf(session.started_at) === undefined ? {} : { started_at: session.started_at }),
      ...(ended === undefined ? {} : { ended_at: ended }),
    };
    const begun = [session, ...phases, ...processes].map(row => textOf(row.started_at) ?? '');
    const before = this.#states.get(path);
    const said = timeOf(status === 'running' ? begun.toSorted().at(-1) : (ended ?? textOf(session.started_at)));
    // A run that is resumed does so after its end, though its row says nothing of when.
    const isLater = before !== undefined && before.time.ms > said.ms;
    const time: EventTime = isLater ? { ms: before.time.ms, timing: 'estimated' } : said;
    const places = { planFile: undefined, worktreePath: undefined };
    const origin = { adwId, path, time };
    const moment = this.#moment(path, ['state', adwId, state]);
    if (moment === undefined) return [];
    const { events } = stateEvents(origin, { state, places, redactions: {} }, before?.state, moment);
    this.#states.set(path, { state, time });
    return events;
  }

  #phase(path: string, phase: Phase, record: RunRecord): FileEvents['events'] {
    const { row, name, index } = phase;
    const kind = kindOf(row);
    const owner = agentOf(phase);
    return attemptsOf(phase, record.gates).flatMap(({ attempt, state, startedAt, endedAt, error }) => {
      const fields = {
        phase: name,
        index,
        kind,
        ...(owner === undefined ? {} : { owner: firstChars(owner, TITLE_CHARS_MAX) }),
        state,
        attempt,
        ...(startedAt === undefined ? {} : { started_at: startedAt }),
        ...(endedAt === undefined ? {} : { ended_at: endedAt }),
        ...(error === undefined ? {} : { error: firstChars(this.#text(error) ?? '', TEXT_CHARS_MAX) }),
      };
      return this.#events(
        path,
        { key: ['phase', `${row.phase_id} ${attempt}`, fields], role: agentOf(phase), at: endedAt ?? startedAt },
        to => to.add('phase_update', fields),
      );
    });
  }

  #gate(path: string, row: DatabaseRow, phases: readonly Phase[]): FileEvents['events'] {
    const phase = phaseOf(row, phases);
    const attempt = retriesOf(row.attempt);
    const fields = {
      gate: firstChars(textOf(row.gate) ?? 'gate', TITLE_CHARS_MAX),
      ...(phase === undefined ? {} : { phase: phase.name }),
      ...(attempt === undefined ? {} : { attempt: attempt + (phase?.before ?? 0) }),
      passed: Boolean(row.passed),
      checks: this.#checks(row),
    };
    return this.#events(
      path,
      { key: ['gate', row.row_id, fields], role: agentOf(phase), at: textOf(row.created_at) },
      to => to.add('gate_result', fields),
    );
  }

  /** What a gate looked at and found; of versions that note only what was wrong, that. */
  #checks(row: DatabaseRow): unknown[] {
    const text = this.#text(row.checks_json) ?? this.#text(row.violations_json);
    const list = text === undefined ? undefined : parseJson(text);
    if (!Array.isArray(list)) return [];
    return bounded(list, { charsMax: CHECKS_CHARS_MAX, stringMax: TEXT_CHARS_MAX }).value as unknown[];
  }

  #process(path: string, row: DatabaseRow): FileEvents['events'] {
    const pid = numberOf(row.pid);
    if (pid === undefined) return [];
    const [kind, name, command] = [textOf(row.kind) ?? '', textOf(row.name) ?? '', this.#text(row.command)];
    const [startedAt, endedAt] = [textOf(row.started_at), textOf(row.ended_at)];
    const fields = {
      kind: firstChars(kind, TITLE_CHARS_MAX),
      name: firstChars(name, TITLE_CHARS_MAX),
      pid,
      ...(command === undefined ? {} : { command: firstChars(command, TEXT_CHARS_MAX) }),
      ...(startedAt === undefined ? {} : { started_at: startedAt }),
      ...(endedAt === undefined ? {} : { ended_at: endedAt }),
      ...(typeof row.is_alive === 'boolean' ? { is_alive: row.is_alive } : {}),
    };
    const role = kind === 'agent' && name !== '' ? name : undefined;
    const seenMs = numberOf(row.seen_ms);
    // That it lives is told again now and then; watchers that look at about the same time tell it once.
    const nth = row.is_alive === true && seenMs !== undefined ? Math.floor(seenMs / PROCESS_TOLD_MS) : null;
    const time: EventTime | undefined = seenMs === undefined ? undefined : { ms: seenMs, timing: 'observed' };
    const about: Told = { key: ['process', row.row_id, fields, nth], role, at: endedAt ?? startedAt, time };
    return this.#events(path, about, to => to.add('process_update', fields));
  }

  /** A hand-over, an error, or what the workflow's code logged. */
  #note(path: string, row: DatabaseRow, phases: readonly Phase[]): FileEvents['events'] {
    const phase = phaseOf(row, phases);
    const type = textOf(row.type) ?? 'log';
    const payload = asObject(parseJson(this.#text(row.payload_json) ?? '')) ?? {};
    const name = textOf(row.name) ?? '';
    const role = type === 'handoff' && name !== '' ? name : agentOf(phase);
    const message = type === 'handoff' ? handedOver(name, payload) : said(name, payload);
    if (message === '') return [];
    const key = ['note', row.event_id ?? row.row_id, type, message] as const;
    return this.#events(path, { key, role, at: textOf(row.started_at) }, to =>
      to.add('agent_log', {
        message: firstChars(message, TEXT_CHARS_MAX),
        level: type === 'error' ? 'ERROR' : 'INFO',
        event_type: type === 'log' ? 'workflow_note' : type,
        current_step: phase?.name ?? null,
        ...(Array.isArray(payload.artifacts) && payload.artifacts.length > 0
          ? { details: { artifacts: bounded(payload.artifacts, LIST_LIMITS).value } }
          : {}),
      }),
    );
  }

  #events(
    path: string,
    { key, role, at, time = timeOf(at) }: Told,
    tell: (to: FileEventList) => void,
  ): FileEvents['events'] {
    const { adwId } = this.#options;
    const moment = this.#moment(path, key);
    if (moment === undefined) return [];
    const list = collectFileEvents({ adwId, path, role, time }, JSON.stringify(key) + moment);
    tell(list);
    return list.events;
  }

  /** What tells a row that has come back to what it said (a run that is resumed) from when it first said it; undefined: it says it still. */
  #moment(path: string, [kind, row, ...says]: Told['key']): string | undefined {
    const which = JSON.stringify([path, kind, row]);
    const now = sha256Hex(JSON.stringify(says));
    const said = this.#said.get(which) ?? { last: '', times: new Map() };
    if (said.last === now) return undefined;
    const times = said.times.get(now) ?? 0;
    said.times.set(now, times + 1);
    said.last = now;
    this.#said.set(which, said);
    return times === 0 ? '' : ` ${times}`;
  }

  /** A column's text without secrets. */
  #text(value: unknown): string | undefined {
    const text = textOf(value);
    return text === undefined ? undefined : redacted(text, this.#options.redact).text;
  }
}

const LIST_LIMITS = { charsMax: 4 * 1024, stringMax: 500 };

/** The phases in their order. Rows of one name are further attempts of one phase. */
function phasesIn({ phases, gates }: RunRecord): Phase[] {
  const before = new Map<string, { index: number; attempts: number }>();
  return phases.map(row => {
    const name = firstChars(textOf(row.name) ?? 'phase', TITLE_CHARS_MAX);
    const known = before.get(name) ?? { index: before.size, attempts: 0 };
    const phase = { row, name, index: known.index, before: known.attempts };
    before.set(name, { ...known, attempts: Math.max(...attemptsOf(phase, gates).map(one => one.attempt)) });
    return phase;
  });
}

/**
 * The attempts of a phase. A row counts its retries when it ends; until then its gates tell: each failed attempt of them is
 * followed by another, as long as retries are left.
 */
function attemptsOf({ row, before }: Phase, gates: readonly DatabaseRow[]): Attempt[] {
  const own = gates.filter(gate => gate.phase_id === row.phase_id);
  const failed = own.filter(gate => !gate.passed);
  const state = (STATES.get(String(row.status) as never) ?? 'pending') as PhaseWord;
  const retried = retriesOf(row.attempt) ?? 0;
  const retries = Math.max(retriesOf(row.retries) ?? 0, retried);
  const tried = state === 'running' ? Math.max(0, ...failed.map(gate => retriesOf(gate.attempt) ?? 0)) : 0;
  const last = Math.max(retried, Math.min(tried, retries)) + 1;
  let startedAt = textOf(row.started_at);
  const untold = Math.max(0, last - ATTEMPTS_MAX);
  return Array.from({ length: last - untold }, (_, index) => {
    const number = untold + index + 1;
    const attempt = before + number;
    if (number === last) {
      return { attempt, state, startedAt, endedAt: textOf(row.ended_at), error: textOf(row.error) };
    }
    const why = failed.filter(gate => numberOf(gate.attempt) === number);
    const endedAt = textOf(own.filter(gate => numberOf(gate.attempt) === number).at(-1)?.created_at);
    const ended = { attempt, state: 'failed' as const, startedAt, endedAt, error: violations(why) };
    startedAt = endedAt ?? startedAt;
    return ended;
  });
}

function violations(gates: readonly DatabaseRow[]): string | undefined {
  const all = gates.flatMap(({ gate, violations_json: list }) => {
    const found = parseJson(textOf(list) ?? '');
    return Array.isArray(found) && found.length > 0 ? found.map(String) : [`${textOf(gate) ?? 'a gate'} failed`];
  });
  return all.length === 0 ? undefined : all.join('; ');
}

function kindOf({ kind }: DatabaseRow): 'agent' | 'code' {
  return kind === 'agent' ? 'agent' : 'code';
}

/** The agent that a phase is of; undefined for one that code runs. */
function agentOf(phase: Phase | undefined): string | undefined {
  return phase !== undefined && kindOf(phase.row) === 'agent' ? textOf(phase.row.owner) : undefined;
}

function phaseOf({ phase_id: id }: DatabaseRow, phases: readonly Phase[]): Phase | undefined {
  return phases.find(({ row }) => row.phase_id === id);
}

function handedOver(name: string, payload: JsonObject): string {
  return [`${name} hands over`, textOf(payload.summary)].filter(Boolean).join(': ');
}

function said(name: string, payload: JsonObject): string {
  const parts = Object.entries(payload).map(([key, value]) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return key === 'error' || key === 'message' ? text : `${key}: ${text}`;
  });
  return [name, parts.join(', ')].filter(Boolean).join(': ');
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function numberOf(value: unknown): number | undefined {
  const number = typeof value === 'bigint' ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

function retriesOf(value: unknown): number | undefined {
  const count = numberOf(value);
  return count !== undefined && count <= RETRIES_MAX ? count : undefined;
}

function timeOf(at: string | undefined): EventTime {
  const ms = Date.parse(at ?? '');
  return Number.isNaN(ms) ? { ms: 0, timing: 'unknown' } : { ms, timing: 'exact' };
}
