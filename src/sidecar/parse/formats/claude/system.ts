import { asArray, asNumber, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents, LogLevel } from '../../line-events.ts';
import { bounded, firstChars, firstLine } from '../../preview.ts';
import type { Session } from './session.ts';

/** What a line that only reports something says in an `agent_log`. */
interface Report {
  readonly level: LogLevel;
  readonly message: string;
}

/** Characters of free text that a report quotes. */
const QUOTE_CHARS_MAX = 300;

const quote = (value: unknown): string => firstLine(asText(value) ?? '', QUOTE_CHARS_MAX);
const word = (value: unknown, otherwise: string): string => {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value !== '' ? firstLine(value, 100) : otherwise;
};
const colon = (text: string): string => (text === '' ? '' : `: ${text}`);
const seconds = (ms: number | undefined): string => (ms === undefined ? '' : ` in ${Math.round(ms / 100) / 10} s`);
const info = (message: string): Report => ({ level: 'INFO', message });
const warning = (message: string): Report => ({ level: 'WARNING', message });

/** Known `system` subtypes but `init`. Another one is named in a WARNING, never dropped. */
const SYSTEM: Readonly<Record<string, (line: JsonObject) => Report>> = {
  hook_started: line => info(`hook ${word(line.hook_name, 'unnamed')} started`),
  hook_progress: line => info(`hook ${word(line.hook_name, 'unnamed')}${colon(quote(line.stdout ?? line.output))}`),
  hook_response: hookResponse,
  api_retry: line => {
    const cause = [line.error_status, line.error].map(part => word(part, '')).filter(part => part !== '');
    const attempt = `${word(line.attempt, '?')}/${word(line.max_retries, '?')}`;
    const why = cause.length > 0 ? ` (${cause.join(' ')})` : '';
    return warning(`API retry ${attempt}${seconds(asNumber(line.retry_delay_ms))}${why}`);
  },
  compact_boundary: line => {
    const about = asObject(line.compact_metadata) ?? asObject(line.compactMetadata) ?? line;
    const tokens = asNumber(about.pre_tokens);
    const size = tokens === undefined ? '' : ` at ${tokens} tokens`;
    return info(`conversation compacted (${word(about.trigger, 'unknown trigger')})${size}`);
  },
  status: line => info(`status: ${word(line.status, 'idle')}`),
  task_started: line => info(`task started${colon(quote(line.description))}`),
  task_progress: line => info(`task progress${colon(quote(line.description ?? line.summary))}`),
  task_updated: line => info(`task updated${colon(word(line.status, ''))}`),
  task_notification: line => info(`task ${word(line.status, 'notification')}${colon(quote(line.summary))}`),
  background_tasks_changed: line => info(`${asArray(line.tasks).length} background tasks`),
  thinking_tokens: () => info('thinking'),
  permission_denied: line =>
    warning(`permission denied for ${word(line.tool_name, 'a tool')}${colon(quote(line.message))}`),
  local_command_output: line => info(`command output${colon(quote(line.content))}`),
  notification: line => info(`notification${colon(quote(line.message ?? line.text))}`),
  informational: line => info(quote(line.content ?? line.message) || 'informational'),
  model_refusal_fallback: () => warning('the model refused; another one goes on'),
  session_state_changed: line => info(`session is ${word(line.state, 'in another state')}`),
  mirror_error: line => warning(`session mirror failed${colon(quote(line.error))}`),
  session_writes_lost: () => warning('the session lost writes'),
};

/** Known line types that only report something. */
const REPORTS: Readonly<Record<string, (line: JsonObject) => Report>> = {
  rate_limit_event: line => {
    const limit = asObject(line.rate_limit_info) ?? line;
    const kind = word(limit.rateLimitType, '');
    return warning(`rate limit ${kind === '' ? '' : `${kind} `}${word(limit.status, 'reached')}${usedShare(limit)}`);
  },
  auth_status: line =>
    warning(`authentication${colon(quote(line.error) || quote(asArray(line.output)[0]) || 'status changed')}`),
  tool_use_summary: line => info(quote(line.summary) || 'tool use summary'),
  prompt_suggestion: line => info(`suggested prompt${colon(quote(line.suggestion))}`),
  conversation_reset: () => info('conversation reset'),
};

/** Line types that travel raw only: they come many times a second and say nothing that other lines do not. */
const SILENT: ReadonlySet<string> = new Set(['tool_progress', 'stream_event']);

/** A `system` line. */
export function systemLine(line: JsonObject, session: Session, events: LineEvents): void {
  const subtype = asText(line.subtype) ?? '';
  if (subtype === 'init') {
    initLine(line, session, events);
    return;
  }
  const report = Object.hasOwn(SYSTEM, subtype) ? SYSTEM[subtype]?.(line) : undefined;
  const { level, message } = report ?? warning(`unknown system line "${firstChars(subtype, 80)}"`);
  events.log(level, message, { event_category: 'system', event_type: firstChars(subtype, 80) || null });
}

/** A line of any type but assistant, user, system and result. */
export function otherLine(type: string, line: JsonObject, events: LineEvents): void {
  if (SILENT.has(type)) return;
  const report = Object.hasOwn(REPORTS, type) ? REPORTS[type]?.(line) : undefined;
  const { level, message } = report ?? warning(`unknown line type "${firstChars(type, 80)}"`);
  events.log(level, message, { event_category: 'system', event_type: firstChars(type, 80) });
}

/** `system/init`: a session begins, or goes on after a background task. */
function initLine(line: JsonObject, session: Session, events: LineEvents): void {
  session.cwd = asText(line.cwd) ?? session.cwd;
  const tools = asArray(line.tools);
  const servers = asArray(line.mcp_servers);
  // Every MCP tool is listed by name: more text than a preview holds.
  const list = (items: readonly unknown[]) => bounded(items, { charsMax: 16_000, stringMax: 200 }).value as unknown[];
  events.add('session_started', {
    tools: list(tools),
    mcp_servers: list(servers),
    permission_mode: word(line.permissionMode, '') || null,
    cwd: asText(line.cwd) === undefined ? null : firstChars(line.cwd as string),
    claude_code_version: word(line.claude_code_version, '') || null,
  });
  const model = events.scope.model ?? 'unknown model';
  events.log('INFO', `session started (${model}, ${tools.length} tools)`, { event_type: 'session_started' });
  for (const server of servers.slice(0, 100)) {
    const { name, status } = asObject(server) ?? {};
    if (status === 'failed') {
      events.log('WARNING', `MCP server ${word(name, 'unnamed')} failed to start`, { event_type: 'mcp_server_failed' });
    }
  }
}

function hookResponse(line: JsonObject): Report {
  const name = word(line.hook_name, 'unnamed');
  const code = asNumber(line.exit_code);
  if (code === undefined || code === 0) return info(`hook ${name} done${colon(quote(line.stdout ?? line.output))}`);
  return { level: 'ERROR', message: `hook ${name} failed with exit code ${code}${colon(quote(line.stderr))}` };
}

function usedShare(limit: JsonObject): string {
  const used = asNumber(limit.utilization);
  return used === undefined ? '' : `, ${Math.round(used <= 1 ? used * 100 : used)} % used`;
}
