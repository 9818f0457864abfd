import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { isEnded } from '../../../../src/adw/run-state.ts';
import type { AdwSummary } from '../../../../src/adw/summary-shape.ts';
import { messageOf } from '../../../../src/base/errors.ts';
import { plural } from '../../base/text.ts';
import { type Fleet, source } from '../../data/api.ts';
import { parseHash } from '../../data/route.ts';
import { dialog, go, view } from '../../data/store.ts';
import { Empty, IconButton, Skeleton, statusAppearance } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';
import { LogOut } from '../parts/log-out.tsx';
import { AdwTable, type SortKey } from './adw-table.tsx';

/** Whether the page was opened on the list, and nothing else was shown since. */
let arriving = parseHash(location.hash).adwId === '';

/** ms between two reads of the list. */
const REFRESH_MS = 1500;
const FILTERS = [
  'running',
  'waiting',
  'between_roles',
  'stalled',
  'failed',
  'completed',
  'ended_without_result',
  'pending',
];

/** The list of all ADWs: which run, what each is doing, what it cost. */
export function Home() {
  const fleet = useSignal<Fleet | undefined>(undefined);
  const error = useSignal('');
  const status = useSignal('');
  const sort = useSignal<SortKey>('last');

  useEffect(() => {
    const abort = new AbortController();
    let timer = 0;
    const poll = async () => {
      try {
        if (!document.hidden || !fleet.peek()) fleet.value = await source().fetchAdws(abort.signal);
        error.value = '';
      } catch (failure) {
        if (abort.signal.aborted) return;
        error.value = messageOf(failure);
      }
      timer = window.setTimeout(poll, REFRESH_MS);
    };
    void poll();
    return () => {
      arriving = false;
      abort.abort();
      clearTimeout(timer);
    };
  }, []);

  // The only one that runs is the one its reader came for; only on arrival, so that the way back stays open.
  useSignalEffect(() => {
    const adws = fleet.value?.adws;
    if (!adws || !arriving) return;
    arriving = false;
    const [only, ...others] = adws.filter(adw => adw.status === 'running');
    if (only && others.length === 0 && history.length <= 2) go({ adwId: only.adw_id }, 'push');
  });

  const shown = (fleet.value?.adws ?? []).filter(adw => matches(adw, view.value.q, status.value));
  return (
    <div class="home">
      <HomeHeader fleet={fleet.value} />
      {error.value !== '' && (
        <div class="bar bad" role="alert">
          <Icon name="warning" />
          <span>Disconnected: {error.value} Trying again.</span>
        </div>
      )}
      <main class="home-main">
        <Filters fleet={fleet.value} status={status.value} onStatus={next => (status.value = next)} />
        {fleet.value === undefined && error.value === '' && <Skeleton lines={8} />}
        {fleet.value && fleet.value.adws.length === 0 && (
          <NothingYet agentsDir={fleet.value.agents_dir} otherRuns={fleet.value.other_runs} />
        )}
        {fleet.value && fleet.value.adws.length > 0 && <OtherRuns count={fleet.value.other_runs} />}
        {fleet.value && fleet.value.adws.length > 0 && (
          <AdwTable adws={shown} sort={sort.value} onSort={next => (sort.value = next)} />
        )}
      </main>
    </div>
  );
}

function HomeHeader({ fleet }: { fleet: Fleet | undefined }) {
  const adws = fleet?.adws ?? [];
  const running = adws.filter(adw => !isEnded(adw.status) && adw.status !== 'pending').length;
  return (
    <header class="home-header">
      <h1 class="brand">
        <span class="brand-mark" aria-hidden="true" /> adw-stream
      </h1>
      <span class="soft home-counts">
        {fleet?.agents_dir ? (
          <span class="mono ellipsis" title={fleet.agents_dir}>
            {fleet.agents_dir}
          </span>
        ) : null}
        <span>watching {plural(adws.length, 'workflow')}</span>
        <span class={running > 0 ? 'tone-live' : ''}>{running} running</span>
      </span>
      <IconButton icon="search" label="Open the palette (Ctrl+K)" onClick={() => (dialog.value = 'palette')} />
      <IconButton icon="bell" label="Alarms" onClick={() => (dialog.value = 'alarms')} />
      <IconButton icon="keyboard" label="Keyboard help (?)" onClick={() => (dialog.value = 'help')} />
      <LogOut />
    </header>
  );
}

function Filters(props: { fleet: Fleet | undefined; status: string; onStatus: (status: string) => void }) {
  const adws = props.fleet?.adws ?? [];
  const present = FILTERS.filter(status => adws.some(adw => adw.status === status));
  return (
    <div class="home-filters" role="search">
      <input
        id="search"
        class="input home-search"
        type="search"
        placeholder="Filter by id, title, branch, role…   /"
        aria-label="Filter workflows"
        value={view.value.q}
        onInput={event => go({ q: event.currentTarget.value })}
      />
      {present.map(status => (
        <button
          key={status}
          type="button"
          class="button"
          aria-pressed={props.status === status}
          onClick={() => props.onStatus(props.status === status ? '' : status)}
        >
          <Icon name={statusAppearance(status).icon} class={`tone-${statusAppearance(status).tone}`} />
          {statusAppearance(status).word}
          <span class="muted">{adws.filter(adw => adw.status === status).length}</span>
        </button>
      ))}
    </div>
  );
}

/** Runs that the server's id format leaves out, and what shows them. */
function OtherRuns({ count }: { count: number }) {
  if (count === 0) return null;
  return (
    <p role="status">
      {plural(count, 'run')} here {count === 1 ? 'has an id' : 'have ids'} of another form: start with{' '}
      <code>--id-format any</code>, or <code>"idFormat": "any"</code> in adw-stream.config.json, to see{' '}
      {count === 1 ? 'it' : 'them'}.
    </p>
  );
}

function NothingYet({ agentsDir, otherRuns }: { agentsDir: string | null; otherRuns: number }) {
  return (
    <Empty title={agentsDir ? `Watching ${agentsDir}. Nothing yet.` : 'No workflow has reported yet.'}>
      <OtherRuns count={otherRuns} />
      <p>Start a workflow in the repository: its directory below agents/ appears here with its first line of output.</p>
      <pre>uv run adws/adw_plan_build.py 42</pre>
      <p>Or point a sidecar at another tree, or replay one that is finished:</p>
      <pre>
        {
          'adw-stream watch 1a2b3c4d --agents-dir path/to/agents\nadw-stream replay 1a2b3c4d --agents-dir path/to/agents'
        }
      </pre>
      <p class="muted">
        Recognised: directories named by an ADW id (8 letters or digits), and in them any role with raw_output.jsonl or
        cc_raw_output.jsonl, adw_state.json, execution.log, screenshots and specs.
      </p>
    </Empty>
  );
}

function matches(adw: AdwSummary, q: string, status: string): boolean {
  if (status !== '' && adw.status !== status) return false;
  const words = q.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = [
    adw.adw_id,
    adw.title,
    adw.issue_number && `#${adw.issue_number}`,
    adw.branch,
    adw.workflow,
    ...adw.roles.map(role => role.role),
  ]
    .join(' ')
    .toLowerCase();
  return words.every(word => text.includes(word));
}
