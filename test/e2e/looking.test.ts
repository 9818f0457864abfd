import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { AdwSummary } from '../../src/adw/summary-shape.ts';
import type { NewEvent } from '../../src/event/schema.ts';
import { runHere } from './processes.ts';
import { type Counted, copyOf, countAdw, idsIn, trees } from './trees.ts';

const NEVER_ENDED = ['running', 'stalled', 'ended_without_result'];

/** The states that an ADW can be in, as far as its streams alone tell. */
function statesOf({ errors }: Counted): readonly string[] {
  if (errors.length === 0) return ['pending', 'ended_without_result'];
  if (errors.every(error => error === undefined)) return NEVER_ENDED;
  if (errors.every(error => error === true)) return ['failed'];
  // A workflow may fail between two roles, and say so in its log.
  if (errors.every(error => error === false)) return ['completed', 'failed'];
  return ['completed', 'failed', ...NEVER_ENDED];
}

describe.each(trees().map(tree => [tree.name, tree] as const))('looking at the tree %s', (_name, tree) => {
  test('list tells what its files say', async () => {
    const { root, agents } = await copyOf(tree);
    const any = ['--id-format', 'any'];
    const list = await runHere(['list', '--json', '--settle', '10ms', ...any], { cwd: root });
    const listed = new Map((JSON.parse(list.stdout) as AdwSummary[]).map(adw => [adw.adw_id, adw]));
    const ids = await idsIn(agents);
    expect([...listed.keys()].toSorted()).toEqual(ids.toSorted());
    for (const id of ids) {
      const counted = await countAdw(join(agents, id));
      const adw = listed.get(id);
      expect(adw?.totals, id).toMatchObject({
        lines: counted.lines,
        tools: counted.calls,
        tool_errors: counted.failures,
      });
      expect(statesOf(counted), id).toContain(adw?.status);
      expect(adw?.roles.map(({ role }) => role).toSorted(), id).toEqual(counted.roles.toSorted());
      const attempts = adw?.roles.reduce((sum, role) => sum + role.attempts.length, 0);
      expect(attempts, id).toBe(counted.errors.length);
      const hasEnded = counted.errors.every(error => error !== undefined);
      if (hasEnded) expect(adw?.totals.cost_usd, id).toBeCloseTo(counted.cost, 9);
      // What has not ended is estimated, and comes on top.
      else expect(adw?.totals.cost_usd, id).toBeGreaterThanOrEqual(counted.cost);
      expect(adw?.totals.cost_estimated, id).toBe(!hasEnded);
    }
  });

  test('status and tail of each ADW tell the same', async () => {
    const { root, agents } = await copyOf(tree);
    const any = ['--id-format', 'any'];
    for (const id of await idsIn(agents)) {
      const counted = await countAdw(join(agents, id));
      if (counted.lines === 0) continue;
      const [status, tail] = await Promise.all([
        runHere(['status', id, '--settle', '10ms', ...any], { cwd: root }),
        runHere(['tail', id, '--no-follow', '-o', 'ndjson', '--type', 'tool_use_post', ...any], { cwd: root }),
      ]);
      const calls = counted.calls.toLocaleString('en-US');
      expect(status.stdout).toMatch(new RegExp(`· ${calls} tool calls? · .* · ${counted.lines} lines? of output`));
      const word = /^\S+ +\S (\w+(?: \w+)*) {2}/.exec(status.stdout)?.[1]?.replaceAll(' ', '_') ?? '';
      expect([word, status.code]).toEqual([word, word === 'failed' ? 1 : /stalled|ended/.test(word) ? 3 : 0]);
      const posts = tail.stdout
        .split('\n')
        .filter(Boolean)
        .map(line => JSON.parse(line) as NewEvent);
      expect(posts).toHaveLength(counted.results);
      const failed = posts.filter(event => event.type === 'tool_use_post' && !event.data.success);
      expect(failed).toHaveLength(counted.failures);
    }
  });
});
