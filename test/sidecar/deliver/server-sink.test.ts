import { afterEach, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { ServerSink, type ServerSinkOptions } from '../../../src/sidecar/deliver/server-sink.ts';
import type { SinkReport } from '../../../src/sidecar/deliver/sink.ts';
import type { Item } from '../../../src/sidecar/flow.ts';
import { startTestServer, type TestServer } from '../../server/running.ts';
import { until } from '../../support/until.ts';
import { startScriptedServer } from './scripted-server.ts';

const ADW = '1a2b3c4d';
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

function sinkTo(server: string, overrides: Partial<ServerSinkOptions> = {}) {
  const options = {
    adwId: ADW,
    server,
    token: undefined,
    timeoutMs: 60_000,
    drains: true,
    owes: false,
    onTaken: () => {},
    deadLettersFile: '/dev/null/rejected.ndjson',
    stages: false,
    besideMonitor: false,
    log: silentLogger,
  };
  const sink = new ServerSink({ ...options, signal: new AbortController().signal, onChange: () => {}, ...overrides });
  ends.push(() => sink.close());
  const reports: SinkReport[] = [];
  const reported = <Kind extends SinkReport['kind']>(kind: Kind, count = 1) =>
    until(`${count} reports of ${kind}`, () => {
      reports.push(...sink.takeReports());
      const found = reports.filter((one): one is Extract<SinkReport, { kind: Kind }> => one.kind === kind);
      return found.length >= count && found;
    });
  return { sink, reported };
}

const noteOf = (message: string): Item => ({
  kind: 'events',
  adwId: ADW,
  found: {
    events: [{ type: 'agent_log', data: { adw_id: ADW, event_id: message, message, level: 'INFO' } }],
    artifacts: [],
  },
});

async function server(): Promise<TestServer> {
  const running = await startTestServer();
  ends.push(() => running.remove());
  return running;
}

describe('a sink that delivers to a server', () => {
  it('opens with where the log stands, takes items, and reports what was acknowledged', async () => {
    const { url } = await server();
    const { sink, reported } = sinkTo(url);
    expect([sink.isOpen, sink.hasRoom]).toEqual([false, false]);
    const [positions] = await reported('positions');
    expect(positions).toMatchObject({ positions: { files: [] }, held: [] });
    expect([sink.isOpen, sink.hasRoom, sink.isConnected]).toEqual([true, true, true]);
    for (const text of ['a', 'b']) sink.push(noteOf(text));
    await until('all is delivered', () => reported('acknowledged').then(() => sink.isEmpty));
    // The server says a word of its own about the run, sooner or later.
    const answer = await fetch(`${url}/api/v1/adws/${ADW}/events?type=agent_log`);
    const { events } = (await answer.json()) as { events: { data: { message: string } }[] };
    expect(events.map(({ data }) => data.message)).toEqual(['a', 'b']);
    expect(sink.error).toBeUndefined();
  });

  it('asks for positions and for the state of the run when it is told to', async () => {
    const { url } = await server();
    const { sink, reported } = sinkTo(url);
    await reported('positions');
    sink.askPositions();
    expect(sink.hasRoom).toBe(false);
    await reported('positions', 2);
    expect(sink.hasRoom).toBe(true);
    sink.push(noteOf('a'));
    await reported('acknowledged');
    sink.askStatus();
    const [{ status }] = (await reported('status')) as [Extract<SinkReport, { kind: 'status' }>];
    expect(status).toBeDefined();
  });

  it('notices another log when it is asked now and then, and tells where that stands', async () => {
    const epochs = ['first', 'second'];
    let epoch = epochs[0];
    const { url } = await startScriptedServer(({ path }) => {
      if (path.includes('positions')) return { status: 200, body: { epoch, files: [] } };
      return { status: 200, body: { status: 'healthy', service: 'adw-stream', adw_stream: { api: 'v1', epoch } } };
    });
    const { sink, reported } = sinkTo(url);
    await reported('positions');
    epoch = epochs[1];
    let now = Date.now();
    // One answer about a server's log serves for a while.
    const asked = setInterval(() => {
      now += 60_000;
      sink.checkLog(now);
    }, 20);
    ends.push(() => clearInterval(asked));
    const [, second] = await reported('positions', 2);
    expect(second?.positions?.epoch).toBe('second');
  });

  it('fails for good where it is refused, which its owner finds with the error', async () => {
    const { url } = await startScriptedServer(() => ({
      status: 401,
      body: { error: 'no token', code: 'unauthorized' },
    }));
    let changes = 0;
    const { sink } = sinkTo(url, { onChange: () => changes++ });
    expect(await until('it has failed', () => sink.error)).toMatchObject({ code: 'unauthorized' });
    expect([sink.isOpen, changes > 0]).toEqual([false, true]);
  });

  it('is given up at once when it is to stop before it has learned where the log stands', async () => {
    const { url } = await startScriptedServer(() => 'hang-up');
    const stop = new AbortController();
    const { sink } = sinkTo(url, { signal: stop.signal });
    stop.abort();
    expect(await until('it has ended', () => sink.error)).toMatchObject({ code: 'server_unreachable' });
  });
});
