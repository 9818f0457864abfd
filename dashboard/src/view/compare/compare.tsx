import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { formatElapsed } from '../../../../src/adw/format.ts';
import type { AdwSummary } from '../../../../src/adw/summary-shape.ts';
import { messageOf } from '../../../../src/base/errors.ts';
import { dollars, plural, short, spending, whole } from '../../base/text.ts';
import { source } from '../../data/source.ts';
import { toolLabel } from '../../run/tools.ts';
import {
  type Call,
  type Compared,
  callsOf,
  comparedLines,
  type Difference,
  type Figures,
  firstDifference,
  MEDIAN_RUNS_MIN,
  type Median,
  medianFor,
  ownParts,
  partsIn,
} from '../../runs/compare.ts';
import { titleOf } from '../../runs/run-list.ts';
import type { Known } from '../../runs/totals.ts';
import { type Run, readRuns } from '../../state/fleet.ts';
import { formatHash, HOME } from '../../state/route.ts';
import { go, view } from '../../state/store.ts';
import { Skeleton, Status } from '../parts/bits.tsx';

/** Two runs, or two attempts of roles, side by side. */
export function Compare() {
  const [idA = '', idB = ''] = view.value.compare;
  const { left, right } = view.value;
  const runs = useSignal<readonly [AdwSummary, AdwSummary] | undefined>(undefined);
  const fleet = useSignal<readonly Run[]>([]);
  const error = useSignal('');
  useEffect(() => {
    const abort = new AbortController();
    const { signal } = abort;
    runs.value = undefined;
    error.value = '';
    const failed = (failure: unknown) => {
      if (!signal.aborted) error.value = messageOf(failure);
    };
    Promise.all([source().fetchAdw(idA, signal), source().fetchAdw(idB, signal)]).then(both => {
      runs.value = both;
    }, failed);
    readRuns(signal).then(all => {
      fleet.value = all;
    }, failed);
    return () => abort.abort();
  }, [idA, idB]);
  const both = runs.value;
  const isChosen = left !== '' || right !== '' || idA !== idB;
  const parts = both && !isChosen ? ownParts(both[0]) : ([left, right] as const);
  return (
    <div class="home">
      <header class="home-header">
        <a class="button" href="#/">
          All workflows
        </a>
        <h1 class="brand">Compare</h1>
      </header>
      <main class="comparison">
        {error.value !== '' && (
          <p class="tone-bad" role="alert">
            {error.value}
          </p>
        )}
        {both === undefined && error.value === '' && <Skeleton lines={8} />}
        {both && (
          <>
            <Lines runs={both} parts={parts} fleet={fleet.value} />
            <FirstDifference ids={[idA, idB]} parts={parts} />
          </>
        )}
      </main>
    </div>
  );
}

type Pair<Value> = readonly [Value, Value];

interface LinesProps {
  readonly runs: Pair<AdwSummary>;
  readonly parts: Pair<string>;
  readonly fleet: readonly Run[];
}

const SIDES = ['left', 'right'] as const;

interface Measure {
  readonly name: string;
  readonly cell: (figures: Figures) => string;
  readonly median?: (median: Median) => string;
  /** What a median of it is known of. */
  readonly known?: Known;
}

const MEASURES: readonly Measure[] = [
  {
    name: 'Time',
    cell: ({ ms, msEstimated }) => formatElapsed(ms, msEstimated),
    median: ({ ms }) => formatElapsed(ms, false),
    known: 'ms',
  },
  {
    name: 'Cost',
    cell: spending,
    median: ({ cost_usd: cost }) => (cost === null ? '–' : dollars(cost)),
    known: 'cost',
  },
  {
    name: 'Tokens',
    cell: ({ tokens }) => short(tokens),
    median: ({ tokens }) => short(tokens),
    known: 'tokens',
  },
  { name: 'Tools', cell: ({ tools }) => count(tools) },
  { name: 'Files', cell: ({ files }) => count(files) },
  { name: 'Failures', cell: ({ failures }) => count(failures) },
  { name: 'Attempts', cell: ({ attempts }) => count(attempts) },
];

const count = (value: number | null) => (value === null ? '–' : whole(value));

