import { isUtf8 } from 'node:buffer';
import { decodeFile, encodingOf } from '../../../base/text-encoding.ts';
import { sha256Hex } from '../../../event/id.ts';
import { tellResult } from '../formats/registry.ts';
import { asObject, asText, type JsonObject, parseJson } from '../json.ts';
import { cutOf, firstChars, firstLine } from '../preview.ts';
import type { Redactor } from '../redact.ts';
import {
  collectFileEvents,
  type FileEventList,
  type FileOrigin,
  type FileOutcome,
  fileName,
  redacted,
} from './file-events.ts';

/** What the events of a small file are made with, beside its bytes. */
export interface SmallFileContext {
  readonly redact: Redactor | undefined;
  /** Whether the agent's own lines lie beside it: they know more than a copy of the last one. */
  readonly hasStream: boolean;
  /** Whether the file has been as it is for so long that it will not become whole. */
  readonly giveUp: boolean;
}

/**
 * The events of a file that tells how something ended, and the file itself to be opened. Undefined while its JSON is
 * not whole: its writers rewrite it in place.
 */
export function outcomeEvents(origin: FileOrigin, bytes: Buffer, context: SmallFileContext): FileOutcome | undefined {
  const { text, counts } = redacted(decodeFile(bytes), context.redact);
  const name = fileName(origin.path);
  const list = collectFileEvents(origin, bytes);
  if (name.endsWith('.txt')) {
    if (text.trim() !== '') log(list, { level: 'INFO', summary: 'Final result' }, text);
  } else {
    const content = asObject(parseJson(text));
    if (content === undefined && !context.giveUp) return undefined;
    if (content !== undefined) tell(list, { name, content, context });
  }
  return { ...withFile(list, origin, text), redactions: counts };
}

function tell(
  list: FileEventList,
  { name, content, context }: { name: string; content: JsonObject; context: SmallFileContext },
): void {
  if (name === 'workflow_summary.json') {
    workflowSummary(list, content);
    return;
  }
  if (name === 'cc_final_object.json') {
    if (context.hasStream) return;
    const logged = (level: string, message: string, fields = {}) => log(list, { level, ...fields }, message);
    tellResult(content, { add: list.add, log: logged });
    return;
  }
  const isError = name.startsWith('error_response');
  const error = errorOf(content);
  const success = isError ? false : content.success;
  if (typeof success !== 'boolean') return;
  const command = asText(content.command) ?? asText(content.slash_command);
  const said = success ? 'success' : `failed${error === undefined ? '' : `: ${firstLine(error, 300)}`}`;
  const outcome = { success, error: error === undefined ? null : firstChars(error) };
  const message = `${name} says ${said}${command === undefined ? '' : ` (${command})`}`;
  log(list, { level: success ? 'SUCCESS' : 'ERROR', event_type: 'outcome', outcome }, message);
}

/** The workflow's own summary is an end of the run, told as a workflow that reports by itself would tell it. */
function workflowSummary(list: FileEventList, content: JsonObject): void {
  const success = content.overall_success ?? content.success ?? content.workflow_success;
  const error = errorOf(content);
  const isEnd = typeof success === 'boolean';
  const status = !isEnd ? 'unknown' : success ? 'completed' : 'failed';
  list.add('status_update', {
    workflow_name: asText(content.workflow) ?? asText(content.workflow_name) ?? '',
    status,
    message:
      error === undefined
        ? isEnd
          ? `workflow_summary.json says ${status}`
          : 'workflow_summary.json'
        : firstChars(error, 500),
    told_by: 'summary_file',
    prompt: firstChars(asText(content.prompt) ?? asText(content.task) ?? '', 500),
    plan_file: asText(content.plan_path) ?? asText(content.plan_file) ?? null,
    phases: asObject(content.phases) ?? null,
  });
}

function errorOf(content: JsonObject): string | undefined {
  const { error } = content;
  const text =
    asText(error) ?? asText(asObject(error)?.message) ?? asText(content.error_message) ?? asText(content.message);
  return text === undefined || text.trim() === '' ? undefined : text;
}

function log(list: FileEventList, fields: Readonly<Record<string, unknown>>, message: string): void {
  list.add('agent_log', {
    level: 'INFO',
    event_type: 'outcome',
    ...fields,
    message: firstChars(message),
    ...cutOf(message),
  });
}

/** The events so far, and the file's text as it may be shown. */
export function withFile(list: FileEventList, { path }: FileOrigin, text: string): Omit<FileOutcome, 'redactions'> {
  const bytes = Buffer.from(text);
  const mediaType = path.endsWith('.json') ? 'application/json' : 'text/plain; charset=utf-8';
  const upload = { path, sha256: sha256Hex(bytes), mediaType, bytes };
  list.announce(upload);
  return { events: list.events, artifacts: [upload] };
}

/** A file that says nothing of the run by itself: it is listed and can be opened. Text is shown without its secrets. */
export function otherFileEvents(origin: FileOrigin, bytes: Buffer, redact: Redactor | undefined): FileOutcome {
  const list = collectFileEvents(origin, bytes);
  const text = decodeFile(bytes);
  if (!text.includes('\0') && (encodingOf(bytes) !== 'utf-8' || isUtf8(bytes))) {
    const clean = redacted(text, redact);
    return { ...withFile(list, origin, clean.text), redactions: clean.counts };
  }
  const upload = { path: origin.path, sha256: sha256Hex(bytes), mediaType: 'application/octet-stream', bytes };
  list.announce(upload);
  return { events: list.events, artifacts: [upload], redactions: {} };
}
