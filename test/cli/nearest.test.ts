import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { didYouMean, editDistance, nearest } from '../../src/cli/nearest.ts';

describe('finding what a mistyped word was meant to be', () => {
  test.each([
    ['agentDir', 'agentsDir'],
    ['statedir', 'stateDir'],
    ['prot', 'port'],
    ['relpay', 'replay'],
  ])('%s was meant to be %s', (word, meant) => {
    expect(nearest(word, ['agentsDir', 'stateDir', 'port', 'replay', 'watch'])).toBe(meant);
  });

  test('a word that is like none of them was meant to be none of them', () => {
    expect(nearest('zzzzzz', ['port', 'host', 'replay'])).toBeUndefined();
    expect(didYouMean('zzzzzz', ['port'])).toBe('');
  });

  test('json is the end of ndjson, but ed is no end worth a guess', () => {
    expect(nearest('json', ['pretty', 'plain', 'ndjson', 'minimal'])).toBe('ndjson');
    expect(nearest('ed', ['completed', 'failed'])).toBeUndefined();
  });

  test('the sentence begins with a space, so that it can follow another', () => {
    expect(didYouMean('prot', ['port'])).toBe(' Did you mean port?');
  });
});

describe('the edit distance', () => {
  const word = fc.string({ maxLength: 12 });

  test('is zero for the same word, and the same both ways', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, a)).toBe(0);
        expect(editDistance(a, b)).toBe(editDistance(b, a));
      }),
    );
  });

  test('is at least the difference of the lengths and at most the longer one', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
        expect(editDistance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
      }),
    );
  });

  test('counts two swapped neighbours once', () => {
    expect(editDistance('prot', 'port')).toBe(1);
  });
});
