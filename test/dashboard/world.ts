import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { onTestFinished } from 'vitest';
import type { ServerOptions } from '../../src/server/options.ts';
import { runHere, startHere } from '../e2e/processes.ts';
import { startTestServer, type TestServer, untilStateSaid } from '../server/running.ts';
import { afterEveryFile } from '../setup/after.ts';
import { environmentForAllFiles } from '../setup/survivors.ts';
import { CHROMIUM } from '../support/browser.ts';
import { freePort } from '../support/ports.ts';
import { runCommand, runServe, type ServeCommand } from '../support/process.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/**
 * A browser, a server and a sidecar: what stands between a workflow's files and a person's eyes. Server and sidecar are in the
 * test's process, where nothing kills them.
 */

const EXAMPLES = fileURLToPath(new URL('../../examples/', import.meta.url));
/** The id of the ADW in examples/agents. */
export const EXAMPLE_ID = '7e4c1a9b';

/** ms that one step of a person may take there. */
const STEP_MS = 60_000;

/** Drawing what pulses, without a graphics card, takes a tenth of a core for each page that only waits. */
const STILL = { viewport: { width: 1440, height: 900 }, reducedMotion: 'reduce' as const };

/** One for all files that this process runs: it takes longer to start than most tests. Contexts keep tests apart. */
let browser: Promise<Browser> | undefined;
let exampleServer: Promise<TestServer> | undefined;
let shared: { readonly url: string; readonly watched: Promise<Watched> } | undefined;
afterEveryFile(async () => {
  await closeShared();
  await (await exampleServer)?.remove();
  exampleServer = undefined;
});

/** A page with what went wrong on it. */
export interface Watched {
  readonly page: Page;
  /** Errors of the console and uncaught ones. */
  readonly errors: string[];
  /** Requests that left the server's origin. */
  readonly foreign: string[];
}

/** Opens a page of the dashboard in a context of its own. */
export async function openPage(url: string, hash: string, options: BrowserContextOptions = {}): Promise<Watched> {
  const watched = await blankPage(url, options);
  const { page } = watched;
  // Not onTestFailed, which comes when all that finishes a test is done, and the page is closed.
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') console.error(await describePage(page));
    await page.context().close();
  });
  await page.goto(`${url}/${hash}`);
  return watched;
}

/** What a test may set of a page that is shared. */
type Appearance = Pick<BrowserContextOptions, 'colorScheme'> & { readonly viewport?: typeof STILL.viewport };

let visits = 0;

/**
 * Opens a page of the dashboard in the one that the test before had of the same server, which loads anew and has nothing stored: for
 * half of what a page of its own costs. A test that changes more of it than its window, colours and routes, such as its clock, or that
 * opens others beside it in the same context, has its own: {@link openPage}.
 */
export async function openShared(url: string, hash: string, appearance: Appearance = {}): Promise<Watched> {
  if (shared?.url !== url) await closeShared();
  shared ??= { url, watched: blankPage(url) };
  const watched = await shared.watched;
  const { page } = watched;
  onTestFinished(async ({ task }) => {
    if (task.result?.state !== 'fail') {
      await page.unrouteAll({ behavior: 'ignoreErrors' });
      return page.evaluate(() => localStorage.clear());
    }
    console.error(await describePage(page));
    // What a test has left that failed is not the next one's.
    await closeShared();
  });
  await page.setViewportSize(appearance.viewport ?? STILL.viewport);
  await page.emulateMedia({ colorScheme: appearance.colorScheme ?? 'light' });
  for (const list of [watched.errors, watched.foreign]) list.length = 0;
  // Where only the part behind the # is another, a browser loads nothing.
  await page.goto(`${url}/?visit=${++visits}${hash}`);
  return watched;
}

async function closeShared(): Promise<void> {
  await (await shared?.watched)?.page.context().close();
  shared = undefined;
}

/** Opens the example in the page that is shared. */
export async function openExample(hash = adwHash(EXAMPLE_ID), appearance?: Appearance): Promise<Watched> {
  const { url } = await serveExample();
  return openShared(url, hash, appearance);
}

