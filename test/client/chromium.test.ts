import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pass } from 'node:timers/promises';
import { chromium, type Page } from 'playwright-core';
import { build } from 'vite';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { CHROMIUM } from '../support/browser.ts';
import { LogProcess } from './support/log-process.ts';
import { Relay } from './support/relay.ts';

let code: string;
beforeAll(async () => {
  code = await bundle();
});

/** The client as one module for a browser. */
async function bundle(): Promise<string> {
  const entry = join(import.meta.dirname, '../../src/client/index.ts');
  const lib = { entry, formats: ['es' as const], fileName: 'client' };
  const built = await build({ configFile: false, logLevel: 'silent', build: { lib, write: false } });
  const [output] = [built].flat();
  const chunk = output !== undefined && 'output' in output ? output.output[0] : undefined;
  if (chunk?.type !== 'chunk') throw new Error('the client could not be bundled');
  return chunk.code;
}

/** Patient enough for a busy machine: a client that gives every answer up before it comes never gets on. */
const OPTIONS = { backoff: { baseMs: 50, maxMs: 400 }, pingMs: 200, answerMsMax: 3_000, heartbeatMs: 2_000 };

/** A page of a real browser that has the client, as `client` in its window, and what it heard as `seqs` and `states`. */
async function openPage(url: string): Promise<Page> {
  const script = `
    import { connect } from '/client.js';
    window.seqs = {};
    window.states = [];
    window.client = connect('${url}', ${JSON.stringify(OPTIONS)});
    client.on('events', events => events.forEach(({ seq, data }) => (seqs[data.adw_id] ??= []).push(seq)));
    client.on('status', ({ state }) => states.push(state));
    client.subscribe('*', { after: 0 });`;
  const http = createServer(({ url: path }, response) => {
    const isModule = path === '/client.js';
    response.setHeader('content-type', isModule ? 'text/javascript' : 'text/html');
    response.end(isModule ? code : `<!doctype html><title>client</title><script type="module">${script}</script>`);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const browser = await chromium.launch(CHROMIUM);
  onTestFinished(async () => {
    await browser.close();
    http.close();
  });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(http.address() as AddressInfo).port}/`);
  return page;
}

/** The length of all lists in an expression of the page. */
const count = (page: Page) => page.evaluate('Object.values(seqs).flat().length') as Promise<number>;

test('in Chromium a subscription sees the log exactly, through kill -9, a hung connection and a network that goes', async () => {
  const log = await LogProcess.start();
  const relay = await Relay.start();
  relay.target = log.port;
  const page = await openPage(relay.url);
  const moving = async () => {
    const mark = await count(page);
    while ((await count(page)) < mark + 30) await pass(20);
  };
  /** Does something, and waits until the page has noticed that its connection was lost, which may be back soon. */
  const lost = async (disturb: () => unknown) => {
    const before = await page.evaluate('states.length');
    await disturb();
    await page.waitForFunction(`states.slice(${before}).some(state => state !== "open")`);
  };

  await moving();
  await lost(() => log.end('SIGKILL'));
  await log.begin();
  relay.target = log.port;
  await moving();

  relay.swallow();
  await moving();

  await page.context().setOffline(true);
  await lost(() => relay.swallow());
  await page.context().setOffline(false);
  await moving();

  const truth = await log.settle();
  while ((await count(page)) < Object.values(truth).flat().length) await pass(20);
  expect(await page.evaluate('seqs')).toEqual(truth);
  await page.evaluate('client.close()');
  expect(await page.evaluate('states.at(-1)')).toBe('closed');
});

test('what a browser loads is small and stands on the platform alone', () => {
  expect(code).not.toMatch(/\bfrom\s*["']|\bimport\s*\(|\brequire\(|node:/);
  expect(code.length).toBeLessThan(32_000);
});
