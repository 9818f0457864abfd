import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HIT_ORDERS } from '../../../dashboard/src/runs/contents.ts';
import { PERIODS, SORT_KEYS } from '../../../dashboard/src/runs/run-list.ts';
import { formatHash, HOME, parseHash, TABS, type View } from '../../../dashboard/src/state/route.ts';

const word = fc.string({ minLength: 1, maxLength: 20 }).filter(text => text.isWellFormed());
const views: fc.Arbitrary<View> = fc.record({
  adwId: fc.stringMatching(/^[A-Za-z0-9]{8}$/),
  tab: fc.constantFrom(...TABS),
  role: fc.oneof(fc.constant(''), word),
  attempt: fc.option(fc.nat({ max: 99 }), { nil: undefined }),
  phase: fc.constantFrom('', 'plan', 'build'),
  scope: fc.oneof(fc.constant(''), word),
  q: fc.oneof(fc.constant(''), word),
  mode: fc.constantFrom('filter', 'highlight'),
  kinds: fc.option(fc.subarray(['think', 'text', 'tool', 'result', 'hook', 'raw']), { nil: undefined }),
  ev: fc.oneof(fc.constant(''), fc.stringMatching(/^[\w-]{16}$/)),
  t: fc.option(fc.nat(), { nil: undefined }),
  follow: fc.boolean(),
  status: fc.constant(HOME.status),
  period: fc.constant(HOME.period),
  from: fc.constant(HOME.from),
  to: fc.constant(HOME.to),
  sort: fc.constant(HOME.sort),
  isReversed: fc.constant(HOME.isReversed),
  totals: fc.constant(HOME.totals),
  contents: fc.constant(HOME.contents),
  hits: fc.constant(HOME.hits),
  compare: fc.constant(HOME.compare),
  left: fc.constant(''),
  right: fc.constant(''),
});
const lists: fc.Arbitrary<View> = fc
  .record({
    q: fc.oneof(fc.constant(''), word),
    status: fc.constantFrom('', 'failed', 'waiting'),
    period: fc.constantFrom(...PERIODS),
    from: fc.constantFrom('', '2026-11-20'),
    to: fc.constantFrom('', '2026-11-25'),
    sort: fc.constantFrom(...SORT_KEYS),
    isReversed: fc.boolean(),
    totals: fc.boolean(),
    contents: fc.boolean(),
    hits: fc.constantFrom(...HIT_ORDERS),
  })
  .map(asked => ({ ...HOME, ...asked }));

const comparisons: fc.Arbitrary<View> = fc
  .record({
    compare: fc.array(fc.stringMatching(/^[A-Za-z0-9]{8}$/), { minLength: 2, maxLength: 2 }),
    left: fc.oneof(fc.constant(''), word),
    right: fc.oneof(fc.constant(''), word),
  })
  .map(asked => ({ ...HOME, ...asked }));

test('a link shows its reader what its sender saw', () => {
  fc.assert(
    fc.property(fc.oneof(views, lists, comparisons), view => void expect(parseHash(formatHash(view))).toEqual(view)),
  );
});

test('defaults are not written', () => {
  expect(formatHash({ ...HOME, adwId: '1a2b3c4d' })).toBe('#/adw/1a2b3c4d');
  expect(formatHash(HOME)).toBe('#/');
});

test('a hash of any shape is understood as far as it goes', () => {
  fc.assert(fc.property(fc.string(), hash => void parseHash(hash)));
  expect(parseHash('#/adw/1a2b3c4d?tab=nothing&attempt=x&t=').tab).toBe('timeline');
  expect(parseHash('#/?from=yesterday&to=2026-1-1')).toEqual(HOME);
  expect(parseHash('#/adw/1a2b3c4d?t=1e17').t).toBe(undefined);
});
