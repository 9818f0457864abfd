import { useComputed } from '@preact/signals';
import type { ComponentChild } from 'preact';
import { isEnded } from '../../../../src/adw/run-state.ts';
import type { AdwSummary, CostSummary, TokensSummary } from '../../../../src/adw/summary-shape.ts';
import { tokensTold } from '../../../../src/adw/tokens.ts';
import { duration, short, spending, whole } from '../../base/text.ts';
import type { Session } from '../../data/session.ts';
import { type TimeSpent, timeSpent } from '../../run/spending.ts';
import { toolLabel } from '../../run/tools.ts';
import { cutoff, estimated, summary } from '../../state/replay.ts';
import { table } from '../../state/timeline.ts';
import { Chip, Empty, Status } from '../parts/bits.tsx';
import { useTurns } from '../use-turns.ts';
import { ContextChart, MoneyChart } from './context-chart.tsx';
import { DearTurns, SubAgentCosts } from './dear-turns.tsx';

/** What the run cost, by phase, role, model, sub-agent and turn, and where its time went. */
export function Cost({ session }: { session: Session }) {
  const adw = summary.value;
  const spent = useComputed(() => {
    void session.revision.value;
    return timeSpent(table.value, (cutoff.value ?? table.value.length - 1) + 1);
  });
  const turns = useTurns(session);
  if (!adw) return <Empty title="Nothing spent yet" />;
  const denials = adw.roles
    .flatMap(role => role.attempts)
    .reduce((sum, attempt) => sum + attempt.permission_denials, 0);
  return (
    <div class="scroll padded cost">
      <div class="figures">
        <Figure label={costLabel(adw)} value={spending(adw.totals)} />
        <Figure label="input" value={told(adw.totals, 'input_tokens', short)} />
        <Figure label="output" value={told(adw.totals, 'output_tokens', short)} />
        <Figure label="cache read" value={told(adw.totals, 'cache_read_tokens', short)} />
        <Figure label="cache write" value={told(adw.totals, 'cache_write_tokens', short)} />
        <Figure label="tool calls" value={whole(adw.totals.tools)} />
        <Figure label="permission denials" value={whole(denials)} />
      </div>
      <Times spent={spent.value} />
      <Table title="By phase" rows={phaseRows(adw)} />
      <Table title="By role" rows={roleRows(adw)} />
      <Table
        title="By model"
        rows={adw.models.map(model => ({
          name: model.model,
          cost: model,
          tokens: model,
          note: null,
        }))}
      />
      <SubAgentCosts adw={adw} />
      <DearTurns turns={turns} totals={adw.totals} />
      <MoneyChart turns={turns} />
      <ContextChart session={session} turns={turns} />
      <Tools adw={adw} />
    </div>
  );
}

function costLabel({ status, totals }: AdwSummary): string {
  if (totals.cost_usd === null) return 'cost, not known';
  if (!isEnded(status)) return 'cost so far';
  return totals.cost_estimated ? 'cost, at least' : 'cost, final';
}

function Figure({ label, value }: { label: string; value: string }) {
  return (
    <div class="figure">
      <b>{value}</b>
      <span class="muted">{label}</span>
    </div>
  );
}

const PARTS: readonly { key: keyof TimeSpent; name: string }[] = [
  { key: 'model', name: 'model' },
  { key: 'tools', name: 'tools' },
  { key: 'hooks', name: 'hooks' },
  { key: 'waits', name: 'retries and limits' },
  { key: 'idle', name: 'idle' },
];

