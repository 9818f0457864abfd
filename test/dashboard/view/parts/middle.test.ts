import { expect, test } from 'vitest';
import { tailOf } from '../../../../dashboard/src/view/parts/middle.tsx';

test('a path keeps its last name, anything else a third of itself, at most 18 characters', () => {
  const kept = (text: string, isPath?: boolean) => text.slice(text.length - tailOf(text, isPath));
  expect(kept('src/components/deep/Game.tsx')).toBe('Game.tsx');
  expect(kept('a b/src/components/Game.tsx', true)).toBe('Game.tsx');
  expect(kept('npx vitest run test/dashboard/home.test.ts')).toBe('d/home.test.ts');
  expect(kept('issue-4711-fix-the-header')).toBe('e-header');
  expect(kept('git log --oneline -n 20 -- src/very/deep/below/the/root.ts')).toHaveLength(18);
  expect(kept('7e4c1a9b')).toBe('');
  // What ends with a slash, or has a name as long as a line, loses its middle like words.
  expect(kept('src/components/deep/')).toHaveLength(6);
  expect(kept(`src/${'x'.repeat(80)}`)).toHaveLength(18);
});

test('no character is cut in two', () => {
  const text = `${'a'.repeat(20)}😀${'b'.repeat(9)}`;
  expect(text.slice(-tailOf(text))).not.toMatch(/^[\udc00-\udfff]/);
  const other = `${'a'.repeat(19)}😀${'b'.repeat(9)}`;
  expect(other.slice(-tailOf(other))).not.toMatch(/^[\udc00-\udfff]/);
});
