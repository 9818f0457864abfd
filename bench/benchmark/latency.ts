import { appendFileSync, mkdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Benchmark,
  type Context,
  type Goal,
  type Measured,
  quantile,
  requireNoFaults,
  type Sample,
} from '../benchmark.ts';
import type { Child } from '../child.ts';
import { appendEvery, markedLines } from '../data/append.ts';
import { lineSource } from '../data/lines.ts';
import { streamPath } from '../data/tree.ts';
import { startSubscribers } from '../load.ts';
import { adwStream, serve } from '../subject/adw-stream.ts';
import { isInstalled } from '../subject/installed.ts';
import { startSink } from '../subject/sink.ts';
import { startSyslogNg } from '../subject/syslog-ng.ts';

/** When idle files were last written to, in seconds as utimes wants it. */
const HOUR_AGO = Date.now() / 1_000 - 3_600;
/** Lines appended before the figures count, and while they do; ms between two. */
const LINES = {
  full: { warm: 300, measured: 1_000, everyMs: 10 },
  brief: { warm: 300, measured: 500, everyMs: 10 },
  short: { warm: 20, measured: 50, everyMs: 1 },
};
const VALUES = { median: 'median ms', p99: 'p99 ms', cpu: 'CPU %', memory: 'MB' };
const ADW = 'be9c0001';
const SYSLOG = 'syslog-ng, tuned';

/** How long a line takes from its append to a server that only counts, and to a WebSocket through a durable one. */
export const latency: Benchmark = {
  name: 'latency',
  title: () => 'one line per 10 ms: append to POST received, and append to WebSocket client',
  ratioOf: VALUES.p99,
  baseline: SYSLOG,
  async *measure(context) {
    const isShort = context.size === 'short';
    for (const idle of isShort ? [20] : [0, 1_000]) {
      yield await toSink(context, { idle, subject: 'adw-stream', start: watch });
      // With a thousand files syslog-ng stops after the first 145 lines when it looks at them more often than once a second.
      if (isInstalled('syslog-ng') && idle < 1_000 && !isShort) {
        yield await toSink(context, { idle, subject: SYSLOG, start: syslog });
      }
    }
    for (const idle of isShort ? [0] : [0, 1_000]) yield await toWebSocket(context, idle);
  },
  goals(measured) {
    const limit = (theCase: string, value: string, atMost: number) => ({
      text: `${theCase}: ${value}`,
      reached: measured(theCase, 'adw-stream', value),
      atMost,
    });
    return [
      ...toSinkGoals(measured),
      limit(caseOf(0), VALUES.cpu, 5),
      limit(caseOf(1_000), VALUES.cpu, 5),
      ...[0, 1_000].flatMap(idle => [
        limit(webSocketCase(idle), VALUES.median, 5),
        limit(webSocketCase(idle), VALUES.p99, 25),
      ]),
    ];
  },
};

/** The same as the first part of {@link latency}, on a machine on which all other benchmarks have just run. */
export const latencyLast: Benchmark = {
  name: 'latency-last',
  title: () => 'one line per 10 ms: append to POST received, after everything else',
  async *measure(context) {
    // Whether all arrives is known already.
    if (context.size === 'short') return;
    for (const idle of [0, 1_000]) yield await toSink(context, { idle, subject: 'adw-stream', start: watch });
  },
  goals: measured => toSinkGoals(measured, ', after everything else'),
};

/** Medians and 99th percentiles before, by the number of idle files. */
const BEFORE: Record<number, readonly [string, string]> = { 0: ['0.43', '2.9'], 1000: ['0.44', '3.7'] };

function toSinkGoals(measured: Measured, when = ''): Goal[] {
  return [0, 1_000].flatMap(idle => {
    const of = (value: string) => measured(caseOf(idle), 'adw-stream', value);
    const [median, p99] = BEFORE[idle] ?? [];
    return [
      { text: `${caseOf(idle)}${when}: median, ms`, before: median, reached: of(VALUES.median), atMost: 1 },
      { text: `${caseOf(idle)}${when}: p99, ms`, before: p99, reached: of(VALUES.p99), atMost: 5 },
    ];
  });
}

function caseOf(idle: number): string {
  return `append to POST, ${idle} idle files`;
}

