import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { AGENT_FLAGS, agentFlagFindings } from '../../../src/cli/doctor/agent-flags.ts';

test('the flags that make a run visible are named with what each adds, by doctor and by the recipes', async () => {
  const recipes = await readFile(new URL('../../../docs/recipes.md', import.meta.url), 'utf8');
  for (const { flag, adds } of AGENT_FLAGS) {
    expect(recipes).toContain(`| \`${flag}\` | ${adds} |`);
    expect(agentFlagFindings()).toContainEqual({
      check: 'to see more',
      verdict: 'ok',
      message: `claude ${flag}: ${adds}`,
    });
  }
});
