import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Benchmark, Context, Sample } from '../benchmark.ts';
import { CORE } from '../child.ts';
import { type Tree, writeTree } from '../data/tree.ts';
import { adwStream, serve } from '../subject/adw-stream.ts';
import { requireWhole } from '../subject/log.ts';

const MB = 1_000_000;
const BYTES = { full: 500 * MB, brief: 200 * MB, short: 2 * MB };
const LAYOUTS = [1, 20, 1_000];
const SUBJECT = 'adw-stream';
const VALUES = {
  rate: 'MB/s',
  serverCpu: 'server CPU µs/line',
  sidecarCpu: 'sidecar CPU µs/line',
  memory: 'server peak MB',
};

/** How fast what is on disk gets into the durable, searchable log: sidecar and server each have a core. */
export const replayServe: Benchmark = {
  name: 'replay-serve',
  title: size => `${BYTES[size] / MB} MB into adw-stream serve, durable and searchable`,
  async *measure(context) {
    for (const files of context.size === 'full' ? LAYOUTS : [20]) {
      const tree = writeTree(context.scratch, { files, bytes: BYTES[context.size] });
      yield await measureOne(context, files, tree);
      rmSync(tree.agentsDir, { recursive: true });
    }
  },
  goals: measured =>
    LAYOUTS.flatMap(files => [
      {
        text: `${caseOf(files)}: MB of raw lines a second`,
        reached: measured(caseOf(files), SUBJECT, VALUES.rate),
        atLeast: 25,
      },
      {
        text: `${caseOf(files)}: memory of the server, MB`,
        reached: measured(caseOf(files), SUBJECT, VALUES.memory),
        atMost: 300,
      },
    ]),
};

function caseOf(files: number): string {
  return files === 1 ? '1 file' : `${files} files`;
}

async function measureOne({ scratch }: Context, files: number, tree: Tree): Promise<Sample> {
  const { agentsDir, adwId } = tree;
  const dataDir = join(scratch, 'log');
  const server = await serve(dataDir);
  const state = join(scratch, 'state');
  const from = performance.now();
  const replay = adwStream(['replay', adwId, '--server', server.url, '--agents-dir', agentsDir, '--state-dir', state], {
    core: CORE.load,
  });
  await replay.finished();
  const seconds = (performance.now() - from) / 1_000;
  const [serverCpu, sidecarCpu, memory] = [server.cpuSeconds(), replay.cpuSeconds(), server.memoryMB().peak];
  await requireWhole(server.url, [tree.adwId], tree.lines);
  await server.stop();
  for (const path of [dataDir, state]) rmSync(path, { recursive: true });
  return {
    case: caseOf(files),
    subject: SUBJECT,
    values: {
      [VALUES.rate]: tree.bytes / MB / seconds,
      [VALUES.serverCpu]: (serverCpu / tree.lines) * 1e6,
      [VALUES.sidecarCpu]: (sidecarCpu / tree.lines) * 1e6,
      [VALUES.memory]: memory,
    },
  };
}
