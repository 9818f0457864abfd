import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../../src/base/version.ts';
import { expectDescribed } from './documents.ts';
import { type Shown, startShown } from './shown.ts';

let shown: Shown;
let bare: Shown;
let dashboardDir: string;
const SCRIPT = 'console.log("dashboard");'.repeat(50);

beforeAll(async () => {
  dashboardDir = await mkdtemp(join(tmpdir(), 'adw-dashboard-'));
  await mkdir(join(dashboardDir, 'assets'));
  await writeFile(join(dashboardDir, 'index.html'), '<!doctype html><title>adw-stream</title>');
  await writeFile(join(dashboardDir, 'assets/index-abc123.js'), SCRIPT);
  await writeFile(join(dashboardDir, 'assets/index-abc123.js.br'), brotliCompressSync(SCRIPT));
  await writeFile(join(dashboardDir, 'assets/index-abc123.js.gz'), gzipSync(SCRIPT));
  await writeFile(join(dashboardDir, '.secret'), 'secret');
  shown = await startShown({ dashboardDir });
  bare = await startShown();
});
afterAll(async () => {
  await shown.close();
  await bare.close();
  await rm(dashboardDir, { recursive: true, force: true });
});

/** Asks with exactly these headers and keeps the bytes as they came. */
function get(path: string, headers: Record<string, string>) {
  return new Promise<{ status: number; headers: Record<string, unknown>; bytes: Buffer }>((resolve, reject) => {
    const { hostname, port } = new URL(shown.url);
    const outgoing = request({ hostname, port, path, headers }, response => {
      const chunks: Buffer[] = [];
      response.on('data', chunk => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, bytes: Buffer.concat(chunks) }),
      );
    });
    outgoing.on('error', reject).end();
  });
}

describe('the dashboard', () => {
  it('is the page at the root, asked for anew each time, under a strict policy', async () => {
    const response = await fetch(`${shown.url}/`, { headers: { accept: 'text/html,*/*' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    expect(await response.text()).toContain('adw-stream');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("object-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(policy).not.toContain('http');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('referrer-policy')).toBe('no-referrer');
    expect(response.headers.get('x-powered-by')).toBeNull();
  });

  it('has files that are compressed beforehand and never change', async () => {
    const packed = await get('/assets/index-abc123.js', { 'accept-encoding': 'br, gzip' });
    expect(packed.headers).toMatchObject({
      'content-encoding': 'br',
      'cache-control': 'public, max-age=31536000, immutable',
    });
    expect(brotliDecompressSync(packed.bytes).toString()).toBe(SCRIPT);
    const plain = await get('/assets/index-abc123.js', {});
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(plain.bytes.toString()).toBe(SCRIPT);
  });

  it.each(['/.secret', '/assets/../../etc/passwd', '/%2e%2e/%2e%2e/etc/passwd', '/assets/%2e%2e%2f.secret', '/assets'])(
    'gives nothing that is not its own: %s',
    async path => {
      const { status, bytes } = await get(path, {});
      expect(status).toBeGreaterThanOrEqual(400);
      expect(bytes.toString()).not.toMatch(/secret"|root:/);
    },
  );
});

describe('the root', () => {
  it.each([
    ['a program that asks for JSON', () => shown, 'application/json'],
    ['anyone where the dashboard was not built', () => bare, '*/*'],
  ])('says who answers to %s', async (_who, server, accept) => {
    const response = await fetch(`${server().url}/`, { headers: { accept } });
    expect(await response.json()).toEqual({ status: 'ok', service: 'ADW Management API', version: VERSION });
  });
});

describe('the health check', () => {
  it('has what the reference has, and says who we are', async () => {
    // On a busy machine a write may have taken so long that the disk counts as slow until the next probe.
    await expect.poll(async () => (await shown.json('/health')).body.status).toBe('healthy');
    const answer = await shown.json('/health');
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      status: 'healthy',
      service: 'adw-websocket-trigger',
      active_connections: 2,
      total_workflows_triggered: 0,
      health_check: null,
      error: null,
      adw_stream: { api: 'v1', epoch: shown.store.epoch, version: VERSION },
    });
    await expectDescribed(shown.url, '/health', answer);
  });
});

describe('the metrics', () => {
  const metrics = async () => (await fetch(`${shown.url}/metrics`)).text();
  const value = (text: string, name: string) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);

  it('count what goes into the log, and read the rest when asked', async () => {
    await shown.append(['agent_log', { message: 'a', level: 'INFO', event_id: 'same' }]);
    await shown.append(['agent_log', { message: 'a', level: 'INFO', event_id: 'same' }]);
    const text = await metrics();
    expect(value(text, 'adw_stream_events_accepted_total')).toBeGreaterThanOrEqual(1);
    expect(value(text, 'adw_stream_events_duplicate_total')).toBe(1);
    expect(value(text, 'adw_stream_commit_seconds_count')).toBeGreaterThanOrEqual(2);
    expect(value(text, 'adw_stream_last_seq')).toBe(shown.store.lastSeq);
    expect(value(text, 'adw_stream_subscribers')).toBe(2);
    expect(value(text, 'adw_stream_subscriber_lag_events')).toBe(3);
    expect(value(text, 'adw_stream_events_sent_total')).toBe(4);
    expect(value(text, 'adw_stream_bytes_sent_total')).toBe(5);
    expect(value(text, 'adw_stream_store_bytes')).toBeGreaterThan(0);
  });

  it('name only what belongs to adw-stream', async () => {
    const names = [...(await metrics()).matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    expect(names.length).toBeGreaterThan(10);
    for (const name of names) expect(name).toMatch(/^adw_stream_/);
  });
});

describe('the documents', () => {
  it('tell of every route that is shown', async () => {
    const { body } = await shown.json('/openapi.json');
    expect(body.openapi).toBe('3.1.0');
    expect(Object.keys(body.paths as object)).toEqual(
      expect.arrayContaining(['/api/v1/adws/{adw_id}/index', '/health', '/api/stage-logs/{adw_id}/{stage}']),
    );
  });

  it('tell of every event and message of the live streams', async () => {
    const { body } = await shown.json('/asyncapi.json');
    expect(body.asyncapi).toBe('3.0.0');
    const { messages } = body.components as { messages: Record<string, unknown> };
    for (const name of ['server.tool_use_post', 'server.heartbeat', 'client.subscribe']) {
      expect(messages[name]).toBeDefined();
    }
  });
});

describe('what is not offered', () => {
  it.each([
    ['POST', '/api/clarify'],
    ['POST', '/api/open-file'],
    ['GET', '/api/ide-status'],
    ['GET', '/api/slash-commands'],
  ])('says so: %s %s', async (method, path) => {
    const response = await fetch(shown.url + path, { method });
    expect(response.status).toBe(501);
    const body = (await response.json()) as Record<string, unknown>;
    expect(body).toMatchObject({ code: 'not_offered', detail: body.error });
  });

  it('is told from what is not there, and from a method that a route does not have', async () => {
    expect(await shown.json('/api/v1/nothing')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const response = await fetch(`${shown.url}/api/v1/adws`, { method: 'DELETE' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD');
    expect(await response.json()).toMatchObject({ code: 'method_not_allowed' });
  });
});
