import { UNDISCLOSED } from '../../../src/adw/event-words.ts';
import { type Row, type RowEvent, rowOf } from '../../../src/adw/row.ts';
import type { NumberedRow } from '../../../src/adw/row-columns.ts';
import { firstIndex } from '../../../src/base/first-index.ts';
import { columnsOf } from '../../../src/event/types.ts';

/** Columns of the log, as the server sends them: equal lengths, in seq order. */
export interface IndexColumns {
  readonly seq: readonly number[];
  readonly t: readonly number[];
  readonly type: readonly string[];
  readonly role: readonly (string | null)[];
  readonly duration: readonly (number | null)[];
  readonly status: readonly string[];
}

/** Events of an index that are taken over in one step. */
const STEP_EVENTS = 2000;

/** What is told beside what a line says, and is no row that others could hang on. */
const BESIDE: ReadonlySet<string> = new Set(['usage_update', 'task_update']);

/** No event. */
export const NONE = -1;

/**
 * Every event of one ADW as columns, addressed by ordinal (0 … length − 1, in seq order). The columns come first, from
 * the index; their data follow as bodies pass by. A tool call's row is its `tool_use_pre`; what came of it (`tool_use_post`,
 * `file_changed`, `todo_update`) hangs on it.
 */
export class EventLog {
  readonly seq: number[] = [];
  /** ms since the Unix epoch. */
  readonly t: number[] = [];
  readonly type: string[] = [];
  readonly role: string[] = [];
  /** ms; NaN where there is none. */
  readonly duration: number[] = [];
  readonly status: string[] = [];
  readonly rowData: (Row | undefined)[] = [];
  /** For a call: the ordinal of its result. For a result or a change: the ordinal of its call. NONE otherwise. */
  readonly pairedWith: number[] = [];
  /** For a call: the ordinal of its `file_changed`. */
  readonly change: number[] = [];
  readonly #byUse = new Map<string, number>();
  /** Results and changes whose call is not known yet. */
  readonly #callless = new Map<string, number[]>();
  readonly #byId = new Map<string, number>();
  readonly #places = new Map<string, number>();
  /** Ordinals of rows that failed, as they became known: pictures of the run need nothing else. */
  readonly failures: number[] = [];
  /** Ordinals of what kept the sidecar from seeing. */
  readonly diagnostics: number[] = [];
  /** The first thinking of each session that Claude kept to itself. */
  readonly #undisclosed = new Map<string, number>();
  /** Directories that sessions worked in. */
  readonly #roots = new Set<string>();
  /** How many rows' data are known, without raw chunks. */
  known = 0;

  get length(): number {
    return this.seq.length;
  }

  /** Takes over the index, only what lies beyond the newest event known: in steps, so that pictures come between them. */
  *indexSteps(index: IndexColumns): Generator<() => void> {
    for (let from = 0; from < index.seq.length; from += STEP_EVENTS)
      yield () => this.#addColumns(index, from, Math.min(index.seq.length, from + STEP_EVENTS));
  }

