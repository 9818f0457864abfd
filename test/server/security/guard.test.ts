import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connect, type WebSocketConstructor } from '../../../src/client/index.ts';
import { WRONG_TOKEN_DELAY_MS, WRONG_TOKENS_PER_MINUTE } from '../../../src/server/security/limits.ts';
import { until } from '../../support/until.ts';
import { rawExchange, rawRequest, startTestServer, type TestServer } from '../running.ts';

let server: TestServer;
let locked: TestServer;

beforeAll(async () => {
  server = await startTestServer({ allowHosts: ['board.example.org'], allowOrigins: ['https://board.example.org'] });
  locked = await startTestServer({ token: 'write-me', readToken: 'read-me' });
});
afterAll(async () => {
  await server.remove();
  await locked.remove();
});

const ROUTES = ['/', '/health', '/metrics', '/api/v1/adws', '/api/v1/stream', '/openapi.json', '/login', '/nothing'];

/** The status with which a WebSocket handshake ends: 101 when it was accepted. */
function handshake(
  url: string,
  { headers = {}, protocols = [] }: { headers?: Record<string, string>; protocols?: string[] },
) {
  return new Promise<number>((resolve, reject) => {
    const socket = new WebSocket(url.replace(/^http/, 'ws'), protocols, { headers });
    socket.on('open', () => {
      socket.close();
      resolve(101);
    });
    socket.on('unexpected-response', (_request, response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    socket.on('error', reject);
  });
}

describe('a name that was re-bound to this machine (DNS rebinding)', () => {
  it.each(ROUTES)('gets nothing from %s', async path => {
    const { status, body } = await rawRequest(server.port, { path, headers: { host: 'evil.example' } });
    expect(status).toBe(403);
    const refusal = JSON.parse(body) as Record<string, string>;
    expect(refusal).toMatchObject({ code: 'forbidden_host', detail: refusal.error });
    expect(refusal.error).toContain('--allow-host evil.example');
  });

  it('gets no WebSocket', async () => {
    for (const path of ['/ws', '/ws/trigger']) {
      expect(await handshake(server.url + path, { headers: { host: 'evil.example' } })).toBe(403);
    }
  });

  it('shows a person a plain page with the flag to add, and nothing that runs', async () => {
    const headers = { host: 'evil.example', accept: 'text/html,application/xhtml+xml' };
    const { status, head, body } = await rawRequest(server.port, { headers });
    expect(status).toBe(403);
    expect(head).toContain('content-type: text/html');
    expect(body).toContain('adw-stream serve --allow-host evil.example');
    expect(body).not.toContain('<script');
    const hostile = await rawRequest(server.port, { headers: { ...headers, host: '<script>alert(1)</script>' } });
    expect(hostile.body).not.toContain('<script');
  });

  it('is let in once it is configured', async () => {
    expect((await rawRequest(server.port, { path: '/health', headers: { host: 'board.example.org' } })).status).toBe(
      200,
    );
  });
});

describe('a page of another origin', () => {
  it.each(['http://evil.example', 'null', 'https://board.example.org.evil.example'])(
    'gets nothing: %s',
    async origin => {
      for (const path of ROUTES) {
        const { status, head, body } = await rawRequest(server.port, { path, headers: { origin } });
        expect(status).toBe(403);
        expect((JSON.parse(body) as { code: string }).code).toBe('forbidden_origin');
        expect(head).not.toContain('access-control-allow-origin');
      }
    },
  );

  it('cannot hijack a WebSocket (CSWSH)', async () => {
    for (const path of ['/ws', '/ws/trigger']) {
      expect(await handshake(server.url + path, { headers: { origin: 'http://evil.example' } })).toBe(403);
      expect(await handshake(server.url + path, { headers: { origin: 'http://localhost:9200' } })).toBe(101);
    }
    expect(await handshake(`${server.url}/ws`, {})).toBe(101);
  });

  it('cannot post, nor ask whether it may', async () => {
    const headers = { origin: 'http://evil.example', 'access-control-request-method': 'POST' };
    const { status, head } = await rawRequest(server.port, { method: 'OPTIONS', path: '/api/v1/events', headers });
    expect(status).toBe(403);
    expect(head).not.toContain('access-control-allow');
  });
});

describe('a handshake that was refused', () => {
  it('does not leave its socket open', async () => {
    const head = 'GET /ws HTTP/1.1\r\nHost: evil.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n';
    const key = 'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';
    expect(await rawExchange(server.port, head + key)).toMatch(/^HTTP\/1.1 403/);
  });
});

describe('another site', () => {
  const crossSite = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' };

  it.each(ROUTES)('gets nothing by an image or a script either, which name no origin: %s', async path => {
    const { status, body } = await rawRequest(server.port, { path, headers: crossSite });
    expect(status).toBe(403);
    expect((JSON.parse(body) as { code: string }).code).toBe('forbidden_origin');
  });

  it('may link to the page, and to nothing else', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
    expect((await rawRequest(server.port, { path: '/', headers })).status).toBe(200);
    expect((await rawRequest(server.port, { path: '/api/v1/adws', headers })).status).toBe(403);
    const framed = { ...headers, 'sec-fetch-dest': 'iframe' };
    expect((await rawRequest(server.port, { path: '/', headers: framed })).status).toBe(403);
  });
});

describe('the native ingest', () => {
  it.each(['http://localhost:9200', 'http://api.1a2b3c4d.localhost', 'https://board.example.org'])(
    'is not for pages of other origins, admitted ones included: %s',
    async origin => {
      const headers = { origin, 'content-type': 'application/json', 'content-length': '0' };
      for (const [method, path] of [
        ['POST', '/api/v1/events'],
        ['PUT', '/api/v1/adws/1a2b3c4d/artifacts/x'],
      ] as const) {
        const { status, body } = await rawRequest(server.port, { method, path, headers });
        expect(status).toBe(403);
        expect((JSON.parse(body) as { code: string }).code).toBe('forbidden_origin');
      }
    },
  );
});

describe('a page of a friend', () => {
  it.each(['http://localhost:9200', 'http://api.1a2b3c4d.localhost', 'https://board.example.org'])(
    'may read the answers, with its cookies: %s',
    async origin => {
      const { status, head } = await rawRequest(server.port, { path: '/api/v1/adws', headers: { origin } });
      expect(status).toBe(200);
      expect(head).toContain(`access-control-allow-origin: ${origin}`);
      expect(head).toContain('access-control-allow-credentials: true');
      expect(head).toMatch(/vary: .*origin/);
    },
  );

  it('is told by a preflight what it may do', async () => {
    const headers = {
      origin: 'http://localhost:9200',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    const { status, head } = await rawRequest(locked.port, {
      method: 'OPTIONS',
      path: '/api/workflow-updates',
      headers,
    });
    expect(status).toBe(204);
    expect(head).toContain('access-control-allow-origin: http://localhost:9200');
    expect(head).toContain('access-control-allow-methods: get, head, post, put');
  });

  it('is read by programs without any CORS header', async () => {
    const { head } = await rawRequest(server.port, { path: '/api/v1/adws' });
    expect(head).not.toContain('access-control-allow-origin');
  });

  it('is refused a POST that a form could send without asking first (CSRF)', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', '']) {
      const { status, body } = await rawRequest(server.port, {
        method: 'POST',
        path: '/api/workflow-updates',
        headers: {
          origin: 'http://localhost:9200',
          'content-length': '0',
          ...(type === '' ? {} : { 'content-type': type }),
        },
      });
      expect(status).toBe(415);
      expect((JSON.parse(body) as { code: string }).code).toBe('unsupported_media_type');
    }
  });
});

