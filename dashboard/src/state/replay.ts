import { computed, effect, signal, untracked } from '@preact/signals';
import type { AdwSummary, RoleSummary, TaskSummary } from '../../../src/adw/summary-shape.ts';
import { firstIndex } from '../../../src/base/first-index.ts';
import { ALL, RowTable } from '../data/row-table.ts';
import type { Session } from '../data/session.ts';
import { source } from '../data/source.ts';
import { EventTimes, isBeside } from '../run/event-times.ts';
import { firstWorkOf } from '../run/role-order.ts';
import { go, now, preferences, session, view } from './store.ts';

/**
 * Time on the page. The axis is the events' own time; where times are worked out from file times it is the sequence of
 * events instead, one second apart. A position is ms on that axis; live is no position at all.
 */
export interface Axis {
  readonly kind: 'time' | 'sequence';
  readonly start: number;
  readonly end: number;
  /** The position of an event. */
  at(ordinal: number): number;
  /** The last event at or before a position, or NONE. */
  ordinalAt(position: number): number;
}

const EMPTY = new RowTable();
/** ms between two events on an axis of sequence. */
const STEP_MS = 1000;
const TICK_MS = 50;

const revision = computed(() => session.value?.revision.value ?? 0);
const table = computed(() => session.value?.table.value ?? EMPTY);

let known = { table: EMPTY, times: new EventTimes() };

function timesOf(current: RowTable): readonly number[] {
  if (known.table !== current) known = { table: current, times: new EventTimes() };
  known.times.extend(current);
  return known.times.ms;
}

/** Whether most times were not seen but worked out. Decided when the first bodies are here, and when all are. */
export const estimated = computed(() => {
  void session.value?.complete.value;
  void session.value?.phase.value;
  let [guessed, known] = [0, 0];
  // What agents did decides: a workflow's own log is timed even where nothing else is.
  for (const rowData of table.value.rowData) {
    if (rowData.timing === undefined || rowData.group === 'hook' || rowData.group === 'raw') continue;
    known++;
    if (rowData.timing === 'estimated' || rowData.timing === 'unknown') guessed++;
  }
  return known > 0 && guessed > known / 2;
});

export const axis = computed<Axis>(() => {
  void revision.value;
  const current = table.value;
  const { length } = current;
  if (estimated.value) {
    return {
      kind: 'sequence',
      start: 0,
      end: Math.max(1, length - 1) * STEP_MS,
      at: ordinal => ordinal * STEP_MS,
      ordinalAt: position => Math.min(length - 1, Math.floor(position / STEP_MS)),
    };
  }
  const times = timesOf(current);
  const start = times[0] ?? 0;
  return {
    kind: 'time',
    start,
    end: Math.max(times[length - 1] ?? 0, start + 1),
    at: ordinal => times[ordinal] ?? start,
    ordinalAt: position => firstIndex(times.length, index => times[index]! > position) - 1,
  };
});

export const playing = signal(false);

const stepped = signal<number | undefined>(undefined);

/** The newest event that is shown in a replay; undefined when live. Steps go by event, also where two share a time. */
export const cutoff = computed<number | undefined>(() => {
  const { t } = view.value;
  if (t === undefined) return undefined;
  const at = axis.value.ordinalAt(t);
  const exact = stepped.value;
  return exact !== undefined && axis.value.at(exact) === t ? exact : at;
});

/** The newest ordinal of which the page may say anything: {@link cutoff}, or ALL when live. */
export const until = computed(() => cutoff.value ?? ALL);

/** The axis as far as the replay has come: its end is the newest event that is shown. */
export const reached = computed<Axis>(() => {
  const on = axis.value;
  return cutoff.value === undefined ? on : { ...on, end: Math.max(on.at(cutoff.value), on.start) };
});

/** Goes to a position of the axis; undefined goes back to live. */
export function seek(position: number | undefined): void {
  stepped.value = undefined;
  if (position === undefined) {
    playing.value = false;
    go({ t: undefined, follow: true });
    return;
  }
  const { start, end } = axis.peek();
  go({ t: Math.min(Math.max(position, start), end), follow: true });
}

/** Shows everything up to an event. */
export function seekTo(ordinal: number): void {
  const at = Math.min(Math.max(0, ordinal), table.peek().length - 1);
  stepped.value = at;
  go({ t: axis.peek().at(at), follow: true });
}

/** Moves by one row's event, or by one tool call. */
export function step(direction: 1 | -1, rows: readonly number[], toolsOnly = false): void {
  const current = cutoff.peek() ?? table.peek().length - 1;
  const candidates = toolsOnly ? rows.filter(at => table.peek().isCall(at)) : rows;
  const next = direction > 0 ? candidates.find(at => at > current) : candidates.findLast(at => at < current);
  if (next !== undefined) seekTo(next);
}

