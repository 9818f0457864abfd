import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { eventFrame } from '../../../src/event/schema.ts';
import { type Encoding, encode } from '../../../src/server/fanout/encoding.ts';
import { Frame, framesOf, textFrame } from '../../../src/server/fanout/frame.ts';
import { PIECE_BYTES_MAX } from '../../../src/server/fanout/limits.ts';
import type { StoredEvent } from '../../../src/server/store/store.ts';

const stored = (seq: number, content: string): StoredEvent => {
  const dataJson = JSON.stringify({ adw_id: 'aaaaaaaa', content });
  return { seq, type: 'text_block', adwId: 'aaaaaaaa', dataJson };
};

/** The texts of unmasked frames, read as RFC 6455 says. */
function received(bytes: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < bytes.length; ) {
    expect(bytes[at]).toBe(0x81);
    const short = bytes[at + 1] as number;
    const header = short < 126 ? 2 : short === 126 ? 4 : 10;
    const length =
      short < 126 ? short : short === 126 ? bytes.readUInt16BE(at + 2) : Number(bytes.readBigUInt64BE(at + 2));
    texts.push(bytes.toString('utf8', at + header, at + header + length));
    at += header + length;
  }
  return texts;
}

describe('a text frame', () => {
  test.each([0, 1, 125, 126, 127, 65_535, 65_536, 200_000])('of %i bytes is read as it was written', length => {
    expect(received(textFrame('a'.repeat(length)))).toEqual(['a'.repeat(length)]);
  });

  test('counts bytes, not characters', () => {
    expect(received(textFrame('å∂🙂'.repeat(40)))).toEqual(['å∂🙂'.repeat(40)]);
  });
});

describe('an event on its way out', () => {
  test('shows no more of its memory than its text, whatever it was said to weigh', () => {
    const heavy = { ...stored(1, 'a'), dataBytes: 10_000 };
    const [text] = received(new Frame(heavy, 'epoch').websocket);
    expect(text).toBe(eventFrame(heavy.type, 1, 'epoch', heavy.dataJson));
  });

  test('is serialized once for everyone', () => {
    const frame = new Frame(stored(7, 'hello'), 'e1');
    expect(frame.websocket).toBe(frame.websocket);
    expect(JSON.parse(String(frame.json))).toEqual({
      type: 'text_block',
      seq: 7,
      epoch: 'e1',
      data: { adw_id: 'aaaaaaaa', content: 'hello' },
    });
  });
});

describe('events that came together', () => {
  test('are what each is alone, in any order in which they are asked for', () => {
    // Around what a slab holds, and characters of one to four bytes.
    const contents = ['', 'å∂🙂'.repeat(40), 'a'.repeat(40_000), 'b'.repeat(30_000), '∂'.repeat(60_000), 'c'];
    const events = contents.map((content, index) => stored(index + 1, content));
    const told = events.map(event => ({ ...event, dataBytes: Buffer.byteLength(event.dataJson) }));
    for (const given of [events, told]) {
      const frames = framesOf(given, 'e1').map((frame, index) => ({ frame, event: events[index] as StoredEvent }));
      for (const { frame, event } of frames.reverse()) {
        const { type, seq, dataJson } = event;
        expect(received(frame.websocket)).toEqual([eventFrame(type, seq, 'e1', dataJson)]);
        expect(frame.size).toBe(Buffer.byteLength(dataJson) + 160);
      }
    }
  });
});

test('a tool’s preview has the reference’s second name in single messages alone', () => {
  const tool = (type: StoredEvent['type'], data: object) =>
    new Frame({ seq: 1, type, adwId: 'aaaaaaaa', dataJson: JSON.stringify(data) }, 'e1');
  const dataIn = (frame: Frame, encoding: 'message' | 'batch') => {
    const [text = ''] = encode([frame], encoding, 'e1').flatMap(({ bytes }) => received(bytes));
    const message = JSON.parse(text);
    return (encoding === 'batch' ? message.events[0] : message).data;
  };
  const input = { command: 'ls' };
  expect(dataIn(tool('tool_use_pre', { input }), 'message')).toEqual({ input, tool_input: input });
  expect(dataIn(tool('tool_use_pre', { input }), 'batch')).toEqual({ input });
  expect(dataIn(tool('tool_use_post', { output: 'o' }), 'message')).toEqual({ output: 'o', tool_output: 'o' });
  expect(dataIn(tool('tool_use_post', { output: 'o' }), 'batch')).toEqual({ output: 'o' });
  expect(dataIn(tool('tool_use_post', { tool_output: 'theirs' }), 'message')).toEqual({ tool_output: 'theirs' });
});

test('what the board’s screen does not show is said there in words, beside the event where its client knows the type', () => {
  const messages = (type: StoredEvent['type'], data: object, encoding: Encoding) => {
    const frame = new Frame({ seq: 1, type, adwId: 'aaaaaaaa', dataJson: JSON.stringify(data) }, 'e1');
    return encode([frame], encoding, 'e1').flatMap(({ bytes }) => received(bytes).map(text => JSON.parse(text)));
  };
  const todos = { agent_role: 'tester', items: [{ content: 'do it', state: 'in_progress' }] };
  expect(messages('todo_update', todos, 'message')).toMatchObject([{ type: 'todo_update' }]);
  expect(messages('todo_update', todos, 'board')).toMatchObject([
    { type: 'agent_log', seq: 1, epoch: 'e1', data: { message: 'tester: todos 0/1 · do it', level: 'INFO' } },
  ]);
  expect(messages('workflow_phase_transition', { phase_to: 'plan' }, 'board')).toMatchObject([
    { type: 'workflow_phase_transition', data: { phase_to: 'plan' } },
    { type: 'agent_log', data: { message: 'Phase: plan', event_type: 'workflow_phase_transition' } },
  ]);
  expect(messages('text_block', { content: 'x' }, 'board')).toMatchObject([{ type: 'text_block' }]);
});

/** The seqs in the bytes of any encoding. */
const SEQS: Record<Encoding, (bytes: Buffer) => number[]> = {
  message: bytes => received(bytes).map(text => JSON.parse(text).seq),
  board: bytes => received(bytes).map(text => JSON.parse(text).seq),
  batch: bytes => received(bytes).flatMap(text => JSON.parse(text).events.map((one: Frame) => one.seq)),
  sse: bytes => {
    const records = String(bytes).split('\n\n').slice(0, -1);
    return records.map(record => {
      const [, id, data] = /^id: e1:(\d+)\ndata: ([^\r\n]*)$/.exec(record) as unknown as [string, string, string];
      expect(JSON.parse(data).seq).toBe(Number(id));
      return Number(id);
    });
  },
};

describe.each(['message', 'board', 'batch', 'sse'] as const)('events encoded as %s', encoding => {
  test('are all there, in order, in pieces that end where they say', () => {
    const contents = fc.array(
      fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('x'.repeat(30_000), '\u2028')),
      {
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(contents, texts => {
        const frames = texts.map((text, index) => new Frame(stored(index * 3 + 1, text), 'e1'));
        const seqs: number[] = [];
        for (const piece of encode(frames, encoding, 'e1')) {
          const inside = SEQS[encoding](piece.bytes);
          expect(inside).toHaveLength(piece.events);
          expect(inside.at(-1)).toBe(piece.seq);
          expect(piece.events === 1 || piece.bytes.length < PIECE_BYTES_MAX * 1.1).toBe(true);
          seqs.push(...inside);
        }
        expect(seqs).toEqual(frames.map(frame => frame.seq));
      }),
      { numRuns: 60 },
    );
  });
});
