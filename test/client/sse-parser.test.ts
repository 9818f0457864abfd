import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createSseParser } from '../../src/client/sse-parser.ts';

test('names, data on several lines, comments and carriage returns', () => {
  const parse = createSseParser();
  const text =
    ': hello\nretry: 1000\n\nid: e:1\ndata: {"a":1}\n\nevent: lagging\r\ndata: one\r\ndata:two\r\n\r\nevent: cut';
  expect(parse(text)).toEqual([
    { name: 'message', data: '{"a":1}' },
    { name: 'lagging', data: 'one\ntwo' },
  ]);
  expect(parse('\ndata: end\n\n')).toEqual([{ name: 'cut', data: 'end' }]);
});

test('any split of the text gives the same events', () => {
  const line = fc.constantFrom('data: x', 'data: 🧠', 'event: y', 'id: 1', ': c', '');
  fc.assert(
    fc.property(fc.array(line), fc.array(fc.nat(40)), (lines, cuts) => {
      const text = `${lines.join('\n')}\n\n`;
      const parse = createSseParser();
      const pieces: string[] = [];
      let rest = text;
      for (const cut of cuts) {
        pieces.push(rest.slice(0, cut));
        rest = rest.slice(cut);
      }
      expect([...pieces, rest].flatMap(parse)).toEqual(createSseParser()(text));
    }),
  );
});
