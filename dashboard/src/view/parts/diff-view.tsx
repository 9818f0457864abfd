import { useMemo, useState } from 'preact/hooks';
import { type DiffRow, parseDiff } from '../../base/diff.ts';
import { whole } from '../../base/text.ts';

const ROWS = 400;
const MARK = { hunk: '', same: ' ', add: '+', del: '−', note: '' } as const;

/** A unified diff, or side by side where there is room; changed words are marked. */
export function DiffView({ diff, split = false, rows: most = ROWS }: { diff: string; split?: boolean; rows?: number }) {
  const [all, setAll] = useState(false);
  const rows = useMemo(() => parseDiff(diff), [diff]);
  if (rows.length === 0) return <p class="muted">No difference.</p>;
  const shown = all ? rows : rows.slice(0, most);
  return (
    <div class="diff-box">
      <div class={split ? 'diff split' : 'diff'}>
        {split
          ? pairs(shown).map((pair, i) => <PairLine key={i} pair={pair} />)
          : shown.map((row, i) => <Line key={i} row={row} />)}
      </div>
      {!all && rows.length > most && (
        <button type="button" class="button show-all" onClick={() => setAll(true)}>
          Show all {whole(rows.length)} lines
        </button>
      )}
    </div>
  );
}

function Line({ row }: { row: DiffRow }) {
  return (
    <div class={`diff-row ${row.kind}`}>
      <span class="diff-no">{row.before ?? ''}</span>
      <span class="diff-no">{row.after ?? ''}</span>
      <span class="diff-mark">{MARK[row.kind]}</span>
      <Text row={row} />
    </div>
  );
}

function Text({ row }: { row: DiffRow }) {
  if (!row.changed) return <code class="diff-text">{row.text || ' '}</code>;
  const [from, to] = row.changed;
  return (
    <code class="diff-text">
      {row.text.slice(0, from)}
      <span class="diff-word">{row.text.slice(from, to)}</span>
      {row.text.slice(to)}
    </code>
  );
}

type Pair = readonly [DiffRow | undefined, DiffRow | undefined];

function PairLine({ pair: [left, right] }: { pair: Pair }) {
  if (left && left === right && left.kind !== 'same') {
    return (
      <div class={`diff-row ${left.kind} whole`}>
        <Text row={left} />
      </div>
    );
  }
  return (
    <div class="diff-pair">
      <Half row={left} no={left?.before} />
      <Half row={right} no={right?.after} />
    </div>
  );
}

function Half({ row, no }: { row: DiffRow | undefined; no: number | undefined }) {
  return (
    <div class={`diff-row ${row?.kind ?? 'none'}`}>
      <span class="diff-no">{no ?? ''}</span>
      <span class="diff-mark">{row ? MARK[row.kind] : ''}</span>
      {row ? <Text row={row} /> : <code class="diff-text"> </code>}
    </div>
  );
}

/** Deleted lines beside the added ones that replace them. */
function pairs(rows: readonly DiffRow[]): Pair[] {
  const result: Pair[] = [];
  let dels: DiffRow[] = [];
  let adds: DiffRow[] = [];
  const flush = () => {
    for (let i = 0; i < Math.max(dels.length, adds.length); i++) result.push([dels[i], adds[i]]);
    dels = [];
    adds = [];
  };
  for (const row of rows) {
    if (row.kind === 'del') dels.push(row);
    else if (row.kind === 'add') adds.push(row);
    else {
      flush();
      result.push([row, row]);
    }
  }
  flush();
  return result;
}
