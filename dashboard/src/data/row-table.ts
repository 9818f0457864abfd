import { UNDISCLOSED } from '../../../src/adw/event-words.ts';
import type { Row } from '../../../src/adw/row.ts';
import { firstIndex } from '../../../src/base/first-index.ts';
import type { EventType } from '../../../src/event/types.ts';

/** What is told beside what a line says, and is no row that others could hang on. */
const BESIDE: ReadonlySet<string> = new Set<EventType>(['usage_update', 'task_update']);

/** No event. */
export const NONE = -1;
/** An ordinal behind every event: nothing lies ahead of it. */
export const ALL = Number.POSITIVE_INFINITY;

/**
 * The rows of one ADW, addressed by ordinal (0 … length − 1, in seq order): all events but raw chunks, or the newest of them while
 * the others are read. A tool call's row is its `tool_use_pre`; what came of it (`tool_use_post`, `file_changed`, `todo_update`) hangs on it.
 */
export class RowTable {
  readonly rowData: Row[] = [];
  /** For a call: the ordinal of its result. For a result or a change: the ordinal of its call. NONE otherwise. */
  readonly pairedWith: number[] = [];
  /** For a call: the ordinal of its `file_changed`. */
  readonly change: number[] = [];
  readonly #byUse = new Map<string, number>();
  /** Results and changes whose call is not known yet. */
  readonly #callless = new Map<string, number[]>();
  /** As far as an id was asked for. */
  readonly #byId = new Map<string, number>();
  #indexed = 0;
  readonly #places = new Map<string, number>();
  /** Ordinals of rows that failed, as they became known: pictures of the run need nothing else. */
  readonly failures: number[] = [];
  /** Ordinals of what kept the sidecar from seeing. */
  readonly diagnostics: number[] = [];
  /** The first thinking of each session that Claude kept to itself. */
  readonly #undisclosed = new Map<string, number>();
  /** Directories that sessions worked in. */
  readonly #roots = new Set<string>();
  get length(): number {
    return this.rowData.length;
  }

  get lastSeq(): number {
    return this.rowData.at(-1)?.seq ?? 0;
  }

  /** The ordinal of an event by its seq, or NONE. */
  ordinalOf(seq: number): number {
    const at = this.lowerBound(seq);
    return this.rowData[at]?.seq === seq ? at : NONE;
  }

  /** The first ordinal whose seq is not below `seq`. */
  lowerBound(seq: number): number {
    return firstIndex(this.length, index => this.rowData[index]!.seq >= seq);
  }

