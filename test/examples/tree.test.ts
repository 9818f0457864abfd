import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { EXAMPLE_ID, exampleFiles } from '../../examples/tree.ts';

const ROOT = join(import.meta.dirname, '../../examples');

function onDisk(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}

test('the example on disk is what its story says, byte for byte', () => {
  const files = exampleFiles();
  expect([...onDisk('agents'), ...onDisk('specs')].toSorted()).toEqual([...files.keys()].toSorted());
  for (const [path, content] of files)
    expect(readFileSync(join(ROOT, path)).equals(Buffer.from(content)), path).toBe(true);
});

test('every call of the example has its answer, and every session its result', () => {
  for (const [path, content] of exampleFiles()) {
    if (!path.endsWith('.jsonl')) continue;
    const lines = String(content)
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line));
    const blocks = lines.flatMap(line => line.message?.content ?? []);
    const asked = blocks.filter(block => block.type === 'tool_use').map(block => block.id);
    const answered = blocks.filter(block => block.type === 'tool_result').map(block => block.tool_use_id);
    expect(new Set(answered), path).toEqual(new Set(asked));
    expect(asked.length, path).toBe(new Set(asked).size);
    expect(lines.at(-1).type, path).toBe('result');
  }
});

test('the example has an id that everybody accepts', () => {
  expect(EXAMPLE_ID).toMatch(/^[a-z0-9]{8}$/);
});
