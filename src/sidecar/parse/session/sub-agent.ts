import { columnsOf } from '../../../event/columns.ts';
import { asAmount, asObject, asText, type JsonObject } from '../json.ts';
import type { LineEvents } from '../line-events.ts';
import { firstChars } from '../preview.ts';
import type { TaskDetails, TaskFields } from './tasks.ts';
import { readUsage, sumOfUsage, type Usage } from './usage.ts';

/** An agent that another one started, whose lines lie in files of their own below that one's: one turn of it. */
export interface SubAgent {
  /** Names the turn in the run, and is what its lines name as their parent. */
  readonly taskId: string;
  /** The agent that started it, where that is a sub-agent itself. */
  readonly parentTaskId: string | undefined;
  /** Its number, or its name. */
  readonly name: string;
  /** Sub-agents above it, and itself. */
  readonly depth: number;
}

/** What files of a sub-agent are called. */
const FILE =
  /(?:^|\/)([^/]+(?:\/subagents\/[^/]+)+)(?:\/turn-([^/]+))?\/(?:(?:cc_)?raw_output\.jsonl|result\.txt|telemetry\.jsonl)$/;

/**
 * The sub-agent whose file this is; undefined for other files. What lies beside its turns is of the first.
 * @param path relative to the ADW's root, forward slashes
 */
export function subAgentIn(path: string): SubAgent | undefined {
  const [, directory, turn = '1'] = FILE.exec(path) ?? [];
  return directory === undefined ? undefined : subAgentAt(directory, turn);
}

/** The same agent in another of its turns. @param path of a file of it */
export function subAgentTurn(path: string, turn: string): SubAgent | undefined {
  const [, directory] = FILE.exec(path) ?? [];
  return directory === undefined ? undefined : subAgentAt(directory, turn);
}

function subAgentAt(directory: string, turn: string): SubAgent {
  const names = directory.split('/subagents/');
  const parent = names.slice(0, -1).join('/subagents/');
  return {
    taskId: firstChars(`${directory}/turn-${turn}`, 128),
    parentTaskId: names.length > 2 ? firstChars(`${parent}/turn-1`, 128) : undefined,
    name: `${names.at(-1)}${turn === '1' ? '' : `, turn ${turn}`}`,
    depth: names.length - 1,
  };
}

/** What every `task_update` of a sub-agent says beside its state. */
export function taskOf(
  agent: SubAgent,
): TaskDetails & { readonly task_id: string; readonly parent_tool_use_id: string | null } {
  const { taskId, parentTaskId, name, depth } = agent;
  return {
    task_id: taskId,
    task_type: 'local_agent',
    subagent_type: `sub-agent ${name}`,
    depth,
    ...(parentTaskId === undefined ? {} : { parent_task_id: parentTaskId }),
    // The lines of a sub-agent name it as their parent: what is told of itself has another.
    parent_tool_use_id: parentTaskId ?? null,
  };
}

/** The events of a sub-agent's line, below its parent: its session begins and ends as a task of the role, not as the role's own. */
export function eventsOfSubAgent(events: LineEvents, agent: SubAgent): LineEvents {
  const add: LineEvents['add'] = (type, fields) => {
    if (type === 'session_started') events.add('task_update', { ...taskOf(agent), state: 'running' });
    else if (type === 'session_ended') {
      const used = usedIn(fields);
      if (used !== undefined) events.add('usage_update', used);
      events.add('task_update', { ...taskOf(agent), ...endOf(fields) });
    } else events.add(type, fields);
  };
  return {
    get time() {
      return events.time;
    },
    get scope() {
      return events.scope;
    },
    get events() {
      return events.events;
    },
    textCharsMax: events.textCharsMax,
    place: events.place,
    log: events.log,
    add,
  };
}

/** What the end of a session says that it used in all: it stands, as a role's own does. */
function usedIn(fields: JsonObject) {
  const costUsd = fields.total_cost_usd;
  const models = Object.values(asObject(fields.model_usage) ?? {}).map(readModelUsage);
  const usage = models.length > 0 ? models.reduce(sumOfUsage) : readUsage(fields.usage);
  if (typeof costUsd !== 'number' || usage === undefined) return undefined;
  return { usage, totals: usage, estimated: false, cost_usd: costUsd };
}

function readModelUsage(value: unknown): Usage {
  const used = asObject(value) ?? {};
  const count = (name: string): number => asAmount(used[name]) ?? 0;
  return {
    input_tokens: count('inputTokens'),
    output_tokens: count('outputTokens'),
    cache_read_input_tokens: count('cacheReadInputTokens'),
    cache_creation_input_tokens: count('cacheCreationInputTokens'),
  };
}

function endOf(fields: JsonObject): TaskFields {
  const duration = asAmount(fields.duration_ms);
  const said = asText(fields.result) ?? '';
  const isDone = columnsOf('session_ended', fields).status === 'ok';
  const errors = Array.isArray(fields.errors) ? fields.errors.filter(one => typeof one === 'string').join('; ') : '';
  const why = firstChars(errors || said);
  return {
    state: isDone ? 'completed' : 'failed',
    ...(duration === undefined ? {} : { duration_ms: duration }),
    ...(isDone ? (said === '' ? {} : { result: firstChars(said) }) : why === '' ? {} : { error: why }),
  };
}
