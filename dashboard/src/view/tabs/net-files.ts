import { useComputed } from '@preact/signals';
import { mergeDiffs } from '../../../../src/adw/merge-diffs.ts';
import type { RowEvent } from '../../../../src/adw/row.ts';
import type { EventLog } from '../../data/log.ts';
import type { Session } from '../../data/session.ts';
import { type FileHistory, fileHistories, netLinesIn } from '../../run/changes.ts';
import { cutoff } from '../../state/replay.ts';
import { log, overview } from '../../state/timeline.ts';
import { useAsync } from '../parts/use-async.ts';

/**
 * The files of the run up to the replay position, each with its net difference: at once as far as the rows tell, then by the diffs of
 * those that were changed several times.
 */
export function useNetFiles(session: Session): readonly FileHistory[] {
  const files = useComputed(() => {
    void overview.value;
    void session.complete.value;
    return fileHistories(log.value, (cutoff.value ?? log.value.length - 1) + 1);
  }).value;
  const open = files.filter(({ net }) => !net.isExact);
  const { value: diffs } = useAsync(
    async () => (open.length === 0 ? undefined : diffsBySeq(await session.all('file_changed'))),
    [log.value, open.reduce((sum, { changes }) => sum + changes.length, 0)],
  );
  if (diffs === undefined) return files;
  return files.map(file => (file.net.isExact ? file : merged(file, log.peek(), diffs)));
}

/** The diffs that the log holds whole, by seq. */
function diffsBySeq(events: readonly RowEvent[]): ReadonlyMap<number, string> {
  return new Map(
    events.filter(({ data }) => data.truncated !== true).map(({ seq, data }) => [seq, String(data.diff ?? '')]),
  );
}

function merged(file: FileHistory, current: EventLog, diffs: ReadonlyMap<number, string>): FileHistory {
  const changes = file.changes.map(at => ({ role: current.role[at] ?? '', diff: diffs.get(current.seq[at] ?? 0) }));
  if (changes.some(({ diff }) => diff === undefined)) return file;
  const diff = mergeDiffs(changes as { role: string; diff: string }[]);
  return diff === undefined ? file : { ...file, net: netLinesIn(diff) };
}
