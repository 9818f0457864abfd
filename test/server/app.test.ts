import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, get as httpsGet } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { startServer } from '../../src/server/app.ts';
import { postEvents, serverOptions, startTestServer, type TestServer } from './running.ts';

/** Five seconds are promised; a busy machine may take longer, and a server that waits for its clients half a minute. ms */
const WAITING_MS = 25_000;

const started: TestServer[] = [];
const start = async (...args: Parameters<typeof startTestServer>) => {
  const server = await startTestServer(...args);
  started.push(server);
  return server;
};
afterEach(async () => {
  for (const server of started.splice(0)) await server.remove();
});

const log = (message: string) => ({ type: 'agent_log', data: { adw_id: '1a2b3c4d', message, level: 'INFO' } });

describe('an event', () => {
  it('goes in by HTTP, comes out by Server-Sent Events, WebSocket and the reads', async () => {
    const server = await start();
    const abort = new AbortController();
    const stream = await fetch(`${server.url}/api/v1/stream?adw_id=1a2b3c4d`, { signal: abort.signal });
    const socket = new WebSocket(`${server.url.replace(/^http/, 'ws')}/ws`);
    const frames: string[] = [];
    socket.on('message', data => frames.push(String(data)));
    await new Promise(resolve => socket.on('open', resolve));

    expect(await postEvents(server.url, [log('hello there')])).toMatchObject({ status: 200, body: { accepted: 1 } });

    await expect.poll(() => frames.join('')).toContain('hello there');
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of stream.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      if (text.includes('hello there')) break;
    }
    abort.abort();
    socket.terminate();
    expect(text).toMatch(/^id: .+:\d+$/m);
    const page = await (await fetch(`${server.url}/api/v1/adws/1a2b3c4d/events?q=hello`)).json();
    expect(page).toMatchObject({ events: [{ type: 'agent_log', data: { message: 'hello there' } }] });
    // On a busy machine a commit may have taken so long that the disk counts as slow until the next probe.
    const health = async () => (await fetch(`${server.url}/health`)).json();
    await expect.poll(health).toMatchObject({ status: 'healthy', adw_stream: { api: 'v1' } });
  });

  it('is still there after a restart, in the same epoch', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'adw-restart-'));
    try {
      const first = await start({ dataDir });
      await postEvents(first.url, [log('kept')]);
      const before = (await (await fetch(`${first.url}/api/v1/adws`)).json()) as { epoch: string };
      await first.close();
      const second = await start({ dataDir });
      const after = (await (await fetch(`${second.url}/api/v1/adws`)).json()) as { epoch: string };
      expect(after.epoch).toBe(before.epoch);
      const page = await (await fetch(`${second.url}/api/v1/adws/1a2b3c4d/events?type=agent_log`)).json();
      expect(page).toMatchObject({ events: [{ data: { message: 'kept' } }] });
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
});

describe('the server refuses to start', () => {
  it('on a port that another program has', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(start({ port })).rejects.toMatchObject({ code: 'port_in_use' });
    await new Promise(resolve => other.close(resolve));
  });

  it('on a data directory that another server has, and lets it be', async () => {
    const first = await start();
    await expect(startTestServer({ dataDir: first.dataDir })).rejects.toMatchObject({ code: 'data_dir_in_use' });
    expect((await fetch(`${first.url}/health`)).status).toBe(200);
  });

  it('and lets go of the data directory, so that the next try works', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'adw-retry-'));
    const other = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await expect(startTestServer({ dataDir, port })).rejects.toMatchObject({ code: 'port_in_use' });
    await new Promise(resolve => other.close(resolve));
    await (await startTestServer({ dataDir })).remove();
  });

  it('with a token that can be guessed', async () => {
    for (const tokens of [{ token: 'fifteen-letters' }, { token: 'sixteen-letters!', readToken: 'short' }]) {
      const options = { ...serverOptions('/nonexistent/never-made'), host: '0.0.0.0', ...tokens };
      await expect(startServer(options)).rejects.toMatchObject({
        code: 'token_required',
        message: expect.stringContaining('16 characters'),
      });
    }
  });

  it.each(['0.0.0.0', '::', '192.0.2.1', 'board.example.org'])('on %s without a token', async host => {
    await expect(startServer({ ...serverOptions('/nonexistent/never-made'), host })).rejects.toMatchObject({
      code: 'token_required',
      message: expect.stringContaining(host),
    });
  });

  it.each([{ token: '' }, { token: 'x', readToken: '' }, { readToken: 'x' }])(
    'with tokens that protect nothing: %j',
    async tokens => {
      const options = { ...serverOptions('/nonexistent/never-made'), ...tokens };
      await expect(startServer(options)).rejects.toMatchObject({ code: 'token_required' });
    },
  );

  it.each([{ token: 'two words' }, { token: 'x', readToken: 'line\n' }, { token: 'щит' }])(
    'with a token that nobody could show: %j',
    async tokens => {
      const options = { ...serverOptions('/nonexistent/never-made'), ...tokens };
      await expect(startServer(options)).rejects.toMatchObject({ code: 'invalid_option' });
    },
  );

  it('with a certificate that cannot be read', async () => {
    const tls = { certFile: '/nonexistent/cert.pem', keyFile: '/nonexistent/key.pem' };
    await expect(start({ tls })).rejects.toMatchObject({ code: 'invalid_option' });
  });
});

