import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Benchmark, ratio, requireNoFaults, type Sample } from '../benchmark.ts';
import { lineSource } from '../data/lines.ts';
import { piLineSource } from '../data/pi-lines.ts';
import { type Tree, writeTree } from '../data/tree.ts';
import { adwStream } from '../subject/adw-stream.ts';
import { startSink } from '../subject/sink.ts';

const MB = 1_000_000;
const BYTES = { full: 100 * MB, brief: 40 * MB, short: MB };
const CPU = 'CPU ns/byte';
const CASE = 'adw-stream replay';
const CLAUDE = 'Claude Code';
const WHOLE = 'Pi, frames with all so far';
const NEWS = 'Pi, frames with what is new';
const SOURCES = {
  [CLAUDE]: lineSource,
  [WHOLE]: (file: number) => piLineSource(file, 'whole'),
  [NEWS]: (file: number) => piLineSource(file, 'news'),
};

/** What the lines of a program cost, most of which only repeat what a later one says whole. */
export const formats: Benchmark = {
  name: 'formats',
  title: size => `${BYTES[size] / MB} MB of Claude Code's lines, and of Pi's, nine tenths of them frames`,
  ratioOf: CPU,
  baseline: CLAUDE,
  async *measure({ size, scratch }) {
    const wanted = Object.entries(SOURCES).filter(([subject]) => size !== 'short' || subject === WHOLE);
    const trees = wanted.map(([subject, source], nth) => ({
      subject,
      tree: writeTree(join(scratch, String(nth)), { files: 1, bytes: BYTES[size], source }),
    }));
    for (const { subject, tree } of trees) yield await measureOne(subject, tree, join(scratch, 'state'));
  },
  goals: measured =>
    [WHOLE, NEWS].map(subject => ({
      text: `${subject}: CPU per byte to Claude Code's`,
      reached: ratio(measured(CASE, subject, CPU), measured(CASE, CLAUDE, CPU)),
      atMost: 1,
    })),
};

async function measureOne(subject: string, tree: Tree, stateDir: string): Promise<Sample> {
  const sink = await startSink();
  const where = ['--agents-dir', tree.agentsDir, '--state-dir', stateDir];
  const child = adwStream(['replay', tree.adwId, '--server', sink.url, ...where]);
  const { bytes, lines, faults } = await sink.hasLines(tree.lines);
  await child.finished();
  const cpu = child.cpuSeconds();
  await sink.stop();
  rmSync(stateDir, { recursive: true, force: true });
  requireNoFaults(subject, faults);
  if (lines !== tree.lines || bytes !== tree.bytes)
    throw new Error(`${subject}: ${lines} lines and ${bytes} bytes, not ${tree.lines} and ${tree.bytes}`);
  return {
    case: CASE,
    subject,
    values: { [CPU]: (cpu / bytes) * 1e9, 'CPU µs/line': (cpu / lines) * 1e6, 'bytes/line': bytes / lines },
  };
}
