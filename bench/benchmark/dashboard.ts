import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Page } from 'playwright-core';
import { type Benchmark, type Context, LOST_MS, type Sample } from '../benchmark.ts';
import { CORE, pinSelf, unpinSelf } from '../child.ts';
import { type Server, serve } from '../subject/adw-stream.ts';
import { serveNaivePage } from '../subject/naive-page.ts';

const ADW = 'be9c0da5';
/** Events there at first, of a run that is only opened (0: of none) and of one into which more come live for so many seconds. */
const AMOUNTS = {
  full: { opened: 25_000, events: 50_000, seconds: 60 },
  brief: { opened: 25_000, events: 50_000, seconds: 15 },
  short: { opened: 0, events: 500, seconds: 1 },
};
const BATCH = 500;
/** Live events a second. */
const RATE = 500;
/** A program that uses less CPU than this in that time has nothing to do. */
const IDLE_CPU_SECONDS = 0.03;
const IDLE_MS = 500;
const ROLES = ['sdlc_planner', 'sdlc_implementor', 'test_runner', 'reviewer'];
/** Events of a role, before it is the next one's turn. */
const ROLE_EVENTS = 12_500;
/** A page with nothing but `fetch` and a list, in the same browser. */
const NAIVE = 'naive page';
const VALUES = {
  paint: 'first rows, ms after the document',
  complete: 'all rows known and filterable, ms',
  rows: 'DOM rows',
  heap: 'JavaScript heap, MB',
  memory: 'private memory of the tab, MB',
  frames: 'frames/s while live',
  tasks: 'long tasks over 100 ms while live',
  longest: 'longest task while live, ms',
  longestCpu: 'longest task while live, ms of CPU',
};

/** How soon the dashboard shows a run of 25,000 events, and how it holds one of 50,000 in a real browser, and 500 more a second. */
export const dashboard: Benchmark = {
  name: 'dashboard',
  title: size =>
    `${AMOUNTS[size].events.toLocaleString('en-US')} events in Chromium, then ${RATE} more a second for ${AMOUNTS[size].seconds} s`,
  ratioOf: VALUES.complete,
  baseline: NAIVE,
  async *measure(context) {
    const { opened, events, seconds } = AMOUNTS[context.size];
    if (opened > 0) yield* measureRun(context, { events: opened, seconds: 0 });
    yield* measureRun(context, { events, seconds });
  },
  goals(measured) {
    const { opened, events } = AMOUNTS.full;
    const of = (value: string) => measured(`${events} events`, 'adw-stream', value);
    return [
      {
        text: `${opened.toLocaleString('en-US')} events: ${VALUES.paint}`,
        reached: measured(`${opened} events`, 'adw-stream', VALUES.paint),
        atMost: 500,
      },
      { text: VALUES.paint, reached: of(VALUES.paint), atMost: 500 },
      {
        text: '50,000 events in the page: all rows known and filterable, ms',
        before: '3,200',
        reached: of(VALUES.complete),
        atMost: 800,
      },
      { text: VALUES.rows, reached: of(VALUES.rows), atMost: 200 },
      { text: VALUES.tasks, reached: of(VALUES.tasks), atMost: 0 },
      { text: VALUES.memory, reached: of(VALUES.memory), atMost: 150 },
    ];
  },
};

/** A run of so many events, and seconds for which more come in live; 0 for none. */
interface Amount {
  readonly events: number;
  readonly seconds: number;
}

