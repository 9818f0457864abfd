/** Unified diffs as rows to draw, with the changed words marked. Pure. */

/** One line of a diff. */
export interface DiffRow {
  readonly kind: 'hunk' | 'same' | 'add' | 'del' | 'note';
  readonly text: string;
  readonly before: number | undefined;
  readonly after: number | undefined;
  /** The part of the line that changed, where one line replaced one line. */
  readonly changed?: readonly [number, number];
}

/** Reads a unified diff. Total: lines that are none are kept as notes. */
export function parseDiff(diff: string): DiffRow[] {
  const rows: DiffRow[] = [];
  let before = 0;
  let after = 0;
  // Above its first hunk a diff names the files; within one, three dashes are a removed line that begins with two.
  let inHunk = false;
  for (const line of diff.split('\n')) {
    const hunk = /^@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@/.exec(line);
    if (hunk) {
      inHunk = true;
      before = Number(hunk[1]);
      after = Number(hunk[2]);
      rows.push({ kind: 'hunk', text: line, before: undefined, after: undefined });
    } else if (!inHunk && (line.startsWith('+++') || line.startsWith('---'))) {
    } else if (line.startsWith('@@')) {
      inHunk = true;
      before = 0;
      after = 0;
      rows.push({ kind: 'hunk', text: line, before: undefined, after: undefined });
    } else if (line.startsWith('+'))
      rows.push({ kind: 'add', text: line.slice(1), before: undefined, after: after ? after++ : undefined });
    else if (line.startsWith('-'))
      rows.push({ kind: 'del', text: line.slice(1), before: before ? before++ : undefined, after: undefined });
    else if (line.startsWith(' ')) {
      rows.push({
        kind: 'same',
        text: line.slice(1),
        before: before ? before++ : undefined,
        after: after ? after++ : undefined,
      });
    } else if (line !== '') {
      if (line.startsWith('diff ')) inHunk = false;
      rows.push({ kind: 'note', text: line, before: undefined, after: undefined });
    }
  }
  return markWords(rows);
}

/** Marks what differs inside lines that replaced one another: equal counts of − and + beside each other. */
function markWords(rows: readonly DiffRow[]): DiffRow[] {
  const marked = [...rows];
  for (let i = 0; i < rows.length; ) {
    if (rows[i]!.kind !== 'del') {
      i++;
      continue;
    }
    let adds = i;
    while (rows[adds]?.kind === 'del') adds++;
    let end = adds;
    while (rows[end]?.kind === 'add') end++;
    if (adds - i === end - adds) {
      for (let k = 0; k < adds - i; k++) {
        const [del, add] = [rows[i + k]!, rows[adds + k]!];
        const changed = changedPart(del.text, add.text);
        if (changed) {
          marked[i + k] = { ...del, changed: changed.before };
          marked[adds + k] = { ...add, changed: changed.after };
        }
      }
    }
    i = end;
  }
  return marked;
}

/** The middle that differs between two lines; undefined when nearly all of it does. */
function changedPart(a: string, b: string): { before: [number, number]; after: [number, number] } | undefined {
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  if (isLead(a, head - 1)) head--;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  if (tail > 0 && (isLead(a, a.length - tail - 1) || isLead(b, b.length - tail - 1))) tail--;
  if (head + tail < Math.min(a.length, b.length) * 0.3) return undefined;
  return { before: [head, a.length - tail], after: [head, b.length - tail] };
}

/** Whether what stands there is the first half of a character that takes two: halves are not drawn. */
const isLead = (text: string, at: number): boolean => (text.charCodeAt(at) & 0xfc00) === 0xd800;

/** A unified diff of two texts line by line: common head and tail, the middle replaced by the longest common lines. */
export function diffTexts(a: string, b: string): string {
  const [before, after] = [a.split('\n'), b.split('\n')];
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail))
    tail++;
  const middle = diffLines(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  const context = (lines: readonly string[]) => lines.map(line => ` ${line}`);
  const from = Math.max(0, head - 3);
  return [
    `@@ -${from + 1} +${from + 1} @@`,
    ...context(before.slice(from, head)),
    ...middle,
    ...context(before.slice(before.length - tail, before.length - tail + 3)),
  ].join('\n');
}

/** Cells of the table of common lines above which a middle is simply replaced. */
const CELLS_MAX = 4_000_000;

function diffLines(a: readonly string[], b: readonly string[]): string[] {
  if (a.length * b.length > CELLS_MAX) return [...a.map(line => `-${line}`), ...b.map(line => `+${line}`)];
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      table[i * width + j] =
        a[i] === b[j]
          ? table[(i + 1) * width + j + 1]! + 1
          : Math.max(table[(i + 1) * width + j]!, table[i * width + j + 1]!);
    }
  }
  const lines: string[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(` ${a[i++]}`);
      j++;
    } else if (j >= b.length || (i < a.length && table[(i + 1) * width + j]! >= table[i * width + j + 1]!))
      lines.push(`-${a[i++]}`);
    else lines.push(`+${b[j++]}`);
  }
  return lines;
}