  #addColumns(index: IndexColumns, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const seq = index.seq[i]!;
      if (seq <= this.lastSeq) continue;
      this.#append(
        seq,
        index.t[i] ?? Number.NaN,
        index.type[i] ?? '',
        index.role[i] ?? '',
        index.duration[i] ?? Number.NaN,
        index.status[i] ?? '',
      );
    }
  }

  get lastSeq(): number {
    return this.seq.at(-1) ?? 0;
  }

  /** The ordinal of an event by its seq, or NONE. */
  ordinalOf(seq: number): number {
    const at = this.lowerBound(seq);
    return this.seq[at] === seq ? at : NONE;
  }

  /** The first ordinal whose seq is not below `seq`. */
  lowerBound(seq: number): number {
    return firstIndex(this.length, index => this.seq[index]! >= seq);
  }

  /** The ordinal of an event by its stable id, or NONE while it is not known. */
  ordinalOfId(id: string): number {
    return this.#byId.get(id) ?? NONE;
  }

  /** The ordinal of a call by its `tool_use_id`, or NONE. */
  ordinalOfUse(useId: string | undefined): number {
    return useId === undefined ? NONE : (this.#byUse.get(useId) ?? NONE);
  }

  /** Adds an event, or the row data of one that the index named. Answers its ordinal; NONE when it lies in a gap of the index. */
  add(event: RowEvent): number {
    const at = event.seq > this.lastSeq ? this.#appendEvent(event) : this.ordinalOf(event.seq);
    if (at !== NONE && this.rowData[at] === undefined) this.#setRow(at, rowOf(event));
    return at;
  }

  /** Adds the row data of an event that the index named; nothing where it names none, or they are known. */
  addRow({ seq, row }: NumberedRow): void {
    const at = this.ordinalOf(seq);
    if (at !== NONE && this.rowData[at] === undefined) this.#setRow(at, row);
  }

  #setRow(at: number, rowData: Row): void {
    const type = this.type[at]!;
    this.rowData[at] = rowData;
    this.known++;
    this.#byId.set(rowData.id, at);
    if (type === 'thinking_block' && rowData.summary === UNDISCLOSED) {
      const session = `${this.role[at]} ${rowData.session}`;
      this.#undisclosed.set(session, Math.min(at, this.#undisclosed.get(session) ?? at));
    }
    if (rowData.root !== undefined) this.#roots.add(rowData.root);
    if (rowData.diagnostic !== undefined) this.diagnostics.push(at);
    this.#link(at, rowData, type);
  }

  #appendEvent({ seq, type, data }: RowEvent): number {
    const time = typeof data.timestamp === 'string' ? Date.parse(data.timestamp) : Number.NaN;
    const { role = '', durationMs = Number.NaN, status } = columnsOf(type, data);
    return this.#append(seq, time, type, role, durationMs, status);
  }

  #append(seq: number, t: number, type: string, role: string, duration: number, status: string): number {
    this.seq.push(seq);
    this.t.push(t);
    this.type.push(type);
    this.role.push(role);
    this.duration.push(duration);
    this.status.push(status);
    this.rowData.push(undefined);
    this.pairedWith.push(NONE);
    this.change.push(NONE);
    return this.length - 1;
  }

  #link(at: number, rowData: Row, type: string): void {
    if (rowData.useId !== undefined) this.#linkTool(at, rowData.useId, type);
    else if (this.status[at] === 'error') this.failures.push(at);
    // A log entry that says again what a typed event of the same line says is no row of its own.
    if (rowData.place === undefined) return;
    const first = this.#places.get(rowData.place);
    if (type === 'todo_update' && first !== undefined)
      this.pairedWith[at] = this.pairedWith[first] === NONE ? first : this.pairedWith[first]!;
    else if (type === 'agent_log' || type === 'agent_summary_update') {
      if (first !== undefined && this.status[at] !== 'error' && rowData.level !== 'WARNING')
        this.pairedWith[at] = first;
    } else if (first === undefined && type !== 'agent_output_chunk' && !BESIDE.has(type))
      this.#places.set(rowData.place, at);
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
    // The newest events are known first, so a call may come after what came of it.
    else this.#callless.set(useId, [...(this.#callless.get(useId) ?? []), at]);
  }

  #attach(at: number, call: number): void {
    this.pairedWith[at] = call;
    if (this.type[at] === 'tool_use_post') {
      this.pairedWith[call] = at;
      if (this.status[at] === 'error') this.failures.push(call);
    }
    if (this.type[at] === 'file_changed') this.change[call] = at;
  }

  /** Diagnostics that nothing has ended: of a file that could not be read, no line came after. */
  openDiagnostics(limit: number): number[] {
    const within = this.diagnostics.filter(at => at < limit);
    return within.filter(at => {
      const { diagnostic, place } = this.rowData[at]!;
      if (diagnostic !== 'file_unreadable' || place === undefined) return true;
      const isOfIt = (other: string | undefined) =>
        other !== undefined && (other === place || other.startsWith(place.endsWith('/') ? place : `${place}:`));
      for (let later = at + 1; later < limit; later++) {
        const rowData = this.rowData[later];
        if (rowData?.diagnostic === undefined && isOfIt(rowData?.place)) return false;
      }
      return true;
    });
  }

  /** Whether an event is shown by another one's row. */
  isFolded(at: number): boolean {
    const type = this.type[at];
    if (type === 'tool_use_pre') return false;
    if (this.pairedWith[at] !== NONE) return true;
    // Until its body is here, a result is taken for the end of a call that is there.
    return (
      (type === 'tool_use_post' || type === 'file_changed' || type === 'todo_update') && this.rowData[at] === undefined
    );
  }

  /** Whether an event is the first of its session that says that thinking is not disclosed: one explains it, for all. */
  isFirstUndisclosed(at: number): boolean {
    return this.#undisclosed.get(`${this.role[at]} ${this.rowData[at]?.session}`) === at;
  }

  /** A path as it is seen from the directory that its session worked in: what tells files apart is their end. */
  withinRoot(text: string): string {
    for (const root of this.#roots) {
      if (text.startsWith(root) && /[/\\]/.test(text.charAt(root.length))) return text.slice(root.length + 1);
    }
    return text;
  }

  /** How deep in sub-agents an event lies. */
  depth(at: number): number {
    let depth = 0;
    let parent = this.rowData[at]?.parent;
    while (parent !== undefined && depth < 8) {
      depth++;
      const call = this.ordinalOfUse(parent);
      parent = call === NONE ? undefined : this.rowData[call]?.parent;
    }
    return depth;
  }

  /** Whether an event belongs to a sub-agent's call, at any depth. */
  isWithin(at: number, useId: string): boolean {
    let parent = this.rowData[at]?.parent;
    for (let depth = 0; parent !== undefined && depth < 8; depth++) {
      if (parent === useId) return true;
      const call = this.ordinalOfUse(parent);
      parent = call === NONE ? undefined : this.rowData[call]?.parent;
    }
    return false;
  }

  /** `ok`, `error`, `pending` for a call without result, or empty. */
  outcome(at: number): string {
    if (this.type[at] !== 'tool_use_pre') return this.status[at] ?? '';
    const result = this.pairedWith[at]!;
    // Neither, of a call that was taken back.
    if (result !== NONE) return this.status[result] ?? '';
    return this.rowData[at] === undefined ? '' : 'pending';
  }

  /** How long a row took, ms; NaN where nothing says. */
  took(at: number): number {
    const result = this.type[at] === 'tool_use_pre' ? this.pairedWith[at]! : NONE;
    if (result === NONE) return this.duration[at]!;
    // Times of files and of neighbours say nothing of one call: what does not name its duration has none.
    return this.duration[result]!;
  }
}
