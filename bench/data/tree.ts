import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type LineSource, lineSource } from './lines.ts';

/** A generated `agents/` directory with one ADW. */
export interface Tree {
  readonly agentsDir: string;
  readonly adwId: string;
  readonly lines: number;
  readonly bytes: number;
}

const FLUSH_BYTES = 4 * 1024 * 1024;

/** What {@link writeTree} writes. */
export interface TreeOptions {
  readonly files: number;
  readonly bytes: number;
  /** The lines of a stream by its number; those of Claude Code when absent. */
  readonly source?: (file: number) => Lines;
}

/** Writes an ADW of `files` streams with about `bytes` altogether into `directory`. */
export function writeTree(directory: string, { files, bytes, source = lineSource }: TreeOptions): Tree {
  const tree = { agentsDir: join(directory, 'agents'), adwId: 'be9c0001', lines: 0, bytes: 0 };
  for (let file = 0; file < files; file++) {
    const written = writeStream(streamPath(tree, file), source(file), { bytes: bytes / files });
    tree.lines += written.lines;
    tree.bytes += written.bytes;
  }
  return tree;
}

/** Where the stream of a role lies; the directory is made. */
export function streamPath({ agentsDir, adwId }: Pick<Tree, 'agentsDir' | 'adwId'>, file: number): string {
  const role = join(agentsDir, adwId, `sdlc_implementor_${String(file).padStart(4, '0')}`);
  mkdirSync(role, { recursive: true });
  return join(role, 'raw_output.jsonl');
}

/** Many ADWs in one `agents/` directory. */
export interface Runs {
  readonly agentsDir: string;
  readonly runs: readonly Run[];
  readonly lines: number;
  readonly bytes: number;
}

/** One of them. */
export interface Run {
  readonly adwId: string;
  readonly lines: number;
  /** A word that the last line of its last file has, and no other. */
  readonly word: string;
}

const FILES_PER_RUN = 4;

/** Writes `count` ADWs of four streams each, with about `bytes` altogether, into `directory`. */
export function writeRuns(directory: string, { count, bytes }: { count: number; bytes: number }): Runs {
  const agentsDir = join(directory, 'agents');
  const all = { agentsDir, runs: [] as Run[], lines: 0, bytes: 0 };
  for (let nth = 0; nth < count; nth++) {
    const run = { adwId: (0x20000000 + nth).toString(16), lines: 0, word: `needle${nth}` };
    for (let of = 1; of <= FILES_PER_RUN; of++) {
      const file = nth * FILES_PER_RUN + of;
      const last = of === FILES_PER_RUN ? run.word : undefined;
      const path = streamPath({ agentsDir, adwId: run.adwId }, file);
      const written = writeStream(path, lineSource(file), { bytes: bytes / count / FILES_PER_RUN, last });
      run.lines += written.lines;
      all.bytes += written.bytes;
    }
    all.lines += run.lines;
    all.runs.push(run);
  }
  return all;
}

type Lines = Pick<LineSource, 'next'> & Partial<LineSource>;

/** Writes about as many bytes as are wanted; the last line says the words of `last`, if any. */
function writeStream(
  path: string,
  source: Lines,
  wanted: { bytes: number; last?: string | undefined },
): { lines: number; bytes: number } {
  const fd = openSync(path, 'w');
  let waiting = '';
  let lines = 0;
  let bytes = 0;
  while (bytes + waiting.length < wanted.bytes) {
    waiting += `${source.next()}\n`;
    lines += 1;
    if (waiting.length < FLUSH_BYTES) continue;
    bytes += writeSync(fd, waiting);
    waiting = '';
  }
  if (wanted.last !== undefined && source.say) {
    waiting += `${source.say(wanted.last)}\n`;
    lines += 1;
  }
  bytes += writeSync(fd, waiting);
  closeSync(fd);
  return { lines, bytes };
}
