import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isBeingTyped, parseQuery } from '../../../dashboard/src/run/query.ts';

describe('the search box', () => {
  test('takes words, tokens and expressions apart', () => {
    const query = parseQuery('tool:Bash role:test* dur:>10s "not found" again /npm (run|ci)/i is:pending');
    expect(query.words).toBe('not found again');
    expect(query.tool?.test('bash')).toBe(true);
    expect(query.role?.test('test_runner')).toBe(true);
    expect(query.role?.test('my_test')).toBe(false);
    expect(query.minMs).toBe(10_000);
    expect(query.regex?.test('NPM CI')).toBe(true);
    expect(query.is).toBe('pending');
    expect(query.error).toBeUndefined();
  });

  test.each([
    ['/unclosed[/', /unterminated|invalid|missing/i],
    ['/unclosed', /closing/],
    ['dur:fast', /dur:>10s/],
    ['is:green', /is:pending/],
  ])('says what is wrong with %s', (text, message) => {
    expect(parseQuery(text).error).toMatch(message);
  });

  test('a path is no expression', () => {
    expect(parseQuery('file:src/a.ts').file).toBe('src/a.ts');
    for (const path of ['src/a.ts', '/usr/bin', '/src/app/main.ts', 'see /etc/hosts again'])
      expect(parseQuery(path)).toEqual({ ...parseQuery(''), words: path });
  });

  test('what stands in quotes is one value', () => {
    expect(parseQuery('file:"my docs/a b.md" failed')).toMatchObject({ file: 'my docs/a b.md', words: 'failed' });
  });

  test.each([
    ['dark mo', true],
    ['is:error mo', true],
    ['mo ', false],
    ['"dark mo"', false],
    ['mo role:build', false],
    ['', false],
  ])('of %j the last word may be the beginning of one: %s', (text, is) => {
    expect(isBeingTyped(text)).toBe(is);
  });

  test('survives whatever is typed', () => {
    fc.assert(fc.property(fc.string(), text => void parseQuery(text)));
  });
});
