import { decodeFile } from '../../../base/text-encoding.ts';
import { asObject, asText, type JsonObject, parseJson } from '../json.ts';
import { bounded, cutOf, firstChars, firstLine } from '../preview.ts';
import type { Redactor } from '../redact.ts';
import { collectFileEvents, type FileOrigin, type FileOutcome, redacted } from './file-events.ts';
import { withFile } from './outcome.ts';

const DETAILS = { charsMax: 16 * 1024, stringMax: 2_000 };

/** An agent and its session, as a factory's `agent_map.json` has it. */
export interface MappedAgent {
  readonly role: string;
  readonly sessionId: string;
}

/**
 * The events of `envelope.json`, an agent's typed answer to its workflow: its result, whether it says that it succeeded, and
 * the file itself. Undefined while its JSON is not whole; its writers rewrite it in place.
 */
export function envelopeEvents(
  origin: FileOrigin,
  bytes: Buffer,
  { redact, giveUp }: { readonly redact: Redactor | undefined; readonly giveUp: boolean },
): FileOutcome | undefined {
  const { text, counts } = redacted(decodeFile(bytes), redact);
  const content = asObject(parseJson(text));
  if (content === undefined && !giveUp) return undefined;
  const list = collectFileEvents(origin, bytes);
  if (content !== undefined) {
    const summary = asText(content.summary) ?? '';
    const { status, summary: _, ...rest } = content;
    list.add('agent_summary_update', {
      summary: firstChars(summary),
      ...cutOf(summary),
      status: asText(status) ?? null,
      current_step: origin.role ?? null,
      metadata: { envelope: bounded(rest, DETAILS).value },
    });
    const success = successOf(content);
    if (success !== undefined) {
      const said = success ? 'success' : `failed${summary === '' ? '' : `: ${firstLine(summary, 300)}`}`;
      list.add('agent_log', {
        level: success ? 'SUCCESS' : 'ERROR',
        event_type: 'outcome',
        outcome: { success, error: success ? null : firstChars(summary) },
        message: `envelope.json says ${said}`,
      });
    }
  }
  return { ...withFile(list, origin, text), redactions: counts };
}

/** Whether an envelope says that its agent succeeded; undefined where it does not say, or is not whole. */
export function successIn(bytes: Buffer): boolean | undefined {
  return successOf(asObject(parseJson(decodeFile(bytes))) ?? {});
}

function successOf({ status }: JsonObject): boolean | undefined {
  if (status === 'success') return true;
  return status === 'fail' || status === 'failed' || status === 'error' ? false : undefined;
}

/** Which sessions a factory's `agent_map.json` gives to which agents; none while it is not whole. */
export function agentsInMap(bytes: Buffer): MappedAgent[] {
  const map = asObject(parseJson(decodeFile(bytes))) ?? {};
  return Object.entries(map).flatMap(([role, entry]) => {
    const sessionId = asText(asObject(entry)?.session_id);
    return sessionId === undefined ? [] : [{ role, sessionId }];
  });
}
