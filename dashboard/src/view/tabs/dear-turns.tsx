import type { AdwSummary, CostSummary } from '../../../../src/adw/summary-shape.ts';
import { taskKind } from '../../../../src/adw/task-words.ts';
import { dollars, plural, short, spending, whole } from '../../base/text.ts';
import { NONE } from '../../data/row-table.ts';
import { type Turn, whyDear } from '../../run/turns.ts';
import { table } from '../../state/timeline.ts';
import { Status } from '../parts/bits.tsx';
import { Middle } from '../parts/middle.tsx';
import { jumpTo } from '../timeline/moves.ts';
import { rowOfTurn, rowWords } from '../turn-words.ts';

const SHOWN_MAX = 20;
/** By how much a run's cost differs from that of its turns where these do not tell of all. */
const TOLD = 1.01;

/** The turns that cost most: what each did, and what made it dear. */
export function DearTurns({ turns, totals }: { turns: readonly Turn[]; totals: CostSummary }) {
  const priced = turns.filter(({ costUsd }) => (costUsd ?? 0) > 0);
  if (priced.length === 0) return null;
  const dearest = priced.toSorted((a, b) => b.costUsd! - a.costUsd!).slice(0, SHOWN_MAX);
  const all = priced.reduce((sum, { costUsd }) => sum + costUsd!, 0);
  const share = dearest.reduce((sum, { costUsd }) => sum + costUsd!, 0) / all;
  return (
    <section>
      <h2 class="group-title">
        By turn: {dearest.length < priced.length ? `the ${dearest.length} dearest of ` : ''}
        {plural(priced.length, 'turn')}, {Math.round(100 * share)} % of what turns cost
      </h2>
      <p class="muted">
        Worked out by list price, and lowered where the agent's own account is less: together {dollars(all)} of{' '}
        {spending(totals)}.
        {(totals.cost_usd ?? 0) > all * TOLD &&
          ' What no turn tells of, such as calls beside the conversation, makes the rest.'}
      </p>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="By turn">
        <table class="table wide-table">
          <thead>
            <tr>
              <th>Turn</th>
              <th>Role</th>
              <th>What made it dear</th>
              <th class="num">Context</th>
              <th class="num">Out</th>
              <th class="num">Cost, estimated</th>
            </tr>
          </thead>
          <tbody>
            {dearest.map(turn => (
              <TurnRow key={turn.seq} turn={turn} />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}

function TurnRow({ turn }: { turn: Turn }) {
  const at = rowOfTurn(table.value, turn);
  return (
    <tr>
      <td>
        {at === NONE ? (
          '–'
        ) : (
          <button type="button" class="link turn-words" onClick={() => jumpTo(at)}>
            <Middle text={rowWords(table.value, at)} />
          </button>
        )}
      </td>
      <td>
        {turn.role}
        {turn.parent !== '' && <span class="muted"> (sub-agent)</span>}
      </td>
      <td>{whyDear(turn)}</td>
      <td class="num">{turn.context === undefined ? '–' : short(turn.context)}</td>
      <td class="num">{whole(turn.output)}</td>
      <td class="num">
        <b>{dollars(turn.costUsd!)}</b>
      </td>
    </tr>
  );
}

/** What sub-agents used: part of their roles' cost, not beside it. */
export function SubAgentCosts({ adw }: { adw: AdwSummary }) {
  const tasks = adw.roles
    .flatMap(role => role.attempts.flatMap(({ tasks: all }) => all.map(task => ({ role: role.role, task }))))
    .filter(({ task }) => task.total_tokens !== null || task.cost_usd !== null)
    .toSorted((a, b) => (b.task.cost_usd ?? 0) - (a.task.cost_usd ?? 0));
  if (tasks.length === 0) return null;
  return (
    <section>
      <h2 class="group-title">By sub-agent, as part of their roles</h2>
      <div class="table-scroll" tabIndex={0} role="region" aria-label="By sub-agent">
        <table class="table wide-table">
          <thead>
            <tr>
              <th>Sub-agent</th>
              <th>Role</th>
              <th class="num">Calls</th>
              <th class="num">Tokens</th>
              <th class="num">Cost, estimated</th>
            </tr>
          </thead>
          <tbody>
            {tasks.map(({ role, task }) => (
              <tr key={task.task_id ?? task.tool_use_id}>
                <td>
                  <Status status={task.state} quiet />{' '}
                  <button
                    type="button"
                    class="link"
                    disabled={task.tool_use_id === null}
                    onClick={() => jumpTo(table.peek().ordinalOfUse(task.tool_use_id ?? undefined))}
                  >
                    {task.description || taskKind(task)}
                  </button>{' '}
                  <span class="muted">{taskKind(task)}</span>
                </td>
                <td>{role}</td>
                <td class="num">{whole(task.tools)}</td>
                <td class="num">{short(task.total_tokens)}</td>
                <td class="num">
                  <b>{task.cost_usd === null ? '–' : dollars(task.cost_usd)}</b>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
