import { decodeFile } from '../../../base/text-encoding.ts';
import { asAmount, asObject, asText, type JsonObject, parseJson } from '../json.ts';
import { cutOf, firstChars, firstLine } from '../preview.ts';
import type { Redactor } from '../redact.ts';
import { subAgentIn, subAgentTurn, taskOf } from '../session/sub-agent.ts';
import { collectFileEvents, type FileEventList, type FileOrigin, type FileOutcome, redacted } from './file-events.ts';
import { withFile } from './outcome.ts';

/** Lines of a telemetry file that are read, the newest. */
const LINES_MAX = 200;

/** The words for how a sub-agent ended that its telemetry uses; that it runs its lines say. */
const STATES = new Map([
  ['done', 'completed'],
  ['success', 'completed'],
  ['completed', 'completed'],
  ['error', 'failed'],
  ['fail', 'failed'],
  ['failed', 'failed'],
  ['killed', 'stopped'],
  ['removed', 'stopped'],
] as const);

/** The events of `result.txt` and `telemetry.jsonl`, which are left beside the lines of a nested sub-agent, and the file itself. */
export function subAgentFileEvents(origin: FileOrigin, bytes: Buffer, redact: Redactor | undefined): FileOutcome {
  const { text, counts } = redacted(decodeFile(bytes), redact);
  const list = collectFileEvents(origin, bytes);
  if (origin.path.endsWith('.txt')) result(list, origin, text);
  else for (const line of newest(text, origin)) list.add('task_update', line);
  return { ...withFile(list, origin, text), redactions: counts };
}

function result(list: FileEventList, { path }: FileOrigin, text: string): void {
  const agent = subAgentIn(path);
  if (agent === undefined || text.trim() === '') return;
  list.add('task_update', { ...taskOf(agent), result: firstChars(text), ...cutOf(text) });
}

/** What the newest lines say of each turn, as one event: events of one file differ by their type alone. */
function newest(text: string, { path }: FileOrigin) {
  const said = new Map<string, JsonObject>();
  for (const line of text.split('\n').slice(-LINES_MAX)) {
    const row = asObject(parseJson(line));
    if (row === undefined) continue;
    const turn = String(asAmount(row.turn) ?? asText(row.turn) ?? '1').replace(/^turn-/, '');
    said.set(turn, { ...said.get(turn), ...row });
  }
  const [turn, row] = [...said].at(-1) ?? [];
  const agent = turn === undefined ? undefined : subAgentTurn(path, turn);
  return agent === undefined || row === undefined ? [] : [{ ...taskOf(agent), ...detailsOf(row) }];
}

function detailsOf(row: JsonObject) {
  const task = asText(row.task) ?? asText(row.prompt) ?? asText(row.description);
  const word = asText(row.status) ?? asText(row.state) ?? asText(row.event) ?? asText(row.type);
  const exitCode = row.exit_code ?? row.exitCode;
  const byExit = typeof exitCode === 'number' ? (exitCode === 0 ? 'completed' : 'failed') : undefined;
  const state = STATES.get(word as never) ?? byExit;
  const [duration, tokens, tools] = [
    [row.duration_ms, row.durationMs, row.elapsed_ms],
    [row.total_tokens, row.totalTokens, row.tokens],
    [row.tool_uses, row.tool_count, row.toolCount],
  ].map(names => names.map(asAmount).find(amount => amount !== undefined));
  const error = asText(row.error);
  return {
    ...(task === undefined ? {} : { description: firstLine(task, 300) }),
    ...(state === undefined ? {} : { state }),
    ...(duration === undefined ? {} : { duration_ms: duration }),
    ...(tokens === undefined ? {} : { total_tokens: tokens }),
    ...(tools === undefined ? {} : { tool_uses: tools }),
    ...(error === undefined ? {} : { error: firstChars(error) }),
  };
}
