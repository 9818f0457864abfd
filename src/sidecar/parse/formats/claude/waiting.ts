import { asAmount, asObject, asText, type JsonObject } from '../../json.ts';
import type { LineEvents } from '../../line-events.ts';
import { colon, quoteFirst, type Report, word } from '../../session/report.ts';
import { retryReport, until } from '../../session/waiting.ts';

/** Members of a retry's line that its log entry keeps. */
export const RETRY_FIELDS = ['attempt', 'max_retries', 'retry_delay_ms', 'error_status', 'error', 'no_response'];

/** `api_retry`: the API failed, and is asked again after a pause. */
export function apiRetry(line: JsonObject, events: LineEvents): Report {
  const cause = [line.error_status, line.error].map(part => word(part, '')).filter(part => part !== '');
  return retryReport(
    {
      attempt: line.attempt,
      attemptsMax: line.max_retries,
      delayMs: asAmount(line.retry_delay_ms),
      why: cause.join(' '),
    },
    events,
  );
}

/** `rate_limit_event`: how much of a limit is used. Refused until it is reset, unless what goes beyond is paid apart. */
export function rateLimit(line: JsonObject): Report {
  const limit = asObject(line.rate_limit_info) ?? line;
  const kind = word(limit.rateLimitType, '');
  const status = word(limit.status, 'reached');
  const message = `rate limit ${kind === '' ? '' : `${kind} `}${status}${usedShare(limit)}`;
  if (status === 'allowed') return { level: 'INFO', message };
  const goesOn = limit.isUsingOverage === true || limit.overageInUse === true;
  if (status !== 'rejected' || goesOn) return { message };
  const resetsAt = asAmount(limit.resetsAt);
  return { message, waiting: { for: 'rate_limit', ...(resetsAt === undefined ? {} : until(resetsAt * 1_000)) } };
}

/** `control_request`: what the agent asks of the program that started it. Three of them wait for a person. */
export function controlRequest(line: JsonObject): Report {
  const request = asObject(line.request) ?? {};
  const what = quoteFirst(request.title, request.description, request.decision_reason, request.message);
  const id = asText(request.tool_use_id);
  const waiting: Report['waiting'] = { for: 'permission', ...(id === undefined ? {} : { tool_use_id: id }) };
  switch (request.subtype) {
    case 'can_use_tool':
      return { message: `asks to use ${word(request.tool_name, 'a tool')}${colon(what)}`, waiting };
    case 'elicitation':
      return { message: `MCP server ${word(request.mcp_server_name, 'unnamed')} asks${colon(what)}`, waiting };
    case 'request_user_dialog':
      return { message: `asks for an answer (${word(request.dialog_kind, 'dialog')})`, waiting };
    default:
      return { level: 'DEBUG', message: `control request ${word(request.subtype, 'of an unknown kind')}` };
  }
}

/** `session_state_changed`. */
export function sessionState(line: JsonObject): Report {
  const state = word(line.state, 'in another state');
  if (state !== 'requires_action') return { message: `session is ${state}` };
  return { message: 'session waits for an answer', waiting: { for: 'permission' } };
}

/** `status`: only compacting holds the agent up. */
export function status(line: JsonObject): Report {
  if (line.compact_result === 'failed') {
    return { level: 'WARNING', message: `compaction failed${colon(quoteFirst(line.compact_error))}` };
  }
  const now = word(line.status, line.compact_result === 'success' ? 'compacted' : 'idle');
  return { message: `status: ${now}`, ...(now === 'compacting' ? { waiting: { for: 'compaction' as const } } : {}) };
}

function usedShare(limit: JsonObject): string {
  const used = asAmount(limit.utilization);
  return used === undefined ? '' : `, ${Math.round(used <= 1 ? used * 100 : used)} % used`;
}
