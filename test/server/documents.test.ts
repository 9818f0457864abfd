import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fastify } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverMessageSchemas } from '../../src/event/message.ts';
import { EVENT_TYPES } from '../../src/event/types.ts';
import type { Operation } from '../../src/server/api/documents/operation.ts';
import { OPERATIONS } from '../../src/server/api/documents/operations.ts';
import { checkMessage, holdToDocuments, takeDifferences } from '../support/documents.ts';
import { Client } from './fanout/support/client.ts';
import { CASES } from './ingest/reference-cases.ts';
import { postEvents, startTestServer, type TestServer } from './running.ts';

const ADW = '1a2b3c4d';
const page = await readFile(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
/** The events that docs/protocol.md shows, one of each type. */
const EXAMPLES = (/^```ndjson\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as { type: string; data: Record<string, unknown> });

/** ms in which every route answers, so that one that never does is named; a busy machine may take long. */
const ANSWER_MS_MAX = 60_000;

let server: TestServer;
const routes: string[] = [];
beforeAll(async () => {
  server = await startTestServer(
    { heartbeatMs: 500 },
    {
      dashboardDir: '/nonexistent',
      observe: app => {
        holdToDocuments(app);
        app.addHook('onRoute', ({ method, url }) => void routes.push(...[method].flat().map(one => `${one} ${url}`)));
      },
    },
  );
});
afterAll(() => server.remove());

/** A request that an operation answers with one of its successes. The log holds what it asks for. */
function sampleOf({ method, path, body }: Operation): { url: string; init: RequestInit } {
  const values: Readonly<Record<string, string>> = { adw_id: ADW, event_id: 'known', stage: 'plan', path: 'shot.png' };
  const asked = path === '/api/v1/search' ? '?q=hello' : '';
  const url = server.url + path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? name) + asked;
  if (method === 'get') return { url, init: { headers: { accept: 'application/json' } } };
  if (method === 'put') {
    const bytes = 'png';
    const digest = `sha-256=${createHash('sha256').update(bytes).digest('base64')}`;
    return { url, init: { method, body: bytes, headers: { digest, 'content-type': 'image/png' } } };
  }
  if (path === '/api/adws/{adw_id}') {
    const headers = { 'content-type': 'application/json' };
    return { url, init: { method: method.toUpperCase(), headers, ...(method === 'patch' ? { body: '{}' } : {}) } };
  }
  if (path === '/api/adws') {
    const card = JSON.stringify({ adw_id: 'ca4d0001' });
    return { url, init: { method, body: card, headers: { 'content-type': 'application/json' } } };
  }
  const sample = CASES.find(each => path === `/api/${each.route}` && each.status === undefined)?.body ?? EXAMPLES;
  expect(body?.['application/json']?.safeParse(sample)).toMatchObject({ success: true });
  return { url, init: { method, body: JSON.stringify(sample), headers: { 'content-type': 'application/json' } } };
}

describe('/openapi.json', () => {
  it('tells of every route but pages, WebSockets and what is not offered', async () => {
    const described = OPERATIONS.map(
      ({ method, path }) => `${method.toUpperCase()} ${path.replaceAll(/\{\w+\}/g, ':')}`,
    );
    const offered = await Promise.all(
      [...new Set(routes)].map(async route => {
        const [method = '', url = ''] = route.split(' ');
        if (['HEAD', 'OPTIONS'].includes(method) || /^\/(ws|login|logout|\*)/.test(url)) return [];
        const answer = await fetch(server.url + url.replaceAll(/:\w+/g, ADW).replace('*', 'x'), {
          method,
          signal: AbortSignal.timeout(ANSWER_MS_MAX),
        });
        await answer.body?.cancel();
        return answer.status === 501 ? [] : [`${method} ${url.replaceAll(/:\w+|\*/g, ':')}`];
      }),
    );
    expect(offered.flat().toSorted()).toEqual(described.toSorted());
  });

  it('says of every route that it refuses with 503 while the store is away, reads included', async () => {
    const { paths } = (await (await fetch(`${server.url}/openapi.json`)).json()) as {
      paths: Record<string, Record<string, { responses: Record<string, unknown> }>>;
    };
    const silent = Object.entries(paths).filter(([, methods]) =>
      Object.values(methods).some(({ responses }) => !('503' in responses)),
    );
    expect(silent.map(([path]) => path)).toEqual([]);
  });

  it('describes what each of its routes answers', async () => {
    await postEvents(server.url, [
      ...EXAMPLES,
      { type: 'agent_log', data: { adw_id: ADW, event_id: 'known', message: 'm', level: 'INFO' } },
      {
        type: 'agent_updated',
        data: { adw_id: ADW, state: { adw_id: ADW, plan_file: 'specs/plan.md' }, source: { path: 'adw_state.json' } },
      },
    ]);
    const plan = Buffer.from('# Plan');
    const digest = `sha-256=${createHash('sha256').update(plan).digest('base64')}`;
    for (const path of ['specs/plan.md', 'shot.png']) {
      const url = `${server.url}/api/v1/adws/${ADW}/artifacts/${path}`;
      expect((await fetch(url, { method: 'PUT', body: plan, headers: { digest } })).status).toBe(201);
    }
    for (const operation of OPERATIONS) {
      const { url, init } = sampleOf(operation);
      const answer = await fetch(url, { ...init, signal: AbortSignal.timeout(ANSWER_MS_MAX) });
      await answer.body?.cancel();
      const successes = Object.keys(operation.answers);
      expect(successes, `${operation.method} ${operation.path}`).toContain(String(answer.status));
    }
  });

  it('takes the bodies that the reference sends', () => {
    for (const { route, body, status = 200, name } of CASES) {
      const schema = OPERATIONS.find(({ path }) => path === `/api/${route}`)?.body?.['application/json'];
      if (status === 200) expect(schema?.safeParse(body), `${route} ${name}`).toMatchObject({ success: true });
    }
  });
});

describe('/asyncapi.json', () => {
  it('describes every event, alone and in a batch, as it is sent', async () => {
    const url = server.url.replace(/^http/, 'ws');
    const [alone, batched] = await Promise.all([Client.connect(url), Client.connect(url)]);
    await alone.subscribe({ adw_id: '*' });
    await batched.subscribe({ adw_id: '*', batch: true });
    const fresh = EXAMPLES.map(({ type, data }) => ({ type, data: { ...data, adw_id: 'asyncapi' } }));
    expect(await postEvents(server.url, fresh)).toMatchObject({ body: { accepted: EXAMPLES.length } });
    for (const client of [alone, batched]) {
      const types = () => new Set(client.events.map(({ type }) => type));
      await client.until(() => EVENT_TYPES.every(type => types().has(type)));
    }
    expect(batched.of('batch').length).toBeGreaterThan(0);
  });

  it('describes every message of the server', async () => {
    const client = await Client.connect(server.url.replace(/^http/, 'ws'), '/ws/trigger');
    await client.subscribe({ adw_id: ADW, after: 0, batch: true });
    client.send({ type: 'unsubscribe', adw_id: ADW });
    client.send({ type: 'ping', timestamp: 1 });
    client.send({ type: 'register_session', data: { session_id: 's' } });
    client.send({ type: 'trigger_workflow', data: { workflow_type: 'adw_plan' } });
    client.send({ type: 'ticket_notification', data: {} });
    client.send('{');
    // `lagging` needs a client that does not read: test/server/fanout/stuck.test.ts has one.
    const types = Object.keys(serverMessageSchemas).filter(type => type !== 'lagging');
    await client.until(() => types.every(type => client.of(type).length > 0));
  });
});

describe('the comparison itself', () => {
  it('notices an answer, a status and a message that are not as described', async () => {
    const app = fastify();
    holdToDocuments(app);
    app.get('/health', () => ({ status: 'fine' }));
    app.get('/api/v1/adws', (_request, reply) => reply.code(418).send({ error: 'x' }));
    app.get('/api/v1/unknown', () => ({}));
    for (const url of ['/health', '/api/v1/adws', '/api/v1/unknown']) await app.inject({ url });
    checkMessage({ type: 'pong' });
    checkMessage({ type: 'unheard_of' });
    expect(takeDifferences()).toEqual([
      expect.stringContaining('GET /health 200: '),
      'GET /api/v1/adws 418: the status is not described',
      'GET /api/v1/unknown 200: not described',
      expect.stringContaining('message pong: '),
      'message unheard_of: not described',
    ]);
    await app.close();
  });
});
