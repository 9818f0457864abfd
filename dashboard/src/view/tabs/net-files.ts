import { useComputed } from '@preact/signals';
import { mergeDiffs } from '../../../../src/adw/merge-diffs.ts';
import { withWholeDiff } from '../../data/raw-lines.ts';
import type { RowTable } from '../../data/row-table.ts';
import type { Session } from '../../data/session.ts';
import { type FileHistory, fileHistories, netLinesIn } from '../../run/changes.ts';
import { cutoff } from '../../state/replay.ts';
import { overview, table } from '../../state/timeline.ts';
import { useAsync } from '../parts/use-async.ts';

/** Diffs that are cut and read whole for the list: further ones leave their file's sum a bound. */
const CUT_READ_MAX = 50;

/**
 * The files of the run up to the replay position, each with its net difference: at once as far as the rows tell, then by the diffs of
 * those that were changed several times.
 */
export function useNetFiles(session: Session): readonly FileHistory[] {
  const files = useComputed(() => {
    void overview.value;
    void session.complete.value;
    return fileHistories(table.value, (cutoff.value ?? table.value.length - 1) + 1);
  }).value;
  const open = files.filter(({ net }) => !net.isExact);
  const { value: diffs } = useAsync(
    async () => (open.length === 0 ? undefined : readDiffs(session, open)),
    [table.value, open.reduce((sum, { changes }) => sum + changes.length, 0)],
  );
  if (diffs === undefined) return files;
  return files.map(file => (file.net.isExact ? file : merged(file, table.peek(), diffs)));
}

/** The whole diffs of files, as far as the log holds them, by seq. */
async function readDiffs(session: Session, files: readonly FileHistory[]): Promise<ReadonlyMap<number, string>> {
  const { rowData } = session.table.peek();
  const wanted = new Set(files.flatMap(({ changes }) => changes).map(at => rowData[at]?.seq));
  const diffs = new Map<number, string>();
  let cut = 0;
  for (const event of await session.all('file_changed')) {
    if (!wanted.has(event.seq) || (event.data.truncated === true && ++cut > CUT_READ_MAX)) continue;
    const { data } = await withWholeDiff(session, event);
    if (data.truncated !== true) diffs.set(event.seq, String(data.diff ?? ''));
  }
  return diffs;
}

function merged(file: FileHistory, current: RowTable, diffs: ReadonlyMap<number, string>): FileHistory {
  const changes = file.changes.map(at => {
    const { role, seq } = current.rowData[at]!;
    return { role, diff: diffs.get(seq) };
  });
  if (changes.some(({ diff }) => diff === undefined)) return file;
  const diff = mergeDiffs(changes as { role: string; diff: string }[]);
  return diff === undefined ? file : { ...file, net: netLinesIn(diff) };
}
