import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Benchmark, type Context, ratio, requireNoFaults, type Sample } from '../benchmark.ts';
import type { Child } from '../child.ts';
import { type Tree, writeTree } from '../data/tree.ts';
import { adwStream } from '../subject/adw-stream.ts';
import { isInstalled } from '../subject/installed.ts';
import { naiveReplay, type Sink, startSink } from '../subject/sink.ts';
import { startSyslogNg } from '../subject/syslog-ng.ts';

const MB = 1_000_000;
const BYTES = { full: 500 * MB, brief: 200 * MB, short: 2 * MB };
const LAYOUTS = [1, 20, 1_000];
const OURS = 'adw-stream';
const NAIVE = 'naive Node, not parsed';
const SYSLOG = 'syslog-ng, batches of 500';
const BEFORE_RATE: Record<number, string> = { 1: '0.33', 20: '0.31', 1000: '0.25' };
const TIMES = { rate: 'MB/s', cpu: 'CPU µs/line', memory: 'peak MB' };

/** How fast what is on disk gets to a server that only counts. */
export const replay: Benchmark = {
  name: 'replay',
  title: size => `${BYTES[size] / MB} MB in 1, 20 and 1,000 files into a sink that only counts`,
  ratioOf: TIMES.rate,
  baseline: SYSLOG,
  async *measure(context) {
    for (const files of layouts(context)) {
      const tree = writeTree(context.scratch, { files, bytes: BYTES[context.size] });
      for (const [subject, start] of Object.entries(subjects(context, tree, files))) {
        yield await measureOne({ theCase: caseOf(files), subject, tree, start });
      }
      rmSync(tree.agentsDir, { recursive: true });
    }
  },
  goals: measured =>
    LAYOUTS.flatMap(files => {
      const of = (subject: string, value: string) => measured(caseOf(files), subject, value);
      const compare = (value: string, other: string) => ratio(of(OURS, value), of(other, value));
      const into = `into a counting sink, ${caseOf(files)}`;
      return [
        {
          text: `${into}: CPU a line, to naive Node's`,
          before: '3.0',
          reached: compare(TIMES.cpu, NAIVE),
          atMost: 1.6,
        },
        {
          text: `${into}: rate, to syslog-ng's in batches`,
          before: BEFORE_RATE[files],
          reached: compare(TIMES.rate, SYSLOG),
          atLeast: 0.6,
        },
        { text: `${caseOf(files)}: resident memory, MB`, reached: of(OURS, TIMES.memory), atMost: 150 },
      ];
    }),
};

function layouts({ size }: Context): number[] {
  return size === 'short' ? [1, 20] : LAYOUTS;
}

function caseOf(files: number): string {
  return files === 1 ? '1 file' : `${files} files`;
}

type Start = (sink: Sink) => Child;

function subjects({ size, scratch, skip }: Context, { agentsDir, adwId }: Tree, files: number): Record<string, Start> {
  const ours: Start = ({ url }) => {
    const state = join(scratch, 'state');
    return adwStream(['replay', adwId, '--server', url, '--agents-dir', agentsDir, '--state-dir', state]);
  };
  // Whether all arrives is asked of us alone.
  if (size === 'short') return { [OURS]: ours };
  const all: Record<string, Start> = { [OURS]: ours, [NAIVE]: ({ url }) => naiveReplay(agentsDir, url) };
  if (!isInstalled('syslog-ng')) {
    skip('syslog-ng is not installed: apt-get install syslog-ng-core syslog-ng-mod-http');
    return all;
  }
  const instances = Number(readFileSync('/proc/sys/fs/inotify/max_user_instances', 'utf8'));
  if (files >= instances) {
    skip(
      `syslog-ng takes an inotify instance for each directory; fs.inotify.max_user_instances is ${instances}: sysctl -w fs.inotify.max_user_instances=2048`,
    );
    return all;
  }
  const stateDir = join(scratch, 'syslog-ng');
  return {
    [SYSLOG]: ({ url }) => startSyslogNg({ directory: agentsDir, url, stateDir }),
    ...all,
  };
}

async function measureOne(run: { theCase: string; subject: string; tree: Tree; start: Start }): Promise<Sample> {
  const { theCase, subject, tree, start } = run;
  const sink = await startSink();
  const from = performance.now();
  const child = start(sink);
  const { bytes, lines, faults, lastAt } = await sink.hasLines(tree.lines);
  const seconds = (lastAt - from - monotonicOffset()) / 1_000;
  const cpu = child.cpuSeconds();
  const memory = child.memoryMB().peak;
  await child.stop();
  await sink.stop();
  rmSync(join(tree.agentsDir, '..', 'state'), { recursive: true, force: true });
  rmSync(join(tree.agentsDir, '..', 'syslog-ng'), { recursive: true, force: true });
  requireNoFaults(`${subject}, ${theCase}`, faults);
  if (lines !== tree.lines || bytes !== tree.bytes) {
    throw new Error(`${subject}, ${theCase}: ${lines} lines and ${bytes} bytes, not ${tree.lines} and ${tree.bytes}`);
  }
  return {
    case: theCase,
    subject,
    values: { [TIMES.rate]: bytes / MB / seconds, [TIMES.cpu]: (cpu / lines) * 1e6, [TIMES.memory]: memory },
  };
}

/** What lies between this process's clock and the one that all processes share, ms. */
function monotonicOffset(): number {
  return Number(process.hrtime.bigint()) / 1e6 - performance.now();
}
