import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { Discovery, type DiscoveryOptions } from '../../../src/sidecar/discover/discovery.ts';
import { LAST_SCAN_MS } from '../../../src/sidecar/discover/scan-schedule.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';

const ADW = '1a2b3c4d';
const open: Discovery[] = [];
afterEach(() => {
  for (const discovery of open.splice(0)) discovery.close();
});

function discovering(overrides: Partial<DiscoveryOptions> = {}) {
  const agentsDir = join(temporaryDirectory(), 'agents');
  const role = join(agentsDir, ADW, 'planner');
  mkdirSync(role, { recursive: true });
  const stream = join(role, 'raw_output.jsonl');
  writeFileSync(stream, '{}\n');
  const { log, recorded } = recordingLogger();
  const firstStampOf = () => undefined;
  const options = {
    adwId: ADW,
    agentsDir,
    follow: true,
    fsEvents: true,
    pollMs: 200,
    onHint: () => {},
    firstStampOf,
    log,
  };
  const discovery = new Discovery({ ...options, ...overrides });
  open.push(discovery);
  return { discovery, stream, role, recorded };
}

describe('what is due', () => {
  it('is a scan first, then polls, then a scan again; a demand comes at once', () => {
    const { discovery } = discovering();
    const now = Date.now();
    expect(discovery.due(now, false)).toBe('scan');
    discovery.polled(now, { what: 'scan', writtenAt: now });
    expect([discovery.due(now + 100, false), discovery.due(now + 200, false)]).toEqual(['nothing', 'poll']);
    expect(discovery.due(now + 10_000, false)).toBe('scan');
    discovery.demandScan();
    expect([discovery.isScanDue, discovery.due(now + 1, false)]).toEqual([true, 'scan']);
  });

  it('is a scan every few milliseconds when no more is waited for than for files to be complete', () => {
    const { discovery } = discovering({ follow: false });
    const now = Date.now();
    discovery.polled(now, { what: 'scan', writtenAt: now });
    expect([discovery.due(now + 1, true), discovery.due(now + LAST_SCAN_MS, true)]).toEqual(['nothing', 'scan']);
  });
});

describe('a scan', () => {
  it('answers what is there, and nothing where nothing has changed since it was taken in', () => {
    const { discovery, role } = discovering({ fsEvents: false });
    const scan = discovery.scan(undefined);
    expect(scan?.files.map(({ path }) => path)).toEqual(['planner/raw_output.jsonl']);
    expect(scan?.roles).toEqual(['planner']);
    discovery.taken(scan);
    // A directory that changed a moment ago may change again within the grain of its time.
    expect([undefined, scan]).toContainEqual(discovery.scan(undefined));
    writeFileSync(join(role, 'more.jsonl'), '{}\n');
    expect(discovery.scan(undefined)?.files).toHaveLength(2);
  });

  it('is wanted with the next poll when an entry came, whose path is named; a write names its file', async () => {
    let hints = 0;
    const { discovery, stream, role } = discovering({ onHint: () => hints++ });
    const named = new Set<string>();
    const take = () => {
      for (const path of discovery.takeNamed()) named.add(path);
      return named;
    };
    await until('directories are listened to', () => {
      discovery.scan(undefined);
      appendFileSync(stream, '{}\n');
      return take().has(stream);
    });
    await until('a new file is named, and a scan wanted', () => {
      writeFileSync(join(role, 'new.jsonl'), '');
      return take().has(join(role, 'new.jsonl')) && discovery.isScanWanted;
    });
    expect(hints).toBeGreaterThan(0);
  });
});

describe('files that grow without events', () => {
  it('are polled after a few, which is told once; those that grew before events could come do not count', async () => {
    const { discovery, stream, recorded } = discovering();
    discovery.scan(undefined);
    const now = Date.now();
    for (let at = 0; at < 60_000; at += 3_000) discovery.grew([stream], now + at);
    expect(discovery.takePolling()).toBeUndefined();
    await until('directories are listened to', () => {
      appendFileSync(stream, '{}\n');
      return discovery.takeNamed().has(stream);
    });
    // The first event may come a moment before the watcher says that it listens.
    let at = now;
    await until('growth without events is told', () => {
      at += 3_000;
      discovery.grew(['/network/stream'], at);
      return recorded.length > 0;
    });
    expect(recorded.map(({ name }) => name)).toEqual(['file_events_missing']);
    expect(discovery.takePolling()).toMatch(/polling instead/);
    expect(discovery.takePolling()).toBeUndefined();
  });
});

describe('when a role appeared', () => {
  it('is seen where it came while the watch ran, and worked out from the file system else', () => {
    const { discovery, role } = discovering({ fsEvents: false });
    discovery.scan(undefined);
    expect(discovery.roleTime('planner', { now: Date.now() + 1_000, files: [] }).timing).not.toBe('observed');
    mkdirSync(join(role, '..', 'tester'));
    expect(discovery.roleTime('tester', { now: 7, files: [] })).toEqual({ ms: 7, timing: 'observed' });
    const replay = discovering({ follow: false });
    replay.discovery.scan(undefined);
    expect(replay.discovery.roleTime('nowhere', { now: 7, files: [] })).toEqual({ ms: 0, timing: 'unknown' });
  });
});
