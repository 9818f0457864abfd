import { displayPath, type PathBases } from '../../../adw/path.ts';
import { cutOf, firstChars } from '../preview.ts';

/** One change of a file: what was taken out and put in, with its place where it is known. */
export interface Hunk {
  readonly header: string;
  /** Lines that begin with " ", "-" or "+" as in a unified diff, each behind a newline. */
  readonly body: string;
  readonly added: number;
  readonly removed: number;
}

/** What a successful call did to a file. */
export interface FileChange {
  /** As the lines have it. */
  readonly path: string;
  /** `write` where it is not known whether the file was there before. */
  readonly operation: 'created' | 'modified' | 'deleted' | 'write';
  /** undefined where it is not known what was changed. */
  readonly hunks: readonly Hunk[] | undefined;
}

/** The fields of the `file_changed` of a change. */
export function changeFields({ path, operation, hunks }: FileChange, paths: PathBases) {
  const shown = displayPath(path, paths);
  const sumOf = (count: 'added' | 'removed') => hunks?.reduce((sum, hunk) => sum + hunk[count], 0) ?? null;
  const [added, removed] = [sumOf('added'), sumOf('removed')];
  const diff = unifiedDiff(shown, operation, hunks ?? []);
  return {
    file_path: firstChars(shown),
    operation,
    change_type: operation,
    diff: firstChars(diff),
    ...cutOf(diff),
    summary: firstChars(`${operation} ${shown}${added === null ? '' : ` (+${added} −${removed})`}`),
    lines_added: added,
    lines_removed: removed,
  };
}

/** A hunk for one text put in another's place. Where in the file it stands is not known, except at its beginning. */
export function replacement(before = '', after = ''): readonly Hunk[] {
  const [removed, added] = [linesIn(before), linesIn(after)];
  if (removed + added === 0) return [];
  const range = (lines: number) => `${lines === 0 ? 0 : 1},${lines}`;
  return [
    {
      header: `@@ -${range(removed)} +${range(added)} @@`,
      body: signed(before, '-') + signed(after, '+'),
      added,
      removed,
    },
  ];
}

/** The hunks of one file's unified diff. */
export function hunksOfPatch(patch: string): readonly Hunk[] {
  // No line of a hunk begins with "@@": each begins with its sign.
  return patch
    .split(/^(?=@@ )/m)
    .filter(part => part.startsWith('@@ '))
    .map(part => {
      const [header = '', ...lines] = part.replace(/\n$/, '').split('\n');
      const count = (sign: string) => lines.filter(line => line.startsWith(sign)).length;
      return { header, body: lines.map(line => `\n${line}`).join(''), added: count('+'), removed: count('-') };
    });
}

/** How many lines a text has; a newline at the end does not begin another. */
function linesIn(text: string): number {
  if (text === '') return 0;
  let lines = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < text.length - 1; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** A text's lines, each behind a newline and the sign. */
function signed(text: string, sign: string): string {
  if (text === '') return '';
  const lines = text.endsWith('\n') ? text.slice(0, -1) : text;
  return `\n${sign}${lines.replaceAll('\n', `\n${sign}`)}`;
}

function unifiedDiff(path: string, operation: FileChange['operation'], hunks: readonly Hunk[]): string {
  if (hunks.length === 0) return '';
  const before = operation === 'created' ? '/dev/null' : `a/${path}`;
  const after = operation === 'deleted' ? '/dev/null' : `b/${path}`;
  return `--- ${before}\n+++ ${after}${hunks.map(({ header, body }) => `\n${header}${body}`).join('')}`;
}
