import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { clockSpan } from '../../base/text.ts';
import type { Session } from '../../data/session.ts';
import { type Fleet, followFleet } from '../../state/fleet.ts';
import { now } from '../../state/store.ts';
import { Icon } from '../parts/icon.tsx';

/** An id that the log does not hold: what is being waited for, where it would appear, and what was perhaps meant. */
export function Waiting({ session }: { session: Session }) {
  const fleet = useSignal<Fleet | undefined>(undefined);
  const error = useSignal('');
  const since = useSignal(Date.now());
  useEffect(() => followFleet({ fleet, error }, false), []);
  const id = session.adwId;
  const close = [...(fleet.value?.runs.keys() ?? [])].filter(other => distance(id, other) <= 3);
  const root = fleet.value?.agentsDir ?? 'agents';
  return (
    <div class="adw">
      <header class="adw-header">
        <a class="icon-button" href="#/" aria-label="All workflows">
          <Icon name="home" />
        </a>
        <h1 class="adw-name mono">{id}</h1>
      </header>
      <main class="empty">
        <p class="empty-title">
          Waiting for {root}/{id} ({clockSpan(now.value - since.value)})
        </p>
        <p>The log holds no event of this workflow yet. It would come from:</p>
        <pre>{`${root}/${id}/<role>/raw_output.jsonl\n${root}/${id}/adw_state.json\ntrees/${id}/agents/${id}/…`}</pre>
        <p>When no sidecar watches it:</p>
        <pre>adw-stream watch {id}</pre>
        {close.length > 0 && (
          <p>
            Did you mean{' '}
            {close.map((other, i) => (
              <span key={other}>
                {i > 0 && ', '}
                <a class="mono" href={`#/adw/${encodeURIComponent(other)}`}>
                  {other}
                </a>
              </span>
            ))}
            ?
          </p>
        )}
      </main>
    </div>
  );
}

/** Levenshtein distance of two short texts. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length]!;
}
