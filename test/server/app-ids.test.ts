import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { rawRequest, startTestServer, type TestServer } from './running.ts';

/** Ids that are none, as they may stand in a path. */
const BAD_IDS = [
  '..',
  '%2e%2e',
  '%2e%2e%2f%2e%2e%2fetc',
  '..%2f..%2fetc%2fpasswd',
  '..%5c..%5cwindows',
  'abc',
  '1a2b3c4',
  '123456789',
  '1a2b3c4%00',
  '1a2b-c4d',
  '1a2b3c4%20',
  '%D0%B0%D0%B1%D0%B2%D0%B3%D0%B4%D0%B5%D0%B6%D0%B7',
  '%D9%A1%D9%A2%D9%A3%D9%A4%D9%A5%D9%A6%D9%A7%D9%A8',
  '%EF%BC%91%EF%BC%91%EF%BC%91%EF%BC%91%EF%BC%91%EF%BC%91%EF%BC%91%EF%BC%91',
  '1a2b3c4d%0a',
  'ab%2Fcd123',
  '%252e%252e',
  '--skip-e',
  '__proto__',
  'x'.repeat(3_000),
  '',
];

let server: TestServer;
let routes: (readonly [method: string, path: string])[];

beforeAll(async () => {
  server = await startTestServer();
  const document = (await (await fetch(`${server.url}/openapi.json`)).json()) as { paths: Record<string, object> };
  routes = Object.entries(document.paths)
    .filter(([path]) => path.includes('{adw_id}'))
    .flatMap(([path, operations]) => Object.keys(operations).map(method => [method.toUpperCase(), path] as const));
  routes.push(['PATCH', '/api/adws/{adw_id}'], ['DELETE', '/api/adws/{adw_id}']);
});
afterAll(() => server.remove());

const fill = (path: string, id: string) =>
  path.replace('{adw_id}', id).replace('{path}', 'a.png').replace('{event_id}', 'x').replace('{stage}', 'plan');

describe('an id that is none', () => {
  it.each(BAD_IDS)('is refused by every route with 400 and the shape of every refusal: %j', async id => {
    expect(routes.length).toBeGreaterThan(12);
    for (const [method, path] of routes) {
      const headers = { 'content-length': '0' };
      const { status, body } = await rawRequest(server.port, { method, path: fill(path, id), headers });
      const where = `${method} ${fill(path, id).slice(0, 80)}`;
      expect({ where, status }).toEqual({ where, status: 400 });
      const refusal = JSON.parse(body) as Record<string, string>;
      expect(refusal).toMatchObject({ code: 'invalid_adw_id', detail: refusal.error });
      expect(refusal.error).toMatch(/8[ -]/);
      // A route of the reference keeps its sentence, and says in a field of its own which ids there are.
      const extra = refusal.error?.startsWith('Invalid ADW ID format:') ? ['hint'] : [];
      expect(Object.keys(refusal).sort()).toEqual(['code', 'detail', 'error', ...extra]);
    }
  });

  it.each(['%', '%zz', '%e0%a4%a', '%ff%fe'])('or is not even encoded is refused as well: %s', async id => {
    for (const [method, path] of routes) {
      const headers = { 'content-length': '0' };
      const { status, body } = await rawRequest(server.port, { method, path: fill(path, id), headers });
      expect(status).toBe(400);
      expect(['invalid_adw_id', 'invalid_path']).toContain((JSON.parse(body) as { code: string }).code);
    }
  });

  it('is refused in a subscription by Server-Sent Events', async () => {
    for (const id of ['..', 'abc', '123456789', '%D0%B0%D0%B1%D0%B2%D0%B3%D0%B4%D0%B5%D0%B6%D0%B7']) {
      const { status, body } = await rawRequest(server.port, { path: `/api/v1/stream?adw_id=${id}` });
      expect(status).toBe(400);
      expect((JSON.parse(body) as { code: string }).code).toBe('invalid_adw_id');
    }
  });
});

describe('an id of another scheme', () => {
  it('is admitted where the server is told so, but never one that climbs', async () => {
    const any = await startTestServer({ idFormat: 'any' });
    try {
      const status = async (id: string) => (await rawRequest(any.port, { path: `/api/v1/adws/${id}` })).status;
      expect(await status('DAI-505')).toBe(404);
      expect(await status('123e4567-e89b-12d3-a456-426614174000')).toBe(404);
      for (const id of ['..', '%2e%2e', 'a..b', '.hidden', 'a%2Fb', 'x'.repeat(65)]) expect(await status(id)).toBe(400);
    } finally {
      await any.remove();
    }
  });
});
