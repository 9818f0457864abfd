import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAnchorFinder } from '../../../src/sidecar/parse/redact-anchors.ts';

const signsIn = (anchors: Readonly<Record<string, readonly string[]>>, text: string): string[] =>
  [...(createAnchorFinder(new Map(Object.entries(anchors))).signsIn(Buffer.from(text)) ?? [])].sort();

describe('the finder of anchors', () => {
  it('names each sign of which an anchor stands in the text', () => {
    const anchors = { token: ['tok_', 'key='], url: ['://'] };
    expect(signsIn(anchors, 'see http://example.org')).toEqual(['url']);
    expect(signsIn(anchors, 'a key=b and a tok_c at x://')).toEqual(['token', 'url']);
    expect(signsIn(anchors, 'key = tok-a: //')).toEqual([]);
    expect(signsIn(anchors, '')).toEqual([]);
  });

  it('finds an anchor at the beginning, at the end, and at each place between', () => {
    for (const before of ['', 'a', 'ab', 'é', '日本x'])
      for (const after of ['', '.', '..']) expect(signsIn({ a: ['xyz'] }, `${before}xyz${after}`)).toEqual(['a']);
  });

  it.each([
    ['gh[ps]_', ['ghp_', 'ghs_'], ['gho_', 'gh_', 'ghps_']],
    ['a\\.b[a-c-]', ['a.ba', 'a.b-'], ['axba', 'a.bd']],
    ['(?:ab|c)de?f', ['abdef', 'abdf', 'cdef', 'cdf'], ['bdef', 'abde']],
    ['x\\d{3}y', ['x123y'], ['x12y', 'x1234y', 'x12ay']],
    ['id[=\\s]1', ['id=1', 'id 1', 'id\n1'], ['id1', 'id-1']],
  ])('reads %s as an expression', (anchor, matching, others) => {
    for (const text of matching) expect(signsIn({ it: [anchor] }, `(${text})`)).toEqual(['it']);
    for (const text of others) expect(signsIn({ it: [anchor] }, `(${text})`)).toEqual([]);
  });

  it('finds white space beyond ASCII where \\s stands, and perhaps another character', () => {
    expect(signsIn({ it: ['ab\\s'] }, 'ab\u00a0c')).toEqual(['it']);
    expect(signsIn({ it: ['ab\\s'] }, 'ab\u2003c')).toEqual(['it']);
  });

  it('refuses what is shorter than three characters, and what is no anchor', () => {
    for (const anchor of ['', 'ab', 'abc?', 'abc|de', '(?:ab|c)d', 'abc)']) {
      expect(() => signsIn({ it: [anchor] }, '')).toThrow(SyntaxError);
    }
  });

  it('finds what a regular expression finds', () => {
    const anchors = ['aab', 'ba[bc]', 'c{3}a', '(?:ab|bc)\\s', 'b-?cc'];
    const finder = createAnchorFinder(new Map(anchors.map(anchor => [anchor, [anchor]])));
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '-', ' '), maxLength: 40 });
    fc.assert(
      fc.property(text, searched => {
        const found = finder.signsIn(Buffer.from(searched)) ?? new Set();
        for (const anchor of anchors) expect(found.has(anchor)).toBe(new RegExp(anchor).test(searched));
      }),
    );
  });
});
