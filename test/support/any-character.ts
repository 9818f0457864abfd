import fc from 'fast-check';

const SURROGATES = { first: 0xd800, count: 0x800 };

/**
 * Any code point that text may hold: the unit of a `fc.string`. That of fast-check itself (`binary`) keeps a table of all of them
 * to shrink strings that it did not make: two seconds of a processor and 85 MB in each process of tests.
 */
export const anyCharacter: fc.Arbitrary<string> = fc
  .nat(0x10ffff - SURROGATES.count)
  .map(index => String.fromCodePoint(index < SURROGATES.first ? index : index + SURROGATES.count));
