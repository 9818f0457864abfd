import { useComputed } from '@preact/signals';
import { isEnded } from '../../../../src/adw/run-state.ts';
import type { Session } from '../../data/session.ts';
import { type ErrorGroup, errorGroups, wrongWords } from '../../run/error-groups.ts';
import { cutoff, summary } from '../../state/replay.ts';
import { log } from '../../state/timeline.ts';
import { Empty, Skeleton, Time } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';
import { jumpTo } from '../timeline/moves.ts';

const SHOWN_MAX = 100;

/** Everything that went wrong, grouped by what it is, each with a way to its event; what counts as an error comes first. */
export function Errors({ session }: { session: Session }) {
  const groups = useComputed(() => {
    void session.revision.value;
    const ended = summary.value !== undefined && isEnded(summary.value.status);
    return errorGroups(log.value, (cutoff.value ?? log.value.length - 1) + 1, ended);
  });
  if (!session.complete.value && groups.value.length === 0) return <Skeleton />;
  if (groups.value.length === 0)
    return <Empty title="No errors">Neither tools nor hooks nor the API failed, and every line could be read.</Empty>;
  const counted = groups.value.filter(({ kind }) => kind === 'error');
  const others = groups.value.filter(({ kind }) => kind !== 'error');
  return (
    <div class="scroll padded">
      {counted.map(group => (
        <Card key={group.name} group={group} />
      ))}
      {others.length > 0 && (
        <section aria-label="Not counted as errors">
          <h2 class="group-title">Not counted as errors: how it ended, what is missing, warnings</h2>
          {others.map(group => (
            <Card key={group.name} group={group} />
          ))}
        </section>
      )}
    </div>
  );
}

function Card({ group: { name, rows, kind } }: { group: ErrorGroup }) {
  const tone = kind === 'warning' ? 'warn' : 'bad';
  return (
    <section class="card">
      <div class="card-head">
        <Icon name={kind === 'warning' ? 'warning' : 'error'} class={`tone-${tone}`} />
        <h2>{name}</h2>
        <span class={`chip ${kind === 'outcome' ? '' : tone}`}>{rows.length}</span>
      </div>
      <ul>
        {rows.slice(0, SHOWN_MAX).map(at => (
          <li key={at}>
            <button type="button" class="error-row" onClick={() => jumpTo(at)}>
              <Time ms={log.value.t[at]!} />
              <span class="muted ellipsis error-role">{log.value.role[at]}</span>
              <span class="mono ellipsis" dir="auto">
                {wrongWords(log.peek(), at)}
              </span>
            </button>
          </li>
        ))}
      </ul>
      {rows.length > SHOWN_MAX && <p class="muted">and {rows.length - SHOWN_MAX} more in the timeline</p>}
    </section>
  );
}
