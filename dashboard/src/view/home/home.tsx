import { useSignal, useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { AdwStatus } from '../../../../src/adw/summary-shape.ts';
import { plural, spending, whole } from '../../base/text.ts';
import {
  BY_URGENCY,
  chosenRuns,
  countsOf,
  isIn,
  PERIODS,
  type Period,
  type RunCounts,
  spanOf,
  TOKENS,
  tokenOf,
} from '../../runs/run-list.ts';
import { type Fleet, followFleet } from '../../state/fleet.ts';
import { HOME, parseHash } from '../../state/route.ts';
import { dialog, go, picked, view } from '../../state/store.ts';
import { Empty, IconButton, Skeleton, statusAppearance } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';
import { LogOut } from '../parts/log-out.tsx';
import { isSessionOver, SessionEnded } from '../parts/session-ended.tsx';
import { ThemeButton } from '../parts/theme-button.tsx';
import { useAsync } from '../parts/use-async.ts';
import { AdwTable } from './adw-table.tsx';
import { ContentsPanel } from './contents.tsx';
import { TotalsPanel } from './totals.tsx';

/** Whether the page was opened on the list, and nothing else was shown since. */
let arriving = parseHash(location.hash).adwId === '';

const PERIOD_NAMES: Readonly<Record<Period, string>> = { today: 'Today', week: '7 days', all: 'All' };
/** What a run waits for, in the words of a sentence. */
const WAITS_FOR: Readonly<Record<string, string>> = {
  permission: 'permission',
  rate_limit: 'the rate limit',
  api_retry: 'the API',
  compaction: 'compaction',
  background_tasks: 'background work',
};

const leave = () => {
  arriving = false;
};

/** The list of all ADWs: which run, what each is doing, what it cost. */
export function Home() {
  const fleet = useSignal<Fleet | undefined>(undefined);
  const error = useSignal('');

  const { sort, isReversed, totals, contents } = view.value;
  // Once they were asked for they keep coming: a table that is opened again is there at once.
  const withParts = useRef(false);
  withParts.current ||= totals;
  useEffect(() => followFleet({ fleet, error }, withParts.current), [withParts.current]);
  useEffect(() => leave, []);

  // The only one that runs is the one its reader came for; only on arrival, so that the way back stays open.
  useSignalEffect(() => {
    if (!fleet.value || !arriving) return;
    arriving = false;
    const [only, ...others] = runsOf(fleet.value).filter(adw => adw.status === 'running');
    if (only && others.length === 0 && history.length <= 2) go({ ...HOME, adwId: only.adw_id }, 'push');
  });

  // A list of a day changes its members at midnight; of the clock no other reader hangs on each second here.
  const runs = runsOf(fleet.value);
  const shown = chosenRuns(runs, view.value, Date.now());
  return (
    <div class="home">
      <HomeHeader fleet={fleet.value} />
      {error.value !== '' && <Disconnected why={error.value} />}
      <main class="home-main">
        <Filters fleet={fleet.value} />
        {fleet.value === undefined && error.value === '' && <Skeleton lines={8} />}
        {fleet.value && runs.length === 0 && (
          <NothingYet agentsDir={fleet.value.agentsDir} otherRuns={fleet.value.otherRuns} />
        )}
        {fleet.value && runs.length > 0 && <OtherRuns count={fleet.value.otherRuns} />}
        {totals && runs.length > 0 && <TotalsPanel runs={shown} />}
        {contents && runs.length > 0 && (
          <ContentsPanel runs={chosenRuns(runs, { ...view.value, q: '' }, Date.now())} isCutOff={error.value !== ''} />
        )}
        {!contents && runs.length > 0 && (
          <AdwTable
            runs={shown}
            sort={sort}
            isReversed={isReversed}
            onSort={key => go({ sort: key, isReversed: key === sort && !isReversed })}
          />
        )}
      </main>
    </div>
  );
}

/** The server is away, or no longer lets this browser in: then trying again is of no use. */
function Disconnected({ why }: { why: string }) {
  if (useAsync(isSessionOver, [why]).value) return <SessionEnded />;
  return (
    <div class="bar bad" role="alert">
      <Icon name="warning" />
      <span>Disconnected: {why} Trying again.</span>
    </div>
  );
}

const runsOf = (fleet: Fleet | undefined) => [...(fleet?.runs.values() ?? [])];

function HomeHeader({ fleet }: { fleet: Fleet | undefined }) {
  const adws = runsOf(fleet);
  const counts = countsOf(adws, Date.now());
  return (
    <header class="home-header">
      <h1 class="brand">
        <span class="brand-mark" aria-hidden="true" /> adw-stream
      </h1>
      <span class="soft home-counts">
        {fleet?.agentsDir ? (
          <span class="mono ellipsis" title={fleet.agentsDir}>
            {fleet.agentsDir}
          </span>
        ) : null}
        <span>watching {plural(adws.length, 'workflow')}</span>
        <Counts counts={counts} />
      </span>
      <IconButton icon="search" label="Open the palette (Ctrl+K)" onClick={() => (dialog.value = 'palette')} />
      <IconButton icon="bell" label="Alarms" onClick={() => (dialog.value = 'alarms')} />
      <IconButton icon="keyboard" label="Keyboard help (?)" onClick={() => (dialog.value = 'help')} />
      <ThemeButton class="" />
      <LogOut />
    </header>
  );
}

/** What a person asks first: what runs, what waits and for what, what failed, what it cost. */
function Counts({ counts }: { counts: RunCounts }) {
  const { running, between, waiting, stalled, failedToday, cost_usd, cost_estimated } = counts;
  return (
    <>
      <Count tone="live" count={running} word="running" status="running" />
      {between > 0 && <Count tone="live" count={between} word="between roles" status="between_roles" />}
      {waiting.map(([reason, runs]) => (
        <Count
          key={reason}
          tone="warn"
          count={runs}
          word={`${runs === 1 ? 'waits' : 'wait'} for ${WAITS_FOR[reason] ?? reason}`}
          status="waiting"
          q={waiting.length > 1 ? tokenOf('waits', reason) : ''}
        />
      ))}
      {stalled > 0 && <Count tone="warn" count={stalled} word="stalled" status="stalled" />}
      {failedToday > 0 && <Count tone="bad" count={failedToday} word="failed today" status="failed" period="today" />}
      {cost_usd !== null && (
        <span
          title={`what the runs cost that wrote something in the last seven days, from their beginning on; known of ${whole(counts.priced)} of ${whole(counts.recent)}`}
        >
          {spending({ cost_usd, cost_estimated })} this week
        </span>
      )}
    </>
  );
}

interface CountProps {
  readonly tone: string;
  readonly count: number;
  readonly word: string;
  /** What a click lists. */
  readonly status: AdwStatus;
  readonly q?: string;
  readonly period?: Period;
}

/** How many runs are so, of all of them; a click lists these. */
function Count({ tone, count, word, status, q = '', period = 'all' }: CountProps) {
  return (
    <button
      type="button"
      class={`home-count ${count > 0 ? `tone-${tone}` : ''}`}
      onClick={() => go({ status, q, contents: false, ...spanOf(period) })}
    >
      {count} {word}
    </button>
  );
}

function Filters({ fleet }: { fleet: Fleet | undefined }) {
  const { status: chosen, totals, contents } = view.value;
  const adws = runsOf(fleet).filter(adw => isIn(adw, view.value, Date.now()));
  const present = BY_URGENCY.filter(status => status === chosen || adws.some(adw => adw.status === status));
  return (
    <div class="home-filters" role="search">
      <input
        id="search"
        class="input home-search"
        type="search"
        placeholder={
          contents ? 'What was said and done in any run   /' : 'Filter: words, phase: model: issue: failed:…   /'
        }
        aria-label={contents ? 'Search in all workflows' : 'Filter workflows'}
        title={contents ? undefined : `Words, or ${TOKENS.map(name => `${name}:`).join(' ')}`}
        value={view.value.q}
        onInput={event => go({ q: event.currentTarget.value })}
      />
      <button
        type="button"
        class="button"
        aria-pressed={contents}
        title="Look for the words in what was said and done, not in the rows"
        onClick={() => {
          go({ contents: !contents });
          document.getElementById('search')?.focus();
        }}
      >
        <Icon name="text" />
        In contents
      </button>
      {present.map(status => (
        <button
          key={status}
          type="button"
          class="button"
          aria-pressed={chosen === status}
          onClick={() => go({ status: chosen === status ? '' : status })}
        >
          <Icon name={statusAppearance(status).icon} class={`tone-${statusAppearance(status).tone}`} />
          {statusAppearance(status).word}
          <span class="muted">{adws.filter(adw => adw.status === status).length}</span>
        </button>
      ))}
      <Periods />
      <Picked />
      <button type="button" class="button" aria-pressed={totals} onClick={() => go({ totals: !totals })}>
        Totals
      </button>
    </div>
  );
}

/** When the last event of the listed runs was: one of the usual periods, or from a day to a day. */
function Periods() {
  const { period, from, to } = view.value;
  const isRange = from !== '' || to !== '';
  return (
    <span class="periods" role="group" aria-label="Period">
      {PERIODS.map(one => (
        <button
          key={one}
          type="button"
          class="button"
          aria-pressed={!isRange && period === one}
          onClick={() => go(spanOf(one))}
        >
          {PERIOD_NAMES[one]}
        </button>
      ))}
      <input
        class="input"
        type="date"
        aria-label="From the day"
        value={from}
        onInput={event => go({ period: 'all', from: event.currentTarget.value })}
      />
      <input
        class="input"
        type="date"
        aria-label="To the day"
        value={to}
        onInput={event => go({ period: 'all', to: event.currentTarget.value })}
      />
    </span>
  );
}

/** What can be done with the runs that were ticked. */
function Picked() {
  const [one, other = one] = picked.value;
  if (one === undefined || other === undefined) return null;
  const text = one === other ? `Compare attempts of ${one}` : `Compare ${one} with ${other}`;
  return (
    <button type="button" class="button" onClick={() => go({ ...HOME, compare: [one, other] }, 'push')}>
      {text}
    </button>
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
