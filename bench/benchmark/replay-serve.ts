import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Benchmark, type Context, requireNoFaults, type Sample } from '../benchmark.ts';
import { CORE } from '../child.ts';
import { lineCheck } from '../data/line-check.ts';
import { type Tree, writeTree } from '../data/tree.ts';
import { adwStream, type Server, serve } from '../subject/adw-stream.ts';

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
  goals: median =>
    LAYOUTS.flatMap(files => [
      {
        text: `${caseOf(files)}: MB of raw lines a second`,
        reached: median(caseOf(files), SUBJECT, VALUES.rate),
        atLeast: 25,
      },
      {
        text: `${caseOf(files)}: memory of the server, MB`,
        reached: median(caseOf(files), SUBJECT, VALUES.memory),
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
  await requireWhole(server, tree);
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

interface ChunkPage {
  readonly events: readonly { readonly seq: number; readonly data: { readonly content: string } }[];
}

/** Reads every raw line back from the log. */
async function requireWhole({ url }: Server, { adwId, lines }: Tree): Promise<void> {
  const check = lineCheck();
  for (let after = 0; ; ) {
    const page = `${url}/api/v1/adws/${adwId}/events?type=agent_output_chunk&limit=100&after=${after}`;
    const { events } = (await (await fetch(page)).json()) as ChunkPage;
    const last = events.at(-1);
    if (last === undefined) break;
    after = last.seq;
    for (const { data } of events)
      for (const line of data.content.split('\n')) check.take(await wholeLine(url, adwId, line));
  }
  requireNoFaults('the log', check.faults);
  if (check.lines !== lines) throw new Error(`the log has ${check.lines} lines of ${lines}`);
}

/** A line that is too long for its chunk lies in an artifact. */
async function wholeLine(url: string, adwId: string, line: string): Promise<string> {
  if (!line.startsWith('{"type":"adw_stream.line"')) return line;
  return (await fetch(`${url}/api/v1/adws/${adwId}/artifacts/${JSON.parse(line).artifact}`)).text();
}