/** Each run has a server and a browser that have done nothing yet; the naive page comes after it, in the same browser. */
async function* measureRun(context: Context, { events, seconds }: Amount): AsyncGenerator<Sample> {
  const server = await serve(join(context.scratch, String(events)));
  const browser = await launch(context);
  if (browser === undefined) return server.stop();
  const name = `${events} events`;
  const startMs = Date.now() - events * 100;
  const naive = await serveNaivePage(
    Array.from({ length: events }, (_, at) => JSON.stringify(eventAt(at, startMs + at * 100))).join('\n'),
  );
  try {
    await publish(server, { from: 0, count: events, startMs });
    const page = await newPage(browser);
    // A server indexes texts after it acknowledged them, and a new window loads pages of the browser's own.
    if (context.size !== 'short') {
      await idle(() => server.cpuSeconds());
      await idle(() => cpuSeconds(browser));
    }
    const opened = await open(page, `${server.url}/#/adw/${ADW}`);
    await requireFilters(page, events);
    const live = seconds === 0 ? {} : await stream(page, server, { from: events, seconds });
    if (context.size === 'short') await requireRows(page, events + RATE * seconds);
    yield { case: name, subject: 'adw-stream', values: { ...opened, ...live } };
    if (context.size === 'short') return;
    await page.close();
    const other = await open(await newPage(browser), naive.url);
    yield { case: name, subject: NAIVE, values: other };
  } finally {
    await browser.close();
    await naive.stop();
    await server.stop();
  }
}

async function newPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(LOST_MS);
  return page;
}

async function launch(context: Context): Promise<Browser | undefined> {
  try {
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];
    // It takes most of a second to load, which no other benchmark has to spend.
    const { chromium } = await import('playwright-core');
    await unpinSelf();
    const whole = '/usr/bin/chromium';
    const executablePath = existsSync(whole) ? whole : '/usr/bin/chromium-headless-shell';
    return await chromium.launch({ executablePath, args });
  } catch {
    context.skip('Chromium is not installed: the dashboard was not measured');
    return undefined;
  } finally {
    await pinSelf(CORE.load);
  }
}

/** Waits until a program has nothing to do. */
async function idle(cpuSeconds: () => number | Promise<number>): Promise<void> {
  for (let before = Number.NEGATIVE_INFINITY; ; ) {
    const used = await cpuSeconds();
    if (used - before < IDLE_CPU_SECONDS) return;
    before = used;
    await sleep(IDLE_MS);
  }
}

