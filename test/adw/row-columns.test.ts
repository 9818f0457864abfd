import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { rowOf } from '../../src/adw/row.ts';
import { columnsOfRows, rowsInColumns } from '../../src/adw/row-columns.ts';
import { EVENT_TYPES } from '../../src/event/types.ts';

const page = await readFile(new URL('../../docs/protocol.md', import.meta.url), 'utf8');
/** The events that docs/protocol.md shows, one of each type. */
const EXAMPLES = (/^```ndjson\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '')
  .trim()
  .split('\n')
  .map((line, index) => ({ seq: index + 7, ...(JSON.parse(line) as { type: string; data: Record<string, unknown> }) }));

describe('columns of rows', () => {
  it('hold the rows of every type of event, also on their way through JSON', () => {
    expect(new Set(EXAMPLES.map(({ type }) => type))).toEqual(new Set(EVENT_TYPES));
    const rows = EXAMPLES.map(rowOf);
    const travelled = JSON.parse(JSON.stringify(columnsOfRows(rows)));
    expect(rowsInColumns(travelled)).toEqual(rows);
  });

  it('say a word once, however many rows have it', () => {
    const call = EXAMPLES.find(({ type }) => type === 'tool_use_pre')!;
    const rows = Array.from({ length: 100 }, (_, seq) => rowOf({ ...call, seq }));
    const { words, tool, seq } = columnsOfRows(rows);
    expect(seq).toEqual(rows.map(row => row.seq));
    expect(tool).toBe(words.indexOf(String(call.data.tool_name)));
    expect(words).toEqual([...new Set(words)]);
  });

  it('say once what all rows have, and what each has where one differs', () => {
    const call = EXAMPLES.find(({ type }) => type === 'tool_use_pre')!;
    const [one, other] = [rowOf({ ...call, seq: 1 }), rowOf({ ...call, seq: 2, data: { ...call.data, attempt: 2 } })];
    expect(columnsOfRows([one, one])).toMatchObject({
      attempt: one.attempt,
      summary: one.summary,
      level: -1,
      added: null,
    });
    const columns = columnsOfRows([one, other]);
    expect(columns).toMatchObject({ attempt: [one.attempt, 2], summary: one.summary });
    expect(rowsInColumns(columns)).toEqual([one, other]);
  });

  it('of no rows hold none', () => {
    expect(rowsInColumns(columnsOfRows([]))).toEqual([]);
  });
});
