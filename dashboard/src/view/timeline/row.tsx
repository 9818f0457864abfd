import { isEnded } from '../../../../src/adw/run-state.ts';
import { taskKind, taskStateText } from '../../../../src/adw/task-words.ts';
import type { EventType } from '../../../../src/event/types.ts';
import { clockSpan, duration, plural, short } from '../../base/text.ts';
import { NONE } from '../../data/row-table.ts';
import type { Session } from '../../data/session.ts';
import { isBeside, isGuess } from '../../run/event-times.ts';
import { moment, summary, tasks, until } from '../../state/replay.ts';
import { bookmarks, preferences, view } from '../../state/store.ts';
import { isHit, rows, selected, slowMs, table, toggled } from '../../state/timeline.ts';
import { Chip, Time } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';
import { appearanceOf } from './appearance.ts';
import { select, toggle } from './moves.ts';
import { RowBody } from './row-body.tsx';
import { RowText } from './row-text.tsx';

/** What opens by itself in the expanded density; other rows are complete on their line. */
const OPENING: ReadonlySet<string> = new Set<EventType>([
  'tool_use_pre',
  'thinking_block',
  'text_block',
  'session_ended',
]);

/** Whether a row shows its body. */
export function isOpen(at: number, density: string, against: ReadonlySet<string>): boolean {
  const habit = density === 'expanded' && OPENING.has(table.peek().rowData[at]?.type ?? '');
  return habit !== (against.size > 0 && against.has(table.peek().rowData[at]?.id ?? ''));
}

/** ms above which the time since the row before is worth a stronger mark: a model often thinks for half a minute. */
const GAP_MS = 60_000;

/** One event: clock · Δ · what · summary · chips, and its body when it is open. */
export function Row({ at, index, session, before }: { at: number; index: number; session: Session; before: number }) {
  const current = table.value;
  const [rowData, rowBefore] = [current.rowData[at], current.rowData[before]];
  const open = isOpen(at, preferences.value.density, toggled.value);
  const { icon, word, tone, thin } = appearanceOf(current, at, until.value);
  // Between a time that was seen and one that was worked out, or that of a copy, lies nothing that was measured.
  const isMeasured =
    before !== NONE &&
    isGuess(current, at) === isGuess(current, before) &&
    ![rowData, rowBefore].some(row => isBeside(row?.type ?? ''));
  const since = isMeasured ? current.timeOf(at) - current.timeOf(before) : Number.NaN;
  const newRole = before === NONE || rowBefore?.role !== rowData?.role;
  const depth = Math.min(3, current.callsAround(at).length);
  const isSelected = selected.value === at;
  const running = !isEnded(summary.value?.status ?? 'pending');
  return (
    <article
      id={`row-${at}`}
      class={`row tone-row-${tone} ${thin ? 'thin' : ''} ${isSelected ? 'selected' : ''} ${view.value.q && isHit(at) ? 'hit' : ''} ${open ? 'open' : ''}`}
      aria-posinset={index + 1}
      aria-setsize={running ? -1 : rows.peek().rows.length}
      aria-labelledby={`row-${at}-name`}
      tabIndex={isSelected || (selected.value === NONE && index === 0) ? 0 : -1}
      data-type={rowData?.type}
      data-seq={rowData?.seq}
      onFocus={event => {
        if (event.target === event.currentTarget && !isSelected && event.currentTarget.matches(':focus-visible'))
          select(at);
      }}
    >
      {newRole && (
        <div class="role-mark">
          <span>{rowData?.role || 'workflow'}</span>
          {rowData !== undefined && rowData.attempt > 1 && <span class="muted">attempt {rowData.attempt}</span>}
        </div>
      )}
      <div class="row-line" onClick={() => select(at)} onDblClick={() => toggle(at)}>
        <Time ms={current.timeOf(at)} class={`row-clock ${isGuess(current, at) ? 'guess' : ''}`} />
        <span class={`row-delta ${since > GAP_MS ? 'gap' : ''}`}>{since > 0 ? `+${duration(since)}` : ''}</span>
        <button
          type="button"
          class={`twisty ${open ? 'open' : ''} depth-${depth}`}
          aria-expanded={open}
          aria-label={open ? 'Collapse' : 'Expand'}
          tabIndex={-1}
          onClick={event => {
            event.stopPropagation();
            toggle(at);
          }}
        >
          <Icon name="chevron" />
        </button>
        <span class="row-name" id={`row-${at}-name`}>
          <span class={`row-what tone-${tone}`}>
            <Icon name={icon} class={tone === 'tool' ? 'tone-accent' : ''} />
            <span class="ellipsis">{word}</span>
          </span>
          <RowText at={at} />
          <Chips at={at} running={running} />
        </span>
      </div>
      {open && <RowBody at={at} session={session} />}
    </article>
  );
}

/** The task that a call launched, as far as it has come. */
function LaunchedTask({ useId }: { useId: string | undefined }) {
  const task = useId === undefined ? undefined : tasks.value.get(useId);
  if (!task) return null;
  return (
    <span class="muted not-narrow">
      {taskKind(task)} · {plural(task.tools, 'tool')}
      {task.total_tokens !== null && ` · ${short(task.total_tokens)} tok`}
      {(task.is_background || task.state !== 'completed') && ` · ${taskStateText(task)}`}
    </span>
  );
}

function Chips({ at, running }: { at: number; running: boolean }) {
  const current = table.value;
  const rowData = current.rowData[at];
  const change = current.rowData[current.changeOf(at, until.value)];
  const { added, removed } = change ?? rowData ?? {};
  const outcome = current.outcome(at, until.value);
  const took = current.took(at, until.value);
  const level = rowData?.level;
  return (
    <span class="row-chips">
      {rowData && bookmarks.value.has(rowData.id) && (
        <span class="tone-accent status" title="Bookmarked (m)">
          <Icon name="bookmark" />
          <span class="sr">bookmarked</span>
        </span>
      )}
      {current.isCall(at) && <LaunchedTask useId={rowData?.useId} />}
      {Boolean(added || removed) && (
        <span class="diffstat">
          <span class="plus">+{added ?? 0}</span> <span class="minus">−{removed ?? 0}</span>
        </span>
      )}
      {level === 'WARNING' && <Chip tone="warn">warning</Chip>}
      {current.isCall(at) && outcome === '' && rowData !== undefined && <Chip>taken back</Chip>}
      {outcome === 'pending' &&
        (running ? (
          <span class="tone-live status is-live">
            <Icon name="refresh" />
            {isGuess(current, at) && '~'}
            {clockSpan(moment.value - current.timeOf(at))}
          </span>
        ) : (
          <span class="tone-warn">no result recorded</span>
        ))}
      {outcome === 'error' && (
        <span class="status tone-bad">
          <Icon name="error" />
          <span>{current.isCall(at) || rowData?.type === 'tool_use_post' ? 'failed' : 'error'}</span>
        </span>
      )}
      {took >= 0 && outcome !== 'pending' && (
        <span class={`row-took ${took > slowMs.value ? 'slow' : ''}`}>{duration(took)}</span>
      )}
      {outcome === 'ok' && (
        <span class="tone-good ok-mark">
          <Icon name="check" />
          <span class="sr">ok</span>
        </span>
      )}
    </span>
  );
}
