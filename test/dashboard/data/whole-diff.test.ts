import { expect, test } from 'vitest';
import { wholeDiff } from '../../../dashboard/src/data/whole-diff.ts';
import { fileChangeOf } from '../../../src/sidecar/parse/formats/claude/file-change.ts';

const lines = (count: number, word = 'line') => Array.from({ length: count }, (_, i) => `${word} ${i} of many`);
const content = `${lines(300).join('\n')}\n`;
const PATHS = { bases: ['/w'] };

test('the diff of a file that was created is whole by its text', () => {
  const result = { type: 'create', filePath: '/w/a.ts', content, structuredPatch: [] };
  const data = fileChangeOf({ name: 'Write', input: { file_path: '/w/a.ts', content }, result }, PATHS)!;
  expect(data).toMatchObject({ truncated: true });
  const whole = wholeDiff(data as never, result);
  expect(whole).toHaveLength(data.full_size!);
  expect(whole!.endsWith('\n+line 299 of many')).toBe(true);
  expect(wholeDiff(data as never, { content: `${content}more` })).toBeUndefined();
  expect(wholeDiff(data as never, {})).toBeUndefined();
});

test('that of an edit is by the patch of its result', () => {
  const [before, after] = [lines(80, 'old'), lines(90, 'new')];
  const patch = [before.map(line => `-${line}`), after.map(line => `+${line}`), [' same']].flat();
  const hunk = { oldStart: 4, oldLines: 81, newStart: 4, newLines: 91, lines: patch };
  const result = {
    structuredPatch: [hunk, { oldStart: 200, oldLines: 1, newStart: 210, newLines: 0, lines: ['-end'] }],
  };
  const data = fileChangeOf({ name: 'Edit', input: { file_path: '/w/a.ts' }, result }, PATHS)!;
  expect(data).toMatchObject({ truncated: true });
  expect(wholeDiff(data as never, result)?.endsWith('\n same\n@@ -200,1 +210,0 @@\n-end')).toBe(true);
});
