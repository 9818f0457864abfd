import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { directoryOf, findRunDirectories, listAdwIds } from '../../../src/sidecar/discover/agents-dir.ts';
import { classify } from '../../../src/sidecar/discover/classify.ts';
import { layoutOf, repositoryOf } from '../../../src/sidecar/discover/layout.ts';
import { AdwTree } from '../../../src/sidecar/discover/tree.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const FACTORY = 'adws/adw_data/sessions';

function project(...files: string[]): string {
  const root = temporaryDirectory();
  for (const file of files) {
    mkdirSync(join(root, file, '..'), { recursive: true });
    writeFileSync(join(root, file), '{}\n');
  }
  return root;
}

describe('where runs lie', () => {
  test('is found in both layouts, from below the project too, or said', async () => {
    const root = project('agents/aaaaaaaa/planner/raw_output.jsonl', `${FACTORY}/bbbbbbbb/planner/raw_output.jsonl`);
    const both = { agentsDir: join(root, 'agents'), otherDirs: [join(root, FACTORY)] };
    expect(await findRunDirectories({ cwd: join(root, 'adws') })).toEqual(both);
    expect(await findRunDirectories({ cwd: '/', agentsDir: root })).toEqual(both);
    expect(await findRunDirectories({ cwd: root, agentsDir: FACTORY })).toEqual({ agentsDir: join(root, FACTORY) });
    expect(await listAdwIds(both, 'strict')).toEqual(['aaaaaaaa', 'bbbbbbbb']);
    expect(directoryOf('bbbbbbbb', both)).toBe(join(root, FACTORY));
    await expect(findRunDirectories({ cwd: temporaryDirectory() })).rejects.toThrow(
      /no agents\/ directory in .*, and no adws/,
    );
  });

  test('is a factory by its name or by the database beside it, wherever a project keeps its data', () => {
    const root = project('adws/data/sessions/aaaaaaaa/x', 'adws/data/sssf.db', 'agents/sessions/aaaaaaaa/x');
    expect(layoutOf(join(root, 'adws/data/sessions'))).toBe('factory');
    expect(repositoryOf(join(root, 'adws/data/sessions'))).toBe(root);
    expect(layoutOf(join(root, 'agents/sessions'))).toBe('classic');
  });

  test('includes the worktrees of both, in which a run may be alone', async () => {
    const root = project(
      ...['agents/aaaaaaaa/planner/raw_output.jsonl', `${FACTORY}/bbbbbbbb/planner/raw_output.jsonl`],
      ...['trees/cccccccc/agents/cccccccc/builder/raw_output.jsonl'],
      ...[`.sssf-worktrees/dddddddd/${FACTORY}/dddddddd/builder/raw_output.jsonl`],
      ...[
        `.sssf-worktrees/bbbbbbbb/${FACTORY}/bbbbbbbb/builder/raw_output.jsonl`,
        '.sssf-worktrees/eeeeeeee/README.md',
      ],
    );
    const runs = await findRunDirectories({ cwd: root });
    expect(await listAdwIds(runs, 'strict')).toEqual(['aaaaaaaa', 'bbbbbbbb', 'cccccccc', 'dddddddd']);
    const streams = (adwId: string) => {
      const { files, agents } = new AdwTree({ adwId, ...runs }).scan();
      return [files.filter(({ kind }) => kind === 'stream').map(({ path }) => path), agents];
    };
    expect(streams('bbbbbbbb')).toEqual([
      ['planner/raw_output.jsonl', '.sssf-worktrees/bbbbbbbb/builder/raw_output.jsonl'],
      ['builder', 'planner'],
    ]);
    expect(streams('cccccccc')).toEqual([['trees/cccccccc/builder/raw_output.jsonl'], []]);
  });

  test('keeps a run apart that both layouts have under one id', async () => {
    const root = project('agents/aaaaaaaa/planner/raw_output.jsonl', `${FACTORY}/aaaaaaaa/planner/raw_output.jsonl`);
    const { files } = new AdwTree({ adwId: 'aaaaaaaa', ...(await findRunDirectories({ cwd: root })) }).scan();
    expect(files.filter(({ kind }) => kind === 'stream').map(({ path }) => path)).toEqual([
      'planner/raw_output.jsonl',
      `${FACTORY}/aaaaaaaa/planner/raw_output.jsonl`,
    ]);
  });
});

test.each([
  ['planner/raw_output.jsonl', 'stream', 'planner'],
  ['planner/subagents/1/turn-2/raw_output.jsonl', 'stream', 'planner'],
  ['planner/subagents/1/subagents/2/turn-1/raw_output.jsonl', 'stream', 'planner'],
  ['planner/subagents/1/turn-1/result.txt', 'sub-agent', 'planner'],
  ['planner/subagents/1/telemetry.jsonl', 'sub-agent', 'planner'],
  ['planner/envelope.json', 'envelope', 'planner'],
  ['planner/prompts/user.md', 'prompt', 'planner'],
  ['planner/prompts/system.md', 'other', 'planner'],
  ['agent_map.json', 'agent-map', undefined],
  ['context_handoff/plan.md', 'other', undefined],
  ['context_handoff/rows.jsonl', undefined, undefined],
  ['planner/sessions/2026_abc.jsonl', undefined, undefined],
  ['planner/pi_sessions/a.json', undefined, undefined],
  ['events.jsonl', undefined, undefined],
])('%s of a factory is %s', (path, kind, role) => {
  expect(classify(path, 'aaaaaaaa', 'factory')).toEqual(kind === undefined ? undefined : { kind, role });
});
