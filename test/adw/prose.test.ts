import { expect, test } from 'vitest';
import { rowOf } from '../../src/adw/row.ts';

const lineOf = (content: string, type = 'text_block') => rowOf({ type, seq: 1, data: { content } }).summary;

test.each([
  ['## Summary\n\nAll **24 tests** pass.', 'Summary All 24 tests pass.'],
  ['The plan is in `specs/a_b_c.md`, see [it](http://x/y).', 'The plan is in specs/a_b_c.md, see it.'],
  ['**Done**: *nothing* left', 'Done: nothing left'],
  ['Run:\n```bash\nnpm test\n```\nthen go', 'Run: npm test then go'],
  ['- one\n- two', 'one - two'],
  ['> quoted\n> twice', 'quoted twice'],
  ['---\nrule', 'rule'],
  ['\u2066(now)', '[U+2066](now)'],
])('%j reads on one line as %j', (content, line) => expect(lineOf(content)).toBe(line));

test.each([
  '2 * 3 * 4',
  'a snake_case_word and __init__.py',
  'src/**/*.ts',
  'an `unclosed mark',
  'cost: 5# [x]',
  'f(*args, **more)',
])('%j has no marks, and stays', content => expect(lineOf(content)).toBe(content));

test('what an agent did, and what it was asked for, keeps every character', () => {
  const data = { tool_name: 'Bash', input: { command: 'echo `date` **' } };
  expect(rowOf({ type: 'tool_use_pre', seq: 1, data }).summary).toBe('echo `date` **');
  expect(lineOf('**bold**', 'agent_log')).toBe('**bold**');
});
