import { computed, effect, signal, untracked } from '@preact/signals';
import { firstIndex } from '../../../src/base/first-index.ts';
import { GROUPS } from '../../../src/event/types.ts';
import { NONE, RowTable } from '../data/row-table.ts';
import { phaseOfEvent, turnsKey } from '../run/phases.ts';
import { computeRows, groupsOf, matches, type RowFilter, slowThreshold } from '../run/rows.ts';
import { axis, cutoff, until } from './replay.ts';
import { found, query } from './search.ts';
import { session, view } from './store.ts';

/** The rows of the timeline: ordinals, ascending, growing in place; `version` counts growth, `shape` names the list. */
export interface Rows {
  readonly rows: readonly number[];
  /** Those after the replay position too. */
  readonly all: readonly number[];
  readonly version: number;
  readonly shape: string;
}

const EMPTY = new RowTable();
/** ms between two full computations, where a filter goes by what changes after a row was added. */
const RECOMPUTE_MS = 1000;

export const table = computed(() => session.value?.table.value ?? EMPTY);
const revision = computed(() => session.value?.revision.value ?? 0);

/** The duration above which a call counts as slow, ms. Worked out again when the table is complete. */
export const slowMs = computed(() => {
  void session.value?.complete.value;
  return slowThreshold(table.value);
});

const filter = computed<RowFilter>(() => {
  const { kinds, role, attempt, phase, scope, mode } = view.value;
  return {
    groups: groupsOf(kinds),
    role,
    attempt,
    phase,
    scope,
    query: query.value,
    hits: found.value.hits,
    filtering: mode === 'filter',
    slowMs: slowMs.value,
    phaseOf: phaseOfEvent,
  };
});

/** Whether the filter goes by what a call became, which changes after its row was added. */
const volatile = computed(() => {
  const { query, filtering } = filter.value;
  return (
    filtering &&
    (query.file !== undefined ||
      query.status !== undefined ||
      query.is !== undefined ||
      query.minMs !== undefined ||
      query.maxMs !== undefined)
  );
});

const filterKey = computed(() => {
  const { groups, role, attempt, phase, scope, query: asked, filtering } = filter.value;
  const query = Object.values(asked).map(String).join('\u0001');
  const byPhase = phase === '' ? '' : `${phase}\u0001${turnsKey.value}`;
  return [[...groups].join(','), role, attempt, byPhase, scope, filtering ? query : ''].join('\u0000');
});

/** The hits that filter. Compared as the set they are: two searches may find equally many. */
const filteringHits = computed(() => (filter.value.filtering ? filter.value.hits : undefined));

export const rows = signal<Rows>({ rows: [], all: [], version: 0, shape: '' });

/** Keeps {@link rows} in step: appends what is new, computes anew when filter or table change. */
export function keepRows(): void {
  let all: number[] = [];
  let seen = 0;
  let shape = '';
  let computedAt = 0;
  let generation = 0;
  let before: RowTable = EMPTY;
  let hits: RowFilter['hits'];
  effect(() => {
    void revision.value;
    const current = table.value;
    const limit = cutoff.value;
    const name = filterKey.value;
    const wanted = filteringHits.value;
    untracked(() => {
      const late = performance.now() - computedAt > RECOMPUTE_MS;
      const anew =
        current !== before ||
        wanted !== hits ||
        !shape.startsWith(`${name}\u0002`) ||
        seen > current.length ||
        (volatile.peek() && late);
      if (anew) {
        generation++;
        computedAt = performance.now();
        all = computeRows(current, filter.peek());
      } else for (const at of computeRows(current, filter.peek(), seen)) all.push(at);
      seen = current.length;
      before = current;
      hits = wanted;
      shape = `${name}\u0002${generation}`;
      rows.value = {
        rows: limit === undefined ? all : rowsUntil(limit, all),
        all,
        version: rows.peek().version + 1,
        shape,
      };
    });
  });
}

/** Those rows of all that are rows at a replay position: what a call became later is not known there, nor a prompt that is given later. */
function rowsUntil(limit: number, all: readonly number[]): readonly number[] {
  const current = table.peek();
  const { filtering, hits } = filter.peek();
  const isOfThen = volatile.peek() || (filtering && hits !== undefined);
  const rows = isOfThen
    ? computeRows(current, { ...filter.peek(), until: limit })
    : all.slice(
        0,
        firstIndex(all.length, index => all[index]! > limit),
      );
  const { kind, at: placeOf } = axis.peek();
  if (kind !== 'time') return rows;
  // Those of all roles stand in front of a log that was caught up with.
  const moment = placeOf(limit);
  return rows.filter(at => {
    const { kind, t } = current.rowData[at]!;
    return kind !== 'prompt' || !(t > moment);
  });
}

/** Counts changes that pictures of the whole run (minimap, lanes, marks) show: often in short runs, seldom in long ones. */
export const overview = signal(0);

/** ms between two pictures of a run, per thousand rows of it. */
const OVERVIEW_MS_PER_1000 = 20;

/** Keeps {@link overview} behind {@link rows}, at a pace that drawing can keep. */
export function keepOverview(): void {
  let timer = 0;
  effect(() => {
    void rows.value;
    if (timer !== 0) return;
    const wait = (untracked(() => table.value.length) / 1000) * OVERVIEW_MS_PER_1000;
    timer = window.setTimeout(() => {
      timer = 0;
      overview.value++;
    }, wait);
  });
}

/** The selected event's ordinal, or NONE: also where a replay has not come to it. */
export const selected = computed(() => {
  void revision.value;
  const { ev } = view.value;
  const at = ev === '' ? NONE : rowOf(table.value, table.value.ordinalOfId(ev));
  return at > until.value ? NONE : at;
});

/** The row that shows an event: its own, or its call's. */
export function rowOf(current: RowTable, at: number): number {
  let row = at;
  for (let i = 0; i < 2 && row !== NONE && current.isFolded(row) && current.pairedWith[row] !== NONE; i++)
    row = current.pairedWith[row]!;
  return row;
}

/** Whether a row is one that the search found, for marking. */
export function isHit(at: number): boolean {
  const current = filter.peek();
  if (current.hits === undefined && current.query.words === '' && view.peek().q === '') return false;
  return matches(table.peek(), { ...current, until: until.peek() }, at);
}

/** How many rows the search found that the choice of kinds hides. */
export const hitsInHiddenKinds = computed<number>(() => {
  void overview.value;
  const current = filter.value;
  if (view.value.q.trim() === '') return 0;
  const every = { ...current, filtering: true, groups: new Set<string>(GROUPS), until: until.value };
  return computeRows(table.peek(), every).filter(at => !current.groups.has(table.peek().rowData[at]?.group ?? ''))
    .length;
});

/** Rows that the search marks, when it does not filter. */
export const marked = computed<readonly number[]>(() => {
  const current = filter.value;
  if (view.value.q.trim() === '') return [];
  if (current.filtering) return rows.value.rows;
  void overview.value;
  return rows.peek().rows.filter(at => matches(table.value, { ...current, until: until.peek() }, at));
});

/** Ids of the rows that the reader opened or closed against the density's habit. */
export const toggled = signal<ReadonlySet<string>>(new Set());
