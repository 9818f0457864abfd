import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { describeTool } from '../../src/adw/tool.ts';

describe('the key argument of a tool call', () => {
  test.each([
    ['Bash', { command: 'npm test\n  -- a' }, 'npm test -- a'],
    ['Bash', { command: 'cd /p/"x y" && npm test' }, 'cd /p/"x y" && npm test'],
    ['Bash', { command: 'cd "/p/x y" && npm test', description: 'Run the tests' }, 'npm test'],
    ['Bash', { command: `cd app && cat <<E\nx\nE`, description: 'Say x' }, 'Say x: cat <<E x E'],
    ['Read', { file_path: 'src/a.ts' }, 'src/a.ts'],
    ['Read', { file_path: 'src/a.ts', offset: 10, limit: 20 }, 'src/a.ts:10-29'],
    ['Edit', { file_path: 'src/a.ts', old_string: 'x' }, 'src/a.ts'],
    ['Grep', { pattern: 'foo.*', path: 'src' }, 'foo.*'],
    ['Glob', { pattern: '**/*.ts' }, '**/*.ts'],
    ['Task', { description: 'find callers', prompt: '…' }, 'find callers'],
    ['Agent', { description: 'find callers' }, 'find callers'],
    ['WebFetch', { url: 'https://example.org/a?b' }, 'example.org'],
    [
      'TodoWrite',
      { todos: [{ status: 'completed' }, { status: 'in_progress', content: 'Write tests' }] },
      '1/2 Write tests',
    ],
    [
      'mcp__playwright__browser_navigate',
      { url: 'http://localhost:3000' },
      'playwright·browser_navigate http://localhost:3000',
    ],
    ['NeverHeardOf', { query: 'x' }, 'x'],
    ['toString', {}, ''],
    ['Write', { file_path: '/repo/my docs/a.md' }, 'my docs/a.md'],
    ['LS', { path: '/tmp/x' }, '/tmp/x'],
  ])('%s %j is %j', (name, input, text) => expect(describeTool(name, input, '/repo')).toBe(text));

  test.each([
    ['run', { command: ['npm', 'test'] }, 'npm test'],
    ['run', { cmd: 'ls' }, 'ls'],
    ['read', { filePath: '/repo/src/a.ts', offset: 2 }, 'src/a.ts:2'],
    ['read', { include: ['a.ts', 'b.ts'] }, 'a.ts b.ts'],
    ['edit', { path: 'src/a.ts', edits: [] }, 'src/a.ts'],
    ['edit', { patchText: '*** Begin Patch\n*** Update File: src/a.ts\n@@' }, 'src/a.ts'],
    ['search', { dir_path: 'src' }, 'src'],
    ['fetch', { prompt: 'Read https://example.org' }, 'Read https://example.org'],
    ['plan', { todos: [{ status: 'in_progress', description: 'Build' }] }, '0/1 Build'],
    ['delegate', { agent_name: 'investigator', prompt: '…' }, 'investigator'],
  ] as const)('of whatever program goes by what its tool does: %s %j is %j', (kind, input, text) =>
    expect(describeTool('their_name', input, '/repo', kind)).toBe(text),
  );

  test('is a path as it was written where nobody knows where its agent works', () => {
    expect(describeTool('Read', { file_path: '/Users/dev/shop/src/a.ts' })).toBe('/Users/dev/shop/src/a.ts');
    expect(describeTool('Read', { file_path: '/Users/dev/shop/src/a.ts' }, '/Users/dev/shop')).toBe('src/a.ts');
  });

  test('is a path that keeps both of its ends', () => {
    const path = `src/${'deep/'.repeat(80)}end.ts`;
    expect(describeTool('Read', { file_path: path })).toMatch(/^src\/(?:deep\/)+.{0,5}….{0,5}(?:deep\/)+end\.ts$/);
  });

  test('is one safe line of at most 200 characters, whatever the input', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.constantFrom('Bash', 'Read', 'TodoWrite', 'mcp__a__b'), fc.string()),
        fc.anything(),
        (name, input) => {
          const line = describeTool(name, input);
          expect(line.length).toBeLessThanOrEqual(200);
          expect(line).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
        },
      ),
    );
  });
});
