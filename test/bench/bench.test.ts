import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const RUNNER = join(ROOT, 'bench/.build/run.js');

/** What each benchmark shows in its short version. */
const CASES = [
  ['replay', 'from one long file and from many to a server that only counts'],
  ['replay-serve', 'from files into the durable log and back out of it'],
  ['up', 'of many runs that one process takes in, and of one that is written to meanwhile'],
  ['formats', 'of lines most of which only repeat others'],
  ['latency', 'line by line while a file grows'],
  ['watch', 'in bursts, with and without file system events'],
  ['ingest', 'from publishers into the log, in batches and one by one'],
  ['fanout', 'from publishers to subscribers'],
  ['fanout-rate', 'from publishers to subscribers at a fixed rate'],
  ['filters', 'to subscribers that each want one of many ADWs'],
  ['connections', 'while connections are idle'],
  ['stuck', 'to others while one subscriber never reads'],
  ['recovery', 'from the past into live'],
  ['store', 'in a log that is closed, opened and searched'],
  ['stores', 'to subscribers, whatever keeps the log and however many servers are on it'],
  ['growth', 'of many ADWs and to many subscribers'],
  ['dashboard', 'from the log, and live, into a page'],
  ['start-up', 'of what --help says'],
] as const;
/** Beside them the one that has no short version. */
const NAMES = [...CASES.map(([name]) => name), 'latency-last'];

/** The short versions check what arrives: a line or an event that is lost, repeated, changed or out of order fails them. */
describe('at full speed nothing is lost, repeated or reordered', () => {
  let elsewhere: string;
  /** What is said under each benchmark's heading. */
  let sections: Map<string, string>;
  beforeAll(async () => {
    // Types are checked before the tests.
    const compile = [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'bench/tsconfig.json', '--noCheck'];
    await run(process.execPath, compile, { cwd: ROOT });
    elsewhere = await mkdtemp(join(tmpdir(), 'adw-stream-bench-test-'));
    // Two at a time: for the most part a benchmark waits for programs to start and to end.
    const halves = [NAMES.filter((_, index) => index % 2 === 0), NAMES.filter((_, index) => index % 2 === 1)];
    const outputs = await Promise.all(
      halves.map(names =>
        run(process.execPath, [RUNNER, '--short', ...names], { cwd: elsewhere }).catch(error => error),
      ),
    );
    expect(outputs.map(({ stderr }) => stderr)).toEqual(['', '']);
    const found = outputs.flatMap(({ stdout }) => stdout.split('\n## ') as string[]);
    sections = new Map(found.map(section => [section.split(':')[0] ?? '', section]));
    // Against hanging, and no claim: it takes 100 s where three files share two cores, and 300 s beside other work. What waits in it
    // for something that does not come ends by itself, and says so.
  }, 1_200_000);
  afterAll(() => rm(elsewhere, { recursive: true, force: true }));

  it.each(CASES)('%s: %s', name => {
    expect(sections.get(name)).toMatch(/\| (adw-stream|SQLite)/);
  });

  it('names what there is when a benchmark is asked for that there is not', async () => {
    const failure = await run(process.execPath, [RUNNER, 'speed'], { cwd: elsewhere }).catch(error => error);
    expect(failure).toMatchObject({ code: 2 });
    expect(failure.stderr).toContain(`There is no benchmark speed; there are ${[...NAMES, 'cost'].join(', ')}.`);
  });
});