  /** The ordinal of an event by its stable id, or NONE while it is not known. */
  ordinalOfId(id: string): number {
    for (; this.#indexed < this.length; this.#indexed++) this.#byId.set(this.rowData[this.#indexed]!.id, this.#indexed);
    return this.#byId.get(id) ?? NONE;
  }

  /** The ordinal of a call by its `tool_use_id`, or NONE. */
  ordinalOfUse(useId: string | undefined): number {
    return useId === undefined ? NONE : (this.#byUse.get(useId) ?? NONE);
  }

  /** Adds the next row. What is not newer than the newest is there already: its ordinal, or NONE, is the answer then. */
  add(row: Row): number {
    const { seq, type, status, useId } = row;
    if (seq <= this.lastSeq) return this.ordinalOf(seq);
    const at = this.rowData.push(row) - 1;
    this.pairedWith.push(NONE);
    this.change.push(NONE);
    if (type === 'thinking_block' && row.summary === UNDISCLOSED) {
      const session = `${row.role} ${row.session}`;
      if (!this.#undisclosed.has(session)) this.#undisclosed.set(session, at);
    }
    if (row.root !== undefined) this.#roots.add(row.root);
    if (row.diagnostic !== undefined) this.diagnostics.push(at);
    if (useId !== undefined) this.#linkTool(at, useId, type);
    else if (status === 'error') this.failures.push(at);
    if (row.place !== undefined) this.#linkPlace(at, row, row.place);
    return at;
  }

  /** A log entry that says again what a typed event of the same line says is no row of its own. */
  #linkPlace(at: number, { type, status, level }: Row, place: string): void {
    const first = this.#places.get(place);
    if (type === 'todo_update' && first !== undefined)
      this.pairedWith[at] = this.pairedWith[first] === NONE ? first : this.pairedWith[first]!;
    else if (type === 'agent_log' || type === 'agent_summary_update') {
      if (first !== undefined && status !== 'error' && level !== 'WARNING') this.pairedWith[at] = first;
    } else if (first === undefined && !BESIDE.has(type)) this.#places.set(place, at);
  }

  #linkTool(at: number, useId: string, type: string): void {
    if (type === 'tool_use_pre') {
      this.#byUse.set(useId, at);
      for (const waiting of this.#callless.get(useId) ?? []) this.#attach(waiting, at);
      this.#callless.delete(useId);
      return;
    }
    const call = this.#byUse.get(useId);
    if (call !== undefined) this.#attach(at, call);
    // A client may tell of a call after what came of it.
    else this.#callless.set(useId, [...(this.#callless.get(useId) ?? []), at]);
  }

  #attach(at: number, call: number): void {
    this.pairedWith[at] = call;
    const { type, status } = this.rowData[at]!;
    if (type === 'tool_use_post') {
      this.pairedWith[call] = at;
      if (status === 'error') this.failures.push(call);
    }
    if (type === 'file_changed') this.change[call] = at;
  }

  /** Diagnostics that nothing has ended: of a file that could not be read, no line came after. */
  openDiagnostics(limit: number): number[] {
    return this.diagnostics.filter(at => {
      const { diagnostic, place } = this.rowData[at]!;
      if (at >= limit || diagnostic !== 'file_unreadable' || place === undefined) return at < limit;
      const within = place.endsWith('/') ? place : `${place}:`;
      const isOfIt = (row: Row) => row.diagnostic === undefined && `${row.place}:`.startsWith(within);
      return !this.rowData.slice(at + 1, limit).some(isOfIt);
    });
  }

  /** Whether an event is a tool call. */
  isCall(at: number): boolean {
    return this.rowData[at]?.type === 'tool_use_pre';
  }

  /** When an event was, ms since the Unix epoch; NaN where that is not known. */
  timeOf(at: number): number {
    return this.rowData[at]?.t ?? Number.NaN;
  }

  /** Whether an event is shown by another one's row. */
  isFolded(at: number): boolean {
    return !this.isCall(at) && this.pairedWith[at] !== NONE;
  }

  /** Whether an event is the first of its session that says that thinking is not disclosed: one explains it, for all. */
  isFirstUndisclosed(at: number): boolean {
    const { role, session } = this.rowData[at] ?? {};
    return this.#undisclosed.get(`${role} ${session}`) === at;
  }

  /** A path as it is seen from the directory that its session worked in: what tells files apart is their end. */
  withinRoot(text: string): string {
    for (const root of this.#roots) {
      if (text.startsWith(root) && /[/\\]/.test(text.charAt(root.length))) return text.slice(root.length + 1);
      // In a command, wherever it stands.
      if (text.includes(`${root}/`)) return text.replaceAll(`${root}/`, '');
    }
    return text;
  }

  /** The `tool_use_id`s of the sub-agents' calls that an event lies in, the nearest first. */
  callsAround(at: number): string[] {
    const calls: string[] = [];
    let parent = this.rowData[at]?.parent;
    while (parent !== undefined && calls.length < 8) {
      calls.push(parent);
      parent = this.rowData[this.ordinalOfUse(parent)]?.parent;
    }
    return calls;
  }

  /** The ordinal of a call's result, or NONE: of what is no call, and where the result lies behind the ordinal `until`. */
  resultOf(at: number, until = ALL): number {
    const result = this.isCall(at) ? this.pairedWith[at]! : NONE;
    return result > until ? NONE : result;
  }

  /** The ordinal of a call's change of a file, or NONE: also where that lies behind the ordinal `until`. */
  changeOf(at: number, until = ALL): number {
    const change = this.change[at] ?? NONE;
    return change > until ? NONE : change;
  }

  /** Ordinals of rows of which the ordinal `until` and those before it tell that they failed; in the order in which that became known. */
  failuresUntil(until = ALL): readonly number[] {
    if (until === ALL) return this.failures;
    return this.failures.filter(at => at <= until && this.outcome(at, until) === 'error');
  }

  /** `ok`, `error`, `pending` for a call whose result is not there or lies behind the ordinal `until`, or empty: also of one taken back. */
  outcome(at: number, until = ALL): string {
    const told = this.isCall(at) ? this.resultOf(at, until) : at;
    return told === NONE ? 'pending' : (this.rowData[told]?.status ?? '');
  }

  /**
   * How long a row took, ms; NaN where nothing says, the ordinal `until` and those before it included: times of files and of
   * neighbours say nothing of one call.
   */
  took(at: number, until = ALL): number {
    const result = this.resultOf(at, until);
    return this.rowData[result === NONE ? at : result]?.duration ?? Number.NaN;
  }
}