/** CPU seconds that a browser's processes have used so far. */
async function cpuSeconds(browser: Browser): Promise<number> {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = await devtools.send('SystemInfo.getProcessInfo');
  return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

// Expressions for the page: this project's own types know no DOM.
const WATCH = `
  window.tasks = [];
  new PerformanceObserver(list => window.tasks.push(...list.getEntries().map(entry => entry.duration))).observe({ type: 'longtask' });
  const looking = setInterval(() => {
    if (document.querySelector('article .row-summary:not(:empty)')) window.painted ??= performance.now();
    if (!document.querySelector('[role=feed][aria-busy=false] article')) return;
    window.completed = performance.now();
    clearInterval(looking);
  }, 5);`;
const OPENED = `({
  paint: window.painted - performance.getEntriesByType('navigation')[0].responseEnd,
  complete: window.completed ?? performance.now(),
  rows: document.querySelectorAll('article').length,
})`;
const LIVE = `(() => {
  window.tasks.length = 0;
  window.frames = 0;
  const count = () => { window.frames++; requestAnimationFrame(count); };
  requestAnimationFrame(count);
})()`;
const SHOWN = `Number(document.querySelector('.row-count').title.replace(/\\D/g, ''))`;
const RESULT = `({
  frames: window.frames,
  tasks: window.tasks.filter(duration => duration > 100).length,
  longest: Math.max(0, ...window.tasks),
})`;

/**
 * What the rows say, read as a person does: from the first one on, a screen after the other, until the one of event `last` was
 * read. The page counts its events before it has made their rows, so that their count says nothing of the end.
 */
const read = (last: number) => `(async () => {
  const feed = document.querySelector('[role=feed]');
  const texts = [];
  let readAt = performance.now();
  const isEnd = text => / ${last}\\b/.test(text);
  feed.scrollTop = 0;
  while (!texts.some(isEnd) && performance.now() - readAt < ${LOST_MS}) {
    await new Promise(requestAnimationFrame);
    let last;
    for (const row of feed.querySelectorAll('article')) {
      if (Number(row.ariaPosInSet) !== texts.length + 1) continue;
      texts.push(row.querySelector('.row-summary').textContent);
      last = row;
    }
    if (!last) continue;
    readAt = performance.now();
    feed.scrollTop += last.getBoundingClientRect().top - feed.getBoundingClientRect().top;
  }
  return texts;
})()`;

async function open(page: Page, url: string): Promise<Record<string, number>> {
  await page.addInitScript(WATCH);
  await page.goto(url);
  await page.waitForSelector('[role=feed][aria-busy=false] article');
  const { paint, complete, rows } = (await page.evaluate(OPENED)) as Record<'paint' | 'complete' | 'rows', number>;
  return { [VALUES.paint]: paint, [VALUES.complete]: complete, [VALUES.rows]: rows };
}

async function stream(
  page: Page,
  server: Server,
  { from, seconds }: { from: number; seconds: number },
): Promise<Record<string, number>> {
  const browser = page.context().browser();
  await browser?.startTracing(page, { categories: ['toplevel'] });
  await page.evaluate(LIVE);
  const begin = performance.now();
  let sent = 0;
  for (;;) {
    const elapsed = performance.now() - begin;
    const due = Math.min(RATE * seconds, Math.floor((elapsed / 1_000) * RATE));
    if (due > sent) await publish(server, { from: from + sent, count: due - sent, startMs: Date.now() });
    sent = due;
    if (sent === RATE * seconds) break;
    await sleep(20);
  }
  // The server says a word of its own now and then: there are at least as many.
  for (let [before, since] = [-1, 0]; ; ) {
    const shown = (await page.evaluate(SHOWN)) as number;
    if (shown >= from + sent) break;
    if (shown > before) [before, since] = [shown, performance.now()];
    else if (performance.now() - since > LOST_MS) throw new Error(`the page has ${shown} of ${from + sent} events`);
    await sleep(50);
  }
  const elapsed = (performance.now() - begin) / 1_000;
  const result = (await page.evaluate(RESULT)) as Record<'frames' | 'tasks' | 'longest', number>;
  const trace = (await browser?.stopTracing())?.toString('utf8') ?? '{}';
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  return {
    [VALUES.heap]: usedSize / 1e6,
    [VALUES.memory]: await privateMemory(page),
    [VALUES.frames]: result.frames / elapsed,
    [VALUES.tasks]: result.tasks,
    [VALUES.longest]: result.longest,
    [VALUES.longestCpu]: longestCpuMs(trace),
  };
}

/** Filters, and the rows that each has, of the first `count` events. */
const FILTERS: readonly { readonly hash: string; readonly rows: (count: number) => number }[] = [
  { hash: 'q=tool:Bash', rows: count => Math.ceil(count / 3) },
  { hash: 'q=status:error', rows: count => countOf(count, at => at % 3 === 1 && isFailed(at)) },
  { hash: 'q=is:pending', rows: count => (count % 3 === 1 ? 1 : 0) },
  { hash: 'q=kind:text', rows: count => Math.floor(count / 3) },
  { hash: `role=${ROLES[0]}`, rows: count => countOf(Math.min(count, ROLE_EVENTS), at => at % 3 !== 1) },
];

function countOf(count: number, isCounted: (at: number) => boolean): number {
  return Array.from({ length: count }, (_, at) => at).filter(isCounted).length;
}

/** Every filter is right with what the page has: nothing can be read any more. @throws when one is not */
async function requireFilters(page: Page, count: number): Promise<void> {
  await page.context().setOffline(true);
  for (const { hash, rows } of FILTERS) {
    await page.evaluate(`location.hash = '#/adw/${ADW}?${hash}'`);
    const due = rows(count).toLocaleString('en-US');
    const shown = page.locator('.row-count').getByText(new RegExp(`^${due} rows?$`));
    await shown.waitFor().catch(async () => {
      throw new Error(`${hash} has ${await page.locator('.row-count').innerText()}, not ${due}`);
    });
  }
  await page.evaluate(`location.hash = '#/adw/${ADW}'`);
  await page.context().setOffline(false);
}

/** Reads the whole page: each of `count` events is in it once and in order; calls and texts have a row of their own. */
async function requireRows(page: Page, count: number): Promise<void> {
  const due = Array.from({ length: count }, (_, at) => at).filter(at => at % 3 !== 1);
  const texts = (await page.evaluate(read(due.at(-1)!))) as string[];
  const shown = texts.flatMap(text => /(?:--run|Step) (\d+)/.exec(text)?.[1] ?? []).map(Number);
  const wrong = due.findIndex((at, index) => at !== shown[index]);
  if (wrong >= 0) throw new Error(`the page shows event ${shown[wrong]} where ${due[wrong]} was due`);
  if (shown.length > due.length) throw new Error(`the page shows ${shown.length} rows for ${due.length}`);
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** CPU time, µs. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/**
 * CPU of the longest task that a page's main thread did: how long the page keeps its reader waiting where no other program
 * wants its core. The wall clock counts those too.
 */
function longestCpuMs(trace: string): number {
  const { traceEvents = [] } = JSON.parse(trace) as { traceEvents?: TraceEvent[] };
  const isMain = ({ name, args }: TraceEvent) => name === 'thread_name' && args?.name === 'CrRendererMain';
  const mains = new Set(traceEvents.filter(isMain).map(({ pid, tid }) => `${pid} ${tid}`));
  let longest = 0;
  for (const { name, pid, tid, tdur = 0 } of traceEvents)
    if (name.endsWith('RunTask') && mains.has(`${pid} ${tid}`)) longest = Math.max(longest, tdur);
  return longest / 1_000;
}

/** MB of memory that the tab's process shares with no other, as a browser's task manager counts it. */
async function privateMemory(page: Page): Promise<number> {
  const browser = await page.context().browser()?.newBrowserCDPSession();
  const { processInfo } = (await browser?.send('SystemInfo.getProcessInfo')) ?? { processInfo: [] };
  const renderers = processInfo.filter(({ type }) => type === 'renderer');
  const statuses = renderers.map(({ id }) => statusOf(id));
  // The browser's own pages are renderers too; the one that holds the workflow is the largest.
  const sizes = statuses.map(status => Number(/^RssAnon:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024);
  return Math.max(...sizes);
}

/** What Linux says of a process; nothing of one that has ended: a browser keeps some in reserve, and lets them go. */
function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8');
  } catch {
    return '';
  }
}

/** Posts events as a workflow would make them: calls with their results, and text in between. */
async function publish(
  server: Server,
  { from, count, startMs }: { from: number; count: number; startMs: number },
): Promise<void> {
  for (let done = 0; done < count; done += BATCH) {
    const size = Math.min(BATCH, count - done);
    const lines = Array.from({ length: size }, (_, i) =>
      JSON.stringify(eventAt(from + done + i, startMs + (done + i) * 100)),
    );
    const answer = await fetch(`${server.url}/api/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-ndjson' },
      body: lines.join('\n'),
    });
    const { accepted } = (await answer.json()) as { accepted?: number };
    if (accepted !== size) throw new Error(`the server accepted ${accepted} of ${size} events`);
  }
}

function isFailed(at: number): boolean {
  return at % 97 === 1;
}

function eventAt(at: number, ms: number): object {
  const role = ROLES[Math.floor(at / ROLE_EVENTS) % ROLES.length];
  const common = {
    adw_id: ADW,
    event_id: `bench-${at}`,
    timestamp: new Date(ms).toISOString(),
    timing: 'observed',
    agent_role: role,
    attempt: 1,
    session_id: role,
  };
  const id = `call-${at - (at % 3)}`;
  if (at % 3 === 0) {
    const input = { command: `npm test -- --run ${at}`, description: 'Run the tests' };
    return { type: 'tool_use_pre', data: { ...common, tool_name: 'Bash', tool_use_id: id, input, tool_input: input } };
  }
  if (at % 3 === 2)
    return { type: 'text_block', data: { ...common, content: `Step ${at}: ${'look and decide '.repeat(12)}` } };
  const success = !isFailed(at);
  const outcome = { success, status: success ? 'success' : 'error', error: success ? null : 'Exit code 1' };
  const output = `output of ${at}\n`.repeat(30);
  return {
    type: 'tool_use_post',
    data: { ...common, tool_name: 'Bash', tool_use_id: id, output, tool_output: output, duration_ms: 120, ...outcome },
  };
}
