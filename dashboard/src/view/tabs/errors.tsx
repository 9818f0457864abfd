import { useComputed } from '@preact/signals';
import { isEnded } from '../../../../src/adw/run-state.ts';
import { NONE } from '../../data/log.ts';
import { cutoff, summary } from '../../data/replay.ts';
import type { Session } from '../../data/session.ts';
import { log } from '../../data/timeline.ts';
import { toolLabel } from '../../data/tools.ts';
import { Empty, Skeleton, Time } from '../parts/bits.tsx';
import { Icon } from '../parts/icon.tsx';
import { jumpTo } from '../timeline/moves.ts';

interface Group {
  readonly name: string;
  readonly rows: number[];
  /** A warning: shown, not counted as an error. */
  readonly soft: boolean;
}

const DIAGNOSTICS = { file_unreadable: 'File unreadable', polling: 'Polling: no file system events' } as const;

const SOFT = new Set(['API retries and limits', 'Warning', DIAGNOSTICS.polling]);

const SHOWN_MAX = 100;

/** Everything that went wrong, grouped by what it is, each with a way to its event. */
export function Errors({ session }: { session: Session }) {
  const groups = useComputed(() => {
    void session.revision.value;
    void summary.value;
    return group(
      (cutoff.value ?? log.value.length - 1) + 1,
      summary.value !== undefined && isEnded(summary.value.status),
    );
  });
  if (!session.complete.value && groups.value.length === 0) return <Skeleton />;
  if (groups.value.length === 0)
    return <Empty title="No errors">Neither tools nor hooks nor the API failed, and every line could be read.</Empty>;
  return (
    <div class="scroll padded">
      {groups.value.map(({ name, rows, soft }) => (
        <section key={name} class="card">
          <div class="card-head">
            <Icon name={soft ? 'warning' : 'error'} class={soft ? 'tone-warn' : 'tone-bad'} />
            <h2>{name}</h2>
            <span class={`chip ${soft ? 'warn' : 'bad'}`}>{rows.length}</span>
          </div>
          <ul>
            {rows.slice(0, SHOWN_MAX).map(at => (
              <li key={at}>
                <button type="button" class="error-row" onClick={() => jumpTo(at)}>
                  <Time ms={log.value.t[at]!} />
                  <span class="muted ellipsis error-role">{log.value.role[at]}</span>
                  <span class="mono ellipsis" dir="auto">
                    {textOf(at)}
                  </span>
                </button>
              </li>
            ))}
          </ul>
          {rows.length > SHOWN_MAX && <p class="muted">and {rows.length - SHOWN_MAX} more in the timeline</p>}
        </section>
      ))}
    </div>
  );
}

function textOf(at: number): string {
  const current = log.peek();
  const paired = current.pairedWith[at]!;
  const result = current.type[at] === 'tool_use_pre' && paired !== NONE ? current.rowData[paired]?.summary : undefined;
  const own = current.rowData[at]?.summary ?? '';
  return result ? `${own} → ${result}` : own;
}

function group(limit: number, ended: boolean): Group[] {
  const current = log.peek();
  const groups = new Map<string, number[]>();
  const put = (name: string, at: number) => {
    const rows = groups.get(name);
    if (rows) rows.push(at);
    else groups.set(name, [at]);
  };
  for (let at = 0; at < limit; at++) {
    const rowData = current.rowData[at];
    if (!rowData) continue;
    const type = current.type[at];
    if (rowData.diagnostic !== undefined) put(DIAGNOSTICS[rowData.diagnostic], at);
    else if (type === 'tool_use_pre' || (type === 'tool_use_post' && !current.isFolded(at))) {
      const outcome = current.outcome(at);
      if (outcome === 'error') put(`Tool failed: ${toolLabel(rowData.tool ?? 'unknown')}`, at);
      else if (outcome === 'pending' && ended) put('No result recorded', at);
    } else if (type === 'malformed_line') put('Malformed line', at);
    else if (type === 'session_ended' && current.status[at] === 'error') put('Session failed', at);
    else if (type === 'attempt_started' && /never read/.test(rowData.summary)) put('Bytes lost in a rewrite', at);
    else if (current.status[at] === 'error' && !current.isFolded(at))
      put(
        rowData.level === undefined
          ? 'Workflow failed'
          : /hook/i.test(rowData.summary)
            ? 'Hook failed'
            : 'Error in a log',
        at,
      );
    else if (rowData.level === 'WARNING')
      put(/retry|rate.?limit/i.test(rowData.summary) ? 'API retries and limits' : 'Warning', at);
  }
  return [...groups]
    .map(([name, rows]) => ({ name, rows, soft: SOFT.has(name) }))
    .sort((a, b) => Number(a.soft) - Number(b.soft) || b.rows.length - a.rows.length);
}
