import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventLog, type IndexColumns } from '../../../dashboard/src/data/log.ts';
import type { AnyEvent } from '../../../dashboard/src/data/row-data.ts';
import { appearanceOf } from '../../../dashboard/src/view/timeline/appearance.ts';
import { type RowColumns, rowsInColumns } from '../../../src/adw/row-columns.ts';
import { EVENT_TYPES } from '../../../src/event/types.ts';
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
const rowOf = (log: EventLog, at: number) => ({
  type: log.type[at],
  t: log.t[at],
  role: log.role[at],
  duration: log.duration[at],
  status: log.status[at],
  rowData: log.rowData[at],
  outcome: log.outcome(at),
  took: log.took(at),
  folded: log.isFolded(at),
  look: appearanceOf(log, at),
});

test('a row is after a reload what it was as it came, for every type of event', async () => {
  const examples = [...EXAMPLES, ...CHANGES.flatMap(change => EXAMPLES.map(example => changed(example, change)))];
  const client = await Client.connect(server.url.replace(/^http/, 'ws'));
  await client.subscribe({ adw_id: ADW });
  expect(await postEvents(server.url, examples)).toMatchObject({ body: { accepted: examples.length } });
  await untilStateSaid(server.url, ADW);
  const read = async (path: string) => (await fetch(`${server.url}/api/v1/adws/${ADW}/${path}`)).json();
  const index = (await read('index')) as IndexColumns;
  await client.until(() => (client.events.at(-1)?.seq ?? 0) >= (index.seq.at(-1) ?? 0));
  const live = new EventLog();
  for (const event of client.events) live.add(event as AnyEvent);
  // Of raw chunks the page knows no more than the columns say.
  for (const [at, type] of live.type.entries()) if (type === 'agent_output_chunk') live.rowData[at] = undefined;

  const reloaded = new EventLog();
  for (const step of reloaded.indexSteps(index)) step();
  for (const numbered of rowsInColumns((await read('rows?limit=1000')) as RowColumns)) reloaded.addRow(numbered);

  expect(new Set(live.type)).toEqual(new Set(EVENT_TYPES));
  for (let at = 0; at < live.length; at++) expect(rowOf(reloaded, at)).toEqual(rowOf(live, at));
  expect(reloaded.failures.toSorted()).toEqual(live.failures.toSorted());
});

/** An example with the fields of `change` that it has, or that any type may have. */
function changed({ type, data }: (typeof EXAMPLES)[number], change: Record<string, unknown>) {
  const always = ['level', 'duration_ms', 'timestamp', 'agent_role'];
  const isTaken = (key: string) => key in data || always.includes(key);
  const fields = Object.fromEntries(Object.entries(change).filter(([key]) => isTaken(key)));
  return { type, data: { ...data, ...fields } };
}
