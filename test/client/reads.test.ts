import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { silentLogger } from '../../src/base/log.ts';
import { connect, createReads, type LogEvent, type WebSocketConstructor } from '../../src/client/index.ts';
import { startServer } from '../../src/server/app.ts';

const ADW = '1a2b3c4d';
let url = '';

beforeAll(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'adw-reads-'));
  const server = await startServer({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    store: 'sqlite',
    idFormat: 'strict',
    token: 'secret',
    allowHosts: [],
    allowOrigins: [],
    stallTimeoutMs: 60_000,
    settleMs: 60_000,
    heartbeatMs: 30_000,
    rateLimit: 10_000,
    log: silentLogger,
  });
  url = server.url;
  await post('sdlc_planner', 'first');
  await post('sdlc_implementor', 'second');
  return async () => {
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  };
});

async function post(role: string, content: string): Promise<void> {
  const data = { adw_id: ADW, agent_role: role, timestamp: new Date().toISOString(), content };
  const response = await fetch(`${url}/api/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-ndjson', authorization: 'Bearer secret' },
    body: `${JSON.stringify({ type: 'text_block', data })}\n`,
  });
  expect(response.status).toBe(200);
}

describe('the reads of a real server', () => {
  test('give ADWs with their summaries', async () => {
    const reads = createReads(url, { token: 'secret' });
    const { adws } = await reads.fetchAdws();
    expect(adws.map(adw => [adw.adw_id, adw.status])).toEqual([[ADW, 'running']]);
    expect((await reads.fetchAdw(ADW)).roles.map(role => role.role)).toEqual(['sdlc_planner', 'sdlc_implementor']);
  });

  test('give events by page, role and type, and the index of all', async () => {
    const reads = createReads(url, { token: 'secret' });
    const page = await reads.fetchEvents(ADW, { role: 'sdlc_implementor', type: ['text_block'], limit: 10 });
    expect(page.events.map(event => event.data.agent_role)).toEqual(['sdlc_implementor']);
    expect(page.more).toBe(false);
    const index = await reads.fetchIndex(ADW);
    expect(index.type.filter(type => type === 'text_block')).toHaveLength(2);
    expect(index.seq).toHaveLength(index.t.length);
    expect(await reads.fetchArtifacts(ADW)).toEqual([]);
  });

  test('say why they are refused', async () => {
    await expect(createReads(url).fetchAdws()).rejects.toMatchObject({ code: 'unauthorized' });
    await expect(createReads(url, { token: 'secret' }).fetchAdw('ffffffff')).rejects.toMatchObject({
      code: 'adw_not_found',
    });
    await expect(createReads('http://127.0.0.1:1').fetchAdws()).rejects.toMatchObject({ code: 'server_unreachable' });
  });

  test('end with the reason of the signal that ends them', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(createReads(url, { token: 'secret' }).fetchAdws(signal)).rejects.toThrow('enough');
  });
});

test.each(['auto', 'sse'] as const)('a real server hands out history and goes over to live (%s)', async transport => {
  const client = connect(url, { token: 'secret', transport, WebSocket: WebSocket as unknown as WebSocketConstructor });
  const heard: LogEvent[] = [];
  const second = new Promise<void>(resolve => {
    client.on('text_block', event => {
      heard.push(event);
      if (event.data.content === 'second') resolve();
    });
  });
  client.subscribe(ADW, { after: 0, types: ['text_block'] });
  await second;
  const content = `live over ${transport}`;
  // What was posted for the transport before may still be on its way.
  const live = new Promise<void>(resolve =>
    client.on('text_block', ({ data }) => {
      if (data.content === content) resolve();
    }),
  );
  await post('sdlc_implementor', content);
  await live;
  expect(heard.at(-1)?.data.content).toBe(content);
  expect(heard.map(event => event.seq)).toEqual(heard.map(event => event.seq).toSorted((a, b) => a - b));
  client.close();
});
