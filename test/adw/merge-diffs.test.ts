import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { diffTexts } from '../../dashboard/src/base/diff.ts';
import { mergeDiffs } from '../../src/adw/merge-diffs.ts';

const edit = (role: string, ...rows: string[]) => ({ role, diff: rows.join('\n') });

describe('changes of one file', () => {
  const first = edit('builder', '@@ -10,3 +10,4 @@', ' a', '-b', '+B', '+b2', ' c');
  const second = edit('reviewer', '@@ -11,2 +11,1 @@', '-B', ' b2');

  test('are one difference: what was added and removed again is not in it', () => {
    expect(mergeDiffs([first, second])).toBe('@@ -10,3 +10,3 @@\n a\n-b\n+b2\n c');
  });

  test('can be told apart by role', () => {
    const other = edit('reviewer', '@@ -40,1 +40,2 @@', ' x', '+y');
    expect(mergeDiffs([first, other], 'reviewer')).toBe('@@ -39,1 +40,2 @@\n x\n+y');
  });

  test('of a file that was written whole, and of texts whose place is found by what they hold', () => {
    const written = edit('builder', '--- /dev/null', '+++ b/x', '@@ -0,0 +1,3 @@', '+one', '+two', '+three');
    const replaced = edit('builder', '@@ -1,1 +1,1 @@', '-two', '+2');
    expect(mergeDiffs([written, replaced])).toBe('@@ -0,0 +1,3 @@\n+one\n+2\n+three');
  });

  test('do not become one where something else wrote in between, or the place is not known', () => {
    expect(mergeDiffs([first, edit('reviewer', '@@ -11,1 +11,1 @@', ' other', '+x')])).toBeUndefined();
    expect(mergeDiffs([edit('builder', '@@ -1,1 +1,1 @@', '-two', '+2')])).toBeUndefined();
  });
});

test('whatever the edits were, the merged difference leads from the first state to the last', () => {
  const line = fc.constantFrom('a', 'b', 'c', 'd', 'e');
  const text = fc.array(line, { minLength: 8, maxLength: 14 });
  fc.assert(
    fc.property(text, text, text, (one, two, three) => {
      const frame = (lines: readonly string[]) => ['top', ...lines, 'end'].join('\n');
      const states = [one, two, three].map(frame);
      const diffs = [wholeDiff(states[0]!, states[1]!), wholeDiff(states[1]!, states[2]!)];
      const merged = mergeDiffs(diffs.map(diff => ({ role: 'builder', diff })));
      expect(merged).toBeDefined();
      for (const hunk of (merged ?? '').split(/^@@.*$/m).map(text => text.split('\n').filter(row => row !== ''))) {
        const side = (mark: string) => hunk.filter(row => row[0] === mark || row[0] === ' ').map(row => row.slice(1));
        expect(states[0]).toContain(side('-').join('\n'));
        expect(states[2]).toContain(side('+').join('\n'));
      }
    }),
  );
});

/** A diff of two texts that begin alike, with true line numbers. */
function wholeDiff(before: string, after: string): string {
  const rows = diffTexts(before, after).split('\n').slice(1);
  const from = /^@@ -(\d+)/.exec(diffTexts(before, after))?.[1] ?? '1';
  const count = (mark: string) => rows.filter(row => row.startsWith(mark) || row.startsWith(' ')).length;
  return [`@@ -${from},${count('-')} +${from},${count('+')} @@`, ...rows].join('\n');
}
