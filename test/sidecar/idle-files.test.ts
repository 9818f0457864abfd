import { appendFileSync, readdirSync, readlinkSync, utimesSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../src/event/schema.ts';
import { serverForTest } from '../server/running.ts';
import { until } from '../support/until.ts';
import { linesOf, makeBed, readLog } from './bed.ts';

/** More than one ADW keeps open. */
const FILES = 140;
const OPEN_FILES_MAX = 128;

describe('files that have been idle for long', () => {
  it('are closed, and go on where they were when they grow again: each line once, each result with its call', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const paths = Array.from({ length: FILES }, (_, n) => bed.write(bed.stream(`helper-${n}`), `${call(n)}\n`));
    const known: NewEvent[] = [];
    const watch = bed.watch({ onKnown: events => void known.push(...events) });
    await until(
      'the log has every call',
      async () => (await readLog(server.url, '&type=tool_use_pre')).length === FILES,
    );
    await until('some are closed', () => openBelow(bed.root) <= OPEN_FILES_MAX);

    paths.forEach((path, n) => void appendFileSync(path, `${result(n)}\n`));
    await until('the log has every result', async () => {
      return (await readLog(server.url, '&type=tool_use_post')).length === FILES;
    });
    await watch.stop();

    const log = await readLog(server.url);
    for (let n = 0; n < FILES; n++) {
      expect(linesOf(log, `helper-${n}/raw_output.jsonl`)).toEqual([call(n), result(n)]);
    }
    const results = log.filter(({ type }) => type === 'tool_use_post');
    expect(results.every(({ data }) => data.tool_name === 'Bash')).toBe(true);
    // What was parsed again is nothing that a view did not know.
    expect(known).toEqual([]);
  });

  it('hold no descriptor, however few they are, when nobody has written to them for an hour', async () => {
    const server = await serverForTest();
    const bed = makeBed(server.url);
    const old = bed.write(bed.stream('planner'), `${call(1)}\n`);
    const fresh = bed.write(bed.stream('builder'), `${call(2)}\n`);
    const twoHoursAgo = Date.now() / 1000 - 2 * 3_600;
    utimesSync(old, twoHoursAgo, twoHoursAgo);
    const watch = bed.watch();
    await until('both are read', async () => (await readLog(server.url, '&type=tool_use_pre')).length === 2);
    await until('the old one is closed', () => openBelow(old) === 0);
    expect(openBelow(fresh)).toBe(1);

    appendFileSync(old, `${result(1)}\n`);
    await until('it goes on', async () => (await readLog(server.url, '&type=tool_use_post')).length === 1);
    await watch.stop();
    expect(linesOf(await readLog(server.url), 'planner/raw_output.jsonl')).toEqual([call(1), result(1)]);
  });
});

/** How many descriptors this process has of regular streams below `root`. */
function openBelow(root: string): number {
  return readdirSync('/proc/self/fd').filter(fd => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith(root) && target.endsWith('.jsonl');
    } catch {
      return false; // closed meanwhile
    }
  }).length;
}

function call(n: number): string {
  const content = [{ type: 'tool_use', id: `toolu_${n}`, name: 'Bash', input: { command: 'npm test' } }];
  return JSON.stringify({ type: 'assistant', message: { id: `msg_${n}`, role: 'assistant', content } });
}

function result(n: number): string {
  const content = [{ type: 'tool_result', tool_use_id: `toolu_${n}`, content: 'passed' }];
  return JSON.stringify({ type: 'user', message: { role: 'user', content } });
}
