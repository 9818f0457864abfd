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
  readonly source?: (file: number) => LineSource;
}

/** Writes an ADW of `files` streams with about `bytes` altogether into `directory`. */
export function writeTree(directory: string, { files, bytes, source = lineSource }: TreeOptions): Tree {
  const tree = { agentsDir: join(directory, 'agents'), adwId: 'be9c0001', lines: 0, bytes: 0 };
  for (let file = 0; file < files; file++) {
    const written = writeStream(streamPath(tree, file), source(file), bytes / files);
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

function writeStream(path: string, source: LineSource, bytesWanted: number): { lines: number; bytes: number } {
  const fd = openSync(path, 'w');
  let waiting = '';
  let lines = 0;
  let bytes = 0;
  while (bytes + waiting.length < bytesWanted) {
    waiting += `${source.next()}\n`;
    lines += 1;
    if (waiting.length < FLUSH_BYTES) continue;
    bytes += writeSync(fd, waiting);
    waiting = '';
  }
  bytes += writeSync(fd, waiting);
  closeSync(fd);
  return { lines, bytes };
}
