import { cp, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryDirectory } from './processes.ts';

/** A directory that has `agents/` in it, as a workflow leaves one. */
export interface Tree {
  readonly name: string;
  readonly root: string;
}

/**
 * What tests of the terminal commands run on: the example in every run, and whatever trees `ADW_STREAM_TEST_TREES` names,
 * separated by colons.
 */
export function trees(): readonly Tree[] {
  const example = fileURLToPath(new URL('../../examples/', import.meta.url));
  const further = (process.env.ADW_STREAM_TEST_TREES ?? '').split(':').filter(path => path !== '');
  return [example, ...further].map(path => ({ name: basename(resolve(path)), root: resolve(path) }));
}

/** A copy of a tree with the times of its files, in a directory that is removed after the test. No test writes to the tree. */
export async function copyOf({ root }: Tree): Promise<{ readonly root: string; readonly agents: string }> {
  const copy = await temporaryDirectory();
  for (const part of ['agents', 'specs']) {
    await cp(join(root, part), join(copy, part), { recursive: true, preserveTimestamps: true }).catch(
      (error: NodeJS.ErrnoException) => {
        if (part === 'agents' || error.code !== 'ENOENT') throw error;
      },
    );
  }
  return { root: copy, agents: join(copy, 'agents') };
}

/** The ids in an agents directory that an ADW may have, in any format. */
export async function idsIn(agents: string): Promise<readonly string[]> {
  const entries = await readdir(agents, { withFileTypes: true });
  return entries.filter(entry => entry.isDirectory() && /^\w[\w.-]*$/.test(entry.name)).map(entry => entry.name);
}

/** What the files of an ADW say, counted without any code of ours. */
export interface Counted {
  /** Paths of the streams, relative to the ADW's directory, with their complete lines. */
  readonly streams: Readonly<Record<string, readonly string[]>>;
  readonly roles: readonly string[];
  readonly lines: number;
  readonly calls: number;
  readonly results: number;
  readonly failures: number;
  /** US dollars: the last total of each session. */
  readonly cost: number;
  /** By stream that has lines: whether its last result is an error; undefined where there is no result. */
  readonly errors: readonly (boolean | undefined)[];
}

interface Block {
  readonly type?: string;
  readonly id?: string;
  readonly is_error?: boolean;
}

interface Line {
  readonly type?: string;
  readonly session_id?: string;
  readonly is_error?: boolean;
  readonly total_cost_usd?: number;
  readonly message?: { readonly content?: string | readonly Block[] };
}

/** Reads every `.jsonl` of an ADW's directory and counts. */
export async function countAdw(directory: string): Promise<Counted> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => entry.isFile() && entry.name.endsWith('.jsonl'));
  const streams: Record<string, readonly string[]> = {};
  for (const { parentPath, name } of files) {
    const path = join(parentPath, name);
    streams[path.slice(directory.length + 1)] = completeLines(await readFile(path, 'utf8'));
  }
  const parsed = Object.values(streams)
    .filter(lines => lines.length > 0)
    .map(lines => lines.map(parse));
  const all = parsed.flat();
  const blocks = parsed.flatMap(lines =>
    lines.flatMap(({ message }) => (Array.isArray(message?.content) ? (message.content as readonly Block[]) : [])),
  );
  const results = blocks.filter(({ type }) => type === 'tool_result');
  const costs = new Map<string, number>();
  for (const { type, session_id: session = '', total_cost_usd: cost } of all) {
    if (type === 'result' && cost !== undefined) costs.set(session, cost);
  }
  return {
    streams,
    roles: entries.filter(entry => entry.isDirectory() && entry.parentPath === directory).map(({ name }) => name),
    lines: all.length,
    calls: new Set(blocks.filter(({ type }) => type === 'tool_use').map(({ id }) => id)).size,
    results: results.length,
    failures: results.filter(block => block.is_error === true).length,
    cost: [...costs.values()].reduce((sum, cost) => sum + cost, 0),
    errors: parsed.map(lines => lines.findLast(({ type }) => type === 'result')?.is_error),
  };
}

/** The directory of the ADW that said most. */
export async function largestAdw(agents: string): Promise<{ readonly id: string; readonly counted: Counted }> {
  const adws = await Promise.all(
    (await idsIn(agents)).map(async id => ({ id, counted: await countAdw(join(agents, id)) })),
  );
  const [largest] = adws.toSorted((a, b) => b.counted.lines - a.counted.lines);
  if (largest === undefined) throw new Error(`There is no ADW in ${dirname(agents)}.`);
  return largest;
}

/** Lines with a newline, and a last one without when it is whole. */
function completeLines(text: string): string[] {
  const lines = text.split('\n');
  const last = lines.at(-1) ?? '';
  return isJson(last) ? lines : lines.slice(0, -1);
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function parse(line: string): Line {
  const value: unknown = isJson(line) ? JSON.parse(line) : {};
  return typeof value === 'object' && value !== null ? value : {};
}