function webSocketCase(idle: number): string {
  return `append to WebSocket, ${idle} idle files`;
}

type Start = (places: { agentsDir: string; url: string; stateDir: string }) => Child;

const watch: Start = ({ agentsDir, url, stateDir }) =>
  adwStream(['watch', ADW, '--server', url, '--agents-dir', agentsDir, '--state-dir', stateDir, '--quiet']);

const syslog: Start = ({ agentsDir, url, stateDir }) =>
  startSyslogNg({ directory: agentsDir, url, stateDir, followSeconds: 0.002 });

async function toSink(
  { size, scratch }: Context,
  { idle, subject, start }: { idle: number; subject: string; start: Start },
): Promise<Sample> {
  const sink = await startSink();
  const places = makePlaces(join(scratch, `${idle}-${subject.slice(0, 3)}`), { idle, url: sink.url });
  const child = start(places);
  const { warm, measured: lines, everyMs } = LINES[size];
  const source = lineSource(0);
  const append = (sent: string) => source.next(sent === '' ? '' : `"sent":"${sent}",`);
  // A workflow writes for hours: what is measured is a watch that has run for a moment, not its start.
  await appendEvery(places.active, warm, { everyMs, next: () => append('') });
  await sink.hasLines(idle + warm);
  const cpu = child.cpuSeconds();
  const from = performance.now();
  await appendEvery(places.active, lines, { everyMs, next: () => append(String(process.hrtime.bigint())) });
  const used = (child.cpuSeconds() - cpu) / ((performance.now() - from) / 1_000);
  const { latencies, faults, lines: arrived } = await sink.hasLines(idle + warm + lines);
  const memory = child.memoryMB().now;
  await child.stop();
  await sink.stop();
  requireNoFaults(subject, faults);
  if (arrived !== idle + warm + lines) throw new Error(`${subject}: ${arrived} lines arrived`);
  return { case: caseOf(idle), subject, values: figures(latencies, used, memory) };
}

async function toWebSocket({ size, scratch }: Context, idle: number): Promise<Sample> {
  const server = await serve(join(scratch, `log-${idle}`));
  const places = makePlaces(join(scratch, `websocket-${idle}`), { idle, url: server.url });
  const hello = [JSON.stringify({ type: 'subscribe', adw_id: ADW, types: ['text_block'] })];
  const subscribers = await startSubscribers({ port: server.port, count: 1, hello, timed: 1 });
  const child = watch(places);
  const { warm, measured: lines, everyMs } = LINES[size];
  const line = markedLines();
  await appendEvery(places.active, warm, { everyMs, next: line });
  await subscribers.until(({ deliveries }) => deliveries === warm);
  await subscribers.report();
  const cpu = child.cpuSeconds();
  const from = performance.now();
  await appendEvery(places.active, lines, { everyMs, next: line });
  const used = (child.cpuSeconds() - cpu) / ((performance.now() - from) / 1_000);
  await subscribers.until(({ deliveries }) => deliveries === warm + lines);
  const { latencies } = await subscribers.report();
  const memory = child.memoryMB().now;
  await child.stop();
  await subscribers.stop();
  await server.stop();
  return { case: webSocketCase(idle), subject: 'adw-stream', values: figures(latencies, used, memory) };
}

function makePlaces(directory: string, { idle, url }: { idle: number; url: string }) {
  const agentsDir = join(directory, 'agents');
  for (let file = 1; file <= idle; file++) {
    const path = streamPath({ agentsDir, adwId: ADW }, file);
    appendFileSync(path, `${lineSource(file).next()}\n`);
    utimesSync(path, HOUR_AGO, HOUR_AGO);
  }
  const stateDir = join(directory, 'state');
  mkdirSync(stateDir, { recursive: true });
  return { agentsDir, url, stateDir, active: streamPath({ agentsDir, adwId: ADW }, 0) };
}

function figures(latencies: readonly number[], used: number, memory: number): Record<string, number> {
  return {
    [VALUES.median]: quantile(latencies, 0.5),
    [VALUES.p99]: quantile(latencies, 0.99),
    [VALUES.cpu]: used * 100,
    [VALUES.memory]: memory,
  };
}