/** A page that has loaded nothing yet, and is to load from `url` alone. */
async function blankPage(url: string, options: BrowserContextOptions = {}): Promise<Watched> {
  browser ??= chromium.launch({ ...CHROMIUM, env: environmentForAllFiles() as Record<string, string> });
  const context = await (await browser).newContext({ ...STILL, ...options });
  context.setDefaultTimeout(STEP_MS);
  const page = await context.newPage();
  const errors: string[] = [];
  const foreign: string[] = [];
  page.on('console', message => {
    if (message.type() === 'error') errors.push(message.text());
  });
  page.on('pageerror', error => errors.push(String(error.stack)));
  page.on('request', request => {
    const { protocol, origin } = new URL(request.url());
    if (protocol.startsWith('http') && origin !== new URL(url).origin) foreign.push(request.url());
  });
  return { page, errors, foreign };
}

/** What a page shows when its test fails, for the reader of the failure. */
async function describePage(page: Page): Promise<string> {
  const read = `[location.hash, ...[...document.querySelectorAll('.inspector')].map(pane => pane.innerText)].join('\\n')`;
  return `The page at the failure: ${await page.evaluate(read).catch(String)}`;
}

/** A server with a log of its own, until the test has finished. */
export async function serve(overrides: Partial<ServerOptions> = {}): Promise<TestServer> {
  const server = await startTestServer({ idFormat: 'any', ...overrides }, { observe: () => {} });
  onTestFinished(() => server.remove());
  return server;
}

/** The same in a process of its own, which can be killed, on a port that no connection takes before it comes back to it. */
export async function serveProcess(dataDir = temporaryDirectory(), port?: number): Promise<ServeCommand> {
  const server = await runServe(dataDir, { port: port ?? (await freePort()), args: ['--id-format', 'any'] });
  onTestFinished(async () => void (await server.stop('SIGKILL')));
  return server;
}

/** Delivers what is on disk and waits until the server has it. */
export async function replay(
  server: { readonly url: string },
  agentsDir: string,
  adwId: string,
  stateDir?: string,
): Promise<void> {
  const { code, stderr } = await runHere(sidecarArgs('replay', server.url, agentsDir, adwId, stateDir));
  if (code !== 0) throw new Error(`replay ended with ${code}: ${stderr}`);
}

/** Follows a tree until the test has finished. */
export async function watch(server: { readonly url: string }, agentsDir: string, adwId: string): Promise<void> {
  await startHere(sidecarArgs('watch', server.url, agentsDir, adwId));
}

/** Follows a tree as a user that may read no more than the modes of its files say, also where the tests run as root. */
export function watchWithoutOverride(server: { readonly url: string }, agentsDir: string, adwId: string): void {
  const wrap = process.getuid?.() === 0 ? 'setpriv --bounding-set=-dac_override,-dac_read_search' : '';
  const command = runCommand(sidecarArgs('watch', server.url, agentsDir, adwId), { wrap });
  onTestFinished(async () => void (await command.stop('SIGKILL')));
}

function sidecarArgs(
  verb: string,
  url: string,
  agentsDir: string,
  adwId: string,
  stateDir = join(dirname(agentsDir), 'state'),
): string[] {
  const args = [verb, adwId, '--server', url, '--agents-dir', agentsDir, '--state-dir', stateDir];
  return [...args, '--id-format', 'any'];
}

/** A copy of the example in a directory of its own; answers its agents directory. */
export function exampleAgents(): string {
  const root = temporaryDirectory();
  for (const part of ['agents', 'specs']) {
    cpSync(join(EXAMPLES, part), join(root, part), { recursive: true, preserveTimestamps: true });
  }
  return join(root, 'agents');
}

