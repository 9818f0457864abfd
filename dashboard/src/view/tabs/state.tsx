import { useComputed } from '@preact/signals';
import { NONE } from '../../data/row-table.ts';
import type { Session } from '../../data/session.ts';
import { cutoff } from '../../state/replay.ts';
import { table } from '../../state/timeline.ts';
import { Empty, Skeleton, Time } from '../parts/bits.tsx';
import { JsonTree } from '../parts/json-tree.tsx';
import { useAsync } from '../parts/use-async.ts';
import { jumpTo } from '../timeline/moves.ts';

/** adw_state.json as a tree, and every change of it with its fields. */
export function State({ session }: { session: Session }) {
  const changes = useComputed(() => {
    void session.revision.value;
    const limit = cutoff.value ?? table.value.length - 1;
    const found: number[] = [];
    for (let at = 0; at <= limit; at++) if (table.value.rowData[at]?.type === 'agent_updated') found.push(at);
    return found;
  });
  const newest = changes.value.at(-1) ?? NONE;
  const event = useAsync(() => (newest === NONE ? Promise.resolve(undefined) : session.body(newest)), [newest]).value;
  if (newest === NONE) {
    return (
      <Empty title="No adw_state.json">
        <p>This run keeps no state file, or it has not been written yet. Phases are derived from the roles instead.</p>
      </Empty>
    );
  }
  return (
    <div class="split-tab">
      <div class="split-detail scroll padded" tabIndex={0} role="region" aria-label="State">
        {event ? <JsonTree value={event.data.state ?? event.data} /> : <Skeleton />}
      </div>
      <div class="split-list side">
        <h2 class="group-title padded-x">Changes</h2>
        <ol class="scroll">
          {changes.value.toReversed().map(at => (
            <li key={at}>
              <button type="button" class="history-row" onClick={() => jumpTo(at)}>
                <Time ms={table.value.timeOf(at)} />{' '}
                <span class="ellipsis">{table.value.rowData[at]?.summary.replace(/^changed: /, '')}</span>
              </button>
            </li>
          ))}
        </ol>
      </div>
    </div>
  );
}
