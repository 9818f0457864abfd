import { signal } from '@preact/signals';
import { describe, expect, test } from 'vitest';
import type { Fleet } from '../../../dashboard/src/state/fleet.ts';
import type { ListedRun, RunsMessage } from '../../../src/adw/listed-run.ts';
import { postEvents, serverForTest } from '../../server/running.ts';
import { until } from '../../support/until.ts';
import { standInForBrowser } from '../data/browser-globals.ts';

standInForBrowser('http://127.0.0.1:1');
const { elapsedOf, takeRuns } = await import('../../../dashboard/src/state/fleet.ts');

const run = (adw_id: string, more: Partial<ListedRun> = {}) => ({ adw_id, ...more }) as ListedRun;
const message = (adws: readonly ListedRun[], more: Partial<RunsMessage> = {}): RunsMessage => ({
  at: 'here:1',
  whole: false,
  more: false,
  agents_dir: null,
  other_runs: 0,
  ...more,
  adws: [...adws],
});
const idsOf = ({ runs }: Fleet) => [...runs.keys()];

describe('the fleet', () => {
  test('has what it was told of, until the list begins anew', () => {
    const first = takeRuns(undefined, message([run('a'), run('b')], { whole: true, agents_dir: '/agents' }), 1);
    expect(first).toMatchObject({ at: 'here:1', more: false, agentsDir: '/agents', otherRuns: 0 });
    const next = takeRuns(first, message([run('b', { why: 'new' }), run('c')]), 2);
    expect(idsOf(next)).toEqual(['a', 'b', 'c']);
    expect(next.runs.get('b')).toMatchObject({ why: 'new', takenMs: 2 });
    expect(first.runs.get('b')).not.toMatchObject({ why: 'new' });
    expect(idsOf(takeRuns(next, message([run('d')], { whole: true }), 3))).toEqual(['d']);
  });

  test('counts the time of what goes on by its own clock, and of nothing else', () => {
    const taken = (more: Partial<ListedRun>) => ({ ...run('a', more), takenMs: 1_000 });
    expect(elapsedOf(taken({ status: 'running', elapsed_ms: 500 }), 3_000)).toBe(2_500);
    expect(elapsedOf(taken({ status: 'running', elapsed_ms: 500 }), 0)).toBe(500);
    expect(elapsedOf(taken({ status: 'completed', elapsed_ms: 500 }), 3_000)).toBe(500);
    expect(elapsedOf(taken({ status: 'running', elapsed_ms: null }), 3_000)).toBe(null);
  });
});

test('a page that nobody sees has no connection, and knows what happened once it is shown', async () => {
  const { url } = await serverForTest();
  const said = (adw_id: string) => ({ type: 'agent_log', data: { adw_id, message: 'hello', level: 'INFO' } });
  const { show } = standInForBrowser(url);
  const { followFleet } = await import('../../../dashboard/src/state/fleet.ts');
  const [fleet, error] = [signal<Fleet | undefined>(undefined), signal('')];
  const connections = async () =>
    ((await (await fetch(`${url}/api/v1/connections`)).json()) as { count: number }).count;
  await postEvents(url, [said('aaaaaaaa')]);
  const stop = followFleet({ fleet, error }, false);
  await until('the list has come', () => fleet.value?.runs.size === 1);
  expect(await connections()).toBe(1);

  show(false);
  await until('the connection is gone', async () => (await connections()) === 0);
  await postEvents(url, [said('bbbbbbbb')]);
  show(true);
  await until('it knows', () => fleet.value?.runs.size === 2);
  expect(error.value).toBe('');
  stop();
  await until('the connection is gone for good', async () => (await connections()) === 0);

  // The next to follow, such as the palette, begins with what was told, and is told what changes.
  const next = signal<Fleet | undefined>(undefined);
  const stopNext = followFleet({ fleet: next, error }, false);
  expect([...(next.value?.runs.keys() ?? [])]).toEqual(['aaaaaaaa', 'bbbbbbbb']);
  await postEvents(url, [said('cccccccc')]);
  await until('it knows, too', () => next.value?.runs.size === 3);
  stopNext();
});
