import { useComputed } from '@preact/signals';
import { plural } from '../../base/text.ts';
import type { Session } from '../../data/session.ts';
import { cutoff, summary } from '../../state/replay.ts';
import { table } from '../../state/timeline.ts';
import { TodoItems } from '../inspector/tool-input.tsx';
import { Empty, Time } from '../parts/bits.tsx';
import { jumpTo } from '../timeline/moves.ts';

/** The latest task list of every role, and how it got there. */
export function Todos({ session }: { session: Session }) {
  const lists = summary.value?.todos ?? [];
  const updates = useComputed(() => {
    void session.revision.value;
    const limit = cutoff.value ?? table.value.length - 1;
    const found: number[] = [];
    for (let at = 0; at <= limit; at++) if (table.value.rowData[at]?.type === 'todo_update') found.push(at);
    return found;
  });
  if (lists.length === 0) {
    return (
      <Empty title={cutoff.value === undefined ? 'No task list' : 'No task list at this moment'}>
        <p>
          No agent {cutoff.value === undefined ? 'of this run kept one' : 'had begun one'}: none called a tool that
          writes it down. Newer models often work without.
        </p>
      </Empty>
    );
  }
  return (
    <div class="scroll padded todos">
      {lists.map(list => (
        <section key={list.role} class="card">
          <div class="card-head">
            <h2>{list.role}</h2>
            <progress max={list.items.length} value={list.done} aria-label={`Tasks of ${list.role} done`} />
            <span class="soft">
              {list.done}/{list.items.length} done
            </span>
            <span class="grow" />
            {list.at && <Time ms={Date.parse(list.at)} />}
          </div>
          <TodoItems items={list.items} />
          <details class="todo-history">
            <summary>
              {plural(updates.value.filter(at => table.value.rowData[at]?.role === list.role).length, 'change')}
            </summary>
            <ol>
              {updates.value
                .filter(at => table.value.rowData[at]?.role === list.role)
                .map(at => (
                  <li key={at}>
                    <button type="button" class="history-row" onClick={() => jumpTo(at)}>
                      <Time ms={table.value.timeOf(at)} />{' '}
                      <span class="ellipsis">{table.value.rowData[at]?.summary}</span>
                    </button>
                  </li>
                ))}
            </ol>
          </details>
        </section>
      ))}
    </div>
  );
}
