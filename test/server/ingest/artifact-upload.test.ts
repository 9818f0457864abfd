import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bytesOf } from '../store/contract/entries.ts';
import { type IngestServer, startIngestServer } from './ingest-server.ts';

let server: IngestServer;
beforeEach(async () => {
  server = await startIngestServer();
  await server.app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(() => server.close());

const digestOf = (bytes: string, encoding: 'base64' | 'hex' = 'base64') =>
  `sha-256=${createHash('sha256').update(bytes).digest(encoding)}`;
/** Over a socket, with a path that nothing has tidied up on the way. */
const putRaw = async (path: string, bytes: string, headers: Record<string, string>) => {
  const { port } = server.app.server.address() as AddressInfo;
  const sent = request({ port, host: '127.0.0.1', method: 'PUT', path, headers });
  sent.end(bytes);
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: response.statusCode, text: await text(response) };
};
const put = async (path: string, bytes: string, headers: Record<string, string> = {}) => {
  const all = { digest: digestOf(bytes), 'content-type': 'image/png', ...headers };
  const response = await putRaw(`/api/v1/adws/1a2b3c4d/artifacts/${path}`, bytes, all);
  return { status: response.status, body: JSON.parse(response.text) };
};

describe('an artifact', () => {
  it('is stored: 201 when it is new, 200 when it is there', async () => {
    expect(await put('reviewer/review_img/a%20b.png', 'bytes')).toMatchObject({
      status: 201,
      body: {
        path: 'reviewer/review_img/a b.png',
        bytes: 5,
        url: '/api/v1/adws/1a2b3c4d/artifacts/reviewer/review_img/a%20b.png',
      },
    });
    expect((await put('reviewer/review_img/a%20b.png', 'bytes')).status).toBe(200);
    const stored = await server.store.getArtifact('1a2b3c4d', 'reviewer/review_img/a b.png');
    expect(stored).toMatchObject({ mediaType: 'image/png', size: 5 });
    expect(await bytesOf(Promise.resolve(stored))).toEqual(Buffer.from('bytes'));
  });

  it('may be JSON, text or empty: bytes are bytes', async () => {
    expect((await put('state.json', '{"a":', { 'content-type': 'application/json' })).status).toBe(201);
    expect((await put('empty', '')).status).toBe(201);
    expect((await put('hex', 'x', { digest: digestOf('x', 'hex') })).status).toBe(201);
  });

  it('is refused with 409 when its bytes are others, and with 400 without a digest', async () => {
    expect(await put('a', 'x', { digest: digestOf('y') })).toMatchObject({
      status: 409,
      body: { code: 'digest_mismatch' },
    });
    for (const digest of ['', 'md5=abc', 'sha-256=', 'sha-256=abc']) {
      expect(await put('a', 'x', { digest }), digest).toMatchObject({ status: 400, body: { code: 'invalid_body' } });
    }
    expect(await server.store.listArtifacts('1a2b3c4d')).toEqual([]);
  });

  it.each([
    '..%2f..%2fetc%2fpasswd',
    'a/%2e%2e/b',
    'a/../b',
    'a%5cb',
    'a%00b',
    'a//b',
    'C:/x',
    '%2fetc/passwd',
    'a%252e%252e%252fb',
    'a/',
    'x'.repeat(1_025),
  ])('is refused under the path %s', async path => {
    const { status, body } = await put(path, 'x');
    expect([400, 404]).toContain(status);
    expect(['invalid_path', 'not_found']).toContain(body.code);
    expect(await server.store.listArtifacts('1a2b3c4d')).toEqual([]);
  });

  it('is refused under an id that is none', async () => {
    const url = '/api/v1/adws/abc/artifacts/a';
    const response = await server.app.inject({ method: 'PUT', url, payload: 'x', headers: { digest: digestOf('x') } });
    expect([response.statusCode, response.json().code]).toEqual([400, 'invalid_adw_id']);
  });
});