export function togglePlaying(): void {
  if (!playing.peek() && view.peek().t === undefined) seek(axis.peek().start);
  playing.value = !playing.peek();
}

/** Moves the position while playing: speed, and idle time skipped. */
export function keepPlaying(): void {
  effect(() => {
    if (!playing.value) return;
    const timer = setInterval(() => {
      const { t } = view.peek();
      const { start, end, ordinalAt, at } = axis.peek();
      const { speed, skipIdleSeconds } = preferences.peek();
      const position = t ?? start;
      if (position >= end) {
        playing.value = false;
        return;
      }
      let next = position + TICK_MS * speed;
      const upcoming = at(Math.min(ordinalAt(position) + 1, table.peek().length - 1));
      if (skipIdleSeconds > 0 && upcoming - position > skipIdleSeconds * 1000) next = upcoming;
      stepped.value = undefined;
      go({ t: Math.min(next, end), follow: true });
    }, TICK_MS);
    return () => clearInterval(timer);
  });
}

/** The picture at the replay position: header, stepper and tree show it instead of the live one. */
const replayed = signal<AdwSummary | undefined>(undefined);

/** The event whose moment is shown; undefined when live, and until all rows are known: an ordinal of the newest alone is another event's. */
const position = computed(() => {
  const current = session.value;
  if (cutoff.value === undefined || !current?.complete.value) return undefined;
  return { session: current, seq: table.value.rowData[cutoff.value]?.seq ?? 0 };
});

/**
 * Asks how the run stood whenever the replay position moves; a position that moved on meanwhile wins. Until the answer comes the picture
 * of the position before stands; a link into the past has none before.
 */
export function keepReplayed(): void {
  let isAsking = false;
  let live: Session | undefined;
  const ask = async () => {
    isAsking = true;
    let asked: typeof position.value;
    for (let next = position.peek(); next && !(next.session === asked?.session && next.seq === asked.seq); ) {
      asked = next;
      // Nothing, rather than another moment.
      const answer = await source()
        .fetchAdwAt(next.session.adwId, next.seq)
        .catch(() => undefined);
      next = position.peek();
      if (next?.session === asked.session) replayed.value = answer;
    }
    isAsking = false;
  };
  effect(() => {
    const current = session.value;
    void position.value;
    if (cutoff.value === undefined || !current) {
      live = current;
      replayed.value = undefined;
      return;
    }
    if (replayed.peek()?.adw_id !== current.adwId)
      replayed.value = live === current ? current.summary.peek() : undefined;
    if (!isAsking) void untracked(ask);
  });
}

/** The summary to show: of now, or of the replay position; undefined until it is known. */
export const summary = computed<AdwSummary | undefined>(() =>
  cutoff.value === undefined ? session.value?.summary.value : replayed.value,
);

/**
 * What counts up counts to this: the wall clock, or in a replay the time of the newest event that is shown and moves a clock; ms since the
 * Unix epoch, NaN where none is known.
 */
export const moment = computed(() => {
  const newest = cutoff.value;
  if (newest === undefined) return now.value;
  if (axis.value.kind === 'time') return axis.value.at(newest);
  const { rowData } = table.value;
  for (let at = newest; at >= 0; at--) {
    const { type, t } = rowData[at]!;
    if (!isBeside(type) && !Number.isNaN(t)) return t;
  }
  return Number.NaN;
});

/**
 * The roles in the order in which they began to work; first those that never did: tree, lanes and digits share it. In a replay it is the
 * same, so that a digit means the same role at every position.
 */
export const roles = computed<readonly RoleSummary[]>(() => {
  void revision.value;
  const first = firstWorkOf(table.value);
  const rank = ({ role, attempts }: RoleSummary) =>
    first.get(role) ?? (attempts.length === 0 ? -1 : Number.MAX_SAFE_INTEGER);
  const began = ({ started_at: at }: RoleSummary) => (at === null ? 0 : Date.parse(at));
  return (summary.value?.roles ?? []).toSorted((a, b) => rank(a) - rank(b) || began(a) - began(b));
});

/** The tasks of all agents by the call that launched them. */
export const tasks = computed<ReadonlyMap<string, TaskSummary>>(
  () =>
    new Map(
      roles.value
        .flatMap(role => role.attempts)
        .flatMap(attempt => attempt.tasks)
        .flatMap(task => (task.tool_use_id === null ? [] : [[task.tool_use_id, task] as const])),
    ),
);

/** The tasks that stand behind one in its tree: what it launched, and what those did. */
export function tasksBelow(task: TaskSummary): readonly TaskSummary[] {
  const all = roles.value.flatMap(role => role.attempts).find(attempt => attempt.tasks.includes(task))?.tasks ?? [];
  const behind = all.slice(all.indexOf(task) + 1);
  const next = behind.findIndex(one => one.depth <= task.depth);
  return next === -1 ? behind : behind.slice(0, next);
}
