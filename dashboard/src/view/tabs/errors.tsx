import { useComputed } from '@preact/signals';
import { isEnded } from '../../../../src/adw/run-state.ts';
import { plural, whole } from '../../base/text.ts';
import type { Session } from '../../data/session.ts';
import { type ErrorCause, errorCauses, errorsOf, messageOf } from '../../run/error-causes.ts';
import { type ErrorGroup, uncountedGroups } from '../../run/error-groups.ts';
import { cutoff, summary, until } from '../../state/replay.ts';
import { table } from '../../state/timeline.ts';
import { Empty, Skeleton, Time } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';
import { Middle } from '../parts/middle.tsx';
import { jumpTo } from '../timeline/moves.ts';
import { rowWords } from '../turn-words.ts';

const SHOWN_MAX = 100;

/** Everything that went wrong, each with a way to its event: errors by their cause, then what does not count as one. */
export function Errors({ session }: { session: Session }) {
  const wrong = useComputed(() => {
    void session.revision.value;
    const ended = summary.value !== undefined && isEnded(summary.value.status);
    const limit = (cutoff.value ?? table.value.length - 1) + 1;
    return { causes: errorCauses(table.value, limit), others: uncountedGroups(table.value, limit, ended) };
  });
  const { causes, others } = wrong.value;
  if (causes.length + others.length === 0) {
    if (!session.complete.value) return <Skeleton />;
    return <Empty title="No errors">Neither tools nor hooks nor the API failed, and every line could be read.</Empty>;
  }
  return (
    <div class="scroll padded">
      {causes.map(cause => (
        <CauseCard key={cause.rows[0]} cause={cause} />
      ))}
      {others.length > 0 && (
        <section aria-label="Not counted as errors">
          <h2 class="group-title">Not counted as errors: how it ended, what is missing, warnings</h2>
          {others.map(group => (
            <GroupCard key={group.name} group={group} />
          ))}
        </section>
      )}
    </div>
  );
}

function CauseCard({ cause }: { cause: ErrorCause }) {
  const { name, message, rows, cancelled } = cause;
  return (
    <section class="card">
      <div class="card-head">
        <Icon name="error" class="tone-bad" />
        <h2 class="ellipsis" dir="auto" title={message}>
          {message || name}
        </h2>
        <span class="muted card-sort">{name}</span>
        <span class="chip bad">{whole(errorsOf(cause))}</span>
      </div>
      <Rows rows={rows} said={message} />
      {cancelled.length > 0 && (
        <details>
          <summary class="muted">cancelled {plural(cancelled.length, 'call')} beside it</summary>
          <Rows rows={cancelled} />
        </details>
      )}
    </section>
  );
}

function GroupCard({ group: { name, rows, kind } }: { group: ErrorGroup }) {
  return (
    <section class="card">
      <div class="card-head">
        <Icon name={kind === 'warning' ? 'warning' : 'error'} class={`tone-${kind === 'warning' ? 'warn' : 'bad'}`} />
        <h2>{name}</h2>
        <span class={`chip ${kind === 'warning' ? 'warn' : ''}`}>{whole(rows.length)}</span>
      </div>
      <Rows rows={rows} />
    </section>
  );
}

/** What a row says beside the head of its card: the call, and what came of it where the head says something else. */
function wordsOf(at: number, said: string): string {
  const current = table.value;
  const [words, message] = [rowWords(current, at), messageOf(current, at, until.value)];
  return message === '' || message === said || words === message ? words || said : `${words} → ${message}`;
}

/** @param said what the card's head says of all of them already */
function Rows({ rows, said = '' }: { rows: readonly number[]; said?: string }) {
  return (
    <>
      <ul>
        {rows.slice(0, SHOWN_MAX).map(at => (
          <li key={at}>
            <button type="button" class="error-row" onClick={() => jumpTo(at)}>
              <Time ms={table.value.timeOf(at)} />
              <span class="muted ellipsis error-role">{table.value.rowData[at]?.role}</span>
              <Middle class="mono" text={wordsOf(at, said)} />
            </button>
          </li>
        ))}
      </ul>
      {rows.length > SHOWN_MAX && <p class="muted">and {whole(rows.length - SHOWN_MAX)} more in the timeline</p>}
    </>
  );
}
