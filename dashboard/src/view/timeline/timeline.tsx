import { useComputed, useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { plural, whole } from '../../base/text.ts';
import { NONE } from '../../data/row-table.ts';
import type { Session } from '../../data/session.ts';
import { source } from '../../data/source.ts';
import { cutoff, summary, until } from '../../state/replay.ts';
import { go, preferences, say, view } from '../../state/store.ts';
import { rows, selected, table, toggled } from '../../state/timeline.ts';
import { shownRange } from '../adw/minimap.tsx';
import { Empty } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';
import { VirtualList } from '../parts/virtual-list.tsx';
import { chosen, list, select } from './moves.ts';
import { isOpen, Row } from './row.tsx';

/** Height of a closed row, with its border: a row that is measured otherwise makes the list draw itself again. */
const ROW_PX = { compact: 25, normal: 31, expanded: 31 } as const;
const OPEN_PX = 180;

/** Every event as one row, in the log's order; follows the end until its reader scrolls away. */
export function Timeline({ session }: { session: Session }) {
  const { density } = preferences.value;
  const shape = useComputed(() => `${rows.value.shape}|${preferences.value.density}`);
  const against = toggled.value;
  const estimate = (at: number) => (isOpen(at, density, against) ? OPEN_PX : ROW_PX[density]);
  const { rows: shown, version } = rows.value;
  const rekey = useRekey(shape.value);
  useDeepLink(session);
  return (
    <div class={`timeline density-${density}`}>
      <ScopeBar />
      <VirtualList
        class="feed"
        role="feed"
        label="Timeline"
        rows={shown}
        version={version}
        shape={shape.value}
        rekey={rekey}
        estimate={estimate}
        follow={view.value.follow}
        {...(selected.value === NONE ? {} : { keep: selected.value })}
        onFollow={follow => go({ follow })}
        busy={!session.complete.value}
        handle={handle => {
          list.value = handle;
        }}
        onRange={(first, last) => {
          const before = shownRange.peek();
          if (first !== before[0] || last !== before[1]) {
            queueMicrotask(() => {
              shownRange.value = [first, last];
            });
          }
        }}
        row={(at, index) => <Row at={at} index={index} session={session} before={shown[index - 1] ?? NONE} />}
        empty={<NoRows session={session} />}
      />
      <NewRows />
    </div>
  );
}

/**
 * The table that takes the place of that of the newest rows begins at ordinal 0: tells where a row of the table before is in the one of now.
 * By its seq where that has its id still; by its id, which holds across a log that was started anew too; else by its seq.
 */
function useRekey(shape: string): ((key: number) => number) | undefined {
  const before = useRef({ table: table.peek(), shape });
  const current = table.value;
  const old = before.current.table;
  if (before.current.shape !== shape) before.current = { table: current, shape };
  if (old === current) return undefined;
  return key => {
    const { id, seq = 0 } = old.rowData[key] ?? {};
    const bySeq = current.lowerBound(seq);
    if (id === undefined || current.rowData[bySeq]?.id === id) return Math.min(bySeq, current.length - 1);
    const at = current.ordinalOfId(id);
    return at === NONE ? Math.min(bySeq, current.length - 1) : at;
  };
}

/** A link may name an event that this log no longer holds; then the nearest is shown, and the reader is told. */
function useDeepLink(session: Session): void {
  const asked = useSignal('');
  useSignalEffect(() => {
    const { ev } = view.value;
    if (!session.complete.value) return;
    if (ev === '' || ev === asked.peek() || ev === chosen.id) return;
    const at = table.peek().ordinalOfId(ev);
    asked.value = ev;
    if (at !== NONE) setTimeout(() => select(at, 'center'), 0);
    else {
      source()
        .fetchEvent(session.adwId, ev)
        .then(
          event => select(table.peek().lowerBound(event.seq), 'center'),
          () => say('The event of this link is not in this log; the newest row is shown'),
        );
    }
  });
}

function ScopeBar() {
  const { scope } = view.value;
  if (scope === '') return null;
  const call = table.value.ordinalOfUse(scope);
  return (
    <div class="bar scope-bar">
      <Icon name="bot" />
      <span class="ellipsis">
        Sub-agent: <b>{table.value.rowData[call]?.summary ?? scope}</b>
      </span>
      <button type="button" class="button" onClick={leaveScope}>
        <Icon name="back" /> up <kbd>⌫</kbd>
      </button>
    </div>
  );
}

/** Leaves a sub-agent for what it lies in. */
export function leaveScope(): void {
  const { scope } = view.peek();
  if (scope === '') return;
  const call = table.peek().ordinalOfUse(scope);
  go({ scope: table.peek().rowData[call]?.parent ?? '' });
}

function NoRows({ session }: { session: Session }) {
  const total = table.value.length;
  if (total === 0 || summary.value?.roles.every(role => role.attempts.length === 0)) {
    return (
      <Empty title="No output yet">
        <p>The workflow is known, and its first line has not arrived.</p>
      </Empty>
    );
  }
  if (!session.complete.value) return <Empty title="Reading…" />;
  return (
    <Empty title="No row matches">
      <p>{whole(total)} events are in the log. Search, filters and kinds hide all of them.</p>
      <p>
        <button
          type="button"
          class="button"
          onClick={() => go({ q: '', role: '', phase: '', scope: '', attempt: undefined, kinds: undefined })}
        >
          Show everything
        </button>
      </p>
    </Empty>
  );
}

/** What came in below while the reader looks elsewhere. */
function NewRows() {
  const seen = useSignal(0);
  const { follow } = view.value;
  const count = rows.value.rows.length;
  useEffect(() => {
    seen.value = count;
  }, [follow, rows.value.shape]);
  if (follow || cutoff.value !== undefined) return null;
  const added = rows.value.rows.slice(seen.value);
  if (added.length === 0) return null;
  const errors = added.filter(at => table.value.outcome(at, until.value) === 'error').length;
  return (
    <button type="button" class="new-rows" onClick={() => go({ follow: true, ev: '' })}>
      <Icon name="down" /> {whole(added.length)} new
      {errors > 0 && <span class="tone-bad-on"> ({plural(errors, 'error')})</span>}
    </button>
  );
}
