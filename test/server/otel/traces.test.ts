import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunState } from '../../../src/event/run-state.ts';
import type { NewEvent } from '../../../src/event/schema.ts';
import { CursorRecord, RunCloses, tellRemoved } from '../../../src/server/otel/cursor.ts';
import { sendTraces } from '../../../src/server/otel/traces.ts';
import type { Store } from '../../../src/server/store/store.ts';
import { assistant, init, linesOf, parseAll, result, toolResult } from '../../sidecar/parse/feed.ts';
import { Collector } from '../../support/otlp/collector.ts';
import { recordingLogger } from '../../support/recording-logger.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { until } from '../../support/until.ts';
import { anEventEntry } from '../store/contract/entries.ts';
import { openStore } from '../store/sqlite/opener.ts';

const ADW = '1a2b3c4d';
const TIMES = { gather: 5, quiet: 30, check: 5 };
const call = (id: string) => [
  assistant([{ type: 'tool_use', id, name: 'Bash', input: {} }], { id: `msg_${id}`, usage: { output_tokens: 3 } }),
  toolResult(id, 'ok'),
];

/** The spans of a log on their way, over deaths of either side. */
describe('traces of a log', () => {
  let collector: Collector;
  let place = '';
  let store: Store;
  let log = recordingLogger();
  let ended: RunState | undefined;
  let stop = async (): Promise<void> => undefined;

  beforeEach(async () => {
    collector = await new Collector().start();
    place = temporaryDirectory();
    store = await openStore(place);
    log = recordingLogger();
    ended = undefined;
  });
  afterEach(async () => {
    await stop();
    await store.close();
    await collector.kill();
  });

  const start = () => {
    const end = new AbortController();
    const done = sendTraces(
      {
        store,
        target: {
          url: `${collector.url}/v1/traces`,
          headers: {},
          protocol: 'http/protobuf',
          gzip: true,
          // Longer than a busy machine keeps an answer: what is given up is sent again.
          timeoutMs: 60_000,
        },
        resource: { 'service.name': 'adw-stream' },
        content: false,
        ready: Promise.resolve(),
        ended: () => ended,
        runs: () => [{ adwId: ADW, lastSeq: store.lastSeq }],
        log: log.log,
        times: TIMES,
      },
      end.signal,
    );
    stop = async () => {
      end.abort();
      await done;
    };
  };
  /** Another process on the same data. */
  const restart = async (meanwhile = () => {}) => {
    await stop();
    meanwhile();
    await store.close();
    store = await openStore(place);
    start();
  };
  /** A run as its lines come: each line's events are one append. */
  const run = (lines: readonly object[]) => parseAll(linesOf(...lines)).map(({ events }) => events);
  const append = async (lines: readonly (readonly NewEvent[])[]) => {
    for (const events of lines) {
      await store.append(
        events.map(({ type, data }) => anEventEntry({ id: data.event_id ?? '', type, data: { ...data } })),
      );
    }
  };
  const names = () => collector.spans().map(({ name }) => name);
  const told = (name: string) => log.recorded.filter(one => one.name === name).length;
  const isTold = (name: string) => told(name) > 0;
  const nothingTwice = () => {
    const ids = collector.spans().map(({ spanId }) => spanId);
    expect(new Set(ids).size).toBe(ids.length);
  };

  it('are sent as they end, and the run’s own when it is judged to be over and quiet', async () => {
    start();
    const lines = run([init(), ...call('t1'), result()]);
    await append(lines.slice(0, 3));
    await until('the call was sent', () => names().includes('execute_tool Bash'));
    expect(names()).toEqual(['execute_tool Bash']);
    await append(lines.slice(3));
    await until('the agent was sent', () => names().some(name => name.startsWith('invoke_agent')));
    expect(names()).not.toContain('invoke_workflow');
    ended = 'completed';
    await until('the run was sent', () => names().includes('invoke_workflow'));
    nothingTwice();
    const spans = collector.spans();
    const known = new Set(spans.map(({ spanId }) => spanId));
    expect(spans.filter(({ parentSpanId }) => parentSpanId !== '' && !known.has(parentSpanId))).toEqual([]);
  });

  it('wait for a collector that is not there, and are then sent once, also by a server that began anew meanwhile', async () => {
    await collector.kill();
    start();
    await append(run([init(), ...call('t1'), ...call('t2')]));
    await until('the collector was missed', () => isTold('otlp_unavailable'));
    await restart();
    await append(run([init(), ...call('t1'), ...call('t2'), result()]).slice(5));
    await collector.start();
    ended = 'completed';
    await until('all was sent', () => names().includes('invoke_workflow'));
    expect(names().filter(name => name === 'execute_tool Bash')).toHaveLength(2);
    nothingTwice();
  });

  it('are sent again with the same bytes when the answer was lost, and not when it came', async () => {
    collector.answer = () => 'lose';
    start();
    await append(run([init(), ...call('t1')]));
    await until('a request was taken', () => collector.received.length > 0);
    // More has ended by the time that it is sent again.
    await append(run([init(), ...call('t1'), ...call('t2')]).slice(3));
    // No answer before the first process is gone: what it was answered but did not record would be sent again too.
    await restart(() => {
      collector.answer = () => undefined;
    });
    await until('the second call was sent', () => names().filter(name => name === 'execute_tool Bash').length === 2);
    // It may have tried more than once, as long as that takes.
    const lost = collector.received.filter(({ isAnswered }) => !isAnswered);
    const again = collector.received.find(({ isAnswered }) => isAnswered);
    expect(lost.length).toBeGreaterThan(0);
    for (const { body } of lost) expect(again?.body.equals(body)).toBe(true);
    // An answer that has not come when a process ends is broken off soon, and what it was for is sent again.
    await until('every answer has come', () => told('otlp_sent') === collector.received.length - lost.length);
    const count = collector.received.length;
    ended = 'completed';
    await restart();
    await until('the run was sent', () => names().includes('invoke_workflow'));
    expect(collector.received).toHaveLength(count + 1);
    nothingTwice();
  });

  it('go on behind what the collector refuses, which is told', async () => {
    let asked = 0;
    collector.answer = () => {
      asked += 1;
      return asked === 1 ? { status: 400, body: Buffer.from('too old') } : undefined;
    };
    start();
    await append(run([init(), ...call('t1')]));
    await until('it was refused', () => isTold('otlp_refused'));
    await append(run([init(), ...call('t1'), ...call('t2')]).slice(3));
    await until('the next was sent', () => names().includes('execute_tool Bash'));
    expect(log.recorded.find(({ name }) => name === 'otlp_refused')?.fields).toMatchObject({
      spans: 1,
      reason: 'HTTP 400: too old',
    });
    expect(names().filter(name => name === 'execute_tool Bash')).toHaveLength(1);
  });

  it('are cut into requests of a bounded size, of which none is in memory before the one before it was taken', async () => {
    const calls = Array.from({ length: 700 }, (_, at) => call(`t${at}`)).flat();
    await append([run([init(), ...calls]).flat()]);
    start();
    await until('all calls were sent', () => names().filter(name => name === 'execute_tool Bash').length === 700);
    const most = Math.max(...collector.received.map(({ body }) => body.length));
    expect(collector.received.length).toBeGreaterThan(1);
    expect(most).toBeLessThan(600_000);
    nothingTwice();
  });

  it('are those of one server: what another has written is not taken back', async () => {
    const closes = new RunCloses(store.records);
    const mine = await CursorRecord.open(store, closes, log.log);
    const other = await CursorRecord.open(store, closes, log.log);
    await other.set({ ...other.value, seq: 7 });
    await expect(mine.set({ ...mine.value, seq: 3 })).rejects.toMatchObject({ code: 'store_unavailable' });
    expect((await CursorRecord.open(store, closes, log.log)).value.seq).toBe(7);
  });

  it('say which runs retention removed before they were sent', async () => {
    await tellRemoved(store, [{ adwId: ADW, lastSeq: 5 }], log.log);
    expect(log.recorded).toEqual([]);
    const cursor = await CursorRecord.open(store, new RunCloses(store.records), log.log);
    await cursor.set({ ...cursor.value, seq: 5 });
    const gone = [
      { adwId: 'sent0000', lastSeq: 5 },
      { adwId: 'unsent00', lastSeq: 6 },
    ];
    await tellRemoved(store, gone, log.log);
    expect(log.recorded.map(({ name, fields }) => [name, fields.adw_id])).toEqual([
      ['otlp_removed_unsent', 'unsent00'],
    ]);
  });
});