function Lines({ runs: [a, b], parts, fleet }: LinesProps) {
  const lines = comparedLines({ run: a, part: parts[0] }, { run: b, part: parts[1] });
  const isWhole = parts.every(part => part === '');
  const workflow = isWhole && a.workflow === b.workflow ? a.workflow : null;
  const medians = lines.map(({ name }) => (workflow === null ? undefined : medianFor(fleet, workflow, name)));
  const median = medians[0];
  return (
    <section aria-label="Side by side">
      <div class="compare-sides">
        {[a, b].map((run, at) => (
          <SideHead
            key={at}
            run={run}
            side={SIDES[at]!}
            part={parts[at]!}
            onChoose={part => go({ left: parts[0], right: parts[1], [SIDES[at]!]: part })}
          />
        ))}
      </div>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="Figures">
        <table class="table">
          <thead>
            <tr>
              <th />
              <th>Side</th>
              <th>Status</th>
              {MEASURES.map(({ name }) => (
                <th key={name} class="num">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          {lines.map((line, at) => (
            <LineRows key={line.name} line={line} median={medians[at]} />
          ))}
        </table>
      </div>
      {median !== undefined && (
        <p class="muted">
          The median is that of {plural(median.runs, 'ended run')} of {workflow}.
        </p>
      )}
    </section>
  );
}

/** Of how many runs a median is where that is not all of them. */
function partOfRuns({ known, runs }: Median, what: Known): string {
  return known[what] < runs && known[what] >= MEDIAN_RUNS_MIN ? ` of ${known[what]}` : '';
}

/** One phase, or the whole: a row for each side, and one for the median. */
function LineRows({ line: { name, sides }, median }: { line: Compared; median: Median | undefined }) {
  return (
    <tbody>
      {sides.map((figures, at) => (
        <tr key={at}>
          {at === 0 && (
            <th rowSpan={median === undefined ? 2 : 3} scope="rowgroup" class="compare-name">
              {name || 'In all'}
            </th>
          )}
          <td class="muted">{'AB'[at]}</td>
          <td>{figures ? <Status status={figures.status} /> : <span class="muted">never begun</span>}</td>
          {MEASURES.map(measure => (
            <td key={measure.name} class="num">
              {figures && measure.cell(figures)}
            </td>
          ))}
        </tr>
      ))}
      {median !== undefined && (
        <tr class="muted">
          <td>median</td>
          <td />
          {MEASURES.map(measure => (
            <td key={measure.name} class="num">
              {measure.median?.(median)}
              {measure.known && partOfRuns(median, measure.known)}
            </td>
          ))}
        </tr>
      )}
    </tbody>
  );
}

interface SideProps {
  readonly run: AdwSummary;
  readonly side: (typeof SIDES)[number];
  readonly part: string;
  readonly onChoose: (part: string) => void;
}

function SideHead({ run, side, part, onChoose }: SideProps) {
  const letter = side === 'left' ? 'A' : 'B';
  return (
    <div class="compare-side">
      <h2>
        <span class="muted">{letter}</span>{' '}
        <a class="mono" href={formatHash({ ...HOME, adwId: run.adw_id })}>
          {run.adw_id}
        </a>{' '}
        <Status status={run.status} />
      </h2>
      <p class="ellipsis">{titleOf(run)}</p>
      <p class="soft">{run.why}</p>
      <select
        class="select"
        aria-label={`What of ${letter}`}
        value={part}
        onChange={event => onChoose(event.currentTarget.value)}
      >
        <option value="">the whole run</option>
        {partsIn(run).map(one => (
          <option key={one} value={one}>
            {one.replace(/:(\d+)$/, ', attempt $1')}
          </option>
        ))}
      </select>
    </div>
  );
}

function FirstDifference({ ids, parts }: { ids: Pair<string>; parts: Pair<string> }) {
  const found = useSignal<Difference | string | undefined>(undefined);
  useEffect(() => {
    // What comes behind the difference is not read.
    const abort = new AbortController();
    found.value = undefined;
    const calls = async (at: 0 | 1) => callsOf(await source().fetchRows(ids[at], abort.signal), parts[at]);
    Promise.all([calls(0), calls(1)])
      .then(both => firstDifference(both, ids))
      .then(
        difference => {
          found.value = difference;
        },
        failure => {
          if (!abort.signal.aborted) found.value = `The calls could not be read: ${messageOf(failure)}`;
        },
      )
      .finally(() => abort.abort());
    return () => abort.abort();
  }, [...ids, ...parts]);
  const difference = found.value;
  return (
    <section aria-label="First difference">
      <h2 class="group-title">First difference</h2>
      {difference === undefined && <Skeleton lines={2} />}
      {typeof difference === 'string' && <p class="tone-bad">{difference}</p>}
      {typeof difference === 'object' && <Apart difference={difference} ids={ids} />}
    </section>
  );
}

function Apart({ difference: { same, sides }, ids }: { difference: Difference; ids: Pair<string> }) {
  if (sides.every(call => call === undefined))
    return <p>{same === 0 ? 'Neither called a tool.' : `All ${plural(same, 'tool call')} are the same.`}</p>;
  return (
    <>
      <p>{same === 0 ? 'They differ from the first tool call on.' : `${plural(same, 'tool call')} the same, then:`}</p>
      <ul class="compare-apart">
        {sides.map((call, at) => (
          <li key={at}>
            <span class="muted">{'AB'[at]}</span>{' '}
            {call ? <CallLink call={call} adwId={ids[at]!} /> : 'calls no more tools'}
          </li>
        ))}
      </ul>
    </>
  );
}

function CallLink({ call: { id, role, tool, summary }, adwId }: { call: Call; adwId: string }) {
  return (
    <a href={formatHash({ ...HOME, adwId, ev: id })}>
      {role} · {toolLabel(tool)} <code class="soft">{summary}</code>
    </a>
  );
}