describe('shutting down', () => {
  it('closes WebSockets with 1001 and streams at once, commits what was accepted, and waits for none of its clients', async () => {
    const server = await start();
    const socket = new WebSocket(`${server.url.replace(/^http/, 'ws')}/ws/trigger`);
    await new Promise(resolve => socket.on('open', resolve));
    const closed = new Promise<number>(resolve => socket.on('close', resolve));
    const stream = await fetch(`${server.url}/api/v1/stream`);
    const posts = Promise.all(Array.from({ length: 20 }, (_, n) => postEvents(server.url, [log(`post ${n}`)])));
    const accepted = await posts;
    const begun = Date.now();
    await server.close();
    expect(Date.now() - begun).toBeLessThan(WAITING_MS);
    expect(await closed).toBe(1001);
    await stream.body?.cancel().catch(() => {});
    await expect(fetch(`${server.url}/health`)).rejects.toThrow();

    const again = await start({ dataDir: server.dataDir });
    const page = (await (await fetch(`${again.url}/api/v1/adws/1a2b3c4d/events?type=agent_log`)).json()) as {
      events: unknown[];
    };
    expect(page.events).toHaveLength(accepted.filter(({ status }) => status === 200).length);
  });

  it('is not held up by a client that never finishes its request', async () => {
    const server = await start();
    const { connect } = await import('node:net');
    const socket = connect(server.port, '127.0.0.1', () => {
      socket.write('POST /api/v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n');
      socket.write('Content-Length: 1000\r\n\r\n[');
    });
    socket.on('error', () => {});
    await new Promise(resolve => socket.on('connect', resolve));
    const begun = Date.now();
    await server.close();
    expect(Date.now() - begun).toBeLessThan(WAITING_MS);
    socket.destroy();
  });

  it('can be asked for twice', async () => {
    const server = await start();
    await Promise.all([server.close(), server.close()]);
  });
});

describe('TLS', () => {
  it('is spoken with the given certificate', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'adw-tls-'));
    try {
      const [certFile, keyFile] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
      const subject = ['-subj', '/CN=localhost', '-days', '1', '-nodes'];
      execFileSync(
        'openssl',
        ['req', '-x509', '-newkey', 'rsa:2048', ...subject, '-keyout', keyFile, '-out', certFile],
        {
          stdio: 'ignore',
        },
      );
      const server = await start({ tls: { certFile, keyFile } });
      expect(server.url).toMatch(/^https:/);
      const agent = new Agent({ rejectUnauthorized: false });
      const status = await new Promise(resolve => {
        httpsGet(`${server.url}/health`, { agent }, response => {
          response.resume();
          resolve(response.statusCode);
        });
      });
      agent.destroy();
      expect(status).toBe(200);
      const socket = new WebSocket(`${server.url.replace(/^http/, 'ws')}/ws`, { rejectUnauthorized: false });
      const first = await new Promise(resolve => socket.once('message', data => resolve(JSON.parse(String(data)))));
      expect(first).toMatchObject({ type: 'connection_ack' });
      socket.terminate();
    } finally {
      await rm(dir, { recursive: true, force: true });
    }
  });
});
