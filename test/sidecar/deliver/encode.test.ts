import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NewEvent } from '../../../src/event/schema.ts';
import { encodeBatch } from '../../../src/sidecar/deliver/encode.ts';
import { anyCharacter } from '../../support/any-character.ts';

/** Long enough to be written as bytes, with whatever a line may hold. */
const longText = fc
  .array(
    fc.oneof(
      fc.string({ unit: anyCharacter }),
      fc.constantFrom('"', '\\', '\n', '\u001b[0m', '\u0000', '🚀', '\ud83d', '\udc00', 'é', '\u2028'),
    ),
  )
  .map(pieces => pieces.join('').padEnd(1_100, 'x"\\\t'));

function chunk(content: string): NewEvent<'agent_output_chunk'> {
  const data = { adw_id: '1a2b3c4d', agent_role: 'reviewer', content, source: { path: 'reviewer/raw_output.jsonl' } };
  return { type: 'agent_output_chunk', data };
}

describe('a batch of events', () => {
  /** The events of a batch, read back from a buffer that others used before. */
  const encoded = (events: readonly NewEvent[]): unknown[] => {
    const { bytes, release } = encodeBatch(events);
    const text = bytes.toString();
    release();
    const lines = text.split('\n').slice(0, -1);
    return lines.map(line => JSON.parse(line));
  };

  it('is read back as it was, whatever the lines of its chunks hold', () => {
    fc.assert(
      fc.property(fc.array(longText, { minLength: 1, maxLength: 4 }), texts => {
        const events = texts.map(chunk);
        expect(encoded(events)).toEqual(events);
      }),
    );
  });

  it('is written as JSON.stringify would, but for the order of names', () => {
    const text = `${[...Array(256).keys()].map(code => String.fromCharCode(code)).join('')}${'"\\'.repeat(600)}`;
    const line = encodeBatch([chunk(text)])
      .bytes.toString()
      .trimEnd();
    expect(line).toContain(`"content":${JSON.stringify(text)}}`);
  });

  it('keeps its bytes until it is released', () => {
    const kept = encodeBatch([chunk('a'.repeat(2_000))]);
    const before = kept.bytes.toString();
    for (const letter of 'bcdef') {
      const other = encodeBatch([chunk(letter.repeat(2_000))]);
      other.release();
      expect(other.bytes.buffer).not.toBe(kept.bytes.buffer);
    }
    expect(kept.bytes.toString()).toBe(before);
  });

  it('takes over the buffer of one that was released', () => {
    const first = encodeBatch([chunk('a'.repeat(2_000))]);
    first.release();
    expect(encodeBatch([chunk('b'.repeat(2_000))]).bytes.buffer).toBe(first.bytes.buffer);
  });
});