describe('every answer', () => {
  it('carries the protective headers', async () => {
    for (const path of ['/', '/health', '/api/v1/adws', '/nothing', '/login']) {
      const { head } = await rawRequest(server.port, { path });
      for (const header of [
        "content-security-policy: default-src 'self';",
        "object-src 'none'",
        "frame-ancestors 'none'",
        'cross-origin-opener-policy: same-origin',
        'cross-origin-resource-policy: same-site',
        'origin-agent-cluster: ?1',
        'referrer-policy: no-referrer',
        'x-content-type-options: nosniff',
        'x-dns-prefetch-control: off',
        'x-download-options: noopen',
        'x-frame-options: deny',
        'x-permitted-cross-domain-policies: none',
        'x-xss-protection: 0',
      ]) {
        expect(head, path).toContain(header);
      }
      expect(head).not.toContain('x-powered-by');
      expect(head).not.toContain('strict-transport-security');
      expect(head).not.toContain('upgrade-insecure-requests');
    }
  });
});

describe('a server with tokens', () => {
  const get = (path: string, headers: Record<string, string> = {}) => rawRequest(locked.port, { path, headers });
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

  it('tells a stranger nothing but its health', async () => {
    for (const path of ROUTES.filter(route => route !== '/health' && route !== '/login')) {
      const { status, head, body } = await get(path);
      expect(status).toBe(401);
      expect(head).toContain('www-authenticate: bearer');
      expect((JSON.parse(body) as { code: string }).code).toBe('unauthorized');
    }
    expect((await get('/health')).status).toBe(200);
    expect((await get('/api/v1/adws', bearer('wrong'))).status).toBe(401);
    expect(await handshake(`${locked.url}/ws`, {})).toBe(401);
  });

  it('lets a reader read and not write', async () => {
    expect((await get('/api/v1/adws', bearer('read-me'))).status).toBe(200);
    const headers = { ...bearer('read-me'), 'content-type': 'application/json', 'content-length': '0' };
    for (const [method, path] of [
      ['POST', '/api/v1/events'],
      ['POST', '/api/workflow-updates'],
      ['PUT', '/api/v1/adws/1a2b3c4d/artifacts/x'],
    ] as const) {
      expect((await rawRequest(locked.port, { method, path, headers })).status).toBe(401);
    }
  });

  it('lets a reader listen on a WebSocket and not speak', async () => {
    const socket = new WebSocket(`${locked.url.replace(/^http/, 'ws')}/ws`, ['bearer.read-me']);
    const messages: { type: string; data: Record<string, unknown> }[] = [];
    socket.on('message', data => messages.push(JSON.parse(String(data))));
    await new Promise(resolve => socket.on('open', resolve));
    const data = {
      adw_id: '1a2b3c4d',
      workflow_name: 'w',
      message: 'm',
      level: 'INFO',
      timestamp: '2026-01-01T00:00:00Z',
    };
    socket.send(JSON.stringify({ type: 'workflow_log', data }));
    await expect.poll(() => messages.find(({ type }) => type === 'error')?.data.error_code).toBe('unauthorized');
    socket.terminate();
  });

  it('takes a token as a WebSocket subprotocol, as browsers have to send it', async () => {
    expect(await handshake(`${locked.url}/ws`, { protocols: ['bearer.write-me'] })).toBe(101);
    expect(await handshake(`${locked.url}/ws`, { protocols: ['bearer.wrong'] })).toBe(401);
  });

  it('turns a token into a cookie that scripts cannot read', async () => {
    const page = await get('/', { accept: 'text/html' });
    expect(page.status).toBe(303);
    expect(page.head).toContain('location: /login');
    const login = (token: string) =>
      fetch(`${locked.url}/login`, { method: 'POST', body: new URLSearchParams({ token }), redirect: 'manual' });
    expect((await login('wrong')).status).toBe(401);
    const cookie = await cookieOf(await login('read-me'));
    expect(cookie).toMatch(
      new RegExp(`^adw_stream_${locked.port}=[\\w-]{43}; Path=/; HttpOnly; SameSite=Strict; Max-Age=604800$`),
    );
    const again = await cookieOf(await login('read-me'));
    expect(again).not.toBe(cookie);
    expect((await get('/api/v1/adws', { cookie: pairOf(cookie) })).status).toBe(200);
    expect(
      (await get('/api/v1/adws', { cookie: pairOf(cookie).replace(/^adw_stream_\d+/, 'adw_stream') })).status,
    ).toBe(401);
  });

  it('shows the view that the person came for after the login, and nothing else', async () => {
    const login = async (view: string) => {
      const body = new URLSearchParams({ token: 'read-me', view });
      const answer = await fetch(`${locked.url}/login`, { method: 'POST', body, redirect: 'manual' });
      return answer.headers.get('location');
    };
    expect(await login('#/adw/1a2b3c4d?q=x')).toBe('/#/adw/1a2b3c4d?q=x');
    for (const view of ['//evil.example', 'https://evil.example', '#a\r\nSet-Cookie: b=c', '\\evil']) {
      expect(await login(view)).toBe('/');
    }
  });

  it('ends a session when its person logs out, with every stream that it opened', async () => {
    const body = new URLSearchParams({ token: 'read-me' });
    const login = await fetch(`${locked.url}/login`, { method: 'POST', body, redirect: 'manual' });
    const cookie = pairOf(await cookieOf(login));
    expect(JSON.parse((await get('/api/v1/session', { cookie })).body)).toEqual({ access: 'read', logged_in: true });
    const socket = new WebSocket(`${locked.url.replace(/^http/, 'ws')}/ws`, { headers: { cookie } });
    await new Promise(resolve => socket.on('open', resolve));
    const closed = new Promise(resolve => socket.on('close', resolve));
    const logout = await fetch(`${locked.url}/logout`, { method: 'POST', headers: { cookie }, redirect: 'manual' });
    expect([logout.status, logout.headers.get('location')]).toEqual([303, '/login']);
    expect(await cookieOf(logout)).toContain('Max-Age=0');
    expect((await get('/api/v1/adws', { cookie })).status).toBe(401);
    await closed;
  });

  it('makes a client that guesses wait, and lets a right token through all the same', async () => {
    const guessed = await startTestServer({ token: 'write-me' });
    try {
      const statuses: number[] = [];
      for (let n = 0; n < WRONG_TOKENS_PER_MINUTE; n++) statuses.push(await asked(guessed.url, `guess ${n}`));
      expect(new Set(statuses)).toEqual(new Set([401]));
      const body = new URLSearchParams({ token: 'guess' });
      const login = async () =>
        (await fetch(`${guessed.url}/login`, { method: 'POST', body, redirect: 'manual' })).status;
      const begun = performance.now();
      const refused = [() => asked(guessed.url, 'guess'), login].map(async guess => {
        expect(await guess()).toBe(429);
        expect(performance.now() - begun).toBeGreaterThan(WRONG_TOKEN_DELAY_MS - 50);
      });
      await Promise.all(refused);
      expect(await asked(guessed.url, 'write-me')).toBe(200);
    } finally {
      await guessed.remove();
    }
  });
});

