import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { expect, onTestFinished, test } from 'vitest';
import { Relay } from '../client/support/relay.ts';
import { CHROMIUM } from '../support/browser.ts';
import { freePort } from '../support/ports.ts';
import { until } from '../support/until.ts';
import { type Running, start, temporaryDirectory } from './processes.ts';

const DIST = fileURLToPath(new URL('../../dist/', import.meta.url));
const LISTENER = fileURLToPath(new URL('../programs/listen.mjs', import.meta.url));

/**
 * For longer than this, ms, neither side is silent or waits for an answer: two heartbeats. Shorter ones would end connections of a
 * machine that is busy, one after the other, before anything came through.
 */
const SILENCE_MS = 3_500;

/** So many events more a listener has to hear after each thing that happens. */
const HEARD_ON = 30;

/** A person's laptop that listens with the client and can be put to sleep. */
interface Listener {
  readonly name: string;
  /** Seqs got so far, in the order in which they came. */
  seqs(): Promise<readonly number[]>;
  /** How often a person was told of a gap, or of a log that began anew. */
  complaints(): Promise<readonly string[]>;
  signal(name: NodeJS.Signals): void;
}

/** The server, by the relay's address; it keeps its log through every restart, and a port that is given to no other program meanwhile. */
class World {
  readonly relay: Relay;
  readonly #dataDir: string;
  readonly #pageOrigin: string;
  readonly #port: number;
  #server: Running | undefined;
  #posting: Promise<void> | undefined;
  #posts = true;

  constructor(relay: Relay, { dataDir, pageOrigin, port }: { dataDir: string; pageOrigin: string; port: number }) {
    this.relay = relay;
    relay.target = port;
    this.#dataDir = dataDir;
    this.#pageOrigin = pageOrigin;
    this.#port = port;
  }

  async begin(): Promise<void> {
    const args = ['--data-dir', this.#dataDir, '--heartbeat', '1500ms', '--allow-origin', this.#pageOrigin];
    this.#server = start(['serve', '--port', String(this.#port), ...args]);
    await this.#server.says(/http:\/\/\S+/);
    this.#posting ??= this.#post();
  }

  async end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    this.#server?.process.kill(signal);
    await this.#server?.finished;
  }

  signal(name: NodeJS.Signals): void {
    this.#server?.process.kill(name);
  }

  /** Stops what happens. @returns every seq of the log */
  async settle(): Promise<number[]> {
    this.#posts = false;
    await this.#posting;
    const seqs: number[] = [];
    for (const adwId of ADWS) {
      for (let after = 0; ; ) {
        const answer = await fetch(`${this.#url}/api/v1/adws/${adwId}/events?limit=1000&after=${after}`);
        const { events } = (await answer.json()) as { events: { seq: number }[] };
        if (events.length === 0) break;
        seqs.push(...events.map(({ seq }) => seq));
        after = seqs.at(-1) ?? 0;
      }
    }
    return seqs.toSorted((a, b) => a - b);
  }

