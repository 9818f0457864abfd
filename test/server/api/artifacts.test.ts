import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/base/log.ts';
import { cutWhenStalled } from '../../../src/server/api/artifacts.ts';
import { createHttpApp } from '../../../src/server/http-server.ts';
import { createRefusalLog } from '../../../src/server/security/refusals.ts';
import { until } from '../../support/until.ts';
import { expectDescribed } from './documents.ts';
import { type Shown, startShown } from './shown.ts';

const ADW = '1a2b3c4d';
const base = `/api/v1/adws/${ADW}/artifacts`;
let shown: Shown;

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

async function put(path: string, content: string, mediaType: string): Promise<string> {
  const bytes = Buffer.from(content);
  const digest = sha256(bytes);
  await shown.store.putArtifact({
    adwId: ADW,
    path,
    sha256: digest,
    mediaType,
    size: bytes.length,
    storedAt: Date.now(),
    bytes,
  });
  return digest;
}

/** Sends a path as it is: `fetch` would tidy it up before. */
function rawGet(path: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(shown.url);
    const outgoing = request({ hostname, port, path }, response => {
      let body = '';
      response.setEncoding('utf8').on('data', chunk => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    outgoing.on('error', reject).end();
  });
}

const LARGE_BYTES = 20_000_000;

function* endless(): Generator<Buffer> {
  for (;;) yield Buffer.alloc(65_536);
}

/** A connection that asks for a path and reads nothing after the first bytes of the answer. */
async function unread(path: string): Promise<Socket> {
  const { hostname, port } = new URL(shown.url);
  const socket = connect({ host: hostname, port: Number(port) });
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  await once(socket, 'readable');
  return socket;
}

beforeAll(async () => {
  shown = await startShown();
  await shown.append(['agent_log', { message: 'here', level: 'INFO' }]);
});
afterAll(() => shown.close());

describe('an artifact', () => {
  it('is given with its type, its hash as ETag, and headers that make it harmless', async () => {
    const digest = await put('reviewer/review_img/01 höme.png', 'PNG', 'image/png');
    const response = await fetch(`${shown.url}${base}/reviewer/review_img/01%20h%C3%B6me.png`);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('PNG');
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      'content-type': 'image/png',
      'x-content-type-options': 'nosniff',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'private, no-cache',
      'content-disposition': `inline; filename="01 h_me.png"; filename*=UTF-8''01%20h%C3%B6me.png`,
      etag: `"${digest}"`,
      'accept-ranges': 'bytes',
    });
  });

  it.each([
    ['evil.html', 'text/html'],
    ['evil.svg', 'image/svg+xml'],
    ['evil.xml', 'application/xml'],
    ['evil.xhtml', 'application/xhtml+xml'],
    ['evil.pdf', 'application/pdf'],
    ['evil.js', 'text/javascript'],
    ['evil.png', 'text/html; charset=utf-8'],
    ['evil', 'IMAGE/SVG+XML'],
  ])('is never handed out as something that runs: %s as %s', async (path, mediaType) => {
    await put(path, '<script>alert(1)</script>', mediaType);
    const { headers } = await fetch(`${shown.url}${base}/${path}`);
    expect(headers.get('content-type')).toBe('application/octet-stream');
    expect(headers.get('content-disposition')).toMatch(/^attachment;/);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('content-security-policy')).toContain('sandbox');
  });

  it('is given as plain text where it is markdown', async () => {
    await put('specs/plan.md', '# Plan', 'text/markdown');
    const response = await fetch(`${shown.url}${base}/specs/plan.md`);
    expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
  });

  it('keeps its versions; one of them never changes', async () => {
    const first = await put('specs/a.md', 'one', 'text/markdown');
    const second = await put('specs/a.md', 'two', 'text/markdown');
    expect(await (await fetch(`${shown.url}${base}/specs/a.md`)).text()).toBe('two');
    const pinned = await fetch(`${shown.url}${base}/specs/a.md?sha256=${first}`);
    expect(await pinned.text()).toBe('one');
    expect(pinned.headers.get('cache-control')).toContain('immutable');
    const list = await shown.json(base);
    await expectDescribed(shown.url, '/api/v1/adws/{adw_id}/artifacts', list);
    const versions = (list.body.artifacts as { path: string; sha256: string; url: string }[]).filter(
      ({ path }) => path === 'specs/a.md',
    );
    expect(versions.map(version => version.sha256).sort()).toEqual([first, second].sort());
    for (const { url, sha256: digest } of versions) {
      expect(sha256(Buffer.from(await (await fetch(shown.url + url)).arrayBuffer()))).toBe(digest);
    }
  });

  it('is given in parts, and not again to a client that has it', async () => {
    const digest = await put('a.txt', '0123456789', 'text/plain');
    const get = (headers: Record<string, string>) => fetch(`${shown.url}${base}/a.txt`, { headers });
    const part = await get({ range: 'bytes=2-5' });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe('bytes 2-5/10');
    expect(await part.text()).toBe('2345');
    const beyond = await get({ range: 'bytes=50-' });
    expect(beyond.status).toBe(416);
    expect(beyond.headers.get('content-range')).toBe('bytes */10');
    expect(await beyond.json()).toMatchObject({ code: 'range_not_satisfiable' });
    expect((await get({ range: 'bytes=2-5', 'if-range': '"other"' })).status).toBe(200);
    expect((await get({ range: 'bytes=2-5', 'if-range': `"${digest}"` })).status).toBe(206);
    const again = await get({ 'if-none-match': `W/"x", "${digest}"` });
    expect(again.status).toBe(304);
    expect(await again.text()).toBe('');
    const head = await fetch(`${shown.url}${base}/a.txt`, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe('10');
  });

  it('is not read into memory for readers that do not take it, nor for HEAD and parts', async () => {
    const digest = await put('large.bin', 'x'.repeat(LARGE_BYTES), 'image/png');
    const before = process.memoryUsage().rss;
    const idle = await Promise.all(Array.from({ length: 30 }, () => unread(`${base}/large.bin`)));
    for (let at = 0; at < 20; at += 1) {
      const head = await fetch(`${shown.url}${base}/large.bin`, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-length'), head.headers.get('etag')]).toEqual([
        200,
        `${LARGE_BYTES}`,
        `"${digest}"`,
      ]);
      const headers = { range: `bytes=${LARGE_BYTES - 3}-` };
      expect(await (await fetch(`${shown.url}${base}/large.bin`, { headers })).text()).toBe('xxx');
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(10 * LARGE_BYTES);
    for (const socket of idle) socket.destroy();
  });

  it('is given up where its reader takes nothing of it', async () => {
    const app = createHttpApp({ log: silentLogger, refusals: createRefusalLog(silentLogger) });
    app.get('/', (_request, reply) => {
      cutWhenStalled(reply, 200);
      return reply.send(Readable.from(endless(), { objectMode: false }));
    });
    const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    const socket = connect({ host: url.hostname, port: Number(url.port) });
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await once(socket, 'readable');
    const open = () => new Promise<number>(resolve => app.server.getConnections((_error, count) => resolve(count)));
    await until('the server lets go of a connection that this end keeps', async () => (await open()) === 0);
    socket.destroy();
    await app.close();
  });

  it('that is not there is a 404 without a path of the disk', async () => {
    const { status, body } = await shown.json(`${base}/nothing.png`);
    expect(status).toBe(404);
    expect(body.code).toBe('not_found');
    expect(JSON.stringify(body)).not.toContain('/tmp');
  });
});

describe('a path that leads elsewhere is refused', () => {
  it.each([
    '..%2f..%2f..%2fetc%2fpasswd',
    '%2e%2e/%2e%2e/etc/passwd',
    '../../../../../etc/passwd',
    'a/../../b',
    '%2fetc%2fpasswd',
    '/etc/passwd',
    'a%5c..%5cb',
    'C:%5cWindows%5cwin.ini',
    'C:/Windows/win.ini',
    'a%00.png',
    '%252e%252e%252fetc',
    'a//b',
    '.',
    '..',
    'a%0d%0aSet-Cookie:%20x=y',
  ])('%s', async path => {
    const { status, body } = await rawGet(`${base}/${path}`);
    expect([400, 404]).toContain(status);
    expect(['invalid_path', 'not_found']).toContain((JSON.parse(body) as { code: string }).code);
    expect(body).not.toContain('root:');
  });

  it('and so is a version that is not a hash', async () => {
    expect((await shown.json(`${base}/a.txt?sha256=../../etc/passwd`)).body).toMatchObject({
      code: 'invalid_query',
      parameter: 'sha256',
    });
  });
});
