import { requireNoFaults } from '../benchmark.ts';
import { lineCheck } from '../data/line-check.ts';

interface ChunkPage {
  readonly events: readonly { readonly seq: number; readonly data: { readonly content: string } }[];
}

/** Reads every raw line of some ADWs back from the log. @throws unless it has each of `lines` once, in order and unchanged */
export async function requireWhole(url: string, adwIds: readonly string[], lines: number): Promise<void> {
  const check = lineCheck();
  for (const adwId of adwIds) for await (const line of rawLines(url, adwId)) check.take(line);
  requireNoFaults('the log', check.faults);
  if (check.lines !== lines) throw new Error(`the log has ${check.lines} lines of ${lines}`);
}

async function* rawLines(url: string, adwId: string): AsyncIterable<string> {
  for (let after = 0; ; ) {
    const page = `${url}/api/v1/adws/${adwId}/events?type=agent_output_chunk&limit=100&after=${after}`;
    const { events } = (await (await fetch(page)).json()) as ChunkPage;
    const last = events.at(-1);
    if (last === undefined) break;
    after = last.seq;
    for (const { data } of events) for (const line of data.content.split('\n')) yield await wholeLine(url, adwId, line);
  }
}

/** A line that is too long for its chunk lies in an artifact. */
async function wholeLine(url: string, adwId: string, line: string): Promise<string> {
  if (!line.startsWith('{"type":"adw_stream.line"')) return line;
  return (await fetch(`${url}/api/v1/adws/${adwId}/artifacts/${JSON.parse(line).artifact}`)).text();
}
