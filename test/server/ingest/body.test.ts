import { expect, it } from 'vitest';
import { parseLines } from '../../../src/server/ingest/body.ts';
import { EventText } from '../../../src/server/ingest/event-text.ts';

it.each([
  ['in UTF-8', Buffer.from('å∂🙂')],
  ['that are no UTF-8, each of which becomes a character of three bytes', Buffer.from([0xff, 0x61, 0xe2])],
])('a body says how many bytes its events have as they are kept, with bytes %s', (_which, content) => {
  const body = Buffer.concat([Buffer.from('{"type":"text_block","data":{"content":"'), content, Buffer.from('"}}\n')]);
  const [first, second] = parseLines(Buffer.concat([body, body]));
  for (const event of [first, second]) {
    const { text, bytes } = (event as EventText).with('') ?? { text: '', bytes: 0 };
    expect(event).toBeInstanceOf(EventText);
    expect(bytes).toBe(Buffer.byteLength(text));
  }
});
