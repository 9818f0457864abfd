import { createHash } from 'node:crypto';
import { eventWords } from '../adw/event-words.ts';
import { applyEvent, initialState, summarize } from '../adw/fold.ts';
import { printableJson } from '../adw/format.ts';
import type { JudgementLimits } from '../adw/silence.ts';
import type { AdwState } from '../adw/state.ts';
import type { AdwSummary } from '../adw/summary-shape.ts';
import { BoundedMap } from '../base/bounded-map.ts';
import { columnsOf } from '../event/columns.ts';
import { Generations, type LoggedGeneration } from '../event/generations.ts';
import { eventFrame } from '../event/schema.ts';
import { eventRowOf } from '../event/types.ts';
import { ChangedFiles, type NetChange } from './changed-files.ts';

/** An event of the run, in the order of its log. */
export interface ExportedEvent {
  readonly seq: number;
  readonly type: string;
  readonly data: Readonly<Record<string, unknown>>;
  /** `data` as it was serialized. */
  readonly dataJson: string;
}

/** Something that failed. */
export interface Failure {
  readonly role: string | undefined;
  /** What it was about: the call, or the type of the event. */
  readonly what: string;
  /** What it said. */
  readonly words: string;
}

/** Failures that are kept; all are counted. Prevents a run that only fails from filling memory. */
const FAILURES_MAX = 500;
/** Calls whose words are kept for what becomes of them. */
const CALLS_MAX = 5_000;
/** Characters kept of a failure's words. */
const WORDS_CHARS_MAX = 500;

/**
 * What is gathered while the events of a run go by once: the same fold and judgement as everywhere, the hash, what the log holds of
 * each file, failures and net changes. Memory: ranges of each event, not its body.
 */
export class ExportRecord {
  readonly adwId: string;
  readonly epoch: string;
  readonly failures: Failure[] = [];
  readonly #generations = new Generations();
  readonly #files = new ChangedFiles();
  readonly #calls = new BoundedMap<string, string>(CALLS_MAX);
  readonly #hash = createHash('sha256');
  #state: AdwState;
  #events = 0;
  #lastSeq = 0;

  constructor(adwId: string, epoch: string) {
    this.adwId = adwId;
    this.epoch = epoch;
    this.#state = initialState(adwId);
  }

  /** Takes the next event. Answers its line, as it is written and hashed, without the newline. */
  add({ seq, type, data, dataJson }: ExportedEvent): string {
    const line = printableJson(eventFrame(type, seq, this.epoch, dataJson));
    this.#hash.update(line).update('\n');
    this.#state = applyEvent(this.#state, { type, seq, data });
    this.#generations.add(type, data);
    this.#events++;
    this.#lastSeq = seq;
    if (type === 'file_changed') this.#files.add(data);
    if (type === 'tool_use_pre') this.#addCall(data);
    const { role, status } = columnsOf(type, data);
    if (status === 'error') this.#addFailure(type, role, data);
    return line;
  }

  /** How many events there were. */
  get events(): number {
    return this.#events;
  }

  /** The seq of the newest event; 0 before there is one. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** sha-256 (hex) of all lines with their newlines. */
  eventsSha256(): string {
    return this.#hash.copy().digest('hex');
  }

  /** What the events say at `nowMs`, as the server, `list` and `status` say it. */
  summary(nowMs: number, limits: JudgementLimits): AdwSummary {
    return summarize(this.#state, nowMs, limits);
  }

  /** What the events hold of each file generation. */
  generations(): LoggedGeneration[] {
    return this.#generations.list();
  }

  /** What each file has become, its changes taken together. */
  netChanges(): ReadonlyMap<string, NetChange> {
    return this.#files.net();
  }

  #addCall(data: Readonly<Record<string, unknown>>): void {
    if (typeof data.tool_use_id !== 'string') return;
    this.#calls.set(data.tool_use_id, eventWords('tool_use_pre', data).slice(0, WORDS_CHARS_MAX));
  }

  #addFailure(type: string, role: string | undefined, data: Readonly<Record<string, unknown>>): void {
    if (this.failures.length >= FAILURES_MAX) this.failures.shift();
    const call = typeof data.tool_use_id === 'string' ? (this.#calls.get(data.tool_use_id) ?? '') : '';
    const tool = typeof data.tool_name === 'string' ? data.tool_name : eventRowOf(type).word;
    this.failures.push({
      role,
      // The words of a call to an MCP server begin with its name.
      what: call === '' || tool.startsWith('mcp__') ? call || tool : `${tool} ${call}`,
      words: eventWords(type, data).slice(0, WORDS_CHARS_MAX),
    });
  }
}
