import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventText } from '../../../src/server/ingest/event-text.ts';

const eventOf = (line: string) => EventText.of(line, Buffer.byteLength(line));
const missing = ',"event_id":"e1","timing":"observed"';

describe('an event that is kept as it was written', () => {
  it('holds what JSON.parse finds in its line, and what was missing', () => {
    const object = fc.dictionary(
      fc.string().filter(key => !['event_id', 'timing'].includes(key)),
      fc.jsonValue(),
      { minKeys: 1 },
    );
    fc.assert(
      fc.property(object, data => {
        const line = JSON.stringify({ type: 'text_block', data });
        fc.pre(!line.includes('"__proto__":'));
        const event = eventOf(line);
        expect(event).toMatchObject({ type: 'text_block' });
        expect(event?.data).toEqual(JSON.parse(line).data);
        for (const more of ['', missing]) {
          const { text, bytes } = event?.with(more) ?? { text: '', bytes: 0 };
          expect(JSON.parse(text)).toEqual({ ...(event?.data as object), ...JSON.parse(`{${more.slice(1)}}`) });
          expect(bytes).toBe(Buffer.byteLength(text));
        }
      }),
    );
  });

  it.each([
    '{"data":{"a":1},"type":"text_block"}',
    '{"type":"text_block","data":{"a":1},"data":{"b":2}}',
    '{"type":"text_block","data":{"a":1},"more":{"b":2}}',
    '{"type":"text_block","data":{"a":1}}}',
    '{"type":"text_block","data":{"a":1}',
    '{"type":"text_block","data":[1]}',
    '{"type":"text_block", "data":{"a":1}}',
    '{"type":"text\\u005fblock","data":{"a":1}}',
    ' {"type":"text_block","data":{"a":1}}',
    // A carriage return would end the line of an event stream.
    '{"type":"text_block","data":{"a":1,\r"b":2}}',
    'null',
    '',
  ])('is not one that is written in another way, or is no event: %s', line => {
    expect(eventOf(line)).toBeUndefined();
  });

  it('is written anew where a prototype is named or it goes too deep', () => {
    const deep = `${'['.repeat(300)}${']'.repeat(300)}`;
    for (const data of ['{"a":{"__proto__":{"b":1}}}', `{"a":${deep}}`]) {
      expect(eventOf(`{"type":"text_block","data":${data}}`)?.with('')).toBeUndefined();
    }
  });
});
