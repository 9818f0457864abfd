import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type IngestServer, NOW, startIngestServer } from './ingest-server.ts';
import { CASES, type Case } from './reference-cases.ts';

/** One row of `reference-cases.ts` after the other: what is sent, what is answered, what the log holds afterwards. */
describe('the ingest routes of the reference', () => {
  let server: IngestServer;
  beforeAll(async () => {
    server = await startIngestServer();
  });
  afterAll(() => server.close());

  const run = async ({ route, body, status = 200, answer, events = [] }: Case) => {
    const before = (await server.log()).length;
    const response = await server.post(`/api/${route}`, body);
    expect(response.status).toBe(status);
    if (typeof answer === 'string') expect(response.body).toMatchObject({ error: answer, detail: answer });
    else expect(response.body).toEqual(answer);
    const added = (await server.log()).slice(before);
    expect(added.map(({ type }) => type)).toEqual(events.map(({ type }) => type));
    for (const [index, { data }] of events.entries()) {
      expect(added[index]?.data).toMatchObject({ timestamp: NOW, ...data });
      expect(added[index]?.data.event_id).toMatch(/\S{8,}/);
    }
  };

  const routes = [...new Set(CASES.map(each => each.route))];

  describe.each(routes)('POST /api/%s', route => {
    it.each(CASES.filter(each => each.route === route))('$name', run);
  });

  it('says what it does not know, whatever that is', async () => {
    const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const response = await server.app.inject({
      method: 'POST',
      url: '/api/workflow-updates',
      payload: `{"type":${nested},"data":{"a":1}}`,
      headers: { 'content-type': 'application/json' },
    });
    expect([response.statusCode, response.json().error]).toEqual([400, 'Unknown message type: […]']);
  });

  it('links no screenshot whose path has no UTF-8', async () => {
    const body = { adw_id: '1a2b3c4d', screenshot_path: 'a\ud800.png' };
    expect((await server.post('/api/screenshot-available', body)).status).toBe(200);
    const data = (await server.log()).findLast(({ type }) => type === 'screenshot_available')?.data;
    expect(data).toMatchObject({ screenshot_path: 'a\ud800.png' });
    expect(data).not.toHaveProperty('url');
  });

  it('refuses an id that is none on every route with 400 and says what an id looks like', async () => {
    for (const { route, body } of CASES.filter(({ status }) => status === undefined)) {
      for (const adw_id of ['../../etc', 'abc', '123456789', 'ab/cd123', 'абвгдежз']) {
        const sent =
          route === 'workflow-updates' ? { ...body, data: { ...(body.data as object), adw_id } } : { ...body, adw_id };
        const response = await server.post(`/api/${route}`, sent);
        if (response.status === 200) expect(response.body).not.toHaveProperty('clients_count');
        else expect(response).toMatchObject({ status: 400, body: { code: 'invalid_adw_id' } });
      }
    }
  });

  it('refuses what is no JSON object on every route with 400', async () => {
    for (const route of routes) {
      for (const payload of ['{', '', '[]', '"text"', 'null', '7']) {
        const response = await server.app.inject({
          method: 'POST',
          url: `/api/${route}`,
          payload,
          headers: { 'content-type': 'application/json' },
        });
        expect([response.statusCode, response.json().code], `${route} ${payload}`).toEqual([400, 'invalid_body']);
      }
    }
  });

  it('names the path of a field of the wrong type and stores nothing', async () => {
    const before = (await server.log()).length;
    const response = await server.post('/api/agent-output-chunk', {
      adw_id: '1a2b3c4d',
      agent_role: 'x',
      content: [1],
    });
    expect(response).toMatchObject({ status: 400, body: { code: 'invalid_event' } });
    expect(response.body.error).toMatch(/^content: /);
    expect(await server.log()).toHaveLength(before);
  });
});