/** A tree with one ADW made of the given files; answers its agents directory. */
export function treeOf(adwId: string, files: Readonly<Record<string, string | Buffer>>): string {
  const agents = join(temporaryDirectory(), 'agents');
  mkdirSync(join(agents, adwId), { recursive: true });
  for (const [path, content] of Object.entries(files)) {
    const file = join(agents, adwId, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return agents;
}

/** A line of a stream in which an agent says something. */
export function textLine(text: string): string {
  const message = { model: 'm', id: text, type: 'message', role: 'assistant', content: [{ type: 'text', text }] };
  return `${JSON.stringify({ type: 'assistant', message, session_id: 's1', parent_tool_use_id: null })}\n`;
}

/** A server that holds the example: one for all tests of a file, which only look at it, or at runs of their own beside it. */
export function serveExample(): Promise<TestServer> {
  exampleServer ??= startExample();
  return exampleServer;
}

async function startExample(): Promise<TestServer> {
  const server = await startTestServer({ idFormat: 'any' }, { observe: () => {} });
  await replay(server, exampleAgents(), EXAMPLE_ID);
  await untilStateSaid(server.url, EXAMPLE_ID);
  return server;
}

/** The hash of an ADW's page. */
export const adwHash = (adwId: string, query = ''): string => `#/adw/${adwId}${query ? `?${query}` : ''}`;

/** Waits until every body of the ADW has been taken in. */
export async function complete(page: Page): Promise<void> {
  await page.waitForSelector('[role=feed][aria-busy=false] article');
}

/** Resolves when the browser has drawn what came before. */
export const drawn = (page: Page): Promise<unknown> =>
  page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(() => resolve(0)))));

/** Resolves when the timeline has come to rest: the browser scrolls in steps of its own, which go on when the first was told. */
export const rested = (page: Page): Promise<unknown> =>
  page.locator('[role=feed]').evaluate(
    feed =>
      new Promise(resolve => {
        let [top, pictures] = [Number.NaN, 0];
        const measure = () => {
          pictures = feed.scrollTop === top ? pictures + 1 : 0;
          top = feed.scrollTop;
          if (pictures < 10) requestAnimationFrame(measure);
          else resolve(0);
        };
        measure();
      }),
  );

/** Something that is waited for until it is let go. */
export function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = () => {};
  const opened = new Promise<void>(resolve => {
    open = resolve;
  });
  return { open, opened };
}

/**
 * Records what an element says, or what one of its attributes does, whenever that changes: read in the page, so that nothing is
 * missed that is there for a moment. @returns asks for all of it so far, in order, without the times when there was nothing
 */
export async function recordTexts(page: Page, selector: string, attribute = ''): Promise<() => Promise<string[]>> {
  const index = await page.evaluate(
    ([place, name]) => {
      const all = globalThis as { recorded?: string[][] };
      const seen: string[] = [];
      let last = '';
      const record = () => {
        const element = document.querySelector(place!);
        const text = (name === '' ? element?.textContent : element?.getAttribute(name!))?.trim() ?? '';
        if (text !== '' && text !== last) seen.push(text);
        last = text;
      };
      const what = { subtree: true, childList: true, characterData: true, attributes: name !== '' };
      new MutationObserver(record).observe(document.body, what);
      record();
      all.recorded ??= [];
      return all.recorded.push(seen) - 1;
    },
    [selector, attribute],
  );
  return () => page.evaluate(at => (globalThis as { recorded?: string[][] }).recorded?.[at] ?? [], index);
}

/** What the page's URL searches for; null for nothing. */
export const searched = (page: Page): Promise<string | null> =>
  page.evaluate(() => new URLSearchParams(location.hash.split('?')[1]).get('q'));

/**
 * How many events the page says the example's log has, and how many it has; to be asked again until they agree, for the
 * server's own word on how an ADW ended comes a moment after what was replayed.
 */
export async function eventCounts(
  page: Page,
  server: { readonly url: string },
): Promise<{ shown: number; there: number }> {
  const index = await fetch(`${server.url}/api/v1/adws/${EXAMPLE_ID}/index`);
  const { type } = (await index.json()) as { type: string[] };
  const title = await page.locator('.row-count').getAttribute('title');
  return { shown: Number.parseInt(title ?? '', 10), there: type.filter(one => one !== 'agent_output_chunk').length };
}
