import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { createStates } from '../../../src/server/api/states.ts';
import type { AppendEntry, Store } from '../../../src/server/store/store.ts';
import { anEventEntry } from '../store/contract/entries.ts';
import { type Shown, startShown } from './shown.ts';

const ADW = '1a2b3c4d';
const START = Date.parse('2026-01-01T12:00:00.000Z');
const at = (seconds: number) => new Date(START + seconds * 1000).toISOString();

/** When a run is over whose last role ended 30 s after the start, ms. */
const SETTLED = START + 91_000;

let dataDir: string;
let shown: Shown;
let nowMs: number;
const clock = { now: () => nowMs };
const open = async () => {
  shown = await startShown({ dataDir, clock, stallTimeoutMs: 60_000, settleMs: 60_000 });
};

// The states review what changed every half second: here when a test says so.
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  dataDir = await mkdtemp(join(tmpdir(), 'adw-states-'));
  nowMs = START + 1_000;
  await open();
});
afterEach(async () => {
  await shown.close();
  await rm(dataDir, { recursive: true, force: true });
  vi.useRealTimers();
});
const review = () => void vi.advanceTimersByTime(500);

async function statuses(store: Store, adwId = ADW): Promise<string[]> {
  const events = await store.read({ adwId, types: ['adw_status'], limit: 100 });
  return events.map(({ dataJson }) => (JSON.parse(dataJson) as { status: string }).status);
}

/** The same after one more review. */
function statusesNow(adwId = ADW): Promise<string[]> {
  review();
  return statuses(shown.store, adwId);
}

const role = { adw_id: ADW, agent_role: 'sdlc_planner', attempt: 1, session_id: 's' };
const BEGUN = [
  ['attempt_started', { ...role, reason: 'new', timestamp: at(0) }],
  ['session_started', { ...role, model: 'sonnet', timestamp: at(0) }],
  ['text_block', { ...role, content: 'hello', timestamp: at(1) }],
] as const;
const ENDED = [
  'session_ended',
  { ...role, subtype: 'success', is_error: false, total_cost_usd: 0.5, timestamp: at(30) },
] as const;
const begin = () => shown.append(...BEGUN);
const end = () => shown.append(ENDED);
/** A run that is over when the server hears of it: at once, since it says each status that it finds in between. */
const beOver = async () => {
  nowMs = SETTLED;
  await shown.append(...BEGUN, ENDED);
};

describe('the status of an ADW', () => {
  it('is said in the log once it changes, and once only', async () => {
    await begin();
    await expect.poll(() => statusesNow()).toEqual(['running']);
    await end();
    await expect.poll(() => statusesNow()).toEqual(['running', 'between_roles']);
    nowMs = SETTLED;
    const said = ['running', 'between_roles', 'completed'];
    await expect.poll(() => statusesNow()).toEqual(said);
    expect(shown.states.one(ADW)?.status).toBe('completed');
    const [, , last] = await shown.store.read({ adwId: ADW, types: ['adw_status'], limit: 100 });
    expect(JSON.parse(last?.dataJson ?? '')).toMatchObject({ evidence: [expect.any(String)] });
  });

  it('becomes stalled by silence alone', async () => {
    await begin();
    await expect.poll(() => statusesNow()).toEqual(['running']);
    nowMs = START + 120_000;
    await expect.poll(() => statusesNow()).toEqual(['running', 'stalled']);
    expect([...shown.states.running()]).toEqual([ADW]);
  });

  it('is not said again after a restart', async () => {
    await beOver();
    await expect.poll(() => statusesNow()).toEqual(['completed']);
    await shown.close();
    await open();
    // Once the status of another ADW has been said, the reviews that would have said this one's again are over.
    await shown.append(['text_block', { ...role, adw_id: 'ffffffff', content: 'hello', timestamp: at(90) }]);
    await expect.poll(() => statusesNow('ffffffff')).toEqual(['running']);
    expect(await statuses(shown.store)).toEqual(['completed']);
  });
});

