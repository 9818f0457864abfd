import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/sidecar/parse/json.ts';
import { isWholeLine, readRecords } from '../../../src/sidecar/parse/records.ts';
import { anyCharacter } from '../../support/any-character.ts';

const isLine = (value: JsonObject) => value.type === 'line';
const read = (text: string) => readRecords(text, isLine);
const line = (said: string) => JSON.stringify({ type: 'line', message: { content: [{ type: 'text', text: said }] } });
const NUL = '\0'.repeat(400);

describe('a line', () => {
  it('that is one value is that value, with or without a byte order mark', () => {
    for (const text of ['{"a":1}', '[1]', '"x"', `\ufeff${line('x')}`])
      expect(read(text)).toMatchObject({ rest: [], isComplete: true });
  });

  it('with several records has them all', () => {
    const text = line('a') + line('b{') + line('c');
    expect(read(text)).toEqual({
      values: [line('a'), line('b{'), line('c')].map(one => JSON.parse(one)),
      rest: [],
      isComplete: true,
    });
  });

  it('with a record behind a half one has the whole one, wherever the half one was cut off', () => {
    const half = JSON.stringify({
      type: 'line',
      text: 'a "quoted" {"word"} \\ \u00e4\n',
      n: -1.5e3,
      ok: true,
      list: [1, { a: null }],
    });
    for (let cut = 1; cut < half.length; cut += 1) {
      const { values, rest } = read(half.slice(0, cut) + line('whole'));
      expect(values, half.slice(0, cut)).toEqual([JSON.parse(line('whole'))]);
      expect(rest, half.slice(0, cut)).toEqual([half.slice(0, cut)]);
    }
  });

  it('does not take a part of a record for a record', () => {
    const half = line('x').slice(0, -1);
    expect(read(half)).toEqual({ values: [], rest: [half], isComplete: false });
  });

  it('with text and with NUL bytes around its records has both', () => {
    const text = `npm warn {old}: x ${line('a')}${NUL}${line('b')}  and more`;
    const { values, rest, isComplete } = read(text);
    expect(values).toHaveLength(2);
    expect(rest).toEqual(['npm warn {old}: x ', NUL, '  and more']);
    expect(isComplete).toBe(false);
  });

  it('loses no character, and finds every record between whatever lies there', () => {
    const junk = fc.oneof(
      fc.string({ unit: anyCharacter, maxLength: 20 }).filter(text => !text.includes('{')),
      fc.nat(30).map(cut => line('half').slice(0, cut)),
      fc.nat(5).map(n => '\0'.repeat(n)),
    );
    const part = fc.tuple(junk, fc.string({ unit: anyCharacter, maxLength: 20 }).map(line));
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 5 }), junk, (parts, end) => {
        const { values, rest } = read(parts.flat().join('') + end);
        expect(values).toEqual(parts.map(([, record]) => JSON.parse(record)));
        const isSaid = (text: string) => /[^\s\ufeff]/.test(text);
        expect(rest.map(text => text.replace(/^\ufeff/, ''))).toEqual(
          [...parts.map(([text]) => text), end].filter(isSaid).map(text => text.replace(/^\ufeff/, '')),
        );
      }),
      { numRuns: 500 },
    );
  });

  it('takes time in proportion to its length, whatever is in it', () => {
    const size = 400_000;
    for (const piece of [
      '{"a":',
      '{"a":{"',
      '{"',
      '{"a" ',
      '{ ',
      '"{\\"',
      '[{"a":[',
      `{"type":"line"}{"a":"`,
      '{"a":"{"',
      '\\',
    ])
      read(piece.repeat(Math.ceil(size / piece.length)));
    read(`{"a":"${'x'.repeat(size)}`);
  }, 20_000);
});

describe('bytes without a newline', () => {
  const isWhole = (text: string) => isWholeLine({ bytes: Buffer.from(text), offset: 0 });

  it('are a whole line when they end with a record, also behind damage or before padding', () => {
    for (const text of [
      line('a'),
      `x ${line('a')}`,
      line('a').slice(0, 9) + line('a'),
      line('a') + NUL,
      NUL,
      `${line('a')}\r`,
    ])
      expect(isWhole(text), text).toBe(true);
    const bytes = Buffer.from(line('\u010a\u0a0a 上'), 'utf16le');
    expect(isWholeLine({ bytes, offset: 2, encoding: 'utf-16le' })).toBe(true);
    expect(isWholeLine({ bytes: bytes.subarray(0, -2), offset: 2, encoding: 'utf-16le' })).toBe(false);
  });

  it('are none when they may go on', () => {
    for (const text of [
      '',
      'plain text',
      line('a').slice(0, -1),
      `${line('a')}{"a":1`,
      `{"a":{}`,
      NUL + line('a').slice(0, 20),
    ])
      expect(isWhole(text), text).toBe(false);
  });
});
