import { appendFileSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { type Benchmark, type Context, quantile, requireNoFaults, type Sample } from '../benchmark.ts';
import { lineSource } from '../data/lines.ts';
import { streamPath } from '../data/tree.ts';
import { adwStream } from '../subject/adw-stream.ts';
import { startSink } from '../subject/sink.ts';

const ADW = 'be9c0001';
const SUBJECT = 'adw-stream watch';
const VALUES = { cpu: 'CPU %', memory: 'MB', late: 'bursts late', worst: 'slowest ms' };
/**
 * Files; rounds of a line for each active file: in a hurry before, at their pace until V8 has cleaned up behind that, and while
 * figures count; time between those lines (ms); bursts; ADWs that have long ended, and how long they are watched (ms).
 */
const AMOUNTS = {
  full: {
    idle: 1_000,
    active: 100,
    warm: 20,
    settle: 6,
    rounds: 6,
    everyMs: 100,
    bursts: 1_000,
    ended: 500,
    endedMs: 60_000,
  },
  brief: {
    idle: 1_000,
    active: 100,
    warm: 20,
    settle: 1,
    rounds: 1,
    everyMs: 100,
    bursts: 250,
    ended: 500,
    endedMs: 30_000,
  },
  short: { idle: 50, active: 5, warm: 1, settle: 1, rounds: 1, everyMs: 1, bursts: 10, ended: 20, endedMs: 500 },
};
const BURST_LINES = 20;
const LATE_MS = 300;
const WARM_PAUSE_MS = 3;
const ENDED = 'ADWs that have ended, watch --all';
const BURST_CASES = ['bursts, with file system events', 'bursts, --no-fs-events'];

/** What watching costs while little happens, and whether the end of a burst is ever stuck. */
export const watch: Benchmark = {
  name: 'watch',
  title: size =>
    `beside ${AMOUNTS[size].idle} idle and ${AMOUNTS[size].active} active files (a line every 10 s each); ${AMOUNTS[size].ended} ADWs that have ended; last line of ${AMOUNTS[size].bursts} bursts`,
  async *measure(context) {
    yield await quiet(context);
    yield await ended(context);
    for (const [index, theCase] of BURST_CASES.entries()) {
      yield await bursts(context, theCase, index === 0 ? [] : ['--no-fs-events']);
    }
  },
  goals: measured => [
    { text: 'CPU, % of a core', reached: measured('quiet', SUBJECT, VALUES.cpu), atMost: 4 },
    { text: 'resident memory, MB', reached: measured('quiet', SUBJECT, VALUES.memory), atMost: 130 },
    ...BURST_CASES.map(theCase => ({
      text: `${theCase}: last lines that took longer than ${LATE_MS} ms`,
      reached: measured(theCase, SUBJECT, VALUES.late),
      atMost: 0,
    })),
  ],
};

function startWatch(directory: string, url: string, more: readonly string[]) {
  const places = { agentsDir: join(directory, 'agents'), adwId: ADW };
  const start = () =>
    adwStream([
      ...['watch', ADW, '--server', url, '--agents-dir', places.agentsDir],
      ...['--state-dir', join(directory, 'state'), '--quiet', ...more],
    ]);
  return { places, start };
}

async function quiet({ size, scratch }: Context): Promise<Sample> {
  const { idle, active, warm, settle, rounds, everyMs } = AMOUNTS[size];
  const sink = await startSink();
  const { places, start } = startWatch(join(scratch, 'quiet'), sink.url, []);
  const files = Array.from({ length: idle + active }, (_, file) => ({
    path: streamPath(places, file),
    source: lineSource(file),
  }));
  const append = ({ path, source }: (typeof files)[number]) => appendFileSync(path, `${source.next()}\n`);
  files.forEach(append);
  const hourAgo = Date.now() / 1_000 - 3_600;
  for (const { path } of files.slice(active)) utimesSync(path, hourAgo, hourAgo);
  const child = start();
  const appendRounds = async (count: number, pauseMs: number) => {
    for (let line = 0; line < count * active; line++) {
      append(files[line % active] as (typeof files)[number]);
      await pause(pauseMs);
    }
  };
  // A watch runs for hours: what counts is what it costs once its code has been compiled.
  await appendRounds(warm, WARM_PAUSE_MS);
  await sink.hasLines(files.length + warm * active);
  await appendRounds(settle, everyMs);
  const cpu = child.cpuSeconds();
  const from = performance.now();
  await appendRounds(rounds, everyMs);
  const used = (child.cpuSeconds() - cpu) / ((performance.now() - from) / 1_000);
  const { faults } = await sink.hasLines(files.length + (warm + settle + rounds) * active);
  const memory = child.memoryMB().now;
  await child.stop();
  await sink.stop();
  requireNoFaults('watch', faults);
  return { case: 'quiet', subject: SUBJECT, values: { [VALUES.cpu]: used * 100, [VALUES.memory]: memory } };
}

async function ended({ size, scratch }: Context): Promise<Sample> {
  const { ended: count, endedMs } = AMOUNTS[size];
  const sink = await startSink();
  const agentsDir = join(scratch, 'ended', 'agents');
  const longAgo = Date.now() / 1_000 - 24 * 3_600;
  for (let adw = 0; adw < count; adw++) {
    const path = streamPath({ agentsDir, adwId: (0x10000000 + adw).toString(16) }, adw);
    appendFileSync(path, `${lineSource(adw).next()}\n`);
    utimesSync(path, longAgo, longAgo);
  }
  const stateDir = join(scratch, 'ended', 'state');
  const child = adwStream([
    ...['watch', '--all', '--server', sink.url, '--agents-dir', agentsDir],
    ...['--state-dir', stateDir, '--quiet'],
  ]);
  await sink.hasLines(count);
  await pause(endedMs / 2);
  const cpu = child.cpuSeconds();
  const from = performance.now();
  await pause(endedMs);
  const used = (child.cpuSeconds() - cpu) / ((performance.now() - from) / 1_000);
  const { faults } = await sink.hasLines(count);
  const memory = child.memoryMB().now;
  await child.stop();
  await sink.stop();
  requireNoFaults(ENDED, faults);
  return { case: ENDED, subject: SUBJECT, values: { [VALUES.cpu]: used * 100, [VALUES.memory]: memory } };
}

async function bursts({ size, scratch }: Context, theCase: string, more: readonly string[]): Promise<Sample> {
  const count = AMOUNTS[size].bursts;
  const sink = await startSink();
  const { places, start } = startWatch(join(scratch, theCase.replaceAll(/\W/g, '')), sink.url, more);
  const path = streamPath(places, 0);
  const source = lineSource(0);
  appendFileSync(path, `${source.next()}\n`);
  const child = start();
  await sink.hasLines(1);
  const latencies: number[] = [];
  for (let burst = 0; burst < count; burst++) {
    for (let line = 1; line < BURST_LINES; line++) appendFileSync(path, `${source.next()}\n`);
    appendFileSync(path, `${source.next(`"sent":"${process.hrtime.bigint()}",`)}\n`);
    // Not in step with the poll of 200 ms.
    await pause(20 + ((burst * 37) % 40));
    if (burst % 20 === 19) latencies.push(...(await sink.hasLines(1 + (burst + 1) * BURST_LINES)).latencies);
  }
  const { latencies: rest, faults } = await sink.hasLines(1 + count * BURST_LINES);
  latencies.push(...rest);
  await child.stop();
  await sink.stop();
  requireNoFaults(theCase, faults);
  return {
    case: theCase,
    subject: SUBJECT,
    values: {
      [VALUES.late]: latencies.filter(ms => ms > LATE_MS).length,
      'median ms': quantile(latencies, 0.5),
      [VALUES.worst]: Math.max(...latencies),
    },
  };
}

function pause(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}
