import { describe, expect, it } from 'vitest';
import { oneLine } from '../../src/adw/format.ts';
import { textOf } from '../../src/adw/read.ts';
import { describeTool } from '../../src/adw/tool.ts';
import { heapInUse } from '../support/memory.ts';

/** As it is parsed from the wire: a string of its own. */
const long = (n: number) => JSON.parse(JSON.stringify(`${n}${'x'.repeat(500_000)}`)) as string;

describe('a part of a long text that a state keeps', () => {
  it.each([
    ['a field', (text: string) => textOf(text)],
    ['a line', (text: string) => oneLine(text)],
    ['what a tool is called with', (text: string) => describeTool('Bash', { command: text })],
  ])('does not keep the whole of it: %s', (_which, part) => {
    const before = heapInUse();
    const kept = Array.from({ length: 40 }, (_, n) => part(long(n)));
    expect(heapInUse() - before).toBeLessThan(5_000_000);
    expect(kept).toHaveLength(40);
  });
});