async function asked(url: string, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token.replaceAll(' ', '-')}` };
  return (await fetch(`${url}/api/v1/adws`, { headers })).status;
}

async function cookieOf(answer: Response): Promise<string> {
  return answer.headers.get('set-cookie') ?? '';
}

function pairOf(cookie: string): string {
  return cookie.split(';', 1)[0] ?? '';
}

describe('a token of unusual characters', () => {
  it.each(['abc/def+gh==', 'a,b;c(d)"e"', 'geheim-ü', '100%25'])('lets our client in: %s', async token => {
    const odd = await startTestServer({ token });
    const client = connect(odd.url, { token, WebSocket: WebSocket as unknown as WebSocketConstructor });
    try {
      await until('it is connected', () => client.status.state === 'open');
      await expect(client.reads.fetchAdws()).resolves.toMatchObject({ adws: [] });
    } finally {
      client.close();
      await odd.remove();
    }
  });

  it.each(['two words', 'щит'])('is refused by our client where it cannot be sent: %s', token => {
    const options = { token, WebSocket: WebSocket as unknown as WebSocketConstructor };
    expect(() => connect('http://127.0.0.1:1', options)).toThrow(/The token holds/);
  });
});

describe('a flood', () => {
  it('from one address is answered with 429 and when to come back', async () => {
    const small = await startTestServer({ rateLimit: 20 });
    try {
      const answers = await Promise.all(Array.from({ length: 40 }, () => fetch(`${small.url}/api/v1/adws`)));
      const refused = answers.filter(({ status }) => status === 429);
      expect(refused.length).toBe(20);
      expect(Number(refused[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(await refused[0]?.json()).toMatchObject({ code: 'rate_limited', detail: expect.any(String) });
    } finally {
      await small.remove();
    }
  });

  it.each([
    ['without a token', '/api/v1/adws', {}, 401],
    ['with tokens that are tried', '/api/v1/adws', { authorization: 'Bearer guess' }, 401],
    ['for what there is not', '/nothing/here', { authorization: 'Bearer secret' }, 404],
  ])('is answered so %s', async (_which, path, headers, status) => {
    const small = await startTestServer({ rateLimit: 3, token: 'secret' });
    try {
      const statuses = [];
      for (let n = 0; n < 5; n++) statuses.push((await fetch(`${small.url}${path}`, { headers })).status);
      expect(statuses).toEqual([status, status, status, 429, 429]);
    } finally {
      await small.remove();
    }
  });

  it('cannot pass for others by naming them in a header', async () => {
    const small = await startTestServer({ rateLimit: 5 });
    try {
      const statuses = new Set<number>();
      for (let n = 0; n < 10; n++) {
        const headers = { 'x-forwarded-for': `10.0.0.${n}` };
        statuses.add((await fetch(`${small.url}/api/v1/adws`, { headers })).status);
      }
      expect(statuses).toContain(429);
    } finally {
      await small.remove();
    }
  });
});