function Times({ spent }: { spent: TimeSpent }) {
  const all = PARTS.reduce((sum, part) => sum + spent[part.key], 0);
  if (all === 0 || estimated.value) return null;
  return (
    <section>
      <h2 class="group-title">Where the time went</h2>
      <div
        class="times"
        role="img"
        aria-label={PARTS.map(part => `${part.name} ${duration(spent[part.key])}`).join(', ')}
      >
        {PARTS.filter(part => spent[part.key] > 0).map(part => (
          <span key={part.key} class={`times-part ${part.key}`} style={{ flexGrow: spent[part.key] / all }} />
        ))}
      </div>
      <ul class="legend">
        {PARTS.map(part => (
          <li key={part.key}>
            <span class={`legend-mark ${part.key}`} /> {part.name} <b>{duration(spent[part.key]) || '0'}</b>{' '}
            <span class="muted">{Math.round((100 * spent[part.key]) / all)} %</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface CostRow {
  readonly name: string;
  readonly cost: CostSummary;
  readonly tokens: TokensSummary | null;
  readonly note: ComponentChild;
}

function phaseRows(adw: AdwSummary): CostRow[] {
  return adw.phases
    .filter(phase => phase.roles.length > 0)
    .map(phase => {
      const roles = adw.roles.filter(role => phase.roles.includes(role.role));
      // What a role used in several phases is told apart by its cost alone.
      const isShared = adw.phases.some(other => other !== phase && other.roles.some(one => phase.roles.includes(one)));
      return {
        name: phase.name,
        cost: phase,
        tokens: isShared ? null : addTokens(roles),
        note: <Status status={phase.status} />,
      };
    });
}

function roleRows(adw: AdwSummary): CostRow[] {
  return adw.roles.map(role => ({
    name: role.role,
    cost: role,
    tokens: role,
    note: role.attempts.length > 1 ? <Chip tone="warn">{role.attempts.length} attempts</Chip> : null,
  }));
}

/** A count of one kind of tokens; a dash where no tokens at all were told of. */
function told(tokens: TokensSummary | null, kind: keyof TokensSummary, write: (count: number) => string): string {
  return tokens === null || tokensTold(tokens) === null ? '–' : write(tokens[kind]);
}

function addTokens(rows: readonly TokensSummary[]): TokensSummary {
  const sum = (key: keyof TokensSummary) => rows.reduce((total, row) => total + row[key], 0);
  return {
    input_tokens: sum('input_tokens'),
    output_tokens: sum('output_tokens'),
    cache_read_tokens: sum('cache_read_tokens'),
    cache_write_tokens: sum('cache_write_tokens'),
  };
}

function Table({ title, rows }: { title: string; rows: readonly CostRow[] }) {
  if (rows.length === 0) return null;
  const most = Math.max(...rows.map(row => row.cost.cost_usd ?? 0), 0.0001);
  return (
    <section>
      <h2 class="group-title">{title}</h2>
      <div class="table-scroll" tabIndex={0} role="region" aria-label={title}>
        <table class="table wide-table">
          <thead>
            <tr>
              <th>Name</th>
              <th class="num">In</th>
              <th class="num">Out</th>
              <th class="num">Cache read</th>
              <th class="num">Cache write</th>
              <th class="num">Cost</th>
              <th class="share-column">
                <span class="sr">Share</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <tr key={row.name}>
                <td>
                  {row.name} {row.note}
                </td>
                <td class="num">{told(row.tokens, 'input_tokens', whole)}</td>
                <td class="num">{told(row.tokens, 'output_tokens', whole)}</td>
                <td class="num">{told(row.tokens, 'cache_read_tokens', whole)}</td>
                <td class="num">{told(row.tokens, 'cache_write_tokens', whole)}</td>
                <td class="num">
                  <b>{spending(row.cost)}</b>
                </td>
                <td class="share-column">
                  <span class="share" style={{ width: `${(100 * (row.cost.cost_usd ?? 0)) / most}%` }} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function Tools({ adw }: { adw: AdwSummary }) {
  if (adw.tools.length === 0) return null;
  return (
    <section>
      <h2 class="group-title">Tools</h2>
      <table class="table">
        <thead>
          <tr>
            <th>Tool</th>
            <th class="num">Calls</th>
            <th class="num">Failed</th>
            <th class="num">Time</th>
          </tr>
        </thead>
        <tbody>
          {adw.tools.map(row => (
            <tr key={row.tool}>
              <td>{toolLabel(row.tool)}</td>
              <td class="num">{whole(row.calls)}</td>
              <td class={`num ${row.errors > 0 ? 'tone-bad' : 'muted'}`}>{row.errors}</td>
              <td class="num">{row.duration_ms > 0 ? duration(row.duration_ms) : '–'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
