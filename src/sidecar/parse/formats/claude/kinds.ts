import { asArray, asNumber, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import {
  colon,
  counted,
  type LineReader,
  livesOn,
  logged,
  quote,
  quoteFirst,
  type Report,
  unknownKind,
  word,
} from '../../session/report.ts';
import { initLine } from './init.ts';
import { assistantLine, userLine } from './message.ts';
import { resultLine } from './result.ts';
import { takeBack } from './retracted.ts';
import type { ClaudeSession } from './session.ts';
import { backgroundTasksChanged, taskNotification, taskProgress, taskStarted, taskUpdated } from './task-lines.ts';
import { isTranscript } from './transcript.ts';
import { apiRetry, controlRequest, RETRY_FIELDS, rateLimit, sessionState, status } from './waiting.ts';

/**
 * Every kind of line that Claude Code writes, and what becomes of it: which events, at which level, with which of its
 * fields. `type`, and for `system` lines `system/<subtype>`. Source: `SDKMessage` and `StdoutMessage` of the typings of
 * `@anthropic-ai/claude-agent-sdk`; `test/claude-code/kinds.types.ts` does not compile while one is missing here.
 */
export const LINE_KINDS = {
  // What the agent says and does.
  assistant: assistantLine,
  user: userLine,
  result: (line, { usage, sessionId }, events) => resultLine(line, events, usage.hasUsed(sessionId)),
  'system/init': initLine,

  // Signs of life.
  stream_event: livesOn,
  tool_progress: livesOn,
  keep_alive: livesOn,
  'system/thinking_tokens': livesOn,

  // Why it does not go on.
  'system/api_retry': logged('WARNING', apiRetry, RETRY_FIELDS),
  'system/control_request_progress': controlRequestProgress,
  'system/session_state_changed': logged('INFO', sessionState),
  'system/status': logged('INFO', status, ['status', 'permissionMode', 'compact_result']),
  rate_limit_event: logged('WARNING', rateLimit, ['rate_limit_info']),
  control_request: logged('INFO', controlRequest, ['request_id']),
  control_response: logged('DEBUG', controlResponse),
  control_cancel_request: logged('INFO', () => 'takes a request back', ['request_id']),
  auth_status: logged(
    'WARNING',
    line => `authentication${colon(quoteFirst(line.error, asArray(line.output)[0]) || 'status changed')}`,
  ),

  // Tasks: sub-agents and commands.
  'system/task_started': taskStarted,
  'system/task_progress': taskProgress,
  'system/task_updated': taskUpdated,
  'system/task_notification': taskNotification,
  'system/background_tasks_changed': backgroundTasksChanged,

  // Models, memory, context.
  'system/compact_boundary': logged('INFO', compacted, ['compact_metadata', 'compactMetadata']),
  'system/model_refusal_fallback': refusalFallback,
  'system/model_refusal_no_fallback': logged(
    'ERROR',
    line =>
      `${word(line.original_model, 'the model')} refused${colon(quoteFirst(line.content, line.api_refusal_explanation))}`,
    ['original_model', 'api_refusal_category', 'api_refusal_explanation'],
  ),
  'system/memory_recall': logged('INFO', line => `${counted(asArray(line.memories).length, 'memory note')} recalled`, [
    'mode',
    'memories',
  ]),
  active_goal: logged('INFO', goal, ['value']),
  conversation_reset: logged('INFO', line => `conversation reset${colon(word(line.trigger, ''))}`, [
    'trigger',
    'new_conversation_id',
  ]),

  // Hooks, permissions, plugins, commands.
  'system/hook_started': logged('INFO', line => `hook ${word(line.hook_name, 'unnamed')} started`, ['hook_event']),
  'system/hook_progress': logged(
    'INFO',
    line => `hook ${word(line.hook_name, 'unnamed')}${colon(quoteFirst(line.stdout, line.output, line.stderr))}`,
    ['hook_event'],
  ),
  'system/hook_response': logged('INFO', hookResponse, ['hook_event', 'outcome', 'exit_code', 'stderr']),
  'system/permission_denied': logged(
    'WARNING',
    line =>
      `permission denied for ${word(line.tool_name, 'a tool')}${colon(quoteFirst(line.message, line.decision_reason))}`,
    ['tool_name', 'tool_use_id', 'agent_id', 'decision_reason_type', 'decision_reason'],
  ),
  'system/plugin_install': logged('INFO', pluginInstall, ['status', 'name', 'error']),
  'system/commands_changed': logged('INFO', line => `${counted(asArray(line.commands).length, 'command')} offered`),
  'system/local_command_output': logged('INFO', line => `command output${colon(quote(line.content))}`),
  'system/elicitation_complete': logged(
    'INFO',
    line => `MCP server ${word(line.mcp_server_name, 'unnamed')} has its answer`,
  ),

  // What it tells its user.
  'system/notification': logged('INFO', line => `notification${colon(quoteFirst(line.message, line.text))}`),
  'system/informational': logged('INFO', informational),
  tool_use_summary: logged('INFO', line => quote(line.summary) || 'tool use summary'),
  prompt_suggestion: logged('INFO', line => `suggested prompt${colon(quote(line.suggestion))}`),

  // Where its own record went.
  'system/files_persisted': logged('INFO', filesPersisted, ['files', 'failed']),
  'system/mirror_error': logged('WARNING', line => `session mirror failed${colon(quote(line.error))}`),
  'system/session_writes_lost': logged(
    'WARNING',
    line => `the session lost writes${colon(word(line.error_code, ''))}`,
    ['error_code', 'lost'],
  ),
  'system/worker_shutting_down': logged('WARNING', line => `worker shuts down${colon(quote(line.reason))}`),
} satisfies Readonly<Record<string, LineReader<ClaudeSession>>>;

const READERS: ReadonlyMap<string, LineReader<ClaudeSession>> = new Map<string, LineReader<ClaudeSession>>(
  Object.entries(LINE_KINDS),
);

/** The name of a line's kind in {@link LINE_KINDS}; undefined for an object without a type. */
function kindOf(line: JsonObject): string | undefined {
  const type = asText(line.type);
  return type === 'system' ? `system/${asText(line.subtype) ?? ''}` : type;
}

/** Adds the events of a line that has a type. One of no known kind is named in a WARNING, never dropped. */
export function interpretLine(line: JsonObject, session: ClaudeSession, events: LineEvents): void {
  const kind = kindOf(line) ?? '';
  const read = READERS.get(kind);
  if (read !== undefined) {
    read(line, session, events);
    return;
  }
  // A transcript has kinds of its own: attachments, progress.
  if (isTranscript(line)) return;
  if (kind.startsWith('system/')) unknownKind(kind.slice('system/'.length), events, 'system line');
  else unknownKind(kind, events);
}

function controlRequestProgress(line: JsonObject, session: ClaudeSession, events: LineEvents): void {
  if (line.status === 'api_retry') logged('WARNING', apiRetry, RETRY_FIELDS)(line, session, events);
}

function controlResponse(line: JsonObject): Report {
  const { subtype, error } = asObject(line.response) ?? {};
  if (subtype !== 'error') return { message: 'answers a control request' };
  return { level: 'WARNING', message: `a control request failed${colon(quote(error))}` };
}

function compacted(line: JsonObject): string {
  const about = asObject(line.compact_metadata) ?? asObject(line.compactMetadata) ?? line;
  const [before, after, ms] = [about.pre_tokens, about.post_tokens, about.duration_ms].map(asNumber);
  const size = before === undefined ? '' : ` at ${before} tokens`;
  const left = after === undefined ? '' : `, ${after} left`;
  const took = ms === undefined ? '' : `, ${Math.round(ms / 100) / 10} s`;
  return `conversation compacted (${word(about.trigger, 'unknown trigger')})${size}${left}${took}`;
}

function refusalFallback(line: JsonObject, session: ClaudeSession, events: LineEvents): void {
  const tell = () => {
    const [refused, next] = [word(line.original_model, 'the model'), word(line.fallback_model, 'another one')];
    return `${refused} refused; ${next} goes on${colon(quote(line.api_refusal_explanation))}`;
  };
  const kept = ['direction', 'original_model', 'fallback_model', 'api_refusal_category', 'retracted_message_uuids'];
  logged('WARNING', tell, kept)(line, session, events);
  takeBack(line.retracted_message_uuids, session, events);
}

function goal(line: JsonObject): string {
  const value = asObject(line.value);
  if (value === undefined) return 'goal cleared';
  return `goal${colon(quote(value.condition))} (${counted(asNumber(value.iterations) ?? 0, 'iteration')})`;
}

/** Exit code 2 is a hook's way to say "not yet": it holds the agent back, and nothing has failed. */
function hookResponse(line: JsonObject): Report {
  const hook = `hook ${word(line.hook_name, 'unnamed')}`;
  const code = asNumber(line.exit_code);
  const said = quoteFirst(line.stderr, line.stdout, line.output);
  if (line.outcome === 'cancelled') return { level: 'WARNING', message: `${hook} was cancelled${colon(said)}` };
  if (code === 2) return { level: 'WARNING', message: `${hook} blocks (exit code 2)${colon(said)}` };
  if (line.outcome !== 'error' && (code ?? 0) === 0) {
    return { message: `${hook} done${colon(quoteFirst(line.stdout, line.output))}` };
  }
  const how = code === undefined ? '' : ` with exit code ${code}`;
  return { level: 'ERROR', message: `${hook} failed${how}${colon(said)}` };
}

function pluginInstall(line: JsonObject): Report {
  const failed = line.status === 'failed';
  const message = `plugin ${word(line.name, 'install')} ${word(line.status, 'changed')}${colon(quote(line.error))}`;
  return failed ? { level: 'WARNING', message } : { message };
}

function informational(line: JsonObject): Report {
  const message = quoteFirst(line.content, line.message) || 'informational';
  return line.level === 'warning' ? { level: 'WARNING', message } : { message };
}

function filesPersisted(line: JsonObject): Report {
  const failed = asArray(line.failed).length;
  const message = `${counted(asArray(line.files).length, 'file')} persisted${failed > 0 ? `, ${failed} failed` : ''}`;
  return failed > 0 ? { level: 'WARNING', message } : { message };
}