describe('the summary', () => {
  it('is the same after a restart, from a snapshot and what came after it', async () => {
    await beOver();
    await expect.poll(() => statusesNow()).toEqual(['completed']);
    const before = shown.states.one(ADW);
    await shown.close();
    await open();
    expect((await shown.store.snapshots()).map(({ adwId }) => adwId)).toEqual([ADW]);
    expect(shown.states.one(ADW)).toEqual(before);
    await shown.append(['agent_log', { ...role, message: 'late', level: 'INFO', timestamp: at(31) }]);
    await expect.poll(() => shown.states.one(ADW)?.totals.events).toBe((before?.totals.events ?? 0) + 1);
  });

  it('passes over a snapshot of another version', async () => {
    await begin();
    await expect.poll(() => statusesNow()).toEqual(['running']);
    await shown.close();
    await open();
    await shown.store.saveSnapshot({ adwId: ADW, seq: shown.store.lastSeq, version: -1, stateJson: '{"state":{}}' });
    await shown.close();
    await open();
    expect(shown.states.one(ADW)?.roles.map(entry => entry.role)).toEqual(['sdlc_planner']);
  });
});

describe('the past of a log without snapshots', () => {
  const adwIds = Array.from({ length: 8 }, (_, index) => `adw0000${index}`);
  const some = (adwId: string, from: number, count: number): AppendEntry[] =>
    Array.from({ length: count }, (_, index) => anEventEntry({ id: `${adwId}-${from + index}`, adwId, text: 'm' }));
  const states = () =>
    createStates({ store: shown.store, limits: { stallTimeoutMs: 1e12, settleMs: 1e12 }, clock, log: silentLogger });

  it('is folded while events come in, each of them once, those of new ADWs too', async () => {
    for (const adwId of adwIds) await shown.store.append(some(adwId, 0, 2_500));
    const folded = states();
    let isReady = false;
    const ready = folded.ready.then(() => {
      isReady = true;
    });
    let rounds = 0;
    for (; !isReady || rounds < 20; rounds++) {
      const batch = [...adwIds, 'newcomer'].flatMap(adwId => some(adwId, 2_500 + rounds * 3, 3));
      await shown.store.append(batch);
      review();
    }
    await ready;
    const known = [...adwIds, 'newcomer'];
    // What the server says of a status is not counted as an event of the ADW.
    for (const adwId of known) {
      const { type } = await shown.store.index(adwId);
      expect(folded.one(adwId)?.totals.events).toBe(type.filter(name => name !== 'adw_status').length);
    }
    await folded.close();
  });

  it('may end with statuses alone, which are no events of the ADW', async () => {
    const [adwId = ''] = adwIds;
    const status = { adw_id: adwId, status: 'stalled', why: 'silence' };
    const word = (id: number): AppendEntry =>
      anEventEntry({ id: `status-${id}`, adwId, type: 'adw_status', data: status });
    await shown.store.append([...some(adwId, 0, 10), ...Array.from({ length: 2_200 }, (_, id) => word(id))]);
    const folded = states();
    await shown.store.append([word(5_000)]);
    await folded.ready;
    expect(folded.one(adwId)?.totals.events).toBe(10);
    await folded.close();
  });

  it('can be left half folded: closing does not wait for the rest, and a caller that waited is told', async () => {
    for (const adwId of adwIds) await shown.store.append(some(adwId, 0, 2_500));
    const folded = states();
    await folded.close();
    await expect(folded.ready).rejects.toMatchObject({ code: 'store_unavailable' });
    const again = states();
    await again.ready;
    expect(again.all().map(({ totals }) => totals.events)).toEqual(adwIds.map(() => expect.any(Number)));
    expect(again.one(adwIds[0] as string)?.totals.events).toBeGreaterThanOrEqual(2_500);
    await again.close();
  });
});
