import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AdwTree, type Scan } from '../../../src/sidecar/discover/tree.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const ADW = 'a1b2c3d4';

/** A directory that changed just now may change again without a newer time: everything here changed a minute ago. */
function age(directory: string): void {
  const minuteAgo = Date.now() / 1_000 - 60 - Math.random();
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory()) age(join(directory, entry.name));
  }
  utimesSync(directory, minuteAgo, minuteAgo);
}

function makeTree(): { root: string; tree: () => AdwTree } {
  const root = temporaryDirectory();
  for (const role of ['planner', 'implementor']) {
    mkdirSync(join(root, 'agents', ADW, role), { recursive: true });
    writeFileSync(join(root, 'agents', ADW, role, 'raw_output.jsonl'), '{}\n');
  }
  mkdirSync(join(root, 'specs'));
  mkdirSync(join(root, 'app', 'src'), { recursive: true });
  age(root);
  return { root, tree: () => new AdwTree({ adwId: ADW, agentsDir: join(root, 'agents') }) };
}

const pathsOf = ({ files }: Scan) => files.map(({ path }) => path);

describe('a scan of the tree', () => {
  it('gives the same object again while nothing changes', () => {
    const tree = makeTree().tree();
    const first = tree.scan();
    expect(pathsOf(first)).toEqual(['implementor/raw_output.jsonl', 'planner/raw_output.jsonl']);
    expect(tree.scan()).toBe(first);
  });

  it('sees the plan that the state names come and go', () => {
    const { root, tree: open } = makeTree();
    const tree = open();
    const hint = { planFile: 'app/src/plan.md', worktreePath: undefined };
    expect(pathsOf(tree.scan(hint))).not.toContain('app/src/plan.md');
    writeFileSync(join(root, 'app', 'src', 'plan.md'), '# Plan');
    expect(pathsOf(tree.scan(hint))).toContain('app/src/plan.md');
    expect(pathsOf(tree.scan())).not.toContain('app/src/plan.md');
  });

  it('spends nothing on a plan whose name is no path', () => {
    const { root, tree: open } = makeTree();
    mkdirSync(join(root, 'trees', ADW), { recursive: true });
    const tree = open();
    tree.scan();
    const planFile = `${'specs/'.repeat(80_000)}\n.md`;
    const before = process.cpuUsage();
    for (let n = 0; n < 20; n++) tree.scan({ planFile, worktreePath: planFile });
    expect(process.cpuUsage(before).user / 1_000).toBeLessThan(1_000);
  });

  it('follows no symbolic link, and tells of those that hide something', () => {
    const { root, tree: open } = makeTree();
    const role = join(root, 'agents', ADW, 'planner');
    symlinkSync(join(role, 'raw_output.jsonl'), join(role, 'cc_raw_output.jsonl'));
    symlinkSync(role, join(root, 'agents', ADW, 'latest'));
    symlinkSync(root, join(root, 'agents', ADW, 'elsewhere'));
    symlinkSync(join(root, 'app'), join(root, 'agents', ADW, 'notes'));
    age(root);
    const { files, roles, unreadable } = open().scan();
    expect(files.map(({ path }) => path)).toEqual(['implementor/raw_output.jsonl', 'planner/raw_output.jsonl']);
    expect(roles).toEqual(['implementor', 'planner']);
    expect(unreadable.map(({ path, code, role }) => [path, code, role])).toEqual([
      ['elsewhere/', 'ELOOP', 'elsewhere'],
      ['notes/', 'ELOOP', 'notes'],
      ['planner/cc_raw_output.jsonl', 'ELOOP', 'planner'],
    ]);
  });

  it('sees rights that are taken and given back', () => {
    const { root, tree: open } = makeTree();
    const tree = open();
    const first = tree.scan();
    const role = join(root, 'agents', ADW, 'planner');
    chmodSync(role, 0o600);
    const without = tree.scan();
    expect(without).not.toBe(first);
    chmodSync(role, 0o700);
    expect(pathsOf(tree.scan())).toEqual(pathsOf(first));
  });

  it('sees a file that comes right after a scan of its new directory', () => {
    const { root, tree: open } = makeTree();
    const tree = open();
    const role = join(root, 'agents', ADW, 'tester');
    mkdirSync(role);
    const { mtime } = statSync(role);
    tree.scan();
    writeFileSync(join(role, 'raw_output.jsonl'), '{}\n');
    // As on a file system whose times are coarse.
    utimesSync(role, mtime, mtime);
    expect(pathsOf(tree.scan())).toContain('tester/raw_output.jsonl');
  });

  it('finds what a first one finds, whatever has happened', () => {
    const names = fc.constantFrom(
      `agents/${ADW}/planner`,
      `agents/${ADW}/tester`,
      `agents/${ADW}/tester/prompts`,
      `trees/${ADW}`,
      `trees/${ADW}/agents/${ADW}/planner`,
      `trees/${ADW}/specs`,
      'specs',
      'app/specs',
      'lib/specs/deep',
    );
    const files = fc.constantFrom('raw_output.jsonl', `issue-1-adw-${ADW}-plan.md`, 'execution.log', 'one.txt');
    const action = fc.record({
      what: fc.constantFrom('add', 'remove', 'remove-directory', 'rename', 'age', 'nothing'),
      directory: names,
      file: files,
    });
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 12 }), actions => {
        const { root, tree: open } = makeTree();
        const tree = open();
        tree.scan();
        for (const { what, directory, file } of actions) {
          const path = join(root, directory, file);
          if (what === 'add') {
            mkdirSync(dirname(path), { recursive: true });
            writeFileSync(path, '{}\n');
          }
          if (what === 'remove') rmSync(path, { force: true });
          if (what === 'remove-directory') rmSync(join(root, directory), { force: true, recursive: true });
          if (what === 'rename' && existsSync(path)) renameSync(path, `${path}.old`);
          if (what === 'age') age(root);
          expect(tree.scan()).toEqual(open().scan());
        }
      }),
      { numRuns: 60 },
    );
  });
});
