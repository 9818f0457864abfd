import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { RowTable } from '../../../dashboard/src/data/row-table.ts';
import { serverSource } from '../../../dashboard/src/data/server-source.ts';
import { appearanceOf } from '../../../dashboard/src/view/timeline/appearance.ts';
import { type RowEvent, rowOf } from '../../../src/adw/row.ts';
import { ROW_TYPES } from '../../../src/event/types.ts';
import { Client } from '../../server/fanout/support/client.ts';
import { postEvents, startTestServer, type TestServer, untilStateSaid } from '../../server/running.ts';

const ADW = '1a2b3c4d';
const page = await readFile(new URL('../../../docs/protocol.md', import.meta.url), 'utf8');
/** The events that docs/protocol.md shows, one of each type. */
const EXAMPLES = (/^```ndjson\n([\s\S]*?)^```$/m.exec(page)?.[1] ?? '')
  .trim()
  .split('\n')
  .map(line => JSON.parse(line) as { type: string; data: Record<string, unknown> });

/** What an example looks like where it tells of a failure, of a success, or of something odd. */
const CHANGES = [
  { status: 'failed', level: 'ERROR', is_error: true, success: false, to_stage: 'errored', new_status: 'failed' },
  { status: 'completed', level: 'SUCCESS', is_error: false, success: true, to_stage: 'completed' },
  { level: 'critical', subtype: 'error_max_turns', duration_ms: -5, timestamp: '2026-01-01T12:00:00.123456+02:00' },
  { level: 'WARNING', duration_ms: 5, agent_role: `${'long '.repeat(60)}\0` },
];

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.remove());

/** Everything a row is made of. */
const shown = (table: RowTable, at: number) => ({
  rowData: table.rowData[at],
  outcome: table.outcome(at),
  took: table.took(at),
  folded: table.isFolded(at),
  appearance: appearanceOf(table, at),
});

test('a row is after a reload what it was as it came, for every type of event', async () => {
  const examples = [...EXAMPLES, ...CHANGES.flatMap(change => EXAMPLES.map(example => changed(example, change)))];
  const client = await Client.connect(server.url.replace(/^http/, 'ws'));
  await client.subscribe({ adw_id: ADW });
  expect(await postEvents(server.url, examples)).toMatchObject({ body: { accepted: examples.length } });
  await untilStateSaid(server.url, ADW);
  const reloaded = new RowTable();
  for await (const page of await serverSource(server.url).fetchRows(ADW)) for (const row of page) reloaded.add(row);

  await client.until(() => (client.events.at(-1)?.seq ?? 0) >= reloaded.lastSeq);
  const live = new RowTable();
  // Raw chunks are no rows.
  const events = client.events.filter(({ seq = 0, type }) => seq <= reloaded.lastSeq && type !== 'agent_output_chunk');
  for (const event of events) live.add(rowOf(event as RowEvent));

  expect(new Set(live.rowData.map(({ type }) => type))).toEqual(new Set(ROW_TYPES));
  expect(reloaded.length).toBe(live.length);
  for (let at = 0; at < live.length; at++) expect(shown(reloaded, at)).toEqual(shown(live, at));
  expect(reloaded.failures.toSorted()).toEqual(live.failures.toSorted());
});

/** An example with the fields of `change` that it has, or that any type may have. */
function changed({ type, data }: (typeof EXAMPLES)[number], change: Record<string, unknown>) {
  const always = ['level', 'duration_ms', 'timestamp', 'agent_role'];
  const isTaken = (key: string) => key in data || always.includes(key);
  const fields = Object.fromEntries(Object.entries(change).filter(([key]) => isTaken(key)));
  return { type, data: { ...data, ...fields } };
}