  get #url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Three workflows that go on whatever happens; what gets no answer is sent again, as a sidecar does. */
  async #post(): Promise<void> {
    for (let n = 0; this.#posts; n++) {
      const events = ADWS.map(adw_id => ({
        type: 'text_block',
        data: { adw_id, event_id: `${adw_id} ${n}`, content: `words ${n}` },
      }));
      while (!(await this.#taken(JSON.stringify(events)))) await pass(50);
      await pass(25);
    }
  }

  async #taken(body: string): Promise<boolean> {
    const headers = { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(1_000);
    return fetch(`${this.#url}/api/v1/events`, { method: 'POST', headers, body, signal }).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}

const ADWS = ['aaaaaaa1', 'bbbbbbb2', 'ccccccc3'];

/** The client in Node, in a process of its own. */
function listenInNode(url: string): Listener {
  const child = spawn(process.execPath, [LISTENER, url], { stdio: ['ignore', 'pipe', 'inherit'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
  });
  const lines = () => text.split('\n').slice(0, -1);
  return {
    name: 'Node',
    seqs: async () =>
      lines()
        .filter(line => !line.startsWith('!'))
        .map(Number),
    complaints: async () => lines().filter(line => line.startsWith('!')),
    signal: name => void child.kill(name),
  };
}

function originOf(pages: Server): string {
  return `http://localhost:${(pages.address() as AddressInfo).port}`;
}

/** The client in a real browser, whose page loads it as it is in the package. */
async function listenInChromium(url: string, pages: Server): Promise<Listener> {
  const script = `
    import { connect } from '/client/index.js';
    window.seqs = [];
    window.complaints = [];
    const client = connect('${url}', { backoff: { baseMs: 50, maxMs: 500 }, pingMs: 300, answerMsMax: 3000, heartbeatMs: 1500 });
    client.on('events', events => seqs.push(...events.map(({ seq }) => seq)));
    for (const name of ['gap', 'resync']) client.on(name, told => complaints.push(name + JSON.stringify(told)));
    client.subscribe('*', { after: 0 });`;
  pages.on('request', async ({ url: path = '' }, response) => {
    if (path === '/')
      return response.setHeader('content-type', 'text/html').end(`<script type=module>${script}</script>`);
    const file = await readFile(join(DIST, normalize(path))).catch(() => undefined);
    response.writeHead(file ? 200 : 404, { 'content-type': 'text/javascript' }).end(file);
  });
  const server = await chromium.launchServer(CHROMIUM);
  const { pid } = server.process();
  onTestFinished(async () => {
    await server.kill();
    pages.close();
  });
  const browser = await chromium.connect(server.wsEndpoint());
  const page = await browser.newPage();
  await page.goto(originOf(pages));
  return {
    name: 'Chromium',
    seqs: () => page.evaluate('seqs') as Promise<number[]>,
    complaints: () => page.evaluate('complaints') as Promise<string[]>,
    // The browser is the leader of a process group: all of it sleeps.
    signal: name => void process.kill(-(pid ?? 0), name),
  };
}

test('an hour of restarts, kills, half-open connections and sleep leaves no gap and no repeat', {
  // A server starts seven times, a browser and the client in Node once: seconds for each on a busy machine.
  timeout: 300_000,
}, async () => {
  const pages = createServer().listen(0, '127.0.0.1');
  await once(pages, 'listening');
  const world = new World(await Relay.start(), {
    dataDir: await temporaryDirectory(),
    pageOrigin: originOf(pages),
    port: await freePort(),
  });
  await world.begin();
  const listeners = [listenInNode(world.relay.url), await listenInChromium(world.relay.url, pages)];
  const restart = async (signal: 'SIGTERM' | 'SIGKILL') => {
    await world.end(signal);
    await world.begin();
  };
  const sleepWhile = async (happens: () => Promise<unknown>) => {
    for (const listener of listeners) listener.signal('SIGSTOP');
    await happens();
    for (const listener of listeners) listener.signal('SIGCONT');
  };
  const hour: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['the server restarts', () => restart('SIGTERM')],
    ['the server is killed', () => restart('SIGKILL')],
    ['connections hang half open', async () => world.relay.swallow()],
    ['the laptops sleep', () => sleepWhile(() => pass(SILENCE_MS))],
    ['the server is killed while they sleep', () => sleepWhile(() => restart('SIGKILL'))],
    [
      'the server freezes',
      async () => {
        world.signal('SIGSTOP');
        await pass(SILENCE_MS);
        world.signal('SIGCONT');
      },
    ],
    [
      'the network goes while they sleep',
      () =>
        sleepWhile(async () => {
          world.relay.swallow();
          await pass(1_500);
        }),
    ],
    [
      'the server is killed twice in a row',
      async () => {
        await restart('SIGKILL');
        await restart('SIGKILL');
      },
    ],
  ];
  const whole = [['nothing happens yet', async () => {}] as const, ...hour];
  for (const [what, happens] of whole) {
    await happens();
    await Promise.all(
      listeners.map(async ({ name, seqs }) => {
        const mark = (await seqs()).length;
        await until(`${name} hears on after ${what}`, async () => (await seqs()).length > mark + HEARD_ON, {
          everyMs: 100,
        });
      }),
    );
  }
  const log = await world.settle();
  expect(log.length).toBeGreaterThan(whole.length * HEARD_ON);
  for (const { name, seqs, complaints } of listeners) {
    await until(`${name} has heard everything`, async () => (await seqs()).at(-1) === log.at(-1), { everyMs: 100 });
    expect([name, await seqs()]).toEqual([name, log]);
    expect([name, await complaints()]).toEqual([name, []]);
  }
});
