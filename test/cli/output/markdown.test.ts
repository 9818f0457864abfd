import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { widthOf } from '../../../src/cli/output/cells.ts';
import { markdownLines } from '../../../src/cli/output/markdown.ts';
import type { Paint } from '../../../src/cli/output/style.ts';

const marked: Paint = (style, text) => `<${style}>${text}</${style}>`;
const bare: Paint = (_style, text) => text;

describe('markdown on a terminal', () => {
  test('headings are bold, code and strong words coloured, without their marks', () => {
    expect(markdownLines('## The plan\n\nUse `npm test` and **stop**.', { paint: marked, width: 80 })).toEqual([
      '<bold>The</bold> <bold>plan</bold>',
      '',
      'Use <cyan>npm</cyan> <cyan>test</cyan> and <bold>stop</bold>.',
    ]);
  });

  test('bullets hang, code blocks stay as they are', () => {
    const text = '- one two three four\n  - deeper\n```ts\nconst  x = 1;\n```';
    expect(markdownLines(text, { paint: bare, width: 12 })).toEqual([
      '• one two',
      '  three four',
      '  • deeper',
      'const  x = 1',
      ';',
    ]);
  });

  test('code that is broken over two lines keeps its look', () => {
    expect(markdownLines('see `aa bb`', { paint: marked, width: 6 })).toEqual([
      'see <cyan>aa</cyan>',
      '<cyan>bb</cyan>',
    ]);
  });

  test('links show where they lead', () => {
    expect(markdownLines('[docs](https://x.y)', { paint: bare, width: 80 })).toEqual(['docs (https://x.y)']);
  });

  test('no line is wider than its room, and no letter is lost', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'word', ' ', '\n', '漢', '👩‍👩‍👧', '- ', 'x.'),
      maxLength: 80,
    });
    fc.assert(
      fc.property(text, fc.integer({ min: 8, max: 60 }), (source, width) => {
        const lines = markdownLines(source, { paint: bare, width });
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
        const letters = (value: string) => value.replaceAll(/[\s•-]/g, '');
        expect(letters(lines.join(''))).toBe(letters(source));
      }),
    );
  });
});
