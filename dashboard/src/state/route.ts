import { HIT_ORDERS, type HitOrder } from '../runs/contents.ts';
import { PERIODS, type RunQuery, SORT_KEYS } from '../runs/run-list.ts';

/** All of the page's view state lives in the URL's hash, so that a link shows what its sender saw. Pure: text in, text out. */

/** The tabs of an ADW page, in their order. */
export const TABS = [
  'summary',
  'timeline',
  'spec',
  'screenshots',
  'files',
  'agents',
  'todos',
  'cost',
  'errors',
  'state',
  'raw',
] as const;

/** One of {@link TABS}. */
export type Tab = (typeof TABS)[number];

/** What the page shows; what is asked of the list of runs is of the list alone, but for the search. Absent fields mean the default. */
export interface View extends RunQuery {
  /** Empty on the home list. */
  readonly adwId: string;
  readonly tab: Tab;
  readonly role: string;
  readonly attempt: number | undefined;
  readonly phase: string;
  /** A sub-agent's `tool_use_id`: only its events. */
  readonly scope: string;
  /** The search box: words, `/regex/`, tokens. */
  readonly q: string;
  /** Whether hits filter the rows or are only marked. */
  readonly mode: 'filter' | 'highlight';
  /** Shown groups of kinds; undefined for the default ones. */
  readonly kinds: readonly string[] | undefined;
  /** The selected event's stable id. */
  readonly ev: string;
  /** Replay position, ms since the Unix epoch; undefined when live. */
  readonly t: number | undefined;
  readonly follow: boolean;
  /** On the home list: whether what the listed runs took together is shown. */
  readonly totals: boolean;
  /** On the home list: whether `q` is looked for in what runs contain, not in their rows. */
  readonly contents: boolean;
  /** How what is found there is ordered. */
  readonly hits: HitOrder;
  /** Ids of two runs that are compared; empty elsewhere. */
  readonly compare: readonly string[];
  /** What of the first of them: `role:attempt`; empty for all of it. */
  readonly left: string;
  /** What of the second run, likewise. */
  readonly right: string;
}

export const HOME: View = {
  adwId: '',
  tab: 'timeline',
  role: '',
  attempt: undefined,
  phase: '',
  scope: '',
  q: '',
  mode: 'filter',
  kinds: undefined,
  ev: '',
  t: undefined,
  follow: true,
  status: '',
  period: 'all',
  from: '',
  to: '',
  sort: 'last',
  isReversed: false,
  totals: false,
  contents: false,
  hits: 'newest',
  compare: [],
  left: '',
  right: '',
};

/** Reads a hash such as `#/adw/1a2b3c4d?tab=cost`. Total: what it does not understand falls back to the default. */
export function parseHash(hash: string): View {
  const [path = '', search = ''] = hash.replace(/^#/, '').split('?', 2);
  const query = new URLSearchParams(search);
  const match = /^\/adw\/([^/]+)$/.exec(path);
  const [, one, other] = /^\/compare\/([^/]+)\/([^/]+)$/.exec(path) ?? [];
  if (one !== undefined && other !== undefined) {
    const sides = { left: query.get('left') ?? '', right: query.get('right') ?? '' };
    return { ...HOME, compare: [decode(one), decode(other)], ...sides };
  }
  if (!match) return homeOf(query);
  const tab = query.get('tab') as Tab | null;
  const kinds = query.get('kinds');
  return {
    ...HOME,
    adwId: decode(match[1]!),
    tab: tab && TABS.includes(tab) ? tab : 'timeline',
    role: query.get('role') ?? '',
    attempt: numberOf(query.get('attempt')),
    phase: query.get('phase') ?? '',
    scope: query.get('scope') ?? '',
    q: query.get('q') ?? '',
    mode: query.get('mode') === 'highlight' ? 'highlight' : 'filter',
    kinds: kinds === null ? undefined : kinds.split(',').filter(Boolean),
    ev: query.get('ev') ?? '',
    t: timeOf(query.get('t')),
    follow: query.get('follow') !== '0',
  };
}

function homeOf(query: URLSearchParams): View {
  const asked = query.get('sort') ?? '';
  return {
    ...HOME,
    q: query.get('q') ?? '',
    status: query.get('status') ?? '',
    period: PERIODS.find(period => period === query.get('period')) ?? HOME.period,
    from: dateOf(query.get('from')),
    to: dateOf(query.get('to')),
    sort: SORT_KEYS.find(key => key === asked.replace(/^-/, '')) ?? HOME.sort,
    isReversed: asked.startsWith('-'),
    totals: query.get('totals') === '1',
    contents: query.get('in') === 'contents',
    hits: HIT_ORDERS.find(order => order === query.get('hits')) ?? HOME.hits,
  };
}

/** The hash of a view; only what differs from the default is written. */
export function formatHash(view: View): string {
  const query = new URLSearchParams();
  if (view.compare.length > 0) {
    for (const key of ['left', 'right'] as const) if (view[key]) query.set(key, view[key]);
    return `#/compare/${view.compare.map(encodeURIComponent).join('/')}${query.size ? `?${query}` : ''}`;
  }
  if (view.adwId === '') {
    for (const key of ['q', 'status', 'from', 'to'] as const) if (view[key]) query.set(key, view[key]);
    if (view.period !== HOME.period) query.set('period', view.period);
    const sort = `${view.isReversed ? '-' : ''}${view.sort}`;
    if (sort !== HOME.sort) query.set('sort', sort);
    if (view.totals) query.set('totals', '1');
    if (view.contents) query.set('in', 'contents');
    if (view.hits !== HOME.hits) query.set('hits', view.hits);
    return `#/${query.size ? `?${query}` : ''}`;
  }
  if (view.tab !== 'timeline') query.set('tab', view.tab);
  for (const key of ['role', 'phase', 'scope', 'q', 'ev'] as const) if (view[key]) query.set(key, view[key]);
  if (view.attempt !== undefined) query.set('attempt', String(view.attempt));
  if (view.mode !== 'filter') query.set('mode', view.mode);
  if (view.kinds) query.set('kinds', view.kinds.join(','));
  if (view.t !== undefined) query.set('t', String(Math.round(view.t)));
  if (!view.follow) query.set('follow', '0');
  return `#/adw/${encodeURIComponent(view.adwId)}${query.size ? `?${query}` : ''}`;
}

function numberOf(text: string | null): number | undefined {
  if (text === null || text === '') return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** The greatest distance of a date from 1970, ms. */
const TIME_MAX = 8.64e15;

function timeOf(text: string | null): number | undefined {
  const value = numberOf(text);
  return value !== undefined && Math.abs(value) <= TIME_MAX ? value : undefined;
}

/** A day such as `2026-11-20`, as a field of the page gives it; empty for anything else. */
function dateOf(text: string | null): string {
  return text !== null && /^\d{4}-\d\d-\d\d$/.test(text) ? text : '';
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
